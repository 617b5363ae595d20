import { expect } from "chai";
import fc from "fast-check";
import { Drop } from "../../../src/stack/base/drop.ts";
import { ARP_REPLY, ArpPacket, formatArp, readArp, writeArp } from "../../../src/stack/wire/arp.ts";
import {
  EthernetHeader,
  formatEthernet,
  readEthernet,
  writeEthernet,
} from "../../../src/stack/wire/ethernet.ts";
import { exactView, hex } from "../../support/octets.ts";

const FRAME = "ffff ffff ffff 0200 0000 000a 0806";
const REQUEST = "0001 0800 0604 0001 0200 0000 000a 0a4d 0001 0000 0000 0000 0a4d 0002";
const REPLY = "0001 0800 0604 0002 0200 0000 000b 0a4d 0002 0200 0000 000a 0a4d 0001";

function arp(text: string): ArpPacket {
  const packet = new ArpPacket();
  const view = exactView(text);
  expect(readArp(view, 0, view.byteLength, packet)).to.equal(Drop.none);
  return packet;
}

describe("Ethernet header codec (RFC 894)", () => {
  it("reads, formats and writes a captured header", () => {
    const header = new EthernetHeader();
    expect(readEthernet(exactView(FRAME), 0, 14, header)).to.equal(Drop.none);
    expect(header).to.deep.equal({
      destinationHigh: 0xffff,
      destinationLow: -1,
      sourceHigh: 0x0200,
      sourceLow: 0x0a,
      etherType: 0x0806,
    });
    expect(formatEthernet(header, 42)).to.equal(
      "02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42",
    );
    const bytes = new Uint8Array(14);
    writeEthernet(new DataView(bytes.buffer), 0, header);
    expect(hex(bytes)).to.equal(FRAME);
  });

  it("names an EtherType that it does not know as tcpdump does", () => {
    const header = new EthernetHeader();
    header.etherType = 0x88cc;
    expect(formatEthernet(header, 60)).to.contain("ethertype Unknown (0x88cc), length 60");
  });

  it("refuses a truncated header, and a length in place of the type (RFC 1122 §2.3.3)", () => {
    const header = new EthernetHeader();
    expect(readEthernet(exactView(FRAME), 0, 13, header)).to.equal(Drop.truncated);
    const lengthField = exactView("0180 c200 0000 0200 0000 000a 0026");
    expect(readEthernet(lengthField, 0, 14, header)).to.equal(Drop.ieee8023);
  });
});

describe("ARP codec (RFC 826)", () => {
  it("reads a captured reply, and writes both captured packets back octet for octet", () => {
    expect(arp(REPLY)).to.deep.equal({
      operation: ARP_REPLY,
      senderMacHigh: 0x0200,
      senderMacLow: 0x0b,
      senderAddress: 0x0a4d_0002,
      targetMacHigh: 0x0200,
      targetMacLow: 0x0a,
      targetAddress: 0x0a4d_0001,
    });
    for (const text of [REQUEST, REPLY]) {
      const bytes = new Uint8Array(28);
      writeArp(new DataView(bytes.buffer), 0, arp(text));
      expect(hex(bytes)).to.equal(text);
    }
  });

  it("takes a frame's padding behind the packet", () => {
    const view = exactView(`${REQUEST}${"00".repeat(18)}`);
    expect(readArp(view, 0, 46, new ArpPacket())).to.equal(Drop.none);
  });

  it("formats as tcpdump does", () => {
    expect(formatArp(arp(REQUEST))).to.equal("ARP, Request who-has 10.77.0.2 tell 10.77.0.1, length 28");
    expect(formatArp(arp(REPLY))).to.equal("ARP, Reply 10.77.0.2 is-at 02:00:00:00:00:0b, length 28");
    const packet = arp(REQUEST);
    packet.targetMacLow = 0x0b;
    expect(formatArp(packet)).to.contain("who-has 10.77.0.2 (00:00:00:00:00:0b) tell 10.77.0.1");
    packet.senderAddress = 0;
    expect(formatArp(packet)).to.equal("ARP, Probe 10.77.0.2, length 28");
    packet.senderAddress = packet.targetAddress;
    expect(formatArp(packet)).to.equal("ARP, Announcement 10.77.0.2, length 28");
    packet.operation = 8;
    expect(formatArp(packet)).to.equal("ARP, operation 8 from 10.77.0.2, length 28");
  });

  it("refuses what is truncated, or not for IPv4 over Ethernet", () => {
    const packet = new ArpPacket();
    expect(readArp(exactView(REQUEST), 0, 27, packet)).to.equal(Drop.truncated);
    const cases = [
      [1, Drop.badHardwareType],
      [2, Drop.badProtocolType],
      [4, Drop.badAddressLength],
      [5, Drop.badAddressLength],
    ] as const;
    for (const [at, why] of cases) {
      const view = exactView(REQUEST);
      view.setUint8(at, view.getUint8(at) + 1);
      expect(readArp(view, 0, 28, packet), `octet ${at}`).to.equal(why);
    }
  });
});

describe("Ethernet and ARP codecs, whatever the octets", () => {
  it("never throw, and write what they have read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        const view = exactView(noise);
        const header = new EthernetHeader();
        if (readEthernet(view, 0, noise.length, header) === Drop.none) {
          const bytes = new Uint8Array(14);
          writeEthernet(new DataView(bytes.buffer), 0, header);
          expect(hex(bytes)).to.equal(hex(noise, 0, 14));
        }
        const packet = new ArpPacket();
        if (noise.length >= 6) noise.set([0, 1, 8, 0, 6, 4]);
        if (readArp(view, 0, noise.length, packet) === Drop.none) {
          const bytes = new Uint8Array(28);
          writeArp(new DataView(bytes.buffer), 0, packet);
          expect(hex(bytes)).to.equal(hex(noise, 0, 28));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
