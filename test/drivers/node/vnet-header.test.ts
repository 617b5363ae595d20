import { expect } from "chai";
import { readVnetHeader, VNET_HEADER_BYTES, writeVnetHeader } from "../../../src/drivers/node/vnet-header.ts";
import { Packet } from "../../../src/stack/index.ts";

const START = 26;
const NETWORK = START + 14;

/** A packet of `octets`, with an IP header of `ipBytes` that names `protocol`. */
function packetOf(version: 4 | 6, protocol: number, ipBytes: number, octets: number): Packet {
  const packet = new Packet(2048).reset(START);
  packet.end = START + octets;
  packet.network = NETWORK;
  packet.transport = NETWORK + ipBytes;
  packet.view.setUint8(NETWORK, version << 4);
  packet.view.setUint8(NETWORK + (version === 4 ? 9 : 6), protocol);
  packet.view.setUint8(packet.transport + 12, 8 << 4); // a TCP header of 32 octets
  packet.bytes.fill(0xff, START - VNET_HEADER_BYTES, START);
  return packet;
}

function headerOf(packet: Packet): string {
  writeVnetHeader(packet);
  return Buffer.from(packet.bytes.subarray(START - VNET_HEADER_BYTES, START)).toString("hex");
}

/** The octets of a header as the kernel of a little-endian machine writes it. */
function received(hex: string): { packet: Packet; understood: boolean } {
  const packet = new Packet(2048).reset(START);
  packet.bytes.set(Buffer.from(hex, "hex"), START - VNET_HEADER_BYTES);
  return { packet, understood: readVnetHeader(packet, START - VNET_HEADER_BYTES, 14) };
}

describe("the virtio-net header", () => {
  before(function () {
    if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) this.skip(); // the literals are little-endian
  });

  it("is all zero for a frame that asks for nothing", () => {
    expect(headerOf(packetOf(4, 6, 20, 100))).to.equal("00000000000000000000");
  });

  it("says where a TCP checksum belongs, counted from the Ethernet header", () => {
    const packet = packetOf(4, 6, 24, 100);
    packet.checksumOffloaded = true;
    expect(headerOf(packet)).to.equal("01000000000026001000"); // start 38, offset 16
  });

  it("says where a UDP checksum belongs", () => {
    const packet = packetOf(4, 17, 20, 100);
    packet.checksumOffloaded = true;
    expect(headerOf(packet)).to.equal("01000000000022000600");
  });

  it("says how a TCP super-segment is to be cut, over IPv4 and IPv6", () => {
    const packet = packetOf(4, 6, 20, 1_900);
    packet.checksumOffloaded = true;
    packet.segmentSize = 1448;
    expect(headerOf(packet)).to.equal("01014200a80522001000"); // headers 66, segments of 1448
    const over6 = packetOf(6, 6, 40, 1_900);
    over6.checksumOffloaded = true;
    over6.segmentSize = 1428;
    expect(headerOf(over6)).to.equal("01045600940536001000");
  });

  it("tells a checksum that need not be verified from one that must be", () => {
    expect(received("00000000000000000000").packet.checksumOffloaded).to.equal(false);
    expect(received("01000000000022001000").packet.checksumOffloaded, "never computed").to.equal(true);
    expect(received("02000000000000000000").packet.checksumOffloaded, "verified").to.equal(true);
  });

  it("has the checksum of a datagram within another one, of a tunnel of the kernel's, completed at once", () => {
    // IPv4, UDP, VXLAN and Ethernet outside; IPv4 and UDP within, whose field has the sum of its pseudo-header.
    for (const [octets, tag] of [
      ["0035003500090000aa", ""],
      ["003500350008ffff", "8100000a"],
      ["0035003500080000", ""],
    ] as const) {
      const outside = `${"02".repeat(12)}${tag}0800450000000000000040110000`;
      const frame = Buffer.from(
        `${outside}${"0a000001".repeat(2)}${"00".repeat(16)}${"02".repeat(12)}0800`,
        "hex",
      );
      const inner = Buffer.from(`45${"00".repeat(19)}`, "hex");
      const from = frame.length + inner.length;
      const packet = new Packet(2048).reset(START);
      const head = Buffer.alloc(10);
      head.writeUInt8(1, 0);
      head.writeUInt16LE(from, 6);
      head.writeUInt16LE(6, 8);
      const whole = Buffer.concat([head, frame, inner, Buffer.from(octets, "hex")]);
      packet.bytes.set(whole, START - VNET_HEADER_BYTES);
      packet.end = START + whole.length - VNET_HEADER_BYTES;
      let expected = 0;
      for (let i = 0; i < octets.length; i += 4)
        expected += Number.parseInt(octets.slice(i, i + 4).padEnd(4, "0"), 16);
      while (expected > 0xffff) expected = (expected & 0xffff) + (expected >>> 16);
      expect(readVnetHeader(packet, START - VNET_HEADER_BYTES, 14)).to.equal(true);
      expect(packet.checksumOffloaded, "of the outer one nothing is known").to.equal(false);
      expect(packet.view.getUint16(START + from + 6)).to.equal(~expected & 0xffff || 0xffff);
    }
    const beyond = new Packet(2048).reset(START);
    beyond.end = START + 60;
    beyond.bytes[START + 14] = 0x45;
    beyond.bytes.set(Buffer.from("0100000000006e000600", "hex"), START - VNET_HEADER_BYTES);
    expect(
      readVnetHeader(beyond, START - VNET_HEADER_BYTES, 14),
      "a field that is not in the frame",
    ).to.equal(false);
  });

  it("gives the segment size of a super-segment, with or without CWR", () => {
    const { packet, understood } = received("01014200a80522001000");
    expect(understood).to.equal(true);
    expect(packet.segmentSize).to.equal(1448);
    expect(received("01814200a80522001000").packet.segmentSize).to.equal(1448);
    expect(received("01000000000022001000").packet.segmentSize).to.equal(0);
  });

  it("is refused when it speaks of UDP super-segments, or of segments of no size", () => {
    expect(received("01052a00a80522000600").understood).to.equal(false);
    expect(received("01010000000022001000").understood).to.equal(false);
  });
});
