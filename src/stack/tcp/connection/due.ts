/**
 * What a connection has noted for the end of the entry: handlers note, the flush sends. `output` (`send/output.ts`)
 * looks at all of it; in SYN-SENT and SYN-RECEIVED `outputHandshake` (`open/handshake.ts`) does.
 *
 * | note           | set by                                                      | cleared by                              | what is sent                        |
 * | -------------- | ----------------------------------------------------------- | --------------------------------------- | ----------------------------------- |
 * | `ack`          | `noteAck`: text, FIN, windows, what is not acceptable        | whatever carries an ACK; the end        | an ACK, if nothing else carries it  |
 * | `ackAfterWake` | `acceptFin`                                                  | `output`, which makes `ack` of it       | an ACK, once the application was woken |
 * | `duplicateAcks` | `keepEarly`, `acceptFin`: text or a FIN out of order        | whatever carries an ACK; the end        | so many ACKs; one, with SACK        |
 * | `una`          | `open`; a timeout; loss recovery; a probe into a zero window | `output`; when SND.UNA moves            | the segment at SND.UNA, or the SYN  |
 * | `force`        | the persist timer                                            | `output`                                | text that the window or Nagle hold back |
 * | `keepProbe`    | the keep-alive timer                                         | `output`                                | a segment before the window         |
 * | `tlp`          | the tail loss probe's timer                                  | `output`                                | new text, or the last segment again |
 * | `push`         | `applyOptions`: TCP_NODELAY                                  | the next write                          | text that a cork holds back         |
 * | `more`         | a write with MSG_MORE                                        | a write without; an ACK that brings progress, a FIN | no partial segment                  |
 * | `reset`        | `abortWithReset`                                             | `sendReset`                             | a RST, and nothing else ever after  |
 */
import { Send } from "../../base/send.ts";
import type { Tcb } from "./tcb.ts";

/** Bits of `Tcb.due`; how many duplicate ACKs are due is counted in `Tcb.duplicateAcksDue`. */
export const Due = {
  /** An ACK, with data or without. */
  ack: 1,
  /** The peer's FIN is to be acknowledged in this entry, but an application that closes at once may add its own. */
  ackAfterWake: 2,
  /** The segment at SND.UNA once more, out of turn. */
  una: 4,
  /** Something, however little the window or Nagle allow. */
  force: 8,
  keepProbe: 16,
  tlp: 32,
  /** The connection is over, and the peer is to know. */
  reset: 64,
  /** What a cork holds back; noted until more is written. */
  push: 128,
  /** Nothing: more is about to be written (MSG_MORE), and a partial segment waits as with TCP_CORK. */
  more: 256,
} as const;
export type Due = (typeof Due)[keyof typeof Due];

/** Whether something was noted. */
export function isDue(tcb: Tcb, what: Due): boolean {
  return (tcb.due & what) !== 0;
}

/** For a tracer: why that was noted. */
export function whyDue(tcb: Tcb, what: number): Send {
  return tcb.host.trace?.due(tcb, what) ?? Send.unknown;
}

/** Sets a note; `why` is for a tracer. Whoever does not know that output is noted calls `noteOutput` as well. */
export function setDue(tcb: Tcb, what: Due, why: Send): void {
  tcb.host.trace?.noted(tcb, what, why, isDue(tcb, what));
  tcb.due |= what;
}

/** Sets a note that sends nothing by itself, and so has no reason: it says what else may be sent. */
export function setMode(tcb: Tcb, what: typeof Due.push | typeof Due.more): void {
  tcb.due |= what;
}

/** What was noted has been seen to. */
export function clearDue(tcb: Tcb, what: Due): void {
  tcb.due &= ~what;
}
