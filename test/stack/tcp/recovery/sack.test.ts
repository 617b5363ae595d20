import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

const PEER = { peer: "mss 1460,sackOK" };

describe("SACK, as the receiver of text (RFC 2018)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("is not sent to a peer that did not permit it", () => {
    tcp = established();
    tcp.peerSends(". 3:5 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535");
  });

  it("tells what arrived behind a hole, the newest block first (§4)", () => {
    tcp = established(PEER);
    tcp.peerSends(". 11:21 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535 <sack 11:21>");
    tcp.peerSends(". 31:41 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535 <sack 31:41 11:21>");
    tcp.peerSends(". 51:61 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535 <sack 51:61 31:41 11:21>");
    tcp.peerSends(". 21:25 ack 1 win 65535");
    expect(tcp.sent[0]).to.match(/<sack 11:25 /);
    tcp.passOver(1);
    tcp.peerSends(". 1:11 ack 1 win 65535");
    expect(tcp.sent[0]).to.match(/^\. 1:1 ack 25 win \d+ <sack (31:41 51:61|51:61 31:41)>$/);
    tcp.passOver(1);
    tcp.peerSends(". 25:51 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 61 win 65475 <sack 31:41>"); // it came twice (RFC 2883 §4)
    tcp.expectRead(60);
  });

  it("reports at most as many blocks as there is room for: four, or three with timestamps", () => {
    tcp = established({ peer: "mss 1460,sackOK,TS val 0 ecr 0" });
    for (const at of [11, 31, 51, 71, 91])
      tcp.peerSends(`. ${at}:${at + 5} ack 1 win 65535 <TS val 5 ecr 0>`);
    expect(tcp.sent.at(-1)).to.match(/sack 91:96 \d+:\d+ \d+:\d+>$/);
  });

  it("reports a duplicate in the first block: D-SACK (RFC 2883 §4)", () => {
    tcp = established(PEER);
    tcp.peerSends(". 1:11 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.peerSends(". 1:11 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 11 win 65525 <sack 1:11>");
    tcp.peerSends(". 21:31 ack 1 win 65535");
    tcp.passOver(1);
    tcp.peerSends(". 21:31 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 11 win 65525 <sack 21:31 21:31>");
  });

  it("names the block around a duplicate second, though others are newer (RFC 2883 §4.2)", () => {
    tcp = established(PEER);
    for (const at of [11, 31, 51]) tcp.peerSends(`. ${at}:${at + 10} ack 1 win 65535`);
    tcp.passOver(3);
    tcp.peerSends(". 13:16 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535 <sack 13:16 11:21 51:61 31:41>");
  });

  describe("a duplicate in part (RFC 2883 §4.2)", () => {
    /** Holds 200:300 and 600:700, which have come early. */
    const hold = (): void => {
      tcp = established(PEER);
      tcp.peerSends(". 1:101 ack 1");
      for (const at of [200, 600]) tcp.peerSends(`. ${at}:${at + 100} ack 1`);
      tcp.pass(seconds(1));
    };
    const reports = (): string[] =>
      tcp.sent.map((line) => line.replace(/^.* ack/, "ack").replace(/ win \d+/, ""));

    for (const [what, line, ...blocks] of [
      ["on the right of a hole's edge", "250:350", "250:300 200:350 600:700"],
      ["on the left", "150:250", "200:250 150:300 600:700"],
      ["on both sides of a hole", "250:650", "250:300 200:700", "600:650 200:700"],
      ["over two whole blocks", "150:750", "200:300 150:750", "600:700 150:750"],
      ["inside", "220:280", "220:280 200:300 600:700"],
    ] as const) {
      it(`is told, out of order: ${what}`, () => {
        hold();
        tcp.peerSends(`. ${line} ack 1`);
        expect(reports()).to.deep.equal(blocks.map((sack) => `ack 101 <sack ${sack}>`));
      });
    }

    it("is told when the segment is in order", () => {
      hold();
      tcp.peerSends(". 101:250 ack 1");
      expect(reports()).to.deep.equal(["ack 300 <sack 200:250 600:700>"]);
    });

    it("is told on both sides when the segment begins in old text", () => {
      hold();
      tcp.peerSends(". 51:250 ack 1");
      expect(reports()).to.deep.equal(["ack 300 <sack 51:101 600:700>", "ack 300 <sack 200:250 600:700>"]);
    });

    it("ends at RCV.NXT where a closed window has no room for the rest", () => {
      tcp = established({ ...PEER, options: { receiveBuffer: 2304 } });
      tcp.peerSends(". 1:1449 ack 1");
      tcp.peerSends(". 1449:2305 ack 1");
      tcp.pass(seconds(1));
      tcp.peerSends(". 2205:2405 ack 1");
      expect(tcp.sent.at(-1)).to.match(/ack 2305 win 0 <sack 2205:2305>$/);
    });
  });

  it("tells each duplicate of a burst by an ACK of its own (RFC 2883 §4)", () => {
    tcp = established(PEER);
    tcp.peerSends(". 1:1001 ack 1");
    tcp.pass(seconds(1));
    tcp.peerSendsTogether([". 1:101 ack 1", ". 301:401 ack 1", ". 601:701 ack 1"]);
    tcp.expectSent(
      ...["1:101", "301:401", "601:701"].map((sack) => `. 1:1 ack 1001 win 64535 <sack ${sack}>`),
    );
  });

  it("tells neighbours that come in a row as one contiguous sequence, and text in the same burst costs none", () => {
    tcp = established(PEER);
    tcp.peerSends(". 1:1001 ack 1");
    tcp.pass(seconds(1));
    tcp.peerSendsTogether([
      ". 1:101 ack 1",
      ". 101:201 ack 1",
      ". 1001:1101 ack 1",
      ". 501:601 ack 1",
      ". 2001:2101 ack 1",
    ]);
    tcp.expectSent(
      ". 1:1 ack 1101 win 64435 <sack 1:201 2001:2101>",
      ". 1:1 ack 1101 win 64435 <sack 501:601 2001:2101>",
    );
  });

  it("repeats the blocks that it reported last, whatever their place (RFC 2018 §4)", () => {
    tcp = established(PEER);
    for (const at of [91, 11, 71, 31, 51]) tcp.peerSends(`. ${at}:${at + 10} ack 1 win 65535`);
    expect(tcp.sent.at(-1)).to.match(/<sack 51:61 31:41 71:81 11:21>$/);
    tcp.passOver(5);
    tcp.peerSends(". 101:111 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535 <sack 91:111 51:61 31:41 71:81>");
  });

  it("reports duplicates that come in one burst as one", () => {
    tcp = established(PEER);
    tcp.peerSends(". 1:31 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.peerSendsTogether([". 1:11 ack 1 win 65535", ". 11:21 ack 1 win 65535"]);
    tcp.expectSent(". 1:1 ack 31 win 65505 <sack 1:21>");
  });
});

