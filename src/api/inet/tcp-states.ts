/** What a TCP connection says to a reader: its states (RFC 9293 §3.3.2), and its urgent octet (RFC 6093). */
import type { TcpEndpoint, TcpState } from "../../stack/index.ts";
import { MSG_OOB, MSG_PEEK } from "../constants.ts";
import { errno } from "../errors.ts";
import type { Received } from "../operations.ts";

/** The peer's FIN has come, and this end is not closed. */
export function peerHasFinished(state: TcpState): boolean {
  return state === "close-wait" || state === "last-ack" || state === "closing";
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
