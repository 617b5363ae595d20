/** The ICMPv6 header (RFC 4443 §2.1), with the types that hosts know. */
import { Drop } from "../base/drop.ts";

//  0      7 8     15 16    23 24    31
// +--------+--------+-----------------+
// |  type  |  code  |    checksum     |
// +--------+--------+-----------------+
// |       rest, meaning by type       |
// +-----------------------------------+

/** Octets before the data: of an echo, what is echoed; of an error, the datagram that it is about. */
export const ICMPV6_HEADER_BYTES = 8;
/** IANA protocol number. */
export const IPPROTO_ICMPV6 = 58;

/** Type: destination unreachable. */
export const ICMPV6_UNREACHABLE = 1;
/** Type: packet too big. */
export const ICMPV6_TOO_BIG = 2;
/** Type: time exceeded. */
export const ICMPV6_TIME_EXCEEDED = 3;
/** Type: parameter problem. */
export const ICMPV6_PARAMETER_PROBLEM = 4;
/** Types from here on inform; those below are errors (RFC 4443 §2.1). */
export const ICMPV6_FIRST_INFORMATIONAL = 128;
/** Type: echo request. */
export const ICMPV6_ECHO_REQUEST = 128;
/** Type: echo reply. */
export const ICMPV6_ECHO_REPLY = 129;
/** Type: multicast listener query (RFC 2710, RFC 3810). */
export const MLD_QUERY = 130;
/** Type: multicast listener report of version 1. */
export const MLD_REPORT = 131;
/** Type: multicast listener done. */
export const MLD_DONE = 132;
/** Type: router solicitation (RFC 4861). */
export const ND_ROUTER_SOLICITATION = 133;
/** Type: router advertisement. */
export const ND_ROUTER_ADVERTISEMENT = 134;
/** Type: neighbour solicitation. */
export const ND_NEIGHBOUR_SOLICITATION = 135;
/** Type: neighbour advertisement. */
export const ND_NEIGHBOUR_ADVERTISEMENT = 136;
/** Type: redirect. */
export const ND_REDIRECT = 137;
/** Type: multicast listener report of version 2 (RFC 3810). */
export const MLD_V2_REPORT = 143;

/** Codes of destination unreachable (RFC 4443 §3.1). */
export const UNREACHABLE_NO_ROUTE = 0;
/** Code: administratively prohibited. */
export const UNREACHABLE_PROHIBITED = 1;
/** Code: beyond the scope of the source address. */
export const UNREACHABLE_SCOPE = 2;
/** Code: the address. */
export const UNREACHABLE_ADDRESS = 3;
/** Code: the port. */
export const UNREACHABLE_PORT = 4;
/** Code: the source address failed a policy of going in or out. */
export const UNREACHABLE_POLICY = 5;
/** Code: the route to the destination rejects. */
export const UNREACHABLE_REJECT_ROUTE = 6;

/** Code of time exceeded: in transit. */
export const EXCEEDED_HOP_LIMIT = 0;
/** Code of time exceeded: fragments were missing for too long. */
export const EXCEEDED_REASSEMBLY = 1;

/** An ICMPv6 header in host form. */
export class Icmpv6Header {
  type = 0;
  code = 0;
  /** As on the wire; over a pseudo-header, the header and the data. */
  checksum = 0;
  /** The second word as a signed integer: an identifier and sequence number, an MTU, a pointer, flags. */
  rest = 0;
}

/** Reads the header at `at` into `header`, reading nothing at or past `end`. The checksum is the caller's. */
export function readIcmpv6(view: DataView, at: number, end: number, header: Icmpv6Header): Drop {
  if (end - at < ICMPV6_HEADER_BYTES) return Drop.truncated;
  header.type = view.getUint8(at);
  header.code = view.getUint8(at + 1);
  header.checksum = view.getUint16(at + 2);
  header.rest = view.getInt32(at + 4);
  return Drop.none;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [ICMPV6_UNREACHABLE, "destination unreachable"],
  [ICMPV6_TOO_BIG, "packet too big"],
  [ICMPV6_TIME_EXCEEDED, "time exceeded"],
  [ICMPV6_PARAMETER_PROBLEM, "parameter problem"],
  [ICMPV6_ECHO_REQUEST, "echo request"],
  [ICMPV6_ECHO_REPLY, "echo reply"],
  [MLD_QUERY, "multicast listener query"],
  [MLD_REPORT, "multicast listener report"],
  [MLD_DONE, "multicast listener done"],
  [ND_ROUTER_SOLICITATION, "router solicitation"],
  [ND_ROUTER_ADVERTISEMENT, "router advertisement"],
  [ND_NEIGHBOUR_SOLICITATION, "neighbor solicitation"],
  [ND_NEIGHBOUR_ADVERTISEMENT, "neighbor advertisement"],
  [ND_REDIRECT, "redirect"],
  [MLD_V2_REPORT, "multicast listener report v2"],
]);

/** As tcpdump would say it; `octets` is the length of the message, header included. */
export function formatIcmpv6(header: Icmpv6Header, octets: number): string {
  const { type, code, rest } = header;
  const name = NAMES.get(type) ?? `type ${type}, code ${code}`;
  const echo = type === ICMPV6_ECHO_REQUEST || type === ICMPV6_ECHO_REPLY;
  const detail = echo ? `, id ${rest >>> 16}, seq ${rest & 0xffff}` : more(type, code, rest);
  return `ICMP6, ${name}${detail}, length ${octets}`;
}

function more(type: number, code: number, rest: number): string {
  if (type === ICMPV6_TOO_BIG) return `, mtu ${rest >>> 0}`;
  if (type === ICMPV6_PARAMETER_PROBLEM) return `, code ${code}, octet ${rest >>> 0}`;
  return type < ICMPV6_FIRST_INFORMATIONAL ? `, code ${code}` : "";
}