describe("SACK, as the sender of text (RFC 6675)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established({ ...PEER, options: { congestion: "newreno" } });
    tcp.write(14_600);
    expect(tcp.sent).to.have.length(10);
    tcp.passOver(10);
    tcp.time.elapse(milliseconds(5));
  });
  afterEach(() => tcp.check());

  const ack = (n: number, ...blocks: [number, number][]): string =>
    `. 1:1 ack ${n} win 65535 <sack ${blocks.map(([l, r]) => `${l}:${r}`).join(" ")}>`;

  it("sends again what is missing, and nothing that has arrived", () => {
    tcp.peerSends(ack(1, [1461, 2921]));
    tcp.peerSends(ack(1, [1461, 4381]));
    tcp.expectSent();
    tcp.peerSends(ack(1, [1461, 5841]));
    tcp.expectSent(". 1:1461 ack 1 win 65535");
  });

  it("finds several holes, and fills them in turn", () => {
    tcp.peerSends(ack(1, [1461, 2921]));
    tcp.peerSends(ack(1, [4381, 5841], [1461, 2921]));
    tcp.peerSends(ack(1, [4381, 7301], [1461, 2921]));
    tcp.peerSends(ack(1, [4381, 8761], [1461, 2921]));
    tcp.peerSends(ack(1, [4381, 10_221], [1461, 2921]));
    tcp.peerSends(ack(1, [4381, 11_681], [1461, 2921]));
    tcp.peerSends(ack(1, [4381, 14_601], [1461, 2921]));
    const again = tcp.sent.filter((line) => Number(/ (\d+):/.exec(line)?.[1]) < 14_601);
    expect(again).to.deep.equal([". 1:1461 ack 1 win 65535", ". 2921:4381 ack 1 win 65535"]);
    tcp.peerSends(". 1:1 ack 14601 win 65535");
    expect(tcp.endpoint.info().inRecovery).to.equal(false);
    tcp.pass(seconds(100));
    expect(tcp.endpoint.unsent).to.equal(0);
  });

  it("does not send a hole again that the recovery before has sent again already", () => {
    tcp.peerSends(ack(1, [1461, 5841]));
    tcp.write(14_600);
    for (const right of [7301, 8761, 10_221, 11_681, 13_141, 14_601]) tcp.peerSends(ack(1, [1461, right]));
    expect(tcp.sent).to.include(". 1:1461 ack 1 win 65535").and.include(". 14601:16061 ack 1 win 65535");
    // Of what was sent since then the first is lost as well, and found to be before the recovery has ended.
    tcp.peerSends(ack(1, [16_061, 20_441], [1461, 14_601]));
    const again = (): number => tcp.sent.filter((line) => line.includes(" 14601:16061 ")).length;
    expect(again()).to.equal(2);
    tcp.peerSends(ack(14_601, [16_061, 20_441]));
    expect(tcp.endpoint.info().inRecovery).to.equal(false);
    tcp.write(14_600);
    const { outstanding } = tcp.endpoint.info();
    tcp.peerSends(ack(14_601, [16_061, 21_901]));
    tcp.peerSends(ack(14_601, [16_061, 23_361]));
    expect(tcp.endpoint.info().inRecovery, "it is a loss of its own").to.equal(true);
    expect(again()).to.equal(2);
    // It arrives, and what is acknowledged next was sent only after it: no sign that this is lost.
    tcp.passOver(12);
    tcp.peerSends(`. 1:1 ack ${23_361} win 65535`);
    expect(outstanding).to.be.above(23_361 - 14_601);
    expect(tcp.sent.some((line) => line.includes(" 23361:"))).to.equal(false);
    tcp.endpoint.abort();
    tcp.expectSent();
  });

  it("sends again, after a timeout, all that was not acknowledged for good (RFC 2018 §8: the peer may renege)", () => {
    tcp.peerSends(ack(1, [1461, 2921]));
    tcp.expectSent();
    tcp.pass(milliseconds(210));
    tcp.peerSends(". 1:1 ack 1461 win 65535");
    expect(tcp.sent[0]).to.match(/^\. (1461|2921):/);
    for (let n = 2921; n <= 14_601; n += 1460) tcp.peerSends(`. 1:1 ack ${n} win 65535`);
    tcp.pass(seconds(300));
    expect(tcp.endpoint.unsent).to.equal(0);
    expect(tcp.state).to.equal("established");
  });

  it("is not led astray by blocks that cannot be: reversed, old, or of what was never sent", () => {
    tcp.peerSends(ack(1, [5841, 4381], [20_000, 30_000]));
    tcp.peerSends(ack(1, [2_000_000_000, 2_000_001_000]));
    tcp.peerSends(ack(1, [0, 1]));
    tcp.peerSends(". 1:1 ack 14601 win 65535");
    tcp.pass(seconds(100));
    expect(tcp.endpoint.unsent).to.equal(0);
    expect(tcp.state).to.equal("established");
  });
});
