/** The IPv4 header (RFC 791 §3.1). Its options are in ipv4-options.ts. */
import { Drop } from "../base/drop.ts";
import { formatIpv4 as formatAddress } from "../base/ip-address.ts";

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
/** Octets of a header with all the options that it can have. */
export const IPV4_MAX_HEADER_BYTES = 60;
/** Octets of the largest datagram. */
export const IPV4_MAX_BYTES = 65_535;

/** Where fields are, for those who change one in place. */
export const IPV4_TOTAL_LENGTH_OFFSET: number = TOTAL_LENGTH;
/** Where in the header the identification is. */
export const IPV4_IDENTIFICATION_OFFSET: number = IDENTIFICATION;
/** Where in the header the checksum is. */
export const IPV4_CHECKSUM_OFFSET: number = CHECKSUM;
/** Where in the header the protocol is. */
export const IPV4_PROTOCOL_OFFSET: number = PROTOCOL;

/** Where in the header the source address is; the destination follows. */
export const IPV4_SOURCE_OFFSET: number = SOURCE;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;

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
  header.dontFragment = (fragment & DONT_FRAGMENT) !== 0;
  header.moreFragments = (fragment & MORE_FRAGMENTS) !== 0;
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

/**
 * Writes the 20 fixed octets of `header` at `at`; the room must be there. Its checksum field is written as it
 * is. Options, if `headerBytes` says that there are any, are the caller's to have written behind.
 */
export function writeIpv4(view: DataView, at: number, header: Ipv4Header): void {
  view.setUint8(at + VERSION_IHL, 0x40 | (header.headerBytes >> 2));
  view.setUint8(at + TRAFFIC_CLASS, header.trafficClass);
  view.setUint16(at + TOTAL_LENGTH, header.totalLength);
  view.setUint16(at + IDENTIFICATION, header.identification);
  const flags = (header.dontFragment ? DONT_FRAGMENT : 0) | (header.moreFragments ? MORE_FRAGMENTS : 0);
  view.setUint16(at + FRAGMENT, flags | (header.fragmentOffset >> 3));
  view.setUint8(at + TIME_TO_LIVE, header.timeToLive);
  view.setUint8(at + PROTOCOL, header.protocol);
  view.setUint16(at + CHECKSUM, header.checksum);
  view.setInt32(at + SOURCE, header.source);
  view.setInt32(at + DESTINATION, header.destination);
}

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [1, "ICMP"],
  [2, "IGMP"],
  [6, "TCP"],
  [17, "UDP"],
]);

/** As tcpdump -v would say it, without the line break: `(tos 0x0, ttl 64, …) 10.77.0.1 > 10.77.0.2`. */
export function formatIpv4Header(header: Ipv4Header): string {
  const flags = [header.moreFragments ? "+" : "", header.dontFragment ? "DF" : ""].filter((f) => f !== "");
  const name = PROTOCOL_NAMES.get(header.protocol) ?? "unknown";
  return (
    `(tos 0x${header.trafficClass.toString(16)}, ttl ${header.timeToLive}, id ${header.identification}, ` +
    `offset ${header.fragmentOffset}, flags [${flags.length === 0 ? "none" : flags.join(", ")}], ` +
    `proto ${name} (${header.protocol}), length ${header.totalLength}) ` +
    `${formatAddress(header.source)} > ${formatAddress(header.destination)}`
  );
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
