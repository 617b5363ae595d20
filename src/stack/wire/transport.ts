/** What IP, routers and filters know of the headers above them: ports, and where the checksum is. */

import { mendChecksum } from "./checksum-field.ts";
import { ICMP_CHECKSUM_OFFSET } from "./icmp.ts";
import { IPPROTO_ICMP } from "./icmpv4.ts";
import { IPPROTO_ICMPV6 } from "./icmpv6.ts";
import { IPPROTO_TCP, TCP_CHECKSUM_OFFSET } from "./tcp.ts";
import { IPPROTO_UDP, UDP_CHECKSUM_OFFSET } from "./udp.ts";

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;

/** Octets of both ports. */
export const PORTS_BYTES = 4;

/** Whether headers of that protocol begin with two ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === IPPROTO_TCP || protocol === IPPROTO_UDP;
}

/** The source port of the TCP or UDP header at `at`. */
export function readSourcePort(view: DataView, at: number): number {
  return view.getUint16(at + SOURCE_PORT);
}

/** The destination port of the TCP or UDP header at `at`. */
export function readDestinationPort(view: DataView, at: number): number {
  return view.getUint16(at + DESTINATION_PORT);
}

/** Both ports of the TCP or UDP header at `at`, as one signed integer. */
export function readPorts(view: DataView, at: number): number {
  return view.getInt32(at + SOURCE_PORT);
}

/** Writes the source port. */
export function writeSourcePort(view: DataView, at: number, port: number): void {
  view.setUint16(at + SOURCE_PORT, port);
}

/** Writes the destination port. */
export function writeDestinationPort(view: DataView, at: number, port: number): void {
  view.setUint16(at + DESTINATION_PORT, port);
}

/** Where the checksum is in a header of that protocol; -1 if it has none that is known here. */
export function checksumOffset(protocol: number): number {
  switch (protocol) {
    case IPPROTO_TCP:
      return TCP_CHECKSUM_OFFSET;
    case IPPROTO_UDP:
      return UDP_CHECKSUM_OFFSET;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return ICMP_CHECKSUM_OFFSET;
    default:
      return -1;
  }
}

/**
 * Mends the checksum of the header at `at`, whose octets' sum has grown by `change`, if it lies before `end`. A checksum
 * of 0 stays in UDP, where it means that the sender has computed none (RFC 768); one that becomes 0 is written as 0xffff.
 */
export function mendTransportChecksum(
  view: DataView,
  at: number,
  end: number,
  protocol: number,
  change: number,
): void {
  const offset = checksumOffset(protocol);
  const field = at + offset;
  if (offset < 0 || field + 2 > end) return;
  const udp = protocol === IPPROTO_UDP;
  if (udp && view.getUint16(field) === 0) return;
  mendChecksum(view, field, change);
  if (udp && view.getUint16(field) === 0) view.setUint16(field, 0xffff);
}
