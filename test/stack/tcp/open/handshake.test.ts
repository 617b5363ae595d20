import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { Rig, synReceived } from "../../../support/rig.ts";

const SYN = "S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale 0>";

describe("an active open (RFC 9293 §3.10.7.3)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = new Rig();
    tcp.connect();
  });
  afterEach(() => tcp.check());

  it("sends a SYN with its options, and is established by a SYN|ACK, which it acknowledges", () => {
    tcp.expectSent(SYN);
    expect(tcp.state).to.equal("syn-sent");
    expect(tcp.endpoint.connected).to.equal(false);
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    expect(tcp.state).to.equal("established");
    expect(tcp.endpoint.connected).to.equal(true);
    tcp.expectQuiet(seconds(600));
  });

  it("repeats the SYN after 1, 2, 4 … seconds, and gives up in the end (MUST-23: 3 minutes or more)", () => {
    tcp.expectSent(SYN);
    const start = tcp.time.now();
    tcp.expectSynsAt([1, 3, 7, 15, 31, 63]);
    tcp.time.elapseUntil(() => tcp.state === "closed");
    expect(tcp.endpoint.failure).to.equal("timed-out");
    expect((tcp.time.now() - start) / 1e6).to.be.within(180, 400);
    tcp.passOver(1);
    tcp.expectQuiet(seconds(600));
  });

  it("is refused by a RST that acknowledges its SYN", () => {
    tcp.expectSent(SYN);
    tcp.peerSends("R. 0:0 ack 1 win 0");
    tcp.expectSent();
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.failure).to.equal("refused");
    tcp.expectQuiet(seconds(600));
  });

  it("ignores a RST without ACK, or with the ACK of something else", () => {
    tcp.expectSent(SYN);
    tcp.peerSends("R 0:0 win 0");
    tcp.peerSends("R. 0:0 ack 2 win 0");
    tcp.peerSends("R. 0:0 ack 0 win 0");
    tcp.expectSent();
    expect(tcp.state).to.equal("syn-sent");
  });

  it("answers an ACK of what it never sent with a RST, and goes on", () => {
    tcp.expectSent(SYN);
    tcp.peerSends(". 0:0 ack 2 win 65535");
    tcp.expectSent("R 2:2 win 0");
    tcp.peerSends("S. 0:0 ack 7 win 65535 <mss 1460>");
    tcp.expectSent("R 7:7 win 0");
    expect(tcp.state).to.equal("syn-sent");
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.expectSent(". 1:1 ack 1 win 65535");
  });

  it("sends its SYN again soon when a reset has ended an old connection of the peer's (figure 9; 2 ms as Linux)", () => {
    tcp.expectSent(SYN);
    tcp.peerSends(". 100:100 ack 300 win 65535");
    tcp.expectSent("R 300:300 win 0");
    tcp.time.elapse(milliseconds(2));
    expect(tcp.sent.splice(0)).to.have.length(1);
    tcp.peerSends(". 100:100 ack 300 win 65535"); // once: nobody makes it go often
    tcp.expectSent("R 300:300 win 0");
    tcp.expectQuiet(milliseconds(900));
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.expectSent(". 1:1 ack 1 win 65535");
  });

  it("ignores an acceptable ACK without SYN", () => {
    tcp.expectSent(SYN);
    tcp.peerSends(". 0:0 ack 1 win 65535");
    tcp.expectSent();
    expect(tcp.state).to.equal("syn-sent");
  });

  it("acknowledges a SYN|ACK again when its ACK was lost", () => {
    tcp.expectSent(SYN);
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    expect(tcp.state).to.equal("established");
  });

  it("sends what was written meanwhile as soon as it is established", () => {
    tcp.expectSent(SYN);
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.write("GET /");
    expect(tcp.sent.at(-1)).to.equal("P. 1:6 ack 1 win 65535");
  });

  it("takes text and FIN that come with the SYN|ACK, or leaves them to be sent again", () => {
    tcp.expectSent(SYN);
    tcp.peerSends("SF. 0:5 ack 1 win 65535 <mss 1460>");
    tcp.pass(milliseconds(500));
    tcp.peerSends("F. 1:6 ack 1 win 65535");
    expect(tcp.read()).to.have.length(5);
    expect(tcp.read()).to.equal("");
  });

  it("that is aborted sends nothing more, and lets a late SYN|ACK be reset", () => {
    tcp.expectSent(SYN);
    tcp.do((endpoint) => endpoint.abort());
    tcp.expectQuiet(seconds(100));
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.expectSent("R 1:1 win 0");
  });
});

describe("a passive open", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("repeats its SYN|ACK with growing pauses, and forgets the connection in the end", () => {
    tcp = synReceived();
    const times: number[] = [];
    const start = tcp.time.now();
    for (let i = 0; i < 4; i++) {
      tcp.time.elapseUntil(() => tcp.sent.length > 0);
      tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460>");
      times.push((tcp.time.now() - start) / 1e6);
    }
    expect(times).to.deep.equal([1, 3, 7, 15]);
    tcp.pass(seconds(1000));
    expect(tcp.stack.nextDeadline() > tcp.time.now()).to.equal(true);
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.expectSent("R 1:1 win 0");
  });

  it("answers the same SYN again with the same SYN|ACK", () => {
    tcp = synReceived();
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.accept();
    expect(tcp.state).to.equal("established");
  });

  it("returns to LISTEN when it is reset, without a word to the application (RFC 9293 §3.10.7.4)", () => {
    tcp = synReceived();
    tcp.peerSends("R 1:1 win 0");
    tcp.expectQuiet(seconds(100));
    expect(tcp.listener?.state).to.equal("listen");
    expect(tcp.listener?.failure).to.equal(undefined);
    expect(tcp.listener?.accept()).to.equal(undefined);
  });

  it("resets an ACK that is not acceptable, and still waits for the right one", () => {
    tcp = synReceived();
    tcp.peerSends(". 1:1 ack 5 win 65535");
    tcp.expectSent("R 5:5 win 0");
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.expectSent();
    tcp.accept();
    expect(tcp.state).to.equal("established");
  });

  it("takes text that comes with the last ACK of the handshake", () => {
    tcp = synReceived();
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    tcp.accept();
    expect(tcp.read()).to.equal("hello");
  });

  it("takes a FIN that comes with the last ACK of the handshake", () => {
    tcp = synReceived();
    tcp.peerSends("F. 1:3 ack 1 win 65535", "hi");
    tcp.accept();
    expect(tcp.state).to.equal("close-wait");
    expect(tcp.read()).to.equal("hi");
    expect(tcp.read()).to.equal("");
  });

  it("keeps no text from before it is established, but gets it again when it is repeated", () => {
    tcp = synReceived();
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    tcp.accept();
    expect(tcp.read()).to.equal("hello");
  });
});
