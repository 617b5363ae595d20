/** MSG_ERRQUEUE: what went wrong with datagrams that were sent, kept in a queue by IP_RECVERR. ip(7). */
import type { ErrorReporter } from "../../stack/index.ts";
import { fromEndpoint } from "../address.ts";
import { IP_RECVERR, IPPROTO_IP, MSG_ERRQUEUE, MSG_TRUNC } from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Received } from "../operations.ts";

/** ee_origin of Linux's sock_extended_err. */
const ORIGIN = { local: 1, icmp: 2 } as const;

/** The `data` of control data IP_RECVERR: Linux's sock_extended_err. */
export interface ExtendedError {
  /** The errno of the error. */
  readonly errno: number;
  /** 1: this host found it out, 2: ICMP told. */
  readonly origin: number;
  /** ICMP type and code. */
  readonly type: number;
  /** The code of the ICMP message. */
  readonly code: number;
  /** Of EMSGSIZE, the path MTU. */
  readonly info: number;
  /** Who told, as an integer in host order. */
  readonly offender: number | undefined;
}

/** Receives the datagram of the oldest queued error, as far as it is known. -EAGAIN if there is none. */
export function receiveError(
  endpoint: ErrorReporter,
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
  details.address = fromEndpoint(queued.destination);
  details.flags |= MSG_ERRQUEUE | (count < data.length ? MSG_TRUNC : 0);
  const told: ExtendedError = {
    errno: -statusOf(failure),
    origin: ORIGIN[origin],
    type,
    code,
    info: mtu,
    offender: offender === undefined ? undefined : offender.word3 >>> 0,
  };
  if (details.wantsControl) details.control.push({ level: IPPROTO_IP, type: IP_RECVERR, data: told });
  return count;
}
