import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, type Rig } from "../../../support/rig.ts";

describe("the delayed ACK (RFC 9293 §3.8.6.3, RFC 5681 §4.2)", () => {
  let tcp: Rig;
  afterEach(() => tcp.check());

  it("waits for company, less than 0.5 s (MUST-40)", () => {
    tcp = established();
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.expectSent();
    tcp.expectSentWithin(milliseconds(499), "40 ms: . 1:1 ack 6 win 65530");
    tcp.expectQuiet(seconds(10));
  });

  it("goes out for at least every second full-sized segment (SHLD-19)", () => {
    tcp = established();
    tcp.peerSends(". 1:1461 ack 1 win 65535");
    tcp.expectSent();
    tcp.peerSends(". 1461:2921 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 2921 win 62615");
    tcp.expectQuiet(seconds(10));
  });

  it("rides on text that goes the other way", () => {
    tcp = established();
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.write("hi");
    tcp.expectSent("P. 1:3 ack 6 win 65530");
    tcp.peerSends(". 6:6 ack 3 win 65535");
    tcp.expectQuiet(seconds(10));
  });

  it("does not wait for a segment out of order, nor for one that fills a hole", () => {
    tcp = established();
    tcp.peerSends(". 6:11 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    tcp.peerSends(". 1:6 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 11 win 65525");
  });

  it("does not wait for a FIN", () => {
    tcp = established();
    tcp.peerSends("F. 1:6 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 7 win 65529");
  });

  it("is off with quickAck", () => {
    tcp = established({ options: { quickAck: true } });
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 6 win 65530");
  });

  it("is one for a burst that comes at once, however many segments it has", () => {
    tcp = established();
    tcp.peerSendsTogether(
      [1, 1461, 2921, 4381, 5841, 7301].map((at) => `. ${at}:${at + 1460} ack 1 win 65535`),
    );
    expect(tcp.sent).to.deep.equal([". 1:1 ack 8761 win 56775"]);
  });
});
