/**
 * SO_PEEK_OFF (socket(7)): each look with MSG_PEEK begins where the last one ended. A real read moves that place back.
 */
import { MSG_PEEK, MSG_TRUNC, POLLHUP, POLLRDHUP } from "./constants.ts";
import { errno } from "./errors.ts";
import type { Received, SocketOperations } from "./operations.ts";

/** As `SocketOperations.receive`, and keeps the offset, if there is one. */
export function receiveFrom(
  operations: SocketOperations,
  into: Uint8Array,
  start: number,
  end: number,
  flags: number,
  details?: Received,
): number {
  if (operations.kept.peekOffset < 0) return operations.receive(into, start, end, flags, details);
  if (operations.keepsBoundaries) return receiveMessage(operations, into, start, end, flags, details);
  return receiveOctets(operations, into, start, end, flags, details);
}

/** The queue of messages itself passes over what was seen. */
function receiveMessage(
  operations: SocketOperations,
  into: Uint8Array,
  start: number,
  end: number,
  flags: number,
  details: Received | undefined,
): number {
  const { kept, kind } = operations;
  const whole = operations.receive(into, start, end, flags | MSG_TRUNC, details);
  if (whole < 0) return whole;
  const fitted = Math.min(whole, end - start);
  const count = (flags & MSG_TRUNC) === 0 ? fitted : whole;
  // As on Linux: UDP counts what the call gives, AF_UNIX what was seen, or the whole message that is gone.
  if ((flags & MSG_PEEK) !== 0) kept.peekOffset += kind === "udp" ? count : fitted;
  else kept.peekOffset = Math.max(0, kept.peekOffset - (kind === "udp" ? count : whole));
  return count;
}

function receiveOctets(
  operations: SocketOperations,
  into: Uint8Array,
  start: number,
  end: number,
  flags: number,
  details: Received | undefined,
): number {
  const { kept } = operations;
  const { peekOffset } = kept;
  if ((flags & MSG_PEEK) === 0) {
    const count = operations.receive(into, start, end, flags, details);
    if (count > 0) kept.peekOffset = Math.max(0, peekOffset - count);
    return count;
  }
  const there = operations.available;
  if (there === 0) return operations.receive(into, start, end, flags, details);
  if (there <= peekOffset) {
    return (operations.readiness() & (POLLRDHUP | POLLHUP)) === 0 ? -errno.EAGAIN : 0;
  }
  const scratch = new Uint8Array(Math.min(peekOffset + end - start, there));
  const seen = operations.receive(scratch, 0, scratch.length, flags, details);
  if (seen <= peekOffset) return Math.min(seen, 0);
  if ((flags & MSG_TRUNC) === 0) into.set(scratch.subarray(peekOffset, seen), start);
  kept.peekOffset += seen - peekOffset;
  return seen - peekOffset;
}
