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
import { controller } from "../connection/congestion-window.ts";
import { heldDeadlines, lendDeadlines } from "../connection/lending.ts";
import type { Recovery } from "../connection/recovery-record.ts";
import type { Tcb } from "../connection/tcb.ts";

/** Hosts are late by as much themselves, whatever the path is like. */
const LEAST_WINDOW: Duration = milliseconds(1);

/** RFC 8985 §6.2 step 4: for so many recoveries the window stays as wide as D-SACK has made it. */
const RECOVERIES = 16;

/** Linux's net.ipv4.tcp_max_reordering. */
const MOST_REORDERING = 300;

/** RACK.reo_wnd: a quarter of RACK.min_RTT, or a multiple of that, and never more than SRTT. */
function reorderingWindow(tcb: Tcb, { reoWndMult }: Recovery): Duration {
  const { least, smoothed } = tcb.rtt;
  const window = Math.min((least * reoWndMult) / 4, smoothed);
  return Math.max(Math.round(window), LEAST_WINDOW) as Duration;
}

function reorderingWait(tcb: Tcb, recovery: Recovery): Duration {
  return (reorderingWindow(tcb, recovery) + tcb.host.config.reorderingSlack) as Duration;
}

/** After any change of the scoreboard: lets time judge the holes below what is SACKed. */
export function watchHoles(tcb: Tcb, recovery: Recovery): void {
  const { scoreboard } = recovery;
  if (scoreboard === undefined || scoreboard.count === 0) {
    heldDeadlines(tcb).reorderAt = NEVER;
    recovery.fack = tcb.snd.una;
    return;
  }
  const highest = scoreboard.right(scoreboard.count - 1);
  if (tcb.deadlines.reorderAt !== NEVER) return;
  if (!recovery.laterRxtSacked && !seqBefore(recovery.fack, highest)) return;
  recovery.fack = highest;
  lendDeadlines(tcb).reorderAt = later(tcb.now, reorderingWait(tcb, recovery));
}

/**
 * [left, right) was SACKed, in part for the first time, by an ACK before which something behind it was known of:
 * it arrived after what was sent later. That is reordering if it was sent only once (RFC 8985 §6.2 step 3). If
 * it was sent again, and that after the first hole was, then the first hole's retransmission is late as well.
 */
export function noteLateSack(recovery: Recovery, left: SeqNum, right: SeqNum): void {
  if (!seqBefore(left, recovery.highRxt)) recovery.reorderingSeen = true;
  else if (seqBefore(recovery.unaRxtHigh, right)) recovery.laterRxtSacked = true;
}

/** Something has come `octets` behind what was sent last of all that has arrived. */
export function noteExtent(recovery: Recovery, octets: number, mss: number): void {
  recovery.reordering = Math.min(Math.max(recovery.reordering, Math.ceil(octets / mss)), MOST_REORDERING);
}

/** A loss is taken for real from here on; what is sent again because of it is counted. */
export function beginUndo(tcb: Tcb, recovery: Recovery): void {
  const { una } = tcb.snd;
  recovery.retransmittedAt = tcb.now; // it leaves at the end of this entry
  recovery.mayTellCopy = tcb.timestampsOk;
  recovery.undoable = true;
  recovery.undoEnds = false;
  recovery.undoOctets = 0;
  recovery.undoFrom = una;
  recovery.undoTo = una;
}

/** `octets` of text, which end at `edge`, go out again. */
export function countResent(recovery: Recovery, octets: number, edge: SeqNum): void {
  recovery.undoOctets += octets;
  recovery.undoEnds = false;
  if (seqBefore(recovery.undoTo, edge)) recovery.undoTo = edge;
}

/** D-SACK: [left, right) came twice. When all came twice that was sent twice, then nothing had been lost. */
export function noteDuplicateReport(tcb: Tcb, left: SeqNum, right: SeqNum): void {
  const { recovery, snd } = tcb;
  if (recovery === undefined || !recovery.undoable) return;
  if (seqBefore(left, recovery.undoFrom) || seqBefore(recovery.undoTo, right)) return;
  recovery.reorderingSeen = true;
  if (!seqBefore(snd.una, recovery.dsackRound)) {
    recovery.dsackRound = snd.nxt; // at most once in a round trip
    recovery.reoWndMult++;
    recovery.reoWndPersist = RECOVERIES;
  }
  recovery.undoOctets -= seqDistance(left, right);
  if (recovery.undoOctets > 0) return;
  recovery.undoable = false;
  tcb.host.counters.undos++;
  controller(tcb).undo?.();
  recovery.prr?.end();
}

/** A recovery is over: after many without D-SACK the window is narrow again. */
export function recoveryEnded(recovery: Recovery): void {
  if (recovery.reoWndPersist > 0 && --recovery.reoWndPersist === 0) recovery.reoWndMult = 1;
}
