import { expect } from "chai";
import fc from "fast-check";
import { ByteRing, RingPool } from "../../../src/stack/base/byte-ring.ts";
import { addSums, pseudoHeaderSum, sumOctets } from "../../../src/stack/base/checksum.ts";
import { Drop } from "../../../src/stack/base/drop.ts";
import { ipv4 } from "../../../src/stack/base/ip-address.ts";
import type { Packet } from "../../../src/stack/base/packet.ts";
import { PacketPool } from "../../../src/stack/base/packet-pool.ts";
import { seqNum } from "../../../src/stack/base/seq.ts";
import {
  completeChecksum,
  gatherText,
  segmentPacket,
  transportProtocol,
} from "../../../src/stack/ip/offload.ts";
import { ETHERNET_HEADER_BYTES } from "../../../src/stack/wire/ethernet.ts";
import { IPV4_DONT_FRAGMENT, Ipv4Header, readIpv4, writePlainIpv4 } from "../../../src/stack/wire/ipv4.ts";
import { ACK, CWR, FIN, PSH, readTcp, SYN, TcpHeader, writeTcp } from "../../../src/stack/wire/tcp.ts";
import { hex, octets } from "../../support/octets.ts";

const SOURCE = ipv4(0x0a4d_0002);
const DESTINATION = ipv4(0x0a4d_0001);

interface Whole {
  readonly text: Uint8Array;
  readonly segmentSize: number;
  readonly flags: number;
  readonly timestamps: boolean;
  /** The Ethernet header is there already. */
  readonly framed: boolean;
}

/** A super-segment as TCP and IP build it: text, header, pseudo-header sum in the checksum field. */
function superSegment(pool: PacketPool, whole: Whole): Packet {
  const packet = pool.take(whole.text.length);
  packet.bytes.set(whole.text, packet.start);
  packet.end = packet.start + whole.text.length;
  const header = new TcpHeader();
  Object.assign(header, { sourcePort: 80, destinationPort: 5000, flags: whole.flags, window: 502 });
  header.seq = seqNum(-1000); // wraps after 1000 octets
  header.ack = seqNum(-1);
  if (whole.timestamps) Object.assign(header, { hasTimestamps: true, tsVal: 1, tsEcr: 2 });
  const headerBytes = whole.timestamps ? 32 : 20;
  const segmentBytes = headerBytes + whole.text.length;
  header.checksum = pseudoHeaderSum(SOURCE, DESTINATION, 6, segmentBytes);
  packet.transport = packet.prepend(headerBytes);
  writeTcp(packet.view, packet.transport, header);
  packet.network = packet.prepend(20);
  const addressSum = [SOURCE, DESTINATION].reduce(
    (sum, { word3 }) => sum + (word3 >>> 16) + (word3 & 0xffff),
    0,
  );
  writePlainIpv4(
    packet.view,
    packet.network,
    0,
    20 + segmentBytes,
    0xfffe,
    IPV4_DONT_FRAGMENT,
    64,
    6,
    SOURCE.word3,
    DESTINATION.word3,
    addressSum,
  );
  if (whole.framed) {
    const at = packet.prepend(ETHERNET_HEADER_BYTES);
    packet.bytes.set(octets("0200 0000 000b 0200 0000 000a 0800"), at);
  }
  packet.checksumOffloaded = true;
  packet.segmentSize = whole.segmentSize;
  return packet;
}

function texts(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31) ^ (i >> 8));
}

/** Reads a segment, having checked its lengths and its header checksum. */
function read(packet: Packet): { ip: Ipv4Header; tcp: TcpHeader; text: Uint8Array } {
  const ip = new Ipv4Header();
  const tcp = new TcpHeader();
  expect(readIpv4(packet.view, packet.network, packet.end, ip)).to.equal(Drop.none);
  expect(ip.totalLength).to.equal(packet.end - packet.network);
  expect(sumOctets(packet, packet.network, packet.transport), "IP checksum").to.equal(0xffff);
  expect(readTcp(packet.view, packet.transport, packet.end, tcp)).to.equal(Drop.none);
  return { ip, tcp, text: packet.bytes.slice(packet.transport + tcp.headerBytes, packet.end) };
}

