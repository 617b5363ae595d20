/** The ICMP header (RFC 792), with the code points of RFC 1122 §3.2.2, RFC 1191 §4 and RFC 1812 §5.2.7. */
import { Drop } from "../base/drop.ts";

//  0      7 8     15 16    23 24    31
// +--------+--------+-----------------+
// |  type  |  code  |    checksum     |
// +--------+--------+-----------------+
// |       rest, meaning by type       |
// +-----------------------------------+

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const REST = 4;

/** Octets before the data: of an echo, what is echoed; of an error, the datagram that it is about. */
export const ICMP_HEADER_BYTES = 8;
/** IANA protocol number. */
export const IPPROTO_ICMP = 1;

/** Type: echo reply. */
export const ICMP_ECHO_REPLY = 0;
/** Type: destination unreachable. */
export const ICMP_UNREACHABLE = 3;
/** Type: source quench, deprecated (RFC 6633). */
export const ICMP_SOURCE_QUENCH = 4;
/** Type: redirect. */
export const ICMP_REDIRECT = 5;
/** Type: echo request. */
export const ICMP_ECHO_REQUEST = 8;
/** Type: time exceeded. */
export const ICMP_TIME_EXCEEDED = 11;
/** Type: parameter problem. */
export const ICMP_PARAMETER_PROBLEM = 12;
/** Type: timestamp request. */
export const ICMP_TIMESTAMP_REQUEST = 13;
/** Type: timestamp reply. */
export const ICMP_TIMESTAMP_REPLY = 14;

/** Codes of destination unreachable (RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1). */
export const UNREACHABLE_NETWORK = 0;
/** Code: the host. */
export const UNREACHABLE_HOST = 1;
/** Code: the protocol. */
export const UNREACHABLE_PROTOCOL = 2;
/** Code: the port. */
export const UNREACHABLE_PORT = 3;
/** Code: fragmentation needed (RFC 1191). */
export const UNREACHABLE_TOO_BIG = 4;
/** Code: source route failed. */
export const UNREACHABLE_SOURCE_ROUTE = 5;
/** Code: network administratively prohibited. */
export const UNREACHABLE_NETWORK_PROHIBITED = 9;
/** Code: host administratively prohibited. */
export const UNREACHABLE_HOST_PROHIBITED = 10;
/** Code: communication administratively prohibited (RFC 1812 §5.2.7.1). */
export const UNREACHABLE_PROHIBITED = 13;

/** Code of a redirect: for one host (RFC 1812 §5.2.7.2). */
export const REDIRECT_HOST = 1;

/** Codes of time exceeded. */
export const EXCEEDED_TIME_TO_LIVE = 0;
/** Code: fragments were missing for too long. */
export const EXCEEDED_REASSEMBLY = 1;

/** An ICMP header in host form. */
export class IcmpHeader {
  type = 0;
  code = 0;
  /** As on the wire; over header and data, without a pseudo-header. */
  checksum = 0;
  /** The second word as a signed integer: see `identifier`, `sequence`, `mtu`, `pointer`. */
  rest = 0;

  /** Of an echo: whose it is. */
  get identifier(): number {
    return this.rest >>> 16;
  }

  /** Of an echo: which one it is. */
  get sequence(): number {
    return this.rest & 0xffff;
  }

  /** Of "too big": the next hop's MTU; 0 from a router older than RFC 1191. */
  get mtu(): number {
    return this.rest & 0xffff;
  }

  /** Of a parameter problem with code 0: the offending octet, counted from the start of the IP header. */
  get pointer(): number {
    return this.rest >>> 24;
  }
}

/** Types that report on a datagram; such a message must never be answered with another (RFC 1122 §3.2.2). */
export function isIcmpError(type: number): boolean {
  return (
    type === ICMP_UNREACHABLE ||
    type === ICMP_SOURCE_QUENCH ||
    type === ICMP_REDIRECT ||
    type === ICMP_TIME_EXCEEDED ||
    type === ICMP_PARAMETER_PROBLEM
  );
}

/** Types of queries and their replies that are known: echo, and 13 to 18 (RFC 792, RFC 950). Any other may be an error. */
export function isIcmpQuery(type: number): boolean {
  return (
    type === ICMP_ECHO_REQUEST || type === ICMP_ECHO_REPLY || (type >= ICMP_TIMESTAMP_REQUEST && type <= 18)
  );
}

/** Reads the header at `at` into `header`, reading nothing at or past `end`. The checksum is the caller's. */
export function readIcmp(view: DataView, at: number, end: number, header: IcmpHeader): Drop {
  if (end - at < ICMP_HEADER_BYTES) return Drop.truncated;
  header.type = view.getUint8(at + TYPE);
  header.code = view.getUint8(at + CODE);
  header.checksum = view.getUint16(at + CHECKSUM);
  header.rest = view.getInt32(at + REST);
  return Drop.none;
}

const UNREACHABLE_NAMES: readonly string[] = [
  "network unreachable",
  "host unreachable",
  "protocol unreachable",
  "port unreachable",
  "need to frag",
  "source route failed",
];

/** As tcpdump would say it; `octets` is the length of the message, header included. */
export function formatIcmp(header: IcmpHeader, octets: number): string {
  return `ICMP ${describe(header)}, length ${octets}`;
}

function describe(header: IcmpHeader): string {
  const { type, code } = header;
  const echo = `id ${header.identifier}, seq ${header.sequence}`;
  switch (type) {
    case ICMP_ECHO_REQUEST:
      return `echo request, ${echo}`;
    case ICMP_ECHO_REPLY:
      return `echo reply, ${echo}`;
    case ICMP_UNREACHABLE: {
      const mtu = code === UNREACHABLE_TOO_BIG ? ` (mtu ${header.mtu})` : "";
      return `${UNREACHABLE_NAMES[code] ?? `unreachable, code ${code}`}${mtu}`;
    }
    case ICMP_SOURCE_QUENCH:
      return "source quench";
    case ICMP_REDIRECT:
      return `redirect, code ${code}`;
    case ICMP_TIME_EXCEEDED:
      return code === EXCEEDED_REASSEMBLY ? "ip reassembly time exceeded" : "time exceeded in-transit";
    case ICMP_PARAMETER_PROBLEM:
      return code === 0 ? `parameter problem - octet ${header.pointer}` : `parameter problem, code ${code}`;
    case ICMP_TIMESTAMP_REQUEST:
      return `time stamp query ${echo}`;
    case ICMP_TIMESTAMP_REPLY:
      return `time stamp reply ${echo}`;
    default:
      return `type ${type}, code ${code}`;
  }
}
