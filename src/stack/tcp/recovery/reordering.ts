/**
 * What tells loss from reordering. Until a path is seen to reorder, three segments beyond a hole are enough
 * (RFC 5681 §3.2). From then on only time is, as RACK has it (RFC 8985 §6.2): a hole that is not filled within
 * the reordering window is lost. And D-SACK tells afterwards that nothing was lost, so that the congestion
 * window goes back to what it was (RFC 3708), and the reordering window grows.
 *
 * RACK keeps the time of sending of every segment, and counts the window from then. This counts it from when
 * something beyond the hole was first SACKed, which is later by the time between the two, and needs one timer
 * and one sequence number instead of a list.
 */
import { type SeqNum, seqBefore, seqDistance } from "../../base/seq.ts";
import { type Duration, later, milliseconds, NEVER } from "../../base/time.ts";
import type { Tcb } from "../connection/tcb.ts";

/** Hosts are late by as much themselves, whatever the path is like. */
const LEAST_WINDOW: Duration = milliseconds(1);

/** RFC 8985 §6.2 step 4: for so many recoveries the window stays as wide as D-SACK has made it. */
const RECOVERIES = 16;

/** RACK.reo_wnd: a quarter of the least round-trip time, or a multiple of that, and never more than SRTT. */
function reorderingWindow(tcb: Tcb): Duration {
  const { least, smoothed } = tcb.rtt;
  const window = Math.min((least * tcb.reorderingMultiple) / 4, smoothed);
  return Math.max(Math.round(window), LEAST_WINDOW) as Duration;
}

/** After any change of the scoreboard: lets time judge the holes below what is SACKed. */
export function watchHoles(tcb: Tcb): void {
  const { sacked } = tcb;
  if (sacked === undefined || sacked.count === 0) {
    tcb.holesAt = NEVER;
    tcb.holesEdge = tcb.sndUna;
    return;
  }
  const highest = sacked.right(sacked.count - 1);
  if (tcb.holesAt !== NEVER || !(tcb.laterRxtSacked || seqBefore(tcb.holesEdge, highest))) return;
  tcb.holesEdge = highest;
  tcb.holesAt = later(tcb.now, reorderingWindow(tcb));
}

/**
 * [left, right) was SACKed, in part for the first time, by an ACK before which all was known up to `highest`:
 * it arrived after what was sent later. That is reordering if it was sent only once (RFC 8985 §6.2 step 3). If
 * it was sent again, and that after the first hole was, then the first hole's retransmission is late as well.
 */
export function noteLateSack(tcb: Tcb, left: SeqNum, right: SeqNum, highest: SeqNum): void {
  if (seqBefore(highest, right)) return;
  if (!seqBefore(left, tcb.highRxt)) tcb.reordered = true;
  else if (seqBefore(tcb.headRxtEdge, right)) tcb.laterRxtSacked = true;
}

/** A loss is taken for real from here on; what is sent again because of it is counted. */
export function beginUndo(tcb: Tcb): void {
  tcb.undoable = true;
  tcb.undoOctets = 0;
  tcb.undoFrom = tcb.sndUna;
  tcb.undoTo = tcb.sndUna;
}

/** Text [at, at + octets) goes out again. */
export function countResent(tcb: Tcb, octets: number, edge: SeqNum): void {
  tcb.undoOctets += octets;
  if (seqBefore(tcb.undoTo, edge)) tcb.undoTo = edge;
}

/** D-SACK: [left, right) came twice. When all came twice that was sent twice, then nothing had been lost. */
export function noteDuplicateReport(tcb: Tcb, left: SeqNum, right: SeqNum): void {
  if (!tcb.undoable || seqBefore(left, tcb.undoFrom) || seqBefore(tcb.undoTo, right)) return;
  tcb.reordered = true;
  if (!seqBefore(tcb.sndUna, tcb.reorderingRound)) {
    tcb.reorderingRound = tcb.sndNxt; // at most once in a round trip
    tcb.reorderingMultiple++;
    tcb.reorderingLeft = RECOVERIES;
  }
  tcb.undoOctets -= seqDistance(left, right);
  if (tcb.undoOctets > 0) return;
  tcb.undoable = false;
  tcb.host.counters.undos++;
  tcb.cc.undo?.();
  tcb.prr?.end();
}

/** A recovery is over: after many without D-SACK the window is narrow again. */
export function recoveryEnded(tcb: Tcb): void {
  if (tcb.reorderingLeft > 0 && --tcb.reorderingLeft === 0) tcb.reorderingMultiple = 1;
}
