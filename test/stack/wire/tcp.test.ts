import { expect } from "chai";
import fc from "fast-check";
import { Drop } from "../../../src/stack/base/drop.ts";
import { seqNum } from "../../../src/stack/base/seq.ts";
import {
  ACK,
  CWR,
  ECE,
  FIN,
  formatTcp,
  PSH,
  RST,
  readTcp,
  SYN,
  TcpHeader,
  tcpHeaderBytes,
  URG,
  writeTcp,
} from "../../../src/stack/wire/tcp.ts";
import { exactView, hex, octets } from "../../support/octets.ts";

/** Captured between two Linux 6 hosts. */
const CAPTURED = {
  syn: "e2be 0007 a80f 3493 0000 0000 a002 faf0 4586 0000 0204 05b4 0402 080a 1776 1c0b 0000 0000 0103 030a",
  synAck:
    "0007 e2be bd95 fa93 a80f 3494 a012 fe88 97ec 0000 0204 05b4 0402 080a 27ca c9fc 1776 1c0b 0103 030a",
  data: "e2be 0007 a80f 3494 bd95 fa94 8018 003f 5c91 0000 0101 080a 1776 1c0c 27ca c9fc",
  fin: "0007 e2be bd95 fa96 a80f 3497 8011 0040 c4fc 0000 0101 080a 27ca c9fd 1776 1c0c",
};

function read(text: string): TcpHeader {
  const header = new TcpHeader();
  const view = exactView(text);
  expect(readTcp(view, 0, view.byteLength, header)).to.equal(Drop.none);
  return header;
}

function written(header: TcpHeader): string {
  const bytes = new Uint8Array(60).fill(0xee);
  const length = writeTcp(new DataView(bytes.buffer), 0, header);
  expect(length, "what tcpHeaderBytes foretold").to.equal(tcpHeaderBytes(header));
  expect(bytes.subarray(length).every((octet) => octet === 0xee)).to.equal(true);
  return hex(bytes, 0, length);
}

/** A segment with these options behind a fixed header whose data offset fits them. */
function withOptions(options: string): TcpHeader {
  const length = octets(options).length;
  const offset = ((20 + length) / 4).toString(16);
  return read(`0001 0002 00000003 00000004 ${offset}002 0005 0000 0000 ${options}`);
}

