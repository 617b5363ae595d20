import { expect } from "chai";
import { seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

const CHALLENGE = ". 1:1 ack 1 win 65535";

describe("blind attacks (RFC 5961)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established();
  });
  afterEach(() => tcp.check());

  it("by a RST at exactly RCV.NXT succeed: it is the peer's (§3.2)", () => {
    tcp.peerSends("R 1:1 win 0");
    tcp.expectSent();
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.takeFailure()).to.equal("reset");
    tcp.expectQuiet(seconds(600));
  });

  it("or the peer's own RST after its FIN leave the text and the end to the reader (Linux: 5, 0, 0)", () => {
    tcp.peerSends("FP. 1:6 ack 1 win 65535", "hello");
    tcp.pass(seconds(1));
    tcp.peerSends("R 7:7 win 0");
    expect(tcp.state).to.equal("closed");
    expect([tcp.read(), tcp.read(), tcp.read()]).to.deep.equal(["hello", "", ""]);
  });

  it("by a RST elsewhere in the window are answered with a challenge ACK (§3.2)", () => {
    tcp.peerSends("R 2:2 win 0");
    tcp.expectSent(CHALLENGE);
    tcp.peerSends("R 65535:65535 win 0");
    tcp.expectSent(CHALLENGE);
    expect(tcp.state).to.equal("established");
  });

  it("by a RST outside of the window are ignored (§3.2)", () => {
    tcp.peerSends("R 65536:65536 win 0");
    tcp.peerSends("R 0:0 win 0");
    tcp.expectSent();
    expect(tcp.state).to.equal("established");
  });

  it("by a SYN, in the window or not, are answered with a challenge ACK (§4.2)", () => {
    tcp.peerSends("S 1:1 win 65535");
    tcp.expectSent(CHALLENGE);
    tcp.peerSends("S 500:500 win 65535");
    tcp.expectSent(CHALLENGE);
    tcp.peerSends("S 100000:100000 win 65535");
    tcp.expectSent(CHALLENGE);
    tcp.peerSends("S. 5:5 ack 1 win 65535");
    tcp.expectSent(CHALLENGE);
    expect(tcp.state).to.equal("established");
  });

  it("by text with an ACK from before SND.UNA - MAX.SND.WND are answered with an ACK, and not taken (§5.2)", () => {
    const numbers = tcp.write(10);
    expect(numbers).to.equal(10);
    tcp.passOver(1);
    tcp.sendSegment({
      ...tcp.bare,
      seq: 0xffff_fff1,
      ack: 0x4000_0000,
      flags: 0x10,
      text: new Uint8Array(5),
    });
    tcp.expectSent(". 11:11 ack 1 win 65535");
    expect(tcp.read()).to.equal(undefined);
  });

  it("cannot make it send more than a few challenge ACKs a second (§7)", () => {
    for (let i = 0; i < 1_000; i++) tcp.peerSends("R 2:2 win 0");
    expect(tcp.sent.length).to.be.within(1, 100);
    tcp.passOver(10);
    tcp.pass(seconds(5));
    tcp.peerSends("R 2:2 win 0");
    tcp.expectSent(CHALLENGE);
  });
});
