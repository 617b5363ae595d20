/**
 * How a socket call fails: an errno. Inside `src/api` a call returns a count or a *negated* errno, as calls inside
 * a kernel do: a thrown Error costs some 5 µs. Only the outermost layer makes a `SocketError` of it.
 */
import type { Failure } from "../stack/index.ts";
import { meaningIn } from "./error-texts.ts";

/** Each errno with its number on Linux x86-64, and what it means here. */
const ERRNO = {
  EPERM: [1, "not permitted"],
  ENOENT: [2, "there is no such name"],
  EBADF: [9, "the socket is closed, or was never one"],
  EAGAIN: [11, "the call would have to wait"],
  ENOMEM: [12, "no memory is left"],
  EACCES: [13, "permission denied"],
  ENOTTY: [25, "there is no such request for this kind of socket"],
  EFAULT: [14, "not a buffer of octets, or one that is detached"],
  EINVAL: [22, "an argument has no meaning here"],
  EMFILE: [24, "too many sockets"],
  EDOM: [33, "microseconds are 0 to 999999"],
  EPIPE: [32, "this half of the connection is shut down"],
  ENAMETOOLONG: [36, "the name is too long"],
  ELOOP: [40, "a cycle of sets"],
  ENONET: [64, "the host is cut off from its network"],
  EPROTO: [71, "protocol error"],
  ENOTSOCK: [88, "not a socket"],
  EDESTADDRREQ: [89, "a destination address is needed"],
  EMSGSIZE: [90, "the message is too long"],
  EPROTOTYPE: [91, "the peer is a socket of another type"],
  ENOPROTOOPT: [92, "there is no such option"],
  EPROTONOSUPPORT: [93, "the protocol is not supported for this family and style"],
  ESOCKTNOSUPPORT: [94, "the style of socket is not supported"],
  EOPNOTSUPP: [95, "the operation is not supported by this kind of socket"],
  EAFNOSUPPORT: [97, "the address family is not supported"],
  EADDRINUSE: [98, "the local address is taken"],
  EADDRNOTAVAIL: [99, "the address is not one of this host, or no port is free"],
  ENETDOWN: [100, "the network is down"],
  ENETUNREACH: [101, "there is no route to the network"],
  ECONNABORTED: [103, "the connection was given up"],
  ECONNRESET: [104, "the peer reset the connection"],
  ENOBUFS: [105, "no buffer is free"],
  EISCONN: [106, "the socket is connected already"],
  ENOTCONN: [107, "the socket is not connected"],
  ETOOMANYREFS: [109, "too many sockets are on their way in messages"],
  ETIMEDOUT: [110, "the peer has not answered for too long"],
  ECONNREFUSED: [111, "the peer refused the connection"],
  EHOSTUNREACH: [113, "the host cannot be reached"],
  EHOSTDOWN: [112, "the host is not known there"],
  EALREADY: [114, "a connection attempt is under way already"],
  EINPROGRESS: [115, "the connection attempt goes on"],
  ECANCELED: [125, "the wait was cancelled by its AbortSignal"],
  EEXIST: [17, "it is there already"],
  ENODEV: [19, "there is no such interface"],
  ENXIO: [6, "there is no such thing"],
} as const;

/** The errno names that this library's calls can fail with. */
export type Errno = keyof typeof ERRNO;

/** Every errno name with its number: `errno.EAGAIN` is 11. */
export const errno: { readonly [name in Errno]: number } = Object.fromEntries(
  Object.entries(ERRNO).map(([name, [number]]) => [name, number]),
) as { [name in Errno]: number };

const NAMES: ReadonlyMap<number, Errno> = new Map(
  Object.entries(ERRNO).map(([name, [number]]) => [number, name as Errno]),
);

/** The name of an errno; undefined if no call here fails with it. */
export function errnoName(number: number): Errno | undefined {
  return NAMES.get(number);
}

/** What an errno means, as `strerror`. */
export function strerror(number: number): string {
  const name = NAMES.get(number);
  return name === undefined ? `unknown error ${number}` : ERRNO[name][1];
}

/** A socket call failed. Branch on `code`, as with Node's own errors; the message is for people. */
export class SocketError extends Error {
  /** Of the class. */
  override readonly name: string = "SocketError";
  /** The errno by its name: ECONNREFUSED. */
  readonly code: Errno;
  /** The positive number of `code`, as in errno(3) and Guile's `system-error-errno` (Node's is negative). */
  readonly errno: number;
  /** The call that failed, as in a manual page: `connect`, `recv!`, … */
  readonly syscall: string;

  /** @param detail - what was wrong with the arguments, for people */
  constructor(code: Errno, syscall: string, detail?: string, cause?: unknown) {
    const meaning = detail ?? meaningIn(syscall, code) ?? ERRNO[code][1];
    super(`${syscall}: ${meaning} (${code})`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.errno = ERRNO[code][0];
    this.syscall = syscall;
  }
}

/** The error for a negated errno that a call returned. */
export function failed(status: number, syscall: string, cause?: unknown): SocketError {
  return new SocketError(NAMES.get(-status) ?? "EINVAL", syscall, undefined, cause);
}

/** `status` if it is a result; throws if it is a negated errno. */
export function checked(status: number, syscall: string): number {
  if (status < 0) throw failed(status, syscall);
  return status;
}

/** The negated errno of each reason that the stack gives. RFC 1122 §4.2.3.9 and Linux's icmp_err_convert. */
const OF_FAILURE: { readonly [reason in Failure]: number } = {
  reset: -errno.ECONNRESET,
  refused: -errno.ECONNREFUSED,
  "timed-out": -errno.ETIMEDOUT,
  "host-unreachable": -errno.EHOSTUNREACH,
  "network-unreachable": -errno.ENETUNREACH,
  "network-down": -errno.ENETDOWN,
  "protocol-unreachable": -errno.ENOPROTOOPT,
  "protocol-error": -errno.EPROTO,
  "host-down": -errno.EHOSTDOWN,
  "no-network": -errno.ENONET,
  prohibited: -errno.EHOSTUNREACH,
  aborted: -errno.ECONNABORTED,
  "broken-pipe": -errno.EPIPE,
  "address-in-use": -errno.EADDRINUSE,
  "address-not-available": -errno.EADDRNOTAVAIL,
  "not-connected": -errno.ENOTCONN,
  "already-connected": -errno.EISCONN,
  "in-progress": -errno.EALREADY,
  invalid: -errno.EINVAL,
  "message-too-long": -errno.EMSGSIZE,
  "no-buffers": -errno.ENOBUFS,
  access: -errno.EACCES,
  "destination-required": -errno.EDESTADDRREQ,
  "not-supported": -errno.EOPNOTSUPP,
  "would-wait": -errno.EAGAIN,
  "not-found": -errno.ENOENT,
  "wrong-type": -errno.EPROTOTYPE,
  "not-permitted": -errno.EPERM,
  "not-open": -errno.EBADF,
};

/** The negated errno for `failure`; 0 for none. */
export function statusOf(failure: Failure | undefined): number {
  return failure === undefined ? 0 : OF_FAILURE[failure];
}
