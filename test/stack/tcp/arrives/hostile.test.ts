import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, Rig } from "../../../support/rig.ts";

const RST = 4;
const ACK = 16;

/** What an attacker off the path, a broken peer or an unlucky network may do beyond the RFCs' own examples. */
describe("a connection under odd segments", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("keeps its TS.Recent from segments that are not acceptable (RFC 7323 §5.3 R3)", () => {
    tcp = established({ peer: "mss 1460,TS val 0 ecr 0" });
    tcp.peerSends("P. 1:11 ack 1 win 65535 <TS val 10 ecr 0>");
    tcp.pass(seconds(1));
    // Old text, so outside of the window, with a timestamp from far ahead: blind, that is one guess in two.
    tcp.peerSends("P. 1:6 ack 1 win 65535 <TS val 1000000 ecr 0>");
    // And inside the window with an ACK that cannot be.
    tcp.peerSends("P. 11:21 ack 99999 win 65535 <TS val 1000000 ecr 0>");
    tcp.pass(seconds(1));
    tcp.peerSends("P. 11:16 ack 1 win 65535 <TS val 20 ecr 0>");
    expect(tcp.read()).to.have.length(15);
    tcp.pass(seconds(1));
  });

  it("takes a pure ACK from just behind a window that is full but for a hole", () => {
    tcp = established({ options: { receiveBuffer: 2920 }, peer: "mss 1460" });
    tcp.write(10);
    tcp.passOver(1);
    tcp.peerSends(". 1461:2921 ack 1 win 65535");
    tcp.passOver(1);
    tcp.peerSends(". 2921:2921 ack 11 win 65535");
    tcp.expectSent();
    expect(tcp.endpoint.unsent).to.equal(0);
    tcp.peerSends("R 2921:2921 win 0"); // that is for ACKs alone: a reset there is outside of the window
    tcp.expectSent();
    expect(tcp.state).to.equal("established");
  });

  it("is ended by a reset with text though the window is closed (MUST-66, SHLD-2)", () => {
    tcp = established({ options: { receiveBuffer: 2048 } });
    tcp.peerSends(". 1:2049 ack 1 win 65535");
    tcp.pass(milliseconds(100));
    tcp.sendSegment({
      ...tcp.bare,
      seq: (0xffff_fff0 + 2049) >>> 0,
      flags: RST | ACK,
      text: Uint8Array.of(1, 2, 3),
    });
    expect(tcp.endpoint.failure).to.equal("reset");
  });

  it("acknowledges from within the peer's window when that has shrunk below what was sent", () => {
    tcp = established();
    tcp.write(2920);
    tcp.passOver(2);
    tcp.peerSends(". 1:1 ack 1 win 1000");
    tcp.peerSends("P. 1:11 ack 1 win 1000");
    tcp.pass(milliseconds(0));
    tcp.peerSends("P. 11:21 ack 1 win 1000");
    tcp.peerSends(". 31:41 ack 1 win 1000");
    tcp.expectSent(". 1001:1001 ack 21 win 65515");
  });

  it("acknowledges, and resets, from where the window is closed, not from behind its probe", () => {
    tcp = established();
    tcp.peerSends(". 1:1 ack 1 win 0");
    tcp.write(100);
    tcp.time.elapse(milliseconds(300));
    tcp.expectSent(". 1:2 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1 win 0");
    tcp.peerSends(". 11:21 ack 1 win 0");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    tcp.do((endpoint) => endpoint.abort());
    tcp.expectSent("R. 1:1 ack 1 win 65535");
  });

  it("that was put in order gives back the memory of text that came in the smallest pieces", () => {
    tcp = established({ peer: "mss 1460,sackOK" });
    for (let at = 3; at < 2003; at += 2) tcp.peerSends(`. ${at}:${at + 1} ack 1 win 65535`);
    const { tcp: counters = expect.fail("no TCP") } = tcp.stack.counters;
    expect(counters.outOfOrderDropped).to.be.above(700); // a bounded number of holes is remembered
    for (let at = 1; at < 2003; at += 500) tcp.peerSends(`. ${at}:${at + 500} ack 1 win 65535`);
    tcp.passOver(1072);
    tcp.expectRead(2000);
    tcp.pass(seconds(1));
  });

  it("survives thousands of SACK blocks of one octet each", () => {
    tcp = established({ peer: "mss 1460,sackOK", options: { sendBuffer: 200_000 } });
    tcp.write(60_000);
    for (let at = 3; at < 14_000; at += 8) {
      tcp.peerSends(`. 1:1 ack 1 win 65535 <sack ${at}:${at + 1} ${at + 2}:${at + 3} ${at + 4}:${at + 5}>`);
    }
    let highest = 1;
    for (let i = 0; i < 100 && tcp.endpoint.unsent > 0; i++) {
      for (const line of tcp.sent) highest = Math.max(highest, Number(/:(\d+) /.exec(line)?.[1]));
      tcp.passOver(4, 11);
      tcp.time.elapse(seconds(1));
      tcp.peerSends(`. 1:1 ack ${highest} win 65535`);
    }
    expect(tcp.endpoint.unsent).to.equal(0);
    expect(tcp.state).to.equal("established");
    tcp.passOver(1);
  });
});

describe("an orphan, which no application waits for", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("does not probe a closed window for ever, though each probe is answered (RFC 6429)", () => {
    tcp = established();
    tcp.peerSends(". 1:1 ack 1 win 0");
    tcp.write(10);
    tcp.do((endpoint) => endpoint.close());
    for (let i = 0; i < 1200; i++) {
      tcp.pass(seconds(1));
      if (tcp.connections().length > 1) tcp.peerSends(". 1:1 ack 1 win 0");
    }
    tcp.expectSent();
    expect(tcp.connections()).to.deep.equal(["listen"]);
  });
});

describe("a SYN for a connection in TIME-WAIT", () => {
  it("is answered with an ACK when the queue of the listener is full, and TIME-WAIT stays", () => {
    const tcp = new Rig();
    tcp.listen();
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.accept();
    tcp.do((endpoint) => endpoint.finish());
    tcp.peerSends("F. 1:1 ack 2 win 65535");
    expect(tcp.state).to.equal("time-wait");
    tcp.listener?.listen(0);
    tcp.sendSegment({ ...tcp.bare, sourcePort: 4001, flags: 2, seq: 7 });
    const ours = tcp.lastSent?.seq ?? 0;
    tcp.sendSegment({ ...tcp.bare, sourcePort: 4001, flags: ACK, seq: 8, ack: ours + 1 });
    tcp.passOver(4);
    tcp.pass(seconds(2));
    tcp.peerSends("S 100:100 win 65535 <mss 1460>");
    expect(tcp.sent).to.have.length(1);
    expect(tcp.lastSent?.flags).to.equal(ACK);
    expect(tcp.connections()).to.include("time-wait");
    tcp.passOver(1);
    tcp.check();
  });
});
