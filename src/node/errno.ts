/**
 * Failures of endpoints as libuv's error numbers: the negative errno of the platform, which Node turns into
 * errors with `code`, `errno` and `syscall`.
 */
import { constants } from "node:os";
import type { Failure } from "../stack/index.ts";

const { errno } = constants;

/** libuv's own number for the end of a stream; no errno has it. */
export const UV_EOF: number = -4095;
/** ECANCELED, as libuv has it. */
export const UV_ECANCELED: number = -errno.ECANCELED;
/** EADDRINUSE, as libuv has it. */
export const UV_EADDRINUSE: number = -errno.EADDRINUSE;
/** EAFNOSUPPORT, as libuv has it. */
export const UV_EAFNOSUPPORT: number = -errno.EAFNOSUPPORT;
/** EALREADY, as libuv has it. */
export const UV_EALREADY: number = -errno.EALREADY;
/** EBADF, as libuv has it. */
export const UV_EBADF: number = -errno.EBADF;
/** EINVAL, as libuv has it. */
export const UV_EINVAL: number = -errno.EINVAL;
/** EISCONN, as libuv has it. */
export const UV_EISCONN: number = -errno.EISCONN;
/** EMSGSIZE, as libuv has it. */
export const UV_EMSGSIZE: number = -errno.EMSGSIZE;
/** ENOTCONN, as libuv has it. */
export const UV_ENOTCONN: number = -errno.ENOTCONN;
/** ENOTSUP, as libuv has it. */
export const UV_ENOTSUP: number = -errno.ENOTSUP;
/** EPIPE, as libuv has it. */
export const UV_EPIPE: number = -errno.EPIPE;
/** Linux: there is no such option of the protocol. */
export const UV_ENOPROTOOPT: number = -errno.ENOPROTOOPT;
/** ENODEV, as libuv has it. */
export const UV_ENODEV: number = -errno.ENODEV;

/** Linux; `os.constants` has no names for them. */
const ENONET = 64;
const EHOSTDOWN = 112;

const NUMBERS: Readonly<Record<Failure, number>> = {
  reset: errno.ECONNRESET,
  refused: errno.ECONNREFUSED,
  "timed-out": errno.ETIMEDOUT,
  "host-unreachable": errno.EHOSTUNREACH,
  "network-unreachable": errno.ENETUNREACH,
  "network-down": errno.ENETDOWN,
  "protocol-unreachable": errno.ENOPROTOOPT,
  "protocol-error": errno.EPROTO,
  "host-down": EHOSTDOWN,
  "no-network": ENONET,
  prohibited: errno.EHOSTUNREACH,
  aborted: errno.ECONNABORTED,
  "broken-pipe": errno.EPIPE,
  "address-in-use": errno.EADDRINUSE,
  "address-not-available": errno.EADDRNOTAVAIL,
  "not-connected": errno.ENOTCONN,
  "already-connected": errno.EISCONN,
  "in-progress": errno.EALREADY,
  invalid: errno.EINVAL,
  "message-too-long": errno.EMSGSIZE,
  "no-buffers": errno.ENOBUFS,
  access: errno.EACCES,
  "destination-required": errno.EDESTADDRREQ,
  "not-supported": errno.EOPNOTSUPP,
  "would-wait": errno.EAGAIN,
  "not-found": errno.ENOENT,
  "wrong-type": errno.EPROTOTYPE,
  "not-permitted": errno.EPERM,
  "not-open": errno.EBADF,
};

/** The error number, negative as libuv has it; 0 for no failure. */
export function uvError(failure: Failure | undefined): number {
  return failure === undefined ? 0 : -NUMBERS[failure];
}
