import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

describe("closing (RFC 9293 §3.6)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established();
  });
  afterEach(() => tcp.check());

  it("from here goes through FIN-WAIT-1, FIN-WAIT-2 and TIME-WAIT", () => {
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("F. 1:1 ack 1 win 65535");
    expect(tcp.state).to.equal("fin-wait-1");
    tcp.peerSends(". 1:1 ack 2 win 65535");
    tcp.expectSent();
    expect(tcp.state).to.equal("fin-wait-2");
    tcp.peerSends("F. 1:1 ack 2 win 65535");
    tcp.expectSent(". 2:2 ack 2 win 65534");
    expect(tcp.read()).to.equal("");
    tcp.expectQuiet(seconds(600));
  });

  it("from the peer goes through CLOSE-WAIT and LAST-ACK", () => {
    tcp.peerSends("F. 1:1 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2 win 65534");
    expect(tcp.state).to.equal("close-wait");
    expect(tcp.read()).to.equal("");
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("F. 1:1 ack 2 win 65534");
    expect(tcp.state).to.equal("last-ack");
    tcp.peerSends(". 2:2 ack 2 win 65535");
    tcp.expectSent();
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.failure).to.equal(undefined);
    tcp.expectQuiet(seconds(600));
  });

  it("of half a connection lets the other half go on", () => {
    tcp.do((endpoint) => endpoint.finish());
    tcp.peerSends(". 1:1 ack 2 win 65535");
    tcp.pass(seconds(100));
    tcp.peerSends("P. 1:6 ack 2 win 65535", "hello");
    tcp.expectSentWithin(seconds(1), "40 ms: . 2:2 ack 6 win 65530");
    expect(tcp.read()).to.equal("hello");
    expect(tcp.write("no")).to.equal(undefined);
    tcp.expectQuiet(seconds(10));
  });

  it("by the peer lets us send on in CLOSE-WAIT", () => {
    tcp.peerSends("F. 1:1 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2 win 65534");
    tcp.write("more");
    tcp.expectSent("P. 1:5 ack 2 win 65534");
    tcp.do((endpoint) => endpoint.finish());
    tcp.peerSends(". 2:2 ack 5 win 65535");
    tcp.pass(milliseconds(0));
    expect(tcp.state).to.equal("last-ack");
  });

  it("sends the FIN behind what is queued, and with the last of it", () => {
    tcp.write(100);
    tcp.expectSent("P. 1:101 ack 1 win 65535");
    tcp.write(100); // Nagle keeps it back
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("FP. 101:201 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 202 win 65535");
    expect(tcp.state).to.equal("fin-wait-2");
  });

  it("at the same time from both sides goes through CLOSING", () => {
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("F. 1:1 ack 1 win 65535");
    tcp.peerSends("F. 1:1 ack 1 win 65535");
    tcp.expectSent(". 2:2 ack 2 win 65534");
    expect(tcp.state).to.equal("closing");
    tcp.peerSends(". 2:2 ack 2 win 65535");
    tcp.expectSent();
    expect(tcp.state).to.equal("time-wait");
  });

  it("by a FIN that acknowledges ours leads from FIN-WAIT-1 straight to TIME-WAIT", () => {
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("F. 1:1 ack 1 win 65535");
    tcp.peerSends("F. 1:1 ack 2 win 65535");
    tcp.expectSent(". 2:2 ack 2 win 65534");
    expect(tcp.state).to.equal("time-wait");
  });

  it("repeats a FIN that is not acknowledged", () => {
    tcp = established({ roundTrip: milliseconds(100) });
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("F. 1:1 ack 1 win 65535");
    tcp.expectSentWithin(seconds(1), "300 ms: F. 1:1 ack 1 win 65535", "900 ms: F. 1:1 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 2 win 65535");
    expect(tcp.state).to.equal("fin-wait-2");
  });

  it("answers a repeated FIN of the peer with an ACK", () => {
    tcp.peerSends("F. 1:1 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2 win 65534");
    tcp.peerSends("F. 1:1 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2 win 65534");
    expect(tcp.state).to.equal("close-wait");
  });

  it("ignores text behind the peer's FIN", () => {
    tcp.peerSends("F. 1:3 ack 1 win 65535", "hi");
    tcp.peerSends("P. 4:8 ack 1 win 65535");
    expect(tcp.read()).to.equal("hi");
    expect(tcp.read()).to.equal("");
  });

  it("with everything read sends a FIN; with text unread, a RST (RFC 9293 §3.6.1, RFC 2525 §2.17)", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.do((endpoint) => endpoint.close());
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^R\.? 1:1/);
  });

  it("resets a peer that sends text to an application that has closed", () => {
    tcp.do((endpoint) => endpoint.close());
    tcp.expectSent("F. 1:1 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 2 win 65535");
    tcp.peerSends("P. 1:6 ack 2 win 65535");
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^R\.? 2:2/);
    tcp.passOver(1);
    tcp.expectQuiet(seconds(600));
  });

  it("by abort sends a RST, and nothing more", () => {
    tcp.write(10);
    tcp.expectSent("P. 1:11 ack 1 win 65535");
    tcp.do((endpoint) => endpoint.abort());
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^R\.? 11:11/);
    tcp.passOver(1);
    tcp.expectQuiet(seconds(600));
  });

  it("with linger 0 sends a RST too", () => {
    tcp.endpoint.configure({ linger: 0 });
    tcp.do((endpoint) => endpoint.close());
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^R\.? 1:1/);
  });

  it("by a RST in FIN-WAIT-1 or FIN-WAIT-2 is a failure that the application hears of", () => {
    for (const ack of [1, 2]) {
      const tcp = established();
      tcp.do((endpoint) => endpoint.finish());
      if (ack === 2) tcp.peerSends(". 1:1 ack 2 win 65535");
      tcp.peerSends(`R. 1:1 ack ${ack} win 0`);
      expect(tcp.endpoint.failure).to.equal("reset");
      expect(tcp.state).to.equal("closed");
    }
  });

  it("by a RST in CLOSE-WAIT fails writing alone (Linux: tcp_reset says EPIPE); reading is at its end", () => {
    tcp.peerSends("F. 1:6 ack 1 win 65535");
    tcp.peerSends("R. 7:7 ack 1 win 0");
    expect(tcp.endpoint.failure).to.equal("broken-pipe");
    tcp.expectRead(5);
    expect(tcp.read()).to.equal("");
  });

  it("resets a peer that sends text to an application that has shut both directions (RFC 1122 §4.2.2.13)", () => {
    tcp.do((endpoint) => endpoint.discard());
    tcp.peerSends("P. 1:6 ack 1 win 65535"); // one direction alone: it is taken, and thrown away
    tcp.pass(seconds(1));
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("F. 1:1 ack 6 win 65530");
    tcp.peerSends("P. 6:11 ack 2 win 65535");
    expect(tcp.sent.splice(0).join()).to.match(/^R\.? 2:2[^,]*$/);
    expect(tcp.endpoint.failure).to.equal("reset");
  });

  it("by a RST in LAST-ACK is a failure as well (as Linux): what was written last may not have arrived", () => {
    tcp.peerSends("F. 1:1 ack 1 win 65535");
    tcp.do((endpoint) => endpoint.finish());
    tcp.peerSends("R. 2:2 ack 1 win 0");
    expect(tcp.endpoint.failure).to.equal("reset");
    expect(tcp.state).to.equal("closed");
  });
});
