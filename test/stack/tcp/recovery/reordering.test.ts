import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

const ROUND_TRIP = milliseconds(40);

/** An ACK of `n` with these SACK blocks. */
function ack(n: number, ...blocks: [number, number][]): string {
  const sack = blocks.length === 0 ? "" : ` <sack ${blocks.map(([l, r]) => `${l}:${r}`).join(" ")}>`;
  return `. 1:1 ack ${n} win 65535${sack}`;
}

/** Ten segments are out, of a path with a round trip of 40 ms. */
function tenOut(): Rig {
  const tcp = established({
    peer: "mss 1460,sackOK",
    roundTrip: ROUND_TRIP,
    options: { congestion: "newreno" },
  });
  tcp.write(14_600);
  expect(tcp.sent).to.have.length(10);
  tcp.passOver(10);
  tcp.time.elapse(ROUND_TRIP);
  return tcp;
}

describe("loss told by time (RFC 8985 §6)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = tenOut();
  });
  afterEach(() => {
    tcp.passOver(0, 1);
    tcp.check();
  });

  it("needs no third duplicate: after a quarter of the round trip a hole is lost", () => {
    tcp.peerSends(ack(1, [1461, 2921]));
    tcp.expectSentWithin(milliseconds(20), "10 ms: . 1:1461 ack 1 win 65535");
  });

  it("lets a hole be filled before that", () => {
    tcp.peerSends(ack(1, [1461, 4381]));
    tcp.time.elapse(milliseconds(9));
    tcp.peerSends(ack(4381));
    tcp.expectQuiet(milliseconds(30));
    expect(tcp.endpoint.info().inRecovery).to.equal(false);
  });

  it("is the only one to count once the path has been seen to reorder", () => {
    tcp.peerSends(ack(1, [1461, 2921]));
    tcp.peerSends(ack(2921)); // it only was late
    tcp.peerSends(ack(2921, [4381, 14_601])); // seven segments beyond the hole
    tcp.expectSentWithin(milliseconds(15), "10 ms: . 2921:4381 ack 1 win 65535");
  });

  it("does not take over because an ACK with SACK covers what had waited for a delayed ACK", () => {
    tcp.peerSends(ack(1461, [2921, 4381])); // the first segment had arrived in time, as the third has
    tcp.peerSends(ack(1461, [2921, 5841]));
    tcp.peerSends(ack(1461, [2921, 7301]));
    tcp.expectSent(". 1461:2921 ack 1 win 65535");
  });

  it("finds that a retransmission was lost, when what was sent after it has arrived", () => {
    tcp.peerSends(ack(1, [1461, 5841]));
    tcp.expectSent(". 1:1461 ack 1 win 65535");
    tcp.write(14_600);
    tcp.peerSends(ack(1, [1461, 14_601]));
    const last = Number(/:(\d+) /.exec(tcp.sent.at(-1) ?? "")?.[1]);
    expect(last).to.be.above(14_601);
    tcp.passOver(4);
    tcp.time.elapse(ROUND_TRIP);
    tcp.peerSends(ack(1, [1461, 16_061]));
    tcp.passOver(1);
    tcp.time.elapse(milliseconds(15));
    expect(tcp.sent).to.include(". 1:1461 ack 1 win 65535");
  });
});

describe("a recovery that was not needed", () => {
  it("is undone when D-SACK shows that all came twice that was sent twice (RFC 3708)", () => {
    const tcp = tenOut();
    const { congestionWindow } = tcp.endpoint.info();
    tcp.peerSends(ack(1, [1461, 5841]));
    tcp.expectSent(". 1:1461 ack 1 win 65535");
    expect(tcp.endpoint.info().congestionWindow).to.be.below(congestionWindow);
    tcp.peerSends(ack(14_601));
    tcp.peerSends(ack(14_601, [1, 1461]));
    expect(tcp.endpoint.info().congestionWindow).to.be.at.least(congestionWindow);
    expect(tcp.stack.counters.tcp?.undos).to.equal(1);
    tcp.check();
  });

  it("stays when D-SACK tells of something else", () => {
    const tcp = tenOut();
    const { congestionWindow } = tcp.endpoint.info();
    tcp.peerSends(ack(1, [1461, 5841]));
    tcp.expectSent(". 1:1461 ack 1 win 65535");
    tcp.peerSends(ack(14_601));
    tcp.peerSends(ack(14_601, [1461, 2921])); // the network made a copy of what was sent once
    expect(tcp.endpoint.info().congestionWindow).to.be.below(congestionWindow);
    tcp.check();
  });
});

describe("the tail loss probe (RFC 8985 §7)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = tenOut();
  });
  afterEach(() => {
    tcp.passOver(0, 1);
    tcp.check();
  });

  it("repeats the last segment after two round trips of silence, and its SACK begins recovery", () => {
    tcp.peerSends(ack(11_681)); // the last two are lost
    tcp.expectSentWithin(milliseconds(100), "80 ms: P. 13141:14601 ack 1 win 65535");
    tcp.peerSends(ack(11_681, [13_141, 14_601]));
    tcp.expectSentWithin(milliseconds(20), "10 ms: . 11681:13141 ack 1 win 65535");
    tcp.peerSends(ack(14_601));
    expect(tcp.stack.counters.tcp?.timeouts).to.equal(0);
  });

  it("is new text, if there is some", () => {
    tcp.peerSends(ack(1, [1461, 2921]));
    tcp.peerSends(ack(2921));
    tcp.expectSent();
    tcp.write(1460 * 40); // more than the congestion window
    const highest = Number(/:(\d+) /.exec(tcp.sent.at(-1) ?? "")?.[1]);
    expect(highest).to.be.below(14_601 + 1460 * 40);
    tcp.passOver(4);
    tcp.time.elapse(milliseconds(90));
    expect(tcp.sent).to.deep.equal([`. ${highest}:${highest + 1460} ack 1 win 65535`]);
  });

  it("that was itself the repair slows the sender down (§7.4)", () => {
    tcp.peerSends(ack(11_681));
    const { congestionWindow } = tcp.endpoint.info();
    tcp.pass(milliseconds(100));
    tcp.peerSends(ack(13_141));
    tcp.peerSends(ack(14_601)); // one of the two has arrived
    tcp.write(1460);
    tcp.peerSends(ack(16_061)); // and no word that both have
    expect(tcp.endpoint.info().congestionWindow).to.be.below(congestionWindow);
  });

  it("that came twice does not", () => {
    const { congestionWindow } = tcp.endpoint.info();
    tcp.peerSends(ack(11_681));
    tcp.pass(milliseconds(100));
    tcp.peerSends(ack(14_601));
    tcp.peerSends(ack(14_601, [13_141, 14_601]));
    tcp.write(1460);
    tcp.peerSends(ack(16_061));
    expect(tcp.endpoint.info().congestionWindow).to.be.at.least(congestionWindow);
  });

  it("comes once, and the timeout after it", () => {
    tcp.peerSends(ack(11_681));
    tcp.time.elapse(milliseconds(100));
    tcp.expectSent("P. 13141:14601 ack 1 win 65535");
    tcp.time.elapse(seconds(0));
    tcp.time.elapseUntil(() => tcp.sent.length > 0);
    tcp.expectSent(". 11681:13141 ack 1 win 65535");
    expect(tcp.stack.counters.tcp?.timeouts).to.equal(1);
    tcp.peerSends(ack(14_601));
  });
});
