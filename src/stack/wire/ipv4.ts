/** The IPv4 header (RFC 791 §3.1). Its options are in ipv4-options.ts. */
import { addSums, finishSum, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { fillChecksum } from "./checksum-field.ts";

//  0      3 4    7 8     15 16    23 24    31
// +-------+-------+--------+-----------------+
// |version|  IHL  |  TOS   |  total length   |
// +-------+-------+--------+--+--------------+
// |    identification      |fl| frag. offset |
// +----------------+-------+--+--------------+
// |  time to live  |protocol| header checksum|
// +----------------+--------+----------------+
// |             source address               |
// +------------------------------------------+
// |           destination address            |
// +------------------------------------------+
// |         options, in whole words          |
// +------------------------------------------+

const VERSION_IHL = 0;
const TRAFFIC_CLASS = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;

/** RFC 1122 §3.2.1.7 asks for a configurable default; the IANA parameter registry says 64. */
export const DEFAULT_HOP_LIMIT = 64;

/** Octets of a header without options. */
export const IPV4_HEADER_BYTES = 20;
/** Octets of the largest datagram. */
export const IPV4_MAX_BYTES = 65_535;

/** Where in the header the checksum is. */
export const IPV4_CHECKSUM_OFFSET: number = CHECKSUM;
/** Where in the header the source address is; the destination follows, and ends the header without options. */
export const IPV4_SOURCE_OFFSET: number = SOURCE;

/** Flag: routers must not cut the datagram up. */
export const IPV4_DONT_FRAGMENT = 0x4000;
/** Flag: it is a fragment, and not the last. */
export const IPV4_MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;
/** Both bits of ECN. */
const CONGESTION_EXPERIENCED = 3;

/** An IPv4 header in host form. One instance is reused for every datagram that arrives. */
export class Ipv4Header {
  /** Octets of the header with its options. */
  headerBytes: number = IPV4_HEADER_BYTES;
  /** Type of service: DSCP (RFC 2474) and ECN (RFC 3168). */
  trafficClass = 0;
  /** Octets of header and data, as the sender claims; less than what came if the link has padded it. */
  totalLength = 0;
  identification = 0;
  dontFragment = false;
  moreFragments = false;
  /** Where this fragment's data belongs in the datagram's, in octets: a multiple of 8. */
  fragmentOffset = 0;
  timeToLive = 0;
  protocol = 0;
  /** As on the wire. */
  checksum = 0;
  /** Addresses as signed 32-bit integers. */
  source = 0;
  destination = 0;

  /** One of several pieces of a datagram. */
  get isFragment(): boolean {
    return this.moreFragments || this.fragmentOffset !== 0;
  }
}

/**
 * Reads the header at `at` into `header`, reading nothing at or past `end`. What is checked is what one must
 * know to go on (RFC 1122 §3.2.1.1 and RFC 1812 §5.2.2): version, header length, total length. The checksum
 * and the addresses are the caller's; so are the options, in `[at + 20, at + headerBytes)`.
 */
export function readIpv4(view: DataView, at: number, end: number, header: Ipv4Header): Drop {
  if (end - at < IPV4_HEADER_BYTES) return Drop.truncated;
  const versionAndLength = view.getUint8(at + VERSION_IHL);
  if (versionAndLength >>> 4 !== 4) return Drop.badVersion;
  header.headerBytes = (versionAndLength & 15) << 2;
  header.trafficClass = view.getUint8(at + TRAFFIC_CLASS);
  header.totalLength = view.getUint16(at + TOTAL_LENGTH);
  header.identification = view.getUint16(at + IDENTIFICATION);
  const fragment = view.getUint16(at + FRAGMENT);
  header.dontFragment = (fragment & IPV4_DONT_FRAGMENT) !== 0;
  header.moreFragments = (fragment & IPV4_MORE_FRAGMENTS) !== 0;
  header.fragmentOffset = (fragment & OFFSET_MASK) << 3;
  header.timeToLive = view.getUint8(at + TIME_TO_LIVE);
  header.protocol = view.getUint8(at + PROTOCOL);
  header.checksum = view.getUint16(at + CHECKSUM);
  header.source = view.getInt32(at + SOURCE);
  header.destination = view.getInt32(at + DESTINATION);
  if (header.headerBytes < IPV4_HEADER_BYTES) return Drop.badHeaderLength;
  if (header.totalLength < header.headerBytes || header.totalLength > end - at) return Drop.badLength;
  return Drop.none;
}

/** Whether `[start, end)` of what an application gives begins with an IPv4 header that has all its options. */
export function hasWholeIpv4Header(datagram: Uint8Array, start: number, end: number): boolean {
  const first = datagram[start] ?? 0;
  const headerBytes = (first & 15) << 2;
  return first >>> 4 === 4 && headerBytes >= IPV4_HEADER_BYTES && end - start >= headerBytes;
}

// ── Single fields of a header that stands in a packet ────────────────────────────────────────────────────

/** Octets of the header at `at` with its options, as it says; fewer than 20 if it is malformed. */
export function ipv4HeaderBytes(view: DataView, at: number): number {
  return (view.getUint8(at + VERSION_IHL) & 15) << 2;
}

/** Says in the header at `at` how long it is, with its options: a multiple of 4. The checksum is the caller's. */
export function writeIpv4HeaderBytes(view: DataView, at: number, headerBytes: number): void {
  view.setUint8(at + VERSION_IHL, 0x40 | (headerBytes >> 2));
}

/** The type of service of the header at `at`. */
export function readIpv4TrafficClass(view: DataView, at: number): number {
  return view.getUint8(at + TRAFFIC_CLASS);
}

/** Octets of header and data, as the header at `at` claims. */
export function readIpv4TotalLength(view: DataView, at: number): number {
  return view.getUint16(at + TOTAL_LENGTH);
}

/** The identification of the header at `at`. */
export function readIpv4Identification(view: DataView, at: number): number {
  return view.getUint16(at + IDENTIFICATION);
}

/** The flags of the header at `at`, and the fragment offset in units of 8 octets: 16 bits. */
export function readIpv4Fragment(view: DataView, at: number): number {
  return view.getUint16(at + FRAGMENT);
}

/** Where the data of the datagram at `at` belongs in the whole one's, in units of 8 octets. */
export function readIpv4FragmentOffset(view: DataView, at: number): number {
  return view.getUint16(at + FRAGMENT) & OFFSET_MASK;
}

/** The header at `at` is that of a fragment other than the first: no transport header stands behind it. */
export function isLaterIpv4Fragment(view: DataView, at: number): boolean {
  return readIpv4FragmentOffset(view, at) !== 0;
}

/** The time to live of the header at `at`. */
export function readTimeToLive(view: DataView, at: number): number {
  return view.getUint8(at + TIME_TO_LIVE);
}

/** The protocol number of the header at `at`. */
export function readIpv4Protocol(view: DataView, at: number): number {
  return view.getUint8(at + PROTOCOL);
}

/** The source address of the header at `at`, as a signed 32-bit integer. */
export function readIpv4Source(view: DataView, at: number): number {
  return view.getInt32(at + SOURCE);
}

/** The destination address of the header at `at`, as a signed 32-bit integer. */
export function readIpv4Destination(view: DataView, at: number): number {
  return view.getInt32(at + DESTINATION);
}

/** Puts other addresses into the header at `at`, as signed 32-bit integers. The checksum is the caller's. */
export function writeIpv4Addresses(view: DataView, at: number, source: number, destination: number): void {
  view.setInt32(at + SOURCE, source);
  view.setInt32(at + DESTINATION, destination);
}

/** RFC 1624 (eqn. 3), for a high octet that becomes one less: the checksum becomes 0x100 more, end-around. */
export function decrementTimeToLive(view: DataView, at: number): void {
  view.setUint8(at + TIME_TO_LIVE, view.getUint8(at + TIME_TO_LIVE) - 1);
  const sum = view.getUint16(at + CHECKSUM) + 0x100;
  view.setUint16(at + CHECKSUM, sum + (sum >= 0xffff ? 1 : 0));
}

/** Completes the checksum of the header in `[at, at + headerBytes)`. */
export function fillIpv4Checksum(packet: Packet, at: number, headerBytes: number): void {
  fillChecksum(packet, at + CHECKSUM, at, at + headerBytes, 0, 0);
}

/** Writes length, flags and fragment offset of a fragment. The checksum is the caller's. */
export function writeIpv4Fragment(view: DataView, at: number, totalLength: number, fragment: number): void {
  view.setUint16(at + TOTAL_LENGTH, totalLength);
  view.setUint16(at + FRAGMENT, fragment);
}

/** Marks the header at `at` as having met congestion (RFC 3168 §5). The checksum is the caller's. */
export function markIpv4Congested(view: DataView, at: number): void {
  view.setUint8(at + TRAFFIC_CLASS, view.getUint8(at + TRAFFIC_CLASS) | CONGESTION_EXPERIENCED);
}

/** Folded sum of the header in `[at, end)` without length, identification and checksum: the same in all parts of one whole. */
export function constantIpv4Sum(packet: Packet, at: number, end: number): number {
  const { view } = packet;
  let sum = sumOctets(packet, at, end);
  sum = addSums(sum, ~view.getUint16(at + TOTAL_LENGTH) & 0xffff);
  sum = addSums(sum, ~view.getUint16(at + IDENTIFICATION) & 0xffff);
  return addSums(sum, ~view.getUint16(at + CHECKSUM) & 0xffff);
}

/** Writes length and identification of one part, and the checksum that they and the `constant` sum give. */
export function writeIpv4Part(
  view: DataView,
  at: number,
  totalLength: number,
  identification: number,
  constant: number,
): void {
  view.setUint16(at + TOTAL_LENGTH, totalLength);
  view.setUint16(at + IDENTIFICATION, identification);
  view.setUint16(at + CHECKSUM, finishSum(addSums(addSums(constant, totalLength), identification)));
}

/**
 * Writes a header without options, with its checksum, by five stores of a word.
 *
 * @param fragment - flags, and the fragment offset in units of 8 octets
 * @param addressSum - the 16-bit words of both addresses, added up: known once for all datagrams to one destination
 */
export function writePlainIpv4(
  view: DataView,
  at: number,
  trafficClass: number,
  totalLength: number,
  identification: number,
  fragment: number,
  timeToLive: number,
  protocol: number,
  source: number,
  destination: number,
  addressSum: number,
): void {
  const typeAndLength = 0x4500_0000 | (trafficClass << 16) | totalLength;
  const lifeAndProtocol = (timeToLive << 8) | protocol;
  let sum = addressSum + (typeAndLength >>> 16) + totalLength + identification + fragment + lifeAndProtocol;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setInt32(at, typeAndLength);
  view.setInt32(at + IDENTIFICATION, (identification << 16) | fragment);
  view.setInt32(at + TIME_TO_LIVE, (lifeAndProtocol << 16) | (~sum & 0xffff));
  view.setInt32(at + SOURCE, source);
  view.setInt32(at + DESTINATION, destination);
}

/** Of a header that its sender has written: an identification that was left 0. */
export function fillIpv4Identification(view: DataView, at: number, identification: number): void {
  view.setUint16(at + IDENTIFICATION, identification);
}

/** Of a header that its sender has written: the length, always, and a source that was left 0. */
export function fillIpv4Header(view: DataView, at: number, totalLength: number, source: number): void {
  view.setUint16(at + TOTAL_LENGTH, totalLength);
  if (view.getInt32(at + SOURCE) === 0) view.setInt32(at + SOURCE, source);
}

/**
 * Makes of the header of a request, which stands at `at` with its options, that of the reply: from `source` to
 * `destination`, with a new life. What IP fills in (length, identification, checksum) is left 0 for it.
 */
export function writeReplyHeader(
  view: DataView,
  at: number,
  source: number,
  destination: number,
  trafficClass: number,
): void {
  view.setUint8(at + TRAFFIC_CLASS, trafficClass);
  view.setUint16(at + TOTAL_LENGTH, 0);
  view.setUint16(at + IDENTIFICATION, 0);
  view.setUint16(at + FRAGMENT, 0);
  view.setUint8(at + TIME_TO_LIVE, DEFAULT_HOP_LIMIT);
  view.setUint16(at + CHECKSUM, 0);
  view.setInt32(at + SOURCE, source);
  view.setInt32(at + DESTINATION, destination);
}
