/** AF_UNIX: the kinds of sockets there are, and pairs of them. */
import { AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM } from "../constants.ts";
import { errno } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import type { UnixContext } from "./names.ts";
import { UnixDatagramSocket } from "./unix-datagram.ts";
import { UnixStreamSocket } from "./unix-stream.ts";
import { UnixStreamEndpoint } from "./unix-stream-endpoint.ts";

/** A new socket of AF_UNIX, or a negated errno. */
export function unixSocket(context: UnixContext, style: number, protocol: number): SocketOperations | number {
  return make(context, style, protocol);
}

/** Two connected sockets without names, or a negated errno. */
export function unixPair(
  context: UnixContext,
  style: number,
  protocol: number,
): [SocketOperations, SocketOperations] | number {
  const left = make(context, style, protocol);
  const right = make(context, style, protocol);
  if (typeof left === "number") return left;
  if (left instanceof UnixStreamSocket && right instanceof UnixStreamSocket) {
    UnixStreamEndpoint.join(left.endpoint, right.endpoint);
  } else if (left instanceof UnixDatagramSocket && right instanceof UnixDatagramSocket) {
    UnixDatagramSocket.join(left, right);
  }
  return [left, right as SocketOperations];
}

function make(
  context: UnixContext,
  style: number,
  protocol: number,
): UnixStreamSocket | UnixDatagramSocket | number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -errno.EPROTONOSUPPORT;
  if (style === SOCK_STREAM || style === SOCK_SEQPACKET) {
    return new UnixStreamSocket(new UnixStreamEndpoint(context, style));
  }
  // BSD and Linux have always taken SOCK_RAW for SOCK_DGRAM here.
  if (style === SOCK_DGRAM || style === SOCK_RAW) return new UnixDatagramSocket(context);
  return -errno.ESOCKTNOSUPPORT;
}
