/** The UDP header (RFC 768). */
import { Drop } from "../base/drop.ts";

//  0      7 8     15 16    23 24    31
// +--------+--------+--------+--------+
// |   source port   | destination port|
// +--------+--------+--------+--------+
// |      length     |    checksum     |
// +--------+--------+--------+--------+

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const CHECKSUM = 6;

/** Octets before the data. */
export const UDP_HEADER_BYTES = 8;
/** Where the checksum is in the header: for whoever completes it. */
export const UDP_CHECKSUM_OFFSET: number = CHECKSUM;
/** IANA protocol number. */
export const IPPROTO_UDP = 17;

/** A UDP header in host form. One instance is reused for every datagram that arrives. */
export class UdpHeader {
  sourcePort = 0;
  destinationPort = 0;
  /** Octets of header and data together, as the sender claims. */
  length: number = UDP_HEADER_BYTES;
  /** As on the wire; 0 means that the sender computed none (RFC 768). */
  checksum = 0;
}

/**
 * Reads the header at `at` into `header`, reading nothing at or past `end`.
 *
 * The IP layer may have handed us more octets than the datagram has, but never fewer: a claimed length
 * outside `[8, end - at]` is malformed.
 */
export function readUdp(view: DataView, at: number, end: number, header: UdpHeader): Drop {
  if (end - at < UDP_HEADER_BYTES) return Drop.truncated;
  header.sourcePort = view.getUint16(at + SOURCE_PORT);
  header.destinationPort = view.getUint16(at + DESTINATION_PORT);
  header.length = view.getUint16(at + LENGTH);
  header.checksum = view.getUint16(at + CHECKSUM);
  if (header.length < UDP_HEADER_BYTES || header.length > end - at) return Drop.badLength;
  return Drop.none;
}

/** Writes `header` at `at`; the room must be there. Its checksum field is written as it is. */
export function writeUdp(view: DataView, at: number, header: UdpHeader): void {
  view.setUint16(at + SOURCE_PORT, header.sourcePort);
  view.setUint16(at + DESTINATION_PORT, header.destinationPort);
  view.setUint16(at + LENGTH, header.length);
  view.setUint16(at + CHECKSUM, header.checksum);
}

/** As tcpdump would say it: the length is that of the data. */
export function formatUdp(header: UdpHeader): string {
  return `UDP, length ${header.length - UDP_HEADER_BYTES}`;
}