describe("TCP header codec (RFC 9293 §3.1)", () => {
  it("reads a captured SYN", () => {
    const header = read(CAPTURED.syn);
    expect(header).to.deep.include({ sourcePort: 58046, destinationPort: 7, flags: SYN, window: 64240 });
    expect(header.seq >>> 0).to.equal(2819568787);
    expect(header).to.deep.include({ headerBytes: 40, checksum: 0x4586, mss: 1460, windowScale: 10 });
    expect(header).to.deep.include({ sackPermitted: true, hasTimestamps: true, tsVal: 393616395, tsEcr: 0 });
  });

  for (const [name, bytes] of Object.entries(CAPTURED)) {
    it(`writes the captured ${name} back octet for octet`, () => {
      expect(written(read(bytes))).to.equal(bytes);
    });
  }

  it("formats as tcpdump does", () => {
    expect(formatTcp(read(CAPTURED.synAck), 0)).to.equal(
      "Flags [S.], seq 3180722835, ack 2819568788, win 65160, " +
        "options [mss 1460,sackOK,TS val 667601404 ecr 393616395,nop,wscale 10], length 0",
    );
    expect(formatTcp(read(CAPTURED.data), 2)).to.equal(
      "Flags [P.], seq 2819568788:2819568790, ack 3180722836, win 63, " +
        "options [nop,nop,TS val 393616396 ecr 667601404], length 2",
    );
    const header = new TcpHeader();
    expect(formatTcp(header, 0)).to.equal("Flags [none], win 0, length 0");
    header.flags = FIN | SYN | RST | PSH | ACK | URG | ECE | CWR;
    header.seq = seqNum(-1);
    header.urgentPointer = 5;
    expect(formatTcp(header, 2)).to.equal(
      "Flags [FSRP.UEW], seq 4294967295:1, ack 0, win 0, urg 5, length 2",
    );
  });

  it("formats SACK blocks and a SYN without timestamps as tcpdump does", () => {
    const header = withOptions("0101 0512 00000010 00000020 ffffffff 00000000");
    expect(formatTcp(header, 0)).to.contain("options [nop,nop,sack 2 {16:32}{4294967295:0}]");
    expect(formatTcp(withOptions("0204 05b4 0101 0402 0103 0307"), 0)).to.contain(
      "options [mss 1460,nop,nop,sackOK,nop,wscale 7]",
    );
  });

  it("writes SYN options without timestamps, and each one alone, in whole words", () => {
    const header = new TcpHeader();
    header.mss = 1460;
    header.sackPermitted = true;
    header.windowScale = 7;
    expect(written(header).slice(50)).to.equal("0204 05b4 0101 0402 0103 0307");
    header.clear();
    header.windowScale = 0;
    expect(written(header).slice(50)).to.equal("0103 0300");
    header.clear();
    header.sackPermitted = true;
    expect(written(header).slice(50)).to.equal("0101 0402");
    header.clear();
    expect(written(header)).to.equal("0000 0000 0000 0000 0000 0000 5000 0000 0000 0000");
  });

  it("writes at most three SACK blocks beside timestamps, four alone (RFC 2018 §3)", () => {
    const header = new TcpHeader();
    header.sackCount = 4;
    header.sackLeft.set([10, 30, 50, 70]);
    header.sackRight.set([20, 40, 60, 80]);
    expect(tcpHeaderBytes(header)).to.equal(20 + 4 + 32);
    header.hasTimestamps = true;
    const text = written(header);
    expect(tcpHeaderBytes(header)).to.equal(60);
    expect(text).to.contain("0101 051a 0000 000a");
    expect(text).not.to.contain("0046");
    expect(read(text)).to.deep.include({ sackCount: 3 });
  });

  it("refuses a header that is not there, or whose data offset is impossible", () => {
    const header = new TcpHeader();
    const view = exactView(CAPTURED.syn);
    expect(readTcp(view, 0, 19, header)).to.equal(Drop.truncated);
    expect(readTcp(view, 20, 20, header)).to.equal(Drop.truncated);
    expect(readTcp(view, 0, 39, header), "offset past the end").to.equal(Drop.badHeaderLength);
    view.setUint8(12, 0x40);
    expect(readTcp(view, 0, 40, header), "offset of 4 words").to.equal(Drop.badHeaderLength);
  });

  it("ignores the reserved bits", () => {
    const header = read("0001 0002 00000003 00000004 5f10 0005 0000 0000");
    expect(header).to.deep.include({ headerBytes: 20, flags: ACK });
  });
});

