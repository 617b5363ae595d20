import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

describe("the receive window", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("shrinks from the left as text comes, and is never taken back (RFC 9293 §3.8.6.2.2, SHLD-14)", () => {
    tcp = established({ options: { receiveBuffer: 10_000 } });
    tcp.peerSends(". 1:1461 ack 1 win 65535");
    tcp.peerSends(". 1461:2921 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2921 win 7080");
    tcp.endpoint.configure({ receiveBuffer: 4096 });
    tcp.peerSends(". 2921:4381 ack 1 win 65535");
    tcp.peerSends(". 4381:5841 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 5841 win 4160");
    tcp.peerSends(". 5841:10001 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.expectRead(10_000);
  });

  it("is what the peer was told, to the octet, however large the buffer is (RFC 9293 §3.4)", () => {
    // Without window scaling no more than 65,535 can be told: Linux takes nothing from beyond that, either.
    tcp = established({ options: { receiveBuffer: 1_048_576 } });
    tcp.peerSends(". 65537:65637 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    tcp.peerSends("R 65536:65536 win 0");
    expect(tcp.dropped.at(-1)).to.equal("tcp: resetOutsideWindow");
    tcp.peerSends("R 65535:65535 win 0");
    expect(tcp.dropped.at(-1), "is challenged instead (RFC 5961 §3.2)").to.equal("tcp: resetNotExact");
    tcp.passOver(1);
    tcp.peerSends(". 1:1461 ack 1 win 65535");
    tcp.peerSends(". 1461:2921 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2921 win 65535");
    tcp.peerSends(". 68455:68456 ack 1 win 65535");
    expect(tcp.sent, "the last octet of the window is kept").to.deep.equal([". 1:1 ack 2921 win 65535"]);
    tcp.passOver(1);
    tcp.expectRead(2_920);
  });

  it("tells of what a larger buffer has room for no more than the scale can say", () => {
    tcp = established({ peer: "mss 1460,wscale 0", options: { receiveBuffer: 100_000 } });
    expect(tcp.endpoint.info().receiveScale).to.equal(1);
    tcp.endpoint.configure({ receiveBuffer: 1_048_576 });
    tcp.peerSends(". 1:1461 ack 1 win 65535");
    tcp.peerSends(". 1461:2921 ack 1 win 65535");
    expect(tcp.sent.at(-1)).to.equal(". 1:1 ack 2921 win 65535");
    expect(tcp.endpoint.info().receiveWindow).to.equal(131_070);
    tcp.passOver(2);
    tcp.expectRead(2_920);
  });

  it("is not stuck at 0 where a buffer made smaller has less room than the scale's unit", () => {
    tcp = established({ peer: "mss 1460,wscale 0", options: { receiveBuffer: 1 << 30 } });
    expect(tcp.endpoint.info().receiveScale).to.equal(14);
    tcp.endpoint.configure({ receiveBuffer: 4_096 });
    for (let at = 1; at < 65_536; at += 1460) {
      tcp.peerSends(`. ${at}:${Math.min(at + 1460, 65_536)} ack 1 win 65535`);
    }
    tcp.time.elapse(milliseconds(40));
    expect(tcp.sent.at(-1)).to.match(/ack 65536 win 0$/);
    tcp.passOver(23);
    tcp.expectRead(65_535);
    tcp.expectSent(". 1:1 ack 65536 win 1");
  });

  it("closes when the application does not read, and is opened with an ACK when it has read enough", () => {
    tcp = established({ options: { receiveBuffer: 10_000 } });
    tcp.peerSends(". 1:10001 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 10001 win 0");
    tcp.expectRead(1_000); // less than the smaller of MSS and half the buffer: a silly window (MUST-39)
    tcp.expectSent();
    tcp.expectRead(4_000);
    tcp.expectSent(". 1:1 ack 10001 win 5000");
    tcp.expectRead(5_000);
    tcp.pass(seconds(1));
  });

  it("of few segments is opened by each of them, once it was read: a second one would be a round trip late", () => {
    tcp = established({ options: { receiveBuffer: 8 * 1460 } });
    tcp.peerSends(". 1:1461 ack 1 win 65535");
    tcp.expectRead(1460);
    tcp.expectSent(". 1:1 ack 1461 win 11680");
    tcp.peerSends(". 1461:2921 ack 1 win 65535");
    tcp.expectRead(1000);
    tcp.expectSent();
    tcp.expectRead(460);
    tcp.expectSent(". 1:1 ack 2921 win 11680");
  });

  it("of more is not: two segments have one ACK (RFC 5681 §4.2)", () => {
    tcp = established({ options: { receiveBuffer: 8 * 1460 + 1 } });
    tcp.peerSends(". 1:1461 ack 1 win 65535");
    tcp.expectRead(1460);
    tcp.expectSent();
    tcp.peerSends(". 1461:2921 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2921 win 10221");
    tcp.expectRead(1460);
    tcp.expectSent();
  });

  it("is not opened by less than a segment or half of the buffer, even by an ACK of the peer's probe", () => {
    tcp = established({ options: { receiveBuffer: 10_000 } });
    tcp.peerSends(". 1:10001 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.expectRead(100);
    tcp.peerSends(". 10001:10002 ack 1 win 65535"); // a window probe
    tcp.expectSent(". 1:1 ack 10001 win 0");
  });

  it("is scaled in every segment but those with SYN (RFC 7323 §2.2)", () => {
    tcp = established({ peer: "mss 1460,wscale 3", options: { receiveBuffer: 1_048_576 } });
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.expectSentWithin(seconds(1), `40 ms: . 1:1 ack 6 win ${Math.floor(1_048_571 / 32)}`);
  });
});

describe("the send window", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("bounds what is sent, and moves with ACKs", () => {
    tcp = established({ window: 2920 });
    tcp.write(5000);
    tcp.expectSent(". 1:1461 ack 1 win 65535", ". 1461:2921 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1461 win 2920");
    tcp.expectSent(". 2921:4381 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 4381 win 2920");
    tcp.expectSent("P. 4381:5001 ack 1 win 65535");
  });

  it("is scaled by the peer's shift (RFC 7323 §2.3)", () => {
    tcp = established({ peer: "mss 1000,wscale 2", window: 1000 });
    tcp.write(6000);
    tcp.expectSent(
      ". 1:1001 ack 1 win 65535",
      ". 1001:2001 ack 1 win 65535",
      ". 2001:3001 ack 1 win 65535",
      ". 3001:4001 ack 1 win 65535",
    );
  });

  it("that the peer takes back is tolerated (RFC 9293 MUST-34, SHLD-15)", () => {
    tcp = established({ window: 2920 });
    tcp.write(5000);
    tcp.expectSent(". 1:1461 ack 1 win 65535", ". 1461:2921 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1461 win 500");
    tcp.expectSent();
    tcp.peerSends(". 1:1 ack 2921 win 2920");
    expect(tcp.sent).to.deep.equal([". 2921:4381 ack 1 win 65535", "P. 4381:5001 ack 1 win 65535"]);
  });

  it("is not filled with a small segment while there is more to send (RFC 9293 §3.8.6.2.1)", () => {
    tcp = established({ window: 2000, options: { noDelay: true } });
    tcp.write(5000);
    tcp.expectSent(". 1:1461 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1461 win 2000");
    tcp.expectSent(". 1461:2921 ack 1 win 65535");
  });

  it("of a peer whose buffer is small is filled when half of it is usable", () => {
    tcp = established({ window: 1000, options: { noDelay: true } });
    tcp.write(5000);
    tcp.expectSent(". 1:1001 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1001 win 400");
    tcp.expectSent();
    tcp.peerSends(". 1:1 ack 1001 win 500");
    tcp.expectSent(". 1001:1501 ack 1 win 65535");
  });

  it("of a few octets is not filled at once, even if the peer never offered a larger one", () => {
    tcp = established({ window: 0, options: { noDelay: true } });
    tcp.write(5000);
    tcp.peerSends(". 1:1 ack 1 win 10");
    tcp.expectSent();
    tcp.time.elapseUntil(() => tcp.sent.length > 0);
    tcp.expectSent(". 1:11 ack 1 win 65535");
  });

  it("of silly size is used after a while even if the peer repeats itself meanwhile", () => {
    tcp = established({ window: 1000, options: { noDelay: true } });
    tcp.write(5000);
    tcp.peerSends(". 1:1 ack 1001 win 400");
    tcp.passOver(1);
    tcp.peerSends(". 1:1 ack 1001 win 400");
    tcp.time.elapseUntil(() => tcp.sent.length > 0);
    tcp.expectSent(". 1001:1401 ack 1 win 65535");
  });

  it("of silly size is used after a while all the same (the override timeout, 0.1 to 1 s)", () => {
    tcp = established({ window: 1000, options: { noDelay: true } });
    tcp.write(5000);
    tcp.peerSends(". 1:1 ack 1001 win 400");
    tcp.passOver(1);
    const start = tcp.time.now();
    tcp.time.elapseUntil(() => tcp.sent.length > 0);
    tcp.expectSent(". 1001:1401 ack 1 win 65535");
    expect(tcp.time.now() - start).to.be.within(milliseconds(100), seconds(1));
  });
});
