/** Options that bound what comes and goes: TCP_WINDOW_CLAMP, TCP_NOTSENT_LOWAT, TCP_SAVE_SYN, IP_MINTTL (tcp(7), ip(7)). */
import { expect } from "chai";
import { milliseconds } from "../../../../src/stack/index.ts";
import { established, Rig } from "../../../support/rig.ts";

describe("limits of a TCP socket", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("offer no larger window than TCP_WINDOW_CLAMP, from the SYN|ACK on", () => {
    tcp = new Rig();
    tcp.listen({ options: { windowClamp: 3000 } });
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.expectSent("S. 0:0 ack 1 win 3000 <mss 1460>");
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.accept();
    tcp.peerSends("P. 1:1461 ack 1 win 65535");
    tcp.peerSends("P. 1461:2921 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2921 win 3000"); // the buffer has room for more, which is not offered
    tcp.peerSends("P. 2921:6000 ack 1 win 65535"); // no more than was offered is taken
    tcp.expectSent(". 1:1 ack 5921 win 3000");
    expect(tcp.dropped).to.deep.equal(["tcp: textBeyondWindow"]);
    tcp.expectRead(5920);
  });

  it("take back no window that was offered before the clamp", () => {
    tcp = established({ options: { receiveBuffer: 10_000 } });
    tcp.do((endpoint) => endpoint.configure({ windowClamp: 2000 }));
    tcp.peerSends("P. 1:1461 ack 1 win 65535");
    tcp.peerSends("P. 1461:2921 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2921 win 7080"); // RFC 9293 SHLD-14
    tcp.peerSends("P. 2921:4381 ack 1 win 65535");
    tcp.peerSends("P. 4381:5841 ack 1 win 65535");
    tcp.peerSends("P. 5841:7301 ack 1 win 65535");
    tcp.peerSends("P. 7301:8761 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 5841 win 4160", ". 1:1 ack 8761 win 1240");
    tcp.expectRead(8760);
    tcp.peerSends("P. 8761:9761 ack 1 win 65535");
    tcp.peerSends("P. 9761:9901 ack 1 win 65535");
    tcp.pass(milliseconds(500));
    tcp.peerSends("P. 9901:9911 ack 1 win 65535");
    tcp.pass(milliseconds(500));
    expect(tcp.endpoint.info().receiveWindow, "by now all of it is what the clamp allows").to.equal(
      2000 - 10,
    );
  });

  it("tell the peer at once of a clamp that is raised", () => {
    tcp = established({ options: { windowClamp: 2000 } });
    tcp.do((endpoint) => endpoint.configure({ windowClamp: 20_000 }));
    tcp.expectSent(". 1:1 ack 1 win 20000");
  });

  it("take no more from the writer while TCP_NOTSENT_LOWAT is unsent, and tell of room when it has gone", () => {
    let woken = 0;
    tcp = established({ window: 2000 });
    tcp.endpoint.configure({ unsentLowWater: 3000 });
    tcp.endpoint.onChange(() => woken++);
    expect(tcp.endpoint.writable).to.equal(true);
    expect(tcp.write(10_000)).to.equal(3000); // of which 1460 leave
    expect(tcp.endpoint.writable, "1540 octets wait").to.equal(false);
    expect(tcp.write(10_000)).to.equal(1460);
    expect(tcp.write(10_000)).to.equal(undefined);
    woken = 0;
    tcp.passOver(1);
    tcp.peerSends(". 1:1 ack 1461 win 2000");
    expect(tcp.endpoint.writable, "1540 octets wait again").to.equal(false);
    tcp.peerSends(". 1:1 ack 2921 win 2000");
    expect(tcp.endpoint.writable).to.equal(true);
    expect(woken).to.be.greaterThan(0);
  });

  it("take a segment at once, however small TCP_NOTSENT_LOWAT is", () => {
    tcp = established({ window: 10 });
    tcp.endpoint.configure({ unsentLowWater: 1 });
    expect(tcp.write(10_000)).to.equal(1460);
    expect(tcp.write(10_000)).to.equal(undefined);
    tcp.expectSent();
  });

  it("keep the headers of a SYN for whoever accepts it", () => {
    tcp = new Rig();
    tcp.listen({ options: { saveSyn: true } });
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.accept();
    const saved = tcp.endpoint.savedSyn ?? new Uint8Array();
    expect(saved).to.have.length(20 + 24);
    expect([...saved.subarray(12, 20)]).to.deep.equal([10, 0, 0, 2, 10, 0, 0, 1]);
    expect([...saved.subarray(20, 24)], "ports").to.deep.equal([4000 >> 8, 4000 & 255, 0, 80]);
    expect(saved[33], "SYN").to.equal(2);
    expect([...saved.subarray(40)], "the MSS option").to.deep.equal([2, 4, 1460 >> 8, 1460 & 255]);
    tcp.passOver(1);
  });

  it("keep none that were not asked for", () => {
    tcp = established();
    expect(tcp.endpoint.savedSyn).to.equal(undefined);
  });

  it("drop what comes from too far away, in every state", () => {
    tcp = established();
    tcp.endpoint.configure({ leastHopLimit: 65 });
    tcp.peerSends("P. 1:3 ack 1 win 65535");
    tcp.peerSends("R. 1:1 ack 1 win 65535");
    tcp.expectSent();
    expect(tcp.state).to.equal("established");
    expect(tcp.dropped).to.deep.equal(["tcp: fewHopsLeft", "tcp: fewHopsLeft"]);
  });
});
