import { expect } from "chai";
import { milliseconds, seconds } from "../../../../src/stack/index.ts";
import { established, Rig } from "../../../support/rig.ts";

describe("a segment for nobody (RFC 9293 §3.10.7.1)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = new Rig();
  });
  afterEach(() => tcp.check());

  it("without ACK is answered with a RST that acknowledges all of it", () => {
    tcp.sendSegment({ ...tcp.bare, destinationPort: 81, seq: 1000, flags: 2, text: new Uint8Array(5) });
    expect(tcp.lastSent).to.include({ flags: 0x14, seq: 0, ack: 1006, sourcePort: 81 });
    expect(tcp.sent).to.have.length(1);
  });

  it("with ACK is answered with a RST that has the sequence number that it asked for", () => {
    tcp.sendSegment({ ...tcp.bare, destinationPort: 81, seq: 1000, ack: 0xffff_ffff, flags: 0x10 });
    expect(tcp.lastSent).to.include({ flags: 0x04, seq: 0xffff_ffff });
    expect(tcp.sent).to.have.length(1);
  });

  it("that is a RST is not answered", () => {
    tcp.sendSegment({ ...tcp.bare, destinationPort: 81, seq: 1000, flags: 4 });
    tcp.sendSegment({ ...tcp.bare, destinationPort: 81, seq: 1000, ack: 1, flags: 0x14 });
    tcp.expectSent();
  });
});

describe("a segment for a listener (RFC 9293 §3.10.7.2)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = new Rig();
    tcp.listen();
  });
  afterEach(() => tcp.check());

  it("that is a RST is ignored", () => {
    tcp.peerSends("R 0:0 win 0");
    tcp.expectSent();
  });

  it("with ACK is reset", () => {
    tcp.peerSends(". 0:0 ack 77 win 65535");
    tcp.expectSent("R 77:77 win 0");
    tcp.peerSends("S. 0:0 ack 78 win 65535");
    tcp.expectSent("R 78:78 win 0");
  });

  it("with neither SYN, ACK nor RST is dropped", () => {
    tcp.peerSends("F 0:0 win 65535");
    tcp.peerSends("P 0:5 win 65535");
    tcp.expectSent();
  });

  it("with SYN is answered with SYN|ACK, and the connection is there when that is acknowledged", () => {
    tcp.peerSends("S 0:0 win 65535 <mss 1460>");
    tcp.expectSent("S. 0:0 ack 1 win 65535 <mss 1460>");
    expect(tcp.listener?.accept()).to.equal(undefined);
    tcp.peerSends(". 1:1 ack 1 win 65535");
    tcp.expectSent();
    tcp.accept();
    expect(tcp.state).to.equal("established");
  });
});

describe("the sequence check (RFC 9293 §3.10.7.4, first)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established({ options: { receiveBuffer: 10_000 } });
  });
  afterEach(() => tcp.check());

  it("answers a segment beyond the window with an ACK, and takes nothing of it", () => {
    tcp.peerSends("P. 10001:10006 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 10000");
    expect(tcp.read()).to.equal(undefined);
  });

  it("answers a segment before the window with an ACK, and takes nothing of it", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.expectRead(5);
    tcp.pass(seconds(1));
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 6 win 9995"); // reading 5 octets moves no edge (RFC 9293 §3.8.6.2.2)
    expect(tcp.read()).to.equal(undefined);
  });

  it("takes of a segment only what is new", () => {
    tcp.peerSends("P. 1:6 ack 1 win 65535");
    tcp.peerSends("P. 3:9 ack 1 win 65535");
    tcp.expectRead(8);
  });

  it("takes of a segment only what is in the window", () => {
    tcp.peerSends(". 1:1001 ack 1 win 65535");
    tcp.peerSends(". 1001:10101 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 10001 win 0");
    tcp.expectRead(10_000);
    expect(tcp.read()).to.equal(undefined);
  });

  it("takes a segment that begins before the window and ends behind it", () => {
    tcp.peerSends(". 1:3001 ack 1 win 65535");
    tcp.peerSends(". 2001:12001 ack 1 win 65535");
    tcp.expectRead(10_000);
  });

  it("lets the last octet of the window in, and not the one behind", () => {
    tcp.peerSends(". 10000:10001 ack 1 win 65535");
    tcp.peerSends(". 1:10000 ack 1 win 65535");
    tcp.expectRead(10_000);
  });

  it("with a closed window still takes an ACK at RCV.NXT (MUST-66)", () => {
    tcp.peerSends(". 1:10001 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.write(10);
    tcp.expectSent("P. 1:11 ack 10001 win 0");
    tcp.peerSends(". 10001:10001 ack 11 win 65535");
    tcp.expectQuiet(seconds(600));
    expect(tcp.endpoint.unsent).to.equal(0);
  });

  it("with a closed window still takes a RST at RCV.NXT (MUST-66)", () => {
    tcp.peerSends(". 1:10001 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.peerSends("R 10001:10001 win 0");
    tcp.expectSent();
    expect(tcp.state).to.equal("closed");
    expect(tcp.endpoint.failure).to.equal("reset");
  });

  it("with a closed window answers text with an ACK, and does not take it", () => {
    tcp.peerSends(". 1:10001 ack 1 win 65535");
    tcp.pass(seconds(1));
    tcp.peerSends(". 10001:10002 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 10001 win 0");
    tcp.expectRead(10_000);
    expect(tcp.read()).to.equal(undefined);
  });
});

