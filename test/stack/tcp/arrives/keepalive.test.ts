import { expect } from "chai";
import { seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

const KEEP = { keepAlive: true, keepIdle: seconds(100), keepInterval: seconds(10), keepCount: 3 };
const PROBE = ". 0:0 ack 1 win 65535";

describe("keep-alive (RFC 9293 §3.8.4)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("is off unless asked for (MUST-25)", () => {
    tcp = established();
    tcp.expectQuiet(seconds(100_000));
    expect(tcp.state).to.equal("established");
  });

  it("waits two hours by default (MUST-28)", () => {
    tcp = established({ options: { keepAlive: true } });
    tcp.expectSentWithin(seconds(7201), `7200000 ms: ${PROBE}`);
  });

  it("probes an idle peer with the octet before SND.NXT, and is content with an ACK", () => {
    tcp = established({ options: KEEP });
    for (let i = 0; i < 5; i++) {
      tcp.expectSentWithin(seconds(100), `100000 ms: ${PROBE}`);
      tcp.peerSends(". 1:1 ack 1 win 65535");
    }
    expect(tcp.state).to.equal("established");
  });

  it("repeats its probe, and gives up when none is answered", () => {
    tcp = established({ options: KEEP });
    tcp.expectSentWithin(seconds(125), `100000 ms: ${PROBE}`, `110000 ms: ${PROBE}`, `120000 ms: ${PROBE}`);
    tcp.pass(seconds(10));
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.failure).to.equal("timed-out");
  });

  it("does not give up because of one lost probe (MUST-27 is about segments without data)", () => {
    tcp = established({ options: KEEP });
    tcp.pass(seconds(115));
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.expectSentWithin(seconds(100), `100000 ms: ${PROBE}`);
  });

  it("counts from the last segment that came", () => {
    tcp = established({ options: KEEP });
    tcp.pass(seconds(60));
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.expectSentWithin(seconds(100), "99040 ms: . 0:0 ack 6 win 65530"); // 100 s after our ACK
  });

  it("ends with a reset from a peer that has forgotten us", () => {
    tcp = established({ options: KEEP });
    tcp.pass(seconds(100));
    tcp.peerSends("R 1:1 win 0");
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.failure).to.equal("reset");
  });

  it("as a peer's probe is answered with an ACK at once", () => {
    tcp = established();
    tcp.peerSends(". 0:0 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    tcp.peerSends(". 0:1 ack 1 win 65535"); // the kind with an octet of garbage
    tcp.expectSent(". 1:1 ack 1 win 65535");
    expect(tcp.read()).to.equal(undefined);
  });
});