describe("TCP options", () => {
  it("that are unknown are skipped by their length (RFC 9293 MUST-6)", () => {
    expect(withOptions("fe04 abcd 1302 0101 0204 0218")).to.deep.include({ mss: 536 });
  });

  it("end at the end-of-list option, whatever follows", () => {
    expect(withOptions("0103 0305 0002 0405")).to.deep.include({ windowScale: 5, mss: 0 });
  });

  it("with an illegal length end the reading, and keep what came before (RFC 9293 MUST-7)", () => {
    expect(withOptions("0204 05b4 0801 0204"), "length 1").to.deep.include({
      mss: 1460,
      hasTimestamps: false,
    });
    expect(withOptions("0204 05b4 fd00 0402"), "length 0").to.deep.include({ sackPermitted: false });
    expect(withOptions("0204 05b4 0101 0422"), "length past the end").to.deep.include({ mss: 1460 });
    expect(withOptions("0204 05b4 0101 0103"), "a kind without length").to.deep.include({ windowScale: -1 });
  });

  it("with a length that is not theirs are skipped as if unknown", () => {
    const header = withOptions("020305 040301 03040700 0101");
    expect(header).to.deep.include({ mss: 0, sackPermitted: false, windowScale: -1 });
    expect(withOptions("0507 0000 0000 0001 0204 0218")).to.deep.include({ sackCount: 0, mss: 536 });
    expect(withOptions("0502 0101")).to.deep.include({ sackCount: 0 });
  });

  it("leave the window scale to its user to clamp (RFC 7323 §2.3)", () => {
    expect(withOptions("0103 03ff")).to.deep.include({ windowScale: 255 });
  });

  it("of one segment do not show in the next one read", () => {
    const header = read(CAPTURED.syn);
    const view = exactView("0001 0002 00000003 00000004 5010 0005 0000 0000");
    readTcp(view, 0, 20, header);
    const cleared = { mss: 0, windowScale: -1, sackPermitted: false, hasTimestamps: false, sackCount: 0 };
    expect(header).to.deep.include(cleared);
  });

  it("timestamps are found in any position", () => {
    const header = withOptions("080a ffffffff 80000000 0101");
    expect(header).to.deep.include({ hasTimestamps: true, tsVal: -1, tsEcr: -0x8000_0000 });
  });
});

describe("TCP codec, whatever the octets", () => {
  it("never throws, and reads nothing outside [at, end)", () => {
    const header = new TcpHeader();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70 }),
        fc.nat(5),
        fc.integer({ min: 3, max: 15 }),
        (noise, at, offset) => {
          if (noise.length > 12) noise[12] = offset << 4;
          const inside = exactView(noise); // one octet outside of it would throw
          const alone = readTcp(inside, 0, noise.length, header);
          const first = JSON.stringify(header);
          const padded = new Uint8Array(at + noise.length + 40).fill(0x05);
          padded.set(noise, at);
          const other = new TcpHeader();
          expect(readTcp(new DataView(padded.buffer), at, at + noise.length, other)).to.equal(alone);
          if (alone === Drop.none)
            expect(JSON.stringify(other)).to.contain(first.slice(0, first.indexOf("sackLeft")));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("reads what it has written", () => {
    const u16 = fc.nat(0xffff);
    const i32 = fc.integer();
    const model = fc.record({
      sourcePort: u16,
      destinationPort: u16,
      seq: i32.map(seqNum),
      ack: i32.map(seqNum),
      flags: fc.nat(255),
      window: u16,
      checksum: u16,
      urgentPointer: u16,
      mss: u16,
      windowScale: fc.integer({ min: -1, max: 14 }),
      sackPermitted: fc.boolean(),
      hasTimestamps: fc.boolean(),
      sackCount: fc.nat(4),
    });
    fc.assert(
      fc.property(
        model,
        i32,
        i32,
        fc.array(i32, { minLength: 8, maxLength: 8 }),
        (fields, tsVal, tsEcr, edges) => {
          const header = Object.assign(new TcpHeader(), fields);
          if (header.hasTimestamps) Object.assign(header, { tsVal, tsEcr });
          header.sackLeft.set(edges.slice(0, 4));
          header.sackRight.set(edges.slice(4));
          const again = read(written(header));
          expect(again.sackCount).to.be.at.most(header.sackCount);
          const { sackCount, sackLeft, sackRight, ...rest } = header;
          expect(again).to.deep.include(rest);
          if (header.mss + header.windowScale === -1 && !header.sackPermitted && !header.hasTimestamps)
            expect(again.sackCount).to.equal(sackCount);
          expect(again.sackLeft.slice(0, again.sackCount)).to.deep.equal(sackLeft.slice(0, again.sackCount));
          expect(again.sackRight.slice(0, again.sackCount)).to.deep.equal(
            sackRight.slice(0, again.sackCount),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});
