/**
 * Urgent data on the receive side, as BSD has it: the one octet before the urgent pointer is the urgent one
 * (RFC 6093 §2), kept out of the stream unless SO_OOBINLINE asks for it there; where it stood is the mark.
 */
import { type SeqNum, seqAdd, seqDistance } from "../../base/seq.ts";
import type { Tcb } from "../connection/tcb.ts";

/** Announced and not yet read. */
export function hasUrgent(tcb: Tcb): boolean {
  const { rcv } = tcb;
  return rcv.urgentState === 1 || rcv.urgentState === 2;
}

/** The sequence number of the octet that is read next. */
function nextRead(tcb: Tcb): SeqNum {
  const { rcv } = tcb;
  return seqAdd(rcv.nxt, -rcv.ring.length - (rcv.finReceived ? 1 : 0));
}

/** Octets before the urgent one; negative when it is behind us. */
function distanceToMark(tcb: Tcb): number {
  return seqDistance(nextRead(tcb), seqAdd(tcb.rcv.up, -1));
}

/** Whether the next octet to be read is the one behind the urgent data. */
export function isAtMark(tcb: Tcb): boolean {
  return tcb.rcv.urgentState !== 0 && distanceToMark(tcb) === 0;
}

/** Octets that one read may return: it stops at the mark, so that the application can see it. */
export function octetsToMark(tcb: Tcb, inline: boolean): number {
  const { rcv } = tcb;
  const { length } = rcv.ring;
  if (rcv.urgentState === 0) return length;
  const distance = distanceToMark(tcb);
  if (distance > 0) return Math.min(length, distance);
  if (inline && distance === 0) rcv.urgentState = 0; // it is about to be read in line
  return length;
}

/** The reader stands at the mark and goes on: the urgent octet is left out, read or not. */
export function skipUrgent(tcb: Tcb, peek: boolean): void {
  const { rcv } = tcb;
  if (rcv.urgentState < 2 || peek || rcv.ring.length === 0 || distanceToMark(tcb) !== 0) return;
  rcv.ring.consume(1);
  rcv.urgentState = 0;
}

/** Octets that a reader who only looks does not see: the urgent one, where it stands at the mark. */
export function urgentBeforePeek(tcb: Tcb): number {
  if (tcb.rcv.urgentState < 2 || tcb.options.oobInline || tcb.rcv.ring.length === 0) return 0;
  return distanceToMark(tcb) === 0 ? 1 : 0;
}

/** The urgent octet, once; -1 if there is none (yet). */
export function takeUrgent(tcb: Tcb, peek: boolean): number {
  const { rcv } = tcb;
  if (rcv.urgentState !== 2) return -1;
  if (!peek) rcv.urgentState = 3;
  return rcv.urgentOctet;
}
