import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { readTcp, SYN, TcpHeader } from "../../../../src/stack/wire/tcp.ts";
import { established, type Rig } from "../../../support/rig.ts";
import { pair } from "../../../support/tcp-pair.ts";

describe("the delayed ACK (RFC 9293 §3.8.6.3, RFC 5681 §4.2)", () => {
  let tcp: Rig;
  afterEach(() => tcp?.check());

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

  describe("at the start, where the peer's window waits for it (as in Linux)", () => {
    const fresh = (): Rig => established({ tcp: { config: { quickAcks: 16 } } });

    it("is sent at once: nothing waits 40 ms for the first exchange", () => {
      tcp = fresh();
      tcp.peerSends("P. 1:6 ack 1 win 65535");
      tcp.expectSent(". 1:1 ack 6 win 65530");
    });

    it("rides on the answer of an application that answers at once", () => {
      const [a, b, wire] = pair(1, { delay: 1000 }, {});
      const header = new TcpHeader();
      const answers: number[] = [];
      wire.tap = (from, packet) => {
        readTcp(packet.view, packet.start, packet.end, header);
        if (from === b && (header.flags & SYN) === 0) answers.push(packet.length - header.headerBytes);
      };
      const listener = b.tcp.open();
      listener.bind({ address: b.address, port: 7 });
      listener.listen(5);
      const buffer = new Uint8Array(100);
      listener.onChange(() => {
        const server = listener.accept();
        server?.onChange(() => server.write(buffer, 0, server.read(buffer) ?? 0));
      });
      const client = a.tcp.open();
      client.connect({ address: b.address, port: 7 });
      wire.run(() => client.connected, seconds(5));
      client.write(new Uint8Array(5));
      wire.run(() => client.readable, seconds(5));
      expect(answers, "one segment, and no ACK by itself").to.deep.equal([5]);
      client.abort();
      wire.run(() => false, seconds(5));
    });

    it("is delayed once sixteen were sent, and again at once after an idle time", () => {
      tcp = fresh();
      for (let i = 0; i < 16; i++) tcp.peerSends(`P. ${1 + i * 5}:${6 + i * 5} ack 1 win 65535`);
      expect(tcp.sent.length).to.equal(16);
      tcp.passOver(16);
      tcp.peerSends("P. 81:86 ack 1 win 65535");
      tcp.expectSentWithin(milliseconds(50), "40 ms: . 1:1 ack 86 win 65450");
      tcp.pass(seconds(10));
      tcp.peerSends("P. 86:91 ack 1 win 65535");
      tcp.expectSent(". 1:1 ack 91 win 65445");
    });

    it("is delayed where the two sides answer one another, until something is lost", () => {
      tcp = fresh();
      tcp.peerSends("P. 1:6 ack 1 win 65535");
      tcp.passOver(1);
      tcp.peerSends("P. 6:11 ack 1 win 65535");
      tcp.passOver(1);
      tcp.endpoint.configure({ noDelay: true });
      tcp.peerSendsTogether(["P. 11:16 ack 1 win 65535"]);
      tcp.passOver(1);
      tcp.peerSends(". 21:26 ack 1 win 65535");
      tcp.expectSent(". 1:1 ack 16 win 65520");
      tcp.peerSends(". 16:21 ack 1 win 65535");
      tcp.passOver(1);
      tcp.peerSends("P. 26:31 ack 1 win 65535");
      tcp.expectSent(". 1:1 ack 31 win 65505");
    });
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
