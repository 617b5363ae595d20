import { expect } from "chai";
import { seconds } from "../../../../src/stack/index.ts";
import { Rig } from "../../../support/rig.ts";

describe("a simultaneous open (RFC 9293 §3.5, figure 7)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = new Rig();
    tcp.connect();
    tcp.passOver(1);
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
  });
  afterEach(() => tcp.check());

  it("answers a SYN with a SYN|ACK, and is established by the peer's", () => {
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460>");
    expect(tcp.state).to.equal("syn-received");
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    expect(tcp.state).to.equal("established");
    expect(tcp.endpoint.connected).to.equal(true);
    tcp.pass(seconds(10));
    tcp.write("hi");
    tcp.expectSent("P. 1:3 ack 1 win 65535");
  });

  it("is established by a plain ACK as well", () => {
    tcp.passOver(1);
    tcp.peerSends(". 1:1 ack 1 win 65535");
    expect(tcp.state).to.equal("established");
    tcp.peerSends("P. 1:6 ack 1 win 65535", "hello");
    expect(tcp.read()).to.equal("hello");
  });

  it("that meets a RST in the window, but not at RCV.NXT, challenges it by a bare ACK (RFC 5961 §3.2)", () => {
    tcp.passOver(1);
    tcp.peerSends("R 2:2 win 0");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    tcp.peerSends("R 65536:65536 win 0");
    tcp.expectSent();
    expect(tcp.state).to.equal("syn-received");
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    expect(tcp.state).to.equal("established");
  });

  it("acknowledges a SYN and a SYN|ACK that come in one burst", () => {
    tcp = new Rig();
    tcp.connect();
    tcp.passOver(1);
    tcp.peerSendsTogether(["S 0:0 win 65535 <mss 1460>", "S. 0:0 ack 1 win 65535 <mss 1460>"]);
    tcp.expectSent(". 1:1 ack 1 win 65535");
    expect(tcp.state).to.equal("established");
  });

  it("repeats its SYN|ACK until it is acknowledged", () => {
    tcp.passOver(1);
    tcp.time.elapseUntil(() => tcp.sent.length > 0);
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    expect(tcp.state).to.equal("established");
  });

  it("that is reset is refused: it was an active open (RFC 9293 §3.10.7.4, second)", () => {
    tcp.peerSends("R 1:1 win 0");
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.failure).to.equal("refused");
  });

  it("that is aborted sends a RST that the peer can take: behind our SYN", () => {
    tcp.passOver(1);
    tcp.do((endpoint) => endpoint.abort());
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^R\. 1:1 ack 1 /);
  });

  it("can be closed before it is established (SYN-RECEIVED to FIN-WAIT-1)", () => {
    tcp.passOver(1);
    tcp.do((endpoint) => endpoint.finish());
    tcp.peerSends("S. 0:0 ack 1 win 65535 <mss 1460>");
    tcp.pass(seconds(5));
    expect(tcp.state).to.equal("fin-wait-1");
    tcp.peerSends(". 1:1 ack 2 win 65535");
    expect(tcp.state).to.equal("fin-wait-2");
  });
});
