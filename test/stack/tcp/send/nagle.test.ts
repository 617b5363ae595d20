import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

describe("Nagle's algorithm (RFC 9293 §3.7.4)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("sends a small segment at once when nothing is outstanding, and keeps the next until it is acknowledged", () => {
    tcp = established();
    tcp.write(5);
    tcp.expectSent("P. 1:6 ack 1 win 65535");
    tcp.write(5);
    tcp.write(5);
    tcp.expectQuiet(milliseconds(150));
    tcp.peerSends(". 1:1 ack 6 win 65535");
    tcp.expectSent("P. 6:16 ack 1 win 65535");
  });

  it("never keeps a full-sized segment", () => {
    tcp = established();
    tcp.write(5);
    tcp.write(1455);
    tcp.write(10);
    tcp.expectSent("P. 1:6 ack 1 win 65535", ". 6:1466 ack 1 win 65535");
  });

  it("lets a small segment follow full ones that are not acknowledged, and keeps the next (Minshall's change)", () => {
    tcp = established();
    tcp.write(1460);
    tcp.write(10);
    tcp.write(10);
    tcp.expectSent("P. 1:1461 ack 1 win 65535", "P. 1461:1471 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1461 win 65535");
    tcp.expectQuiet(milliseconds(150));
    tcp.peerSends(". 1:1 ack 1471 win 65535");
    tcp.expectSent("P. 1471:1481 ack 1 win 65535");
  });

  it("can be turned off (MUST-17)", () => {
    tcp = established({ options: { noDelay: true } });
    tcp.write(5);
    tcp.write(5);
    tcp.expectSent("P. 1:6 ack 1 win 65535", "P. 6:11 ack 1 win 65535");
  });

  it("lets out what it kept when it is turned off", () => {
    tcp = established();
    tcp.write(5);
    tcp.write(5);
    tcp.expectSent("P. 1:6 ack 1 win 65535");
    tcp.do((endpoint) => endpoint.configure({ noDelay: true }));
    tcp.expectSent("P. 6:11 ack 1 win 65535");
  });

  it("gives way to a FIN", () => {
    tcp = established();
    tcp.write(5);
    tcp.write(5);
    tcp.expectSent("P. 1:6 ack 1 win 65535");
    tcp.do((endpoint) => endpoint.finish());
    tcp.expectSent("FP. 6:11 ack 1 win 65535");
  });

  it("with a cork keeps even the first small segment, for 200 ms at most", () => {
    tcp = established({ options: { cork: true } });
    tcp.write(5);
    tcp.write(1460);
    tcp.expectSent(". 1:1461 ack 1 win 65535");
    tcp.expectSentWithin(milliseconds(250), "200 ms: P. 1461:1466 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1466 win 65535");
    tcp.write(5);
    tcp.expectSent();
    tcp.do((endpoint) => endpoint.configure({ cork: false }));
    tcp.expectSent("P. 1466:1471 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 1471 win 65535");
    tcp.expectQuiet(seconds(10));
  });
});
