import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

describe("a closed send window (RFC 9293 §3.8.6.1)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established();
    tcp.write(5);
    tcp.peerSends(". 1:1 ack 6 win 0");
    tcp.passOver(1);
    tcp.write(1000);
    tcp.expectSent();
  });
  afterEach(() => tcp.check());

  /** The next `count` probes: how many milliseconds after one another they came. */
  function probes(count: number): number[] {
    const gaps: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = tcp.time.now();
      tcp.time.elapseUntil(() => tcp.sent.length > 0);
      gaps.push((tcp.time.now() - start) / 1000);
      expect(tcp.sent).to.have.length(1);
      tcp.passOver(1);
    }
    return gaps;
  }

  /** The window opens: octets 6 to 1005 are sent, the probe's perhaps by itself (then Nagle's rule holds). */
  function expectAllGoesOut(): void {
    tcp.peerSends(". 1:1 ack 6 win 65535");
    if (tcp.sent[0] === ". 6:7 ack 1 win 65535") {
      tcp.peerSends(". 1:1 ack 7 win 65535");
      tcp.expectSent(". 6:7 ack 1 win 65535", "P. 7:1006 ack 1 win 65535");
    } else tcp.expectSent("P. 6:1006 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1006 win 65535");
  }

  it("is probed after about a retransmission timeout, then ever less often (MUST-36, SHLD-30)", () => {
    const gaps = probes(12);
    expect(gaps[0]).to.be.within(200, 1_000);
    for (let i = 1; i < 6; i++) expect((gaps[i] ?? 0) / (gaps[i - 1] ?? 0)).to.be.within(1.9, 2.1);
    expect(gaps.at(-1)).to.equal(60_000);
  });

  it("is probed for as long as the peer acknowledges the probes (MUST-35, MUST-37)", () => {
    for (let i = 0; i < 100; i++) {
      probes(1);
      tcp.peerSends(". 1:1 ack 6 win 0");
      tcp.expectSent();
    }
    expect(tcp.time.now() / 1e6).to.be.above(3600);
    expect(tcp.state).to.equal("established");
    expectAllGoesOut();
  });

  it("opens with an update, and what waits is sent at once", () => {
    probes(1);
    expectAllGoesOut();
    tcp.expectQuiet(seconds(100));
  });

  it("opens even when the update was lost: the ACK of the next probe tells", () => {
    probes(3);
    tcp.peerSends(". 1:1 ack 7 win 2000"); // the octet of the probe was taken
    expect(tcp.sent.at(-1)).to.equal("P. 7:1006 ack 1 win 65535");
  });

  it("that stays closed and silent ends the connection as a peer that is gone does", () => {
    tcp.time.elapseUntil(() => tcp.state === "closed");
    expect(tcp.endpoint.failure).to.equal("timed-out");
    expect(tcp.time.now() / 1e6).to.be.above(100);
  });

  it("keeps a FIN waiting behind the text", () => {
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent();
    tcp.pass(milliseconds(1));
    tcp.peerSends(". 1:1 ack 6 win 2000");
    tcp.expectSent("FP. 6:1006 ack 1 win 65535");
  });
});