/** The sum of TCP segment and pseudo-header: ffff when the checksum is right. */
function tcpSum(packet: Packet): number {
  const pseudo = pseudoHeaderSum(SOURCE, DESTINATION, 6, packet.end - packet.transport);
  return addSums(sumOctets(packet, packet.transport, packet.end), pseudo);
}

describe("software segmentation offload", () => {
  let pool: PacketPool;

  beforeEach(() => {
    pool = new PacketPool();
  });

  it("takes text from where its sender has it, for each segment, or once for the whole", () => {
    const pool = new PacketPool();
    const text = texts(5000);
    const ring = new ByteRing(new RingPool());
    ring.append(new Uint8Array(7), 0, 7);
    ring.append(text, 0, text.length);
    const options = { segmentSize: 1448, flags: ACK | PSH, timestamps: true, framed: false };
    const elsewhere = (): Packet => {
      const whole = superSegment(pool, { text: new Uint8Array(text.length), ...options });
      whole.source = ring;
      whole.sourceAt = 7;
      return whole;
    };
    const cut = elsewhere();
    const parts: Packet[] = [];
    const count = segmentPacket(cut, false, pool, parts);
    const pieces = parts.slice(0, count).map((part) => read(part).text);
    expect(Buffer.concat(pieces).equals(text)).to.equal(true);
    const whole = elsewhere();
    gatherText(whole);
    expect(Buffer.from(whole.bytes.subarray(whole.end - text.length, whole.end)).equals(text)).to.equal(true);
    for (const packet of [cut, whole]) {
      expect(packet.source).to.equal(undefined);
      pool.release(packet);
    }
    for (const part of parts.slice(0, count)) pool.release(part);
    expect(pool.outstanding).to.equal(0);
  });

  it("makes of a super-segment what a network card would", () => {
    const text = texts(3000);
    const flags = ACK | PSH | FIN | CWR;
    const whole = superSegment(pool, { text, segmentSize: 1448, flags, timestamps: true, framed: true });
    const out: Packet[] = [];
    expect(segmentPacket(whole, false, pool, out)).to.equal(3);
    const seen = out.map((segment) => {
      expect(tcpSum(segment), "TCP checksum").to.equal(0xffff);
      expect(segment.checksumOffloaded).to.equal(false);
      expect(segment.segmentSize).to.equal(0);
      expect(hex(segment.bytes, segment.start, segment.network)).to.equal(
        "0200 0000 000b 0200 0000 000a 0800",
      );
      expect(segment.network % 4, "aligned for the checksum").to.equal(0);
      const { ip, tcp } = read(segment);
      expect(tcp).to.deep.include({ hasTimestamps: true, tsVal: 1, tsEcr: 2, window: 502, ack: -1 });
      expect(ip).to.deep.include({ dontFragment: true, timeToLive: 64 });
      return [ip.identification, tcp.seq, tcp.flags, ip.totalLength];
    });
    expect(seen).to.deep.equal([
      [0xfffe, -1000, ACK | CWR, 1500],
      [0xffff, 448, ACK, 1500],
      [0, 1896, ACK | PSH | FIN, 156],
    ]);
    pool.release(whole);
    for (const segment of out) pool.release(segment);
    expect(pool.outstanding).to.equal(0);
  });

  it("leaves to a link that fills checksums each segment's pseudo-header sum", () => {
    const whole = superSegment(pool, {
      text: texts(2000),
      segmentSize: 1460,
      flags: ACK,
      timestamps: false,
      framed: false,
    });
    const out: Packet[] = [];
    expect(segmentPacket(whole, true, pool, out)).to.equal(2);
    for (const segment of out) {
      expect(segment.checksumOffloaded).to.equal(true);
      const { tcp } = read(segment);
      const length = segment.end - segment.transport;
      expect(tcp.checksum).to.equal(pseudoHeaderSum(SOURCE, DESTINATION, 6, length));
      completeChecksum(segment, transportProtocol(segment));
      expect(tcpSum(segment)).to.equal(0xffff);
    }
  });

  it("loses, repeats and damages nothing, whatever the sizes", () => {
    const sizes = fc.record({
      length: fc.integer({ min: 0, max: 9000 }),
      segmentSize: fc.integer({ min: 100, max: 1460 }),
      flags: fc.constantFrom(ACK, ACK | PSH, ACK | FIN, ACK | CWR, SYN),
      timestamps: fc.boolean(),
      framed: fc.boolean(),
    });
    fc.assert(
      fc.property(sizes, ({ length, ...rest }) => {
        const text = texts(length);
        const whole = superSegment(pool, { text, ...rest });
        const before = hex(whole.bytes, whole.start, whole.end);
        const out: Packet[] = [];
        const count = segmentPacket(whole, false, pool, out);
        expect(count).to.equal(Math.max(1, Math.ceil(length / rest.segmentSize)));
        expect(hex(whole.bytes, whole.start, whole.end), "the whole stays as it was").to.equal(before);
        let at = 0;
        let flags = 0;
        for (const segment of out) {
          expect(tcpSum(segment)).to.equal(0xffff);
          const { tcp, text: part } = read(segment);
          expect(tcp.seq).to.equal((-1000 + at) | 0);
          expect(part).to.deep.equal(text.slice(at, at + part.length));
          at += part.length;
          flags |= tcp.flags;
          pool.release(segment);
        }
        expect(at).to.equal(length);
        expect(flags).to.equal(rest.flags);
        pool.release(whole);
        expect(pool.outstanding).to.equal(0);
      }),
      { numRuns: 200 },
    );
  });

  it("cuts a whole 64 KB datagram", () => {
    const text = texts(65_483);
    const whole = superSegment(pool, { text, segmentSize: 1448, flags: ACK, timestamps: true, framed: true });
    const out: Packet[] = [];
    expect(segmentPacket(whole, false, pool, out)).to.equal(46);
    for (const segment of out) expect(tcpSum(segment)).to.equal(0xffff);
  });
});

