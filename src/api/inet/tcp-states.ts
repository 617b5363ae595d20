/** What a TCP connection says to a reader: its states (RFC 9293 §3.3.2), and its urgent octet (RFC 6093). */
import type { TcpEndpoint, TcpState } from "../../stack/index.ts";
import { MSG_OOB, MSG_PEEK, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from "../constants.ts";
import { errno } from "../errors.ts";
import type { Received } from "../operations.ts";

/** The readiness of a connection, halves of which may be shut down. */
export function connectedReadiness(endpoint: TcpEndpoint, receiveShut: boolean, sendShut: boolean): number {
  const error = endpoint.failure === undefined ? 0 : POLLERR;
  const mask = error | halvesClosed(endpoint.state, receiveShut, sendShut);
  const readable = endpoint.readable || mask !== 0 ? POLLIN : 0;
  const writes = endpoint.writable || sendShut || (mask & (POLLERR | POLLHUP)) !== 0;
  return mask | readable | (writes ? POLLOUT : 0) | (endpoint.urgentPending ? POLLPRI : 0);
}

/** POLLRDHUP when nothing more will come, POLLHUP when nothing will go either. */
function halvesClosed(state: TcpState, receiveShut: boolean, sendShut: boolean): number {
  if (state === "closed" || state === "time-wait") return POLLHUP | POLLRDHUP;
  const ended = receiveShut || peerHasFinished(state);
  if (ended && sendShut) return POLLHUP | POLLRDHUP;
  return ended ? POLLRDHUP : 0;
}

/** The peer's FIN has come, and this end is not closed. */
function peerHasFinished(state: TcpState): boolean {
  return state === "close-wait" || state === "last-ack" || state === "closing";
}

/** We have closed, and our FIN is not acknowledged yet. */
export function isFinUnderWay(state: TcpState): boolean {
  return state === "fin-wait-1" || state === "closing" || state === "last-ack";
}

/** MSG_OOB: the urgent octet, out of the stream. A count, or a negated errno. */
export function receiveUrgent(
  endpoint: TcpEndpoint,
  into: Uint8Array,
  start: number,
  end: number,
  flags: number,
  details: Received | undefined,
): number {
  if (endpoint.options.oobInline) return -errno.EINVAL;
  const octet = endpoint.readUrgent((flags & MSG_PEEK) !== 0);
  if (octet < 0) return endpoint.urgentPending ? -errno.EAGAIN : -errno.EINVAL;
  if (details !== undefined) details.flags |= MSG_OOB;
  if (start === end) return 0;
  into[start] = octet;
  return 1;
}