describe("the ACK check (RFC 9293 §3.10.7.4, fifth)", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established();
  });
  afterEach(() => tcp.check());

  it("drops a segment without ACK, text and all", () => {
    tcp.peerSends("P 1:6 win 65535");
    tcp.expectQuiet(seconds(1));
    expect(tcp.read()).to.equal(undefined);
  });

  it("answers the ACK of something not yet sent with an ACK, and drops the segment", () => {
    tcp.peerSends("P. 1:6 ack 2 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    expect(tcp.read()).to.equal(undefined);
  });

  it("ignores the number of an old ACK, but takes the text that comes with it", () => {
    tcp.write(5);
    tcp.expectSent("P. 1:6 ack 1 win 65535");
    tcp.peerSends(". 1:1 ack 6 win 65535");
    tcp.peerSends("P. 1:4 ack 1 win 65535");
    tcp.expectRead(3);
    tcp.expectQuiet(milliseconds(10));
    tcp.pass(seconds(1));
    expect(tcp.endpoint.unsent).to.equal(0);
  });

  it("does not let an old segment put back an old window (SND.WL1, SND.WL2)", () => {
    tcp = established({ window: 200 });
    tcp.peerSends(". 4:5 ack 1 win 100");
    tcp.peerSends(". 1:4 ack 1 win 200"); // sent before the other, it arrives behind it
    tcp.pass(seconds(1));
    tcp.write(200);
    tcp.expectSent(". 1:101 ack 5 win 65531");
  });
});

describe("text out of order", () => {
  let tcp: Rig;
  beforeEach(() => {
    tcp = established();
  });
  afterEach(() => tcp.check());

  it("is acknowledged at once with what is missing, and kept (RFC 5681 §4.2)", () => {
    tcp.peerSends(". 6:11 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    expect(tcp.read()).to.equal(undefined);
    tcp.peerSends(". 1:6 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 11 win 65525");
    tcp.expectRead(10);
  });

  it("is put together from any pieces, however they overlap", () => {
    for (const line of ["21:31", "9:13", "11:23", "3:5", "2:10"]) {
      tcp.peerSends(`. ${line} ack 1 win 65535`);
      expect(tcp.read()).to.equal(undefined);
    }
    tcp.peerSends(". 1:2 ack 1 win 65535");
    tcp.expectRead(30);
  });

  it("keeps a FIN that comes early until the text before it is there", () => {
    tcp.peerSends("F. 3:3 ack 1 win 65535");
    tcp.expectSent(". 1:1 ack 1 win 65535");
    expect(tcp.read()).to.equal(undefined);
    expect(tcp.state).to.equal("established");
    tcp.peerSends(". 1:3 ack 1 win 65535", "hi");
    tcp.expectSent(". 1:1 ack 4 win 65532");
    expect(tcp.state).to.equal("close-wait");
    expect(tcp.read()).to.equal("hi");
    expect(tcp.read()).to.equal("");
    tcp.expectQuiet(seconds(600));
  });

  it("behind the FIN is not taken", () => {
    tcp.peerSends("F. 3:3 ack 1 win 65535");
    tcp.peerSends(". 4:9 ack 1 win 65535");
    tcp.peerSends(". 1:3 ack 1 win 65535", "hi");
    expect(tcp.read()).to.equal("hi");
    expect(tcp.read()).to.equal("");
  });
});