describe("checksum completion", () => {
  /** A UDP datagram of 4 octets of text whose field holds the pseudo-header sum. */
  function datagram(text: string): Packet {
    const packet = new PacketPool().take(12);
    packet.bytes.set(octets(`0050 1388 000c 0000 ${text}`), packet.start);
    packet.end = packet.start + 12;
    packet.transport = packet.start;
    packet.view.setUint16(packet.start + 6, pseudoHeaderSum(SOURCE, DESTINATION, 17, 12));
    packet.checksumOffloaded = true;
    return packet;
  }

  it("of UDP replaces a computed zero by ffff (RFC 768)", () => {
    const zero = datagram("0000 0000");
    const rest = sumOctets(zero, zero.start, zero.end);
    zero.view.setUint16(zero.start + 8, ~rest & 0xffff);
    completeChecksum(zero, 17);
    expect(zero.view.getUint16(zero.start + 6)).to.equal(0xffff);
    expect(zero.checksumOffloaded).to.equal(false);
  });

  it("happens once, and only to TCP and UDP", () => {
    const packet = datagram("6869 6869");
    completeChecksum(packet, 17);
    const once = packet.view.getUint16(packet.start + 6);
    completeChecksum(packet, 17);
    expect(packet.view.getUint16(packet.start + 6)).to.equal(once);
    const other = datagram("6869 6869");
    const before = hex(other.bytes, other.start, other.end);
    completeChecksum(other, 1);
    expect(hex(other.bytes, other.start, other.end)).to.equal(before);
  });
});
