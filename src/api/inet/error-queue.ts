/** MSG_ERRQUEUE: what went wrong with datagrams that were sent, kept in a queue by IP_RECVERR. ip(7). */
import type { ErrorReporter } from "../../stack/index.ts";
import {
  AF_INET,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  MSG_ERRQUEUE,
  MSG_TRUNC,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Received } from "../operations.ts";
import { bitsOf, wordOf } from "./bits.ts";
import type { Naming } from "./naming.ts";

/** ee_origin of Linux's sock_extended_err. */
const ORIGIN = { local: 1, icmp: 2, icmp6: 3 } as const;

/** The `data` of control data IP_RECVERR and IPV6_RECVERR: Linux's sock_extended_err. */
export interface ExtendedError {
  /** The errno of the error. */
  readonly errno: number;
  /** 1: this host found it out, 2: ICMP told, 3: ICMPv6 told. */
  readonly origin: number;
  /** ICMP type and code. */
  readonly type: number;
  /** The code of the ICMP message. */
  readonly code: number;
  /** Of EMSGSIZE, the path MTU. */
  readonly info: number;
  /** Who told: of IPv4 an integer in host order, of IPv6 a bigint. */
  readonly offender: number | bigint | undefined;
}

/** Receives the datagram of the oldest queued error, as far as it is known. -EAGAIN if there is none. */
export function receiveError(
  endpoint: ErrorReporter,
  naming: Naming,
  into: Uint8Array,
  start: number,
  end: number,
  details: Received | undefined,
): number {
  const queued = endpoint.takeError();
  if (queued === undefined) return -errno.EAGAIN;
  const { data, failure, origin, type, code, mtu, offender } = queued;
  const count = Math.min(data.length, end - start);
  into.set(data.subarray(0, count), start);
  if (details === undefined) return count;
  details.address = naming.shown(queued.destination);
  details.flags |= MSG_ERRQUEUE | (count < data.length ? MSG_TRUNC : 0);
  const ipv4 = queued.destination.address.family === 4;
  const told: ExtendedError = {
    errno: -statusOf(failure),
    origin: ORIGIN[origin === "icmp" && !ipv4 ? "icmp6" : origin],
    type,
    code,
    info: mtu,
    offender:
      offender === undefined ? undefined : offender.family === 4 ? wordOf(offender) : bitsOf(offender),
  };
  // As on Linux, what is told of IPv4 is of IPv4's level, also to a socket of AF_INET6.
  const level = ipv4 || naming.family === AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
  const kind = level === IPPROTO_IP ? IP_RECVERR : IPV6_RECVERR;
  if (details.wantsControl) details.control.push({ level, type: kind, data: told });
  return count;
}
