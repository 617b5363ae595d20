/** The IPv6 header (RFC 8200 §3). What may follow before the upper layer is in ipv6-extensions.ts. */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";

//  0      3 4          11 12                31
// +-------+-------------+--------------------+
// |version|traffic class|     flow label     |
// +-------+-----------+-+-------+------------+
// |  payload length   |next hdr | hop limit  |
// +-------------------+---------+------------+
// |        source address, four words        |
// +------------------------------------------+
// |      destination address, four words     |
// +------------------------------------------+

const FIRST_WORD = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;

/** Octets of the header. */
export const IPV6_HEADER_BYTES = 40;
/** Where in the header the payload length is. */
export const IPV6_PAYLOAD_LENGTH_OFFSET: number = PAYLOAD_LENGTH;
/** Where in the header the number of the next header is. */
export const IPV6_NEXT_HEADER_OFFSET: number = NEXT_HEADER;
/** Where in the header the source address is. */
export const IPV6_SOURCE_OFFSET = 8;
/** Where in the header the destination address is. */
export const IPV6_DESTINATION_OFFSET = 24;

/** The payload length has 16 bits; jumbograms (RFC 2675) are not for these links. */
export const IPV6_MAX_PAYLOAD = 65_535;
/** Every link takes datagrams of this size (RFC 8200 §5). */
export const IPV6_MIN_MTU = 1280;

/** An IPv6 header in host form, without its addresses, which are read where they stand. */
export class Ipv6Header {
  /** DSCP and ECN, as IPv4's type of service. */
  trafficClass = 0;
  /** 20 bits (RFC 6437). */
  flowLabel = 0;
  /** Octets behind the header, extension headers included. */
  payloadLength = 0;
  /** Of what follows: an extension header, or the upper layer's protocol number. */
  nextHeader = 0;
  hopLimit = 0;
}

/** Reads the header at `at` into `header`, reading nothing at or past `end`. Addresses are the caller's. */
export function readIpv6(view: DataView, at: number, end: number, header: Ipv6Header): Drop {
  if (end - at < IPV6_HEADER_BYTES) return Drop.truncated;
  const first = view.getInt32(at);
  if (first >>> 28 !== 6) return Drop.badVersion;
  header.trafficClass = (first >>> 20) & 0xff;
  header.flowLabel = first & 0xf_ffff;
  header.payloadLength = view.getUint16(at + PAYLOAD_LENGTH);
  header.nextHeader = view.getUint8(at + NEXT_HEADER);
  header.hopLimit = view.getUint8(at + HOP_LIMIT);
  return header.payloadLength > end - at - IPV6_HEADER_BYTES ? Drop.badLength : Drop.none;
}

/** Writes `header` and the addresses at `at`; the room must be there. */
export function writeIpv6(
  view: DataView,
  at: number,
  header: Ipv6Header,
  source: IpAddress,
  destination: IpAddress,
): void {
  const { trafficClass, flowLabel, payloadLength, nextHeader, hopLimit } = header;
  writePlainIpv6(view, at, trafficClass, flowLabel, payloadLength, nextHeader, hopLimit, source, destination);
}

/** Writes a header of values that are in no `Ipv6Header` yet: ten stores of a word. */
export function writePlainIpv6(
  view: DataView,
  at: number,
  trafficClass: number,
  flowLabel: number,
  payloadLength: number,
  nextHeader: number,
  hopLimit: number,
  source: IpAddress,
  destination: IpAddress,
): void {
  view.setInt32(at + FIRST_WORD, 0x6000_0000 | (trafficClass << 20) | flowLabel);
  view.setInt32(at + PAYLOAD_LENGTH, (payloadLength << 16) | (nextHeader << 8) | hopLimit);
  source.write(view, at + IPV6_SOURCE_OFFSET);
  destination.write(view, at + IPV6_DESTINATION_OFFSET);
}

// ── Single fields of a header that stands in a packet ────────────────────────────────────────────────────

/** DSCP and ECN of the header at `at`. */
export function readIpv6TrafficClass(view: DataView, at: number): number {
  return (view.getUint16(at + FIRST_WORD) >>> 4) & 0xff;
}

/** The number of the header behind that at `at`. */
export function readIpv6NextHeader(view: DataView, at: number): number {
  return view.getUint8(at + NEXT_HEADER);
}

/** The hop limit of the header at `at`. */
export function readIpv6HopLimit(view: DataView, at: number): number {
  return view.getUint8(at + HOP_LIMIT);
}

/** One hop less for the header at `at`. */
export function decrementIpv6HopLimit(view: DataView, at: number): void {
  view.setUint8(at + HOP_LIMIT, view.getUint8(at + HOP_LIMIT) - 1);
}

/** Writes how many octets follow the header at `at`. */
export function writeIpv6PayloadLength(view: DataView, at: number, octets: number): void {
  view.setUint16(at + PAYLOAD_LENGTH, octets);
}

/** Marks the header at `at` as having met congestion (RFC 3168 §5). */
export function markIpv6Congested(view: DataView, at: number): void {
  view.setUint16(at + FIRST_WORD, view.getUint16(at + FIRST_WORD) | 0x0030);
}

/** The source address of the header at `at` is `::`. */
export function isIpv6SourceUnset(view: DataView, at: number): boolean {
  let words = 0;
  for (let i = 0; i < 16; i += 4) words |= view.getInt32(at + IPV6_SOURCE_OFFSET + i);
  return words === 0;
}
