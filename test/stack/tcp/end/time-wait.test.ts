import { expect } from "chai";
import { seconds } from "../../../../src/stack/index.ts";
import { established, type Rig, type RigOptions } from "../../../support/rig.ts";

describe("TIME-WAIT (RFC 9293 §3.6.1, §3.10.7.4)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  function timeWait(options: RigOptions = {}, stamp = ""): Rig {
    const rig = established(options);
    rig.do((endpoint) => endpoint.finish());
    rig.peerSends(`. 1:1 ack 2 win 65535${stamp}`);
    rig.peerSends(`F. 1:1 ack 2 win 65535${stamp}`);
    rig.passOver(2);
    expect(rig.state).to.equal("time-wait");
    return rig;
  }

  it("lasts 2 MSL, and then nobody knows of the connection any more", () => {
    tcp = timeWait();
    tcp.expectQuiet(seconds(59));
    expect(tcp.connections()).to.deep.equal(["listen", "time-wait"]);
    tcp.expectQuiet(seconds(2));
    expect(tcp.connections()).to.deep.equal(["listen"]);
    tcp.peerSends(". 2:2 ack 2 win 65535");
    tcp.expectSent("R 2:2 win 0");
  });

  it("acknowledges the peer's FIN again, and starts anew", () => {
    tcp = timeWait();
    tcp.pass(seconds(50));
    tcp.peerSends("F. 1:1 ack 2 win 65535");
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^\. 2:2 ack 2 win \d+$/);
    tcp.passOver(1);
    tcp.pass(seconds(50));
    tcp.peerSends("F. 1:1 ack 2 win 65535");
    expect(tcp.sent[0]).to.match(/^\. 2:2 ack 2 win \d+$/);
  });

  it("ignores a RST (RFC 1337)", () => {
    tcp = timeWait();
    tcp.peerSends("R 2:2 win 0");
    tcp.expectSent();
    tcp.peerSends("F. 1:1 ack 2 win 65535");
    expect(tcp.sent).to.have.length(1);
  });

  it("makes way for a SYN with a higher sequence number (RFC 1122 §4.2.2.13, MAY-2)", () => {
    tcp = timeWait();
    tcp.peerSends("S 100:100 win 65535 <mss 1460>");
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^S\. /);
  });

  it("makes way for a SYN with a newer timestamp (RFC 6191)", () => {
    tcp = timeWait({ peer: "mss 1460,TS val 0 ecr 0" }, " <TS val 5 ecr 0>");
    tcp.peerSends("S 0:0 win 65535 <mss 1460,TS val 5000 ecr 0>");
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^S\. /);
  });

  it("answers an old SYN with an ACK, and stays", () => {
    tcp = timeWait();
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    expect(tcp.sent).to.have.length(1);
    expect(tcp.sent[0]).to.match(/^\. 2:2 ack 2 /);
  });

  it("chooses the initial sequence number of its successor above its own (RFC 1122 §4.2.2.13)", () => {
    tcp = timeWait();
    const last = 2;
    tcp.peerSends("S 100:100 win 65535 <mss 1460>");
    const iss = tcp.lastSent?.seq ?? 0;
    expect(tcp.relativeToFirstIss(iss)).to.be.above(last);
  });
});
