/**
 * Decides what may be sent now, and sends it: RFC 9293 §3.8.6 (windows, silly windows), §3.7.4 (Nagle), RFC 5681 and
 * 6675 (congestion, retransmission). Runs once per connection at the end of an entry.
 */

import { Send } from "../../base/send.ts";
import { type SeqNum, seqAdd, seqBefore, seqDistance } from "../../base/seq.ts";
import { type Duration, type Instant, later, milliseconds, NEVER } from "../../base/time.ts";
import { FIN } from "../../wire/tcp.ts";
import { cwnd } from "../connection/congestion-window.ts";
import { clearDue, Due, isDue, setDue, whyDue } from "../connection/due.ts";
import { lendDeadlines, lendRecovery, schedule, settle } from "../connection/lending.ts";
import { noteChange, noteOutput } from "../connection/notes.ts";
import { Phase, type Recovery } from "../connection/recovery-record.ts";
import { isSynchronized } from "../connection/states.ts";
import type { Tcb } from "../connection/tcb.ts";
import { COPIES, DUPLICATE_ACKS } from "../connection/tcp-trace.ts";
import { duplicatesToReport } from "../receive/sack.ts";
import { congestionRoom, reckonRate } from "../recovery/loss.ts";
import { senderView, unarrived } from "../recovery/scoreboard.ts";
import { armRetransmission, restartProbe } from "../recovery/tail.ts";
import { pieceLimit, pushOf } from "./burst.ts";
import { emit } from "./emit.ts";
import { probeTail, retransmit, wholeSegments } from "./retransmit.ts";
import { findRoute, finWaits, updateSendMss } from "./send-route.ts";

/** A window below this is never filled at once: the headers would be longer than the text. */
const LEAST_WINDOW = 64;

/** TCP_CORK holds a partial segment back for at most this long, as in Linux. */
const CORK_TIME: Duration = milliseconds(200);

/** Pure ACKs for segments out of order that one burst may cause; with SACK, one says what all would. */
const MOST_DUPLICATES = 64;

/** Sends all that is due on a synchronized connection: see the table in `due.ts`. */
export function output(tcb: Tcb): void {
  const { snd } = tcb;
  if (!isSynchronized(tcb.state)) return;
  const { trace } = tcb.host;
  trace?.outputBegins(tcb);
  if (!findRoute(tcb)) return;
  updateSendMss(tcb);
  const acknowledgesLater = waitsForWake(tcb);
  sendDuplicateAcks(tcb);
  sendText(tcb);
  if (isDue(tcb, Due.ack) && !acknowledgesLater) emit(tcb, snd.acceptableSeq, 0, 0, whyDue(tcb, Due.ack));
  if (isDue(tcb, Due.keepProbe)) {
    clearDue(tcb, Due.keepProbe);
    emit(tcb, seqAdd(snd.una, -1), 0, 0, whyDue(tcb, Due.keepProbe));
  }
  clearDue(tcb, Due.force);
  armRetransmission(tcb);
  settle(tcb);
  trace?.outputEnds(tcb);
  schedule(tcb);
}

/** Old text and new, as far as there is any that waits: else the connection needs no recovery record. */
function sendText(tcb: Tcb): void {
  const { snd } = tcb;
  const waits = seqBefore(snd.nxt, snd.end) || finWaits(tcb);
  if (tcb.recovery === undefined && !waits && snd.una === snd.nxt) return;
  const recovery = lendRecovery(tcb);
  reckonRate(tcb, recovery);
  retransmit(tcb, recovery);
  const before = snd.nxt;
  sendNew(tcb, recovery);
  if (snd.nxt !== before && tcb.options.unsentLowWater > 0) noteChange(tcb);
  if (isDue(tcb, Due.tlp)) probeTail(tcb, recovery, before);
  else if (snd.nxt !== before) restartProbe(tcb, recovery);
  recovery.flight = unarrived(tcb);
}

/**
 * A server that closes as soon as its client has done so answers the FIN with one segment, FIN and ACK,
 * instead of two: so the ACK of a FIN is left to the next round of the entry, after the application was woken.
 */
function waitsForWake(tcb: Tcb): boolean {
  if (!isDue(tcb, Due.ackAfterWake)) return false;
  clearDue(tcb, Due.ackAfterWake);
  const waits = !isDue(tcb, Due.ack) && tcb.user?.wakeNoted === true;
  setDue(tcb, Due.ack, whyDue(tcb, Due.ackAfterWake));
  if (waits) noteOutput(tcb);
  return waits;
}

function sendDuplicateAcks(tcb: Tcb): void {
  const outOfOrder = Math.min(tcb.duplicateAcksDue, tcb.sackOk ? 1 : MOST_DUPLICATES);
  const count = Math.max(outOfOrder, duplicatesToReport(tcb));
  const due = outOfOrder > 0 ? DUPLICATE_ACKS : COPIES;
  for (let i = 0; i < count; i++) emit(tcb, tcb.snd.acceptableSeq, 0, 0, whyDue(tcb, due));
}

/** Sends new data, then the FIN, as the windows, Nagle and the silly-window rules allow. */
function sendNew(tcb: Tcb, recovery: Recovery): void {
  if (tcb.snd.finSent) return;
  restartAfterIdle(tcb);
  while (sendOne(tcb, recovery));
}

/** Sends the next segment of new data, if any may go. Whether there may be another. */
function sendOne(tcb: Tcb, recovery: Recovery): boolean {
  const { snd } = tcb;
  const unsent = seqDistance(snd.nxt, snd.end);
  const octets = unsent > 0 ? sendable(tcb, recovery, unsent) : 0;
  const withFin = finMayGo(tcb, unsent, octets);
  if (octets === 0 && !withFin) return false;
  const { trace } = tcb.host;
  const why = trace?.whyNew(tcb, octets) ?? Send.unknown;
  trace?.weigh(tcb);
  const seq = snd.nxt;
  const next = seqAdd(seq, octets + (withFin ? 1 : 0));
  if (!recovery.timing && recovery.phase === Phase.none) startTiming(recovery, next, tcb.now);
  snd.nxt = next;
  snd.finSent = withFin;
  if (octets % snd.mss !== 0) snd.sml = next;
  tcb.bytesSent += octets;
  recovery.prr?.sent(octets);
  noteUse(tcb, recovery);
  // All that a cork's timer was to let go is on its way.
  const waited = octets === unsent && !isDue(tcb, Due.force) && tcb.deadlines.persistAt !== NEVER;
  if (waited) lendDeadlines(tcb).persistAt = NEVER;
  emit(tcb, seq, octets, pushOf(tcb, octets, unsent) | (withFin ? FIN : 0), why, true);
  return !withFin;
}

function startTiming(recovery: Recovery, seq: SeqNum, now: Instant): void {
  recovery.timing = true;
  recovery.timedSeq = seq;
  recovery.timedAt = now;
}

/**
 * So much may be in flight that the congestion window may grow though it held nothing back: half of it in slow start, and
 * then to twice of what was in flight (RFC 7661 §4.3, as Linux has it), all of it in congestion avoidance.
 */
function noteUse(tcb: Tcb, recovery: Recovery): void {
  const { snd } = tcb;
  const window = cwnd(tcb);
  const slowStart = window < (snd.congestion?.threshold ?? Number.POSITIVE_INFINITY);
  const twice = 2 * snd.outstanding;
  if (slowStart ? twice <= window : snd.outstanding + snd.mss <= window) return;
  recovery.cwndLimited = true;
  if (!slowStart) recovery.growTo = Number.POSITIVE_INFINITY;
  else if (twice > recovery.growTo || !seqBefore(snd.una, recovery.growSeq)) {
    recovery.growTo = twice;
    recovery.growSeq = snd.nxt;
  }
}

/** How many of `unsent` octets go out in the next segment; 0 to wait. */
function sendable(tcb: Tcb, recovery: Recovery, unsent: number): number {
  const { snd } = tcb;
  const window = snd.windowFrom(snd.nxt);
  const congestion = congestionRoom(tcb, recovery);
  recovery.cwndLimited = congestion < Math.min(unsent, window);
  if (recovery.cwndLimited) recovery.growTo = Number.POSITIVE_INFINITY;
  const room = Math.min(unsent, window, congestion, pieceLimit(tcb));
  if (room >= snd.mss) {
    const whole = wholeSegments(tcb, room);
    // A partial segment at the end goes along only if it might go by itself.
    return room === unsent && whole < room && smallMayGo(tcb) ? room : whole;
  }
  if (room > 0 && room === unsent && smallMayGo(tcb)) return room;
  if (congestion < Math.min(unsent, snd.mss) || snd.outstanding > 0) {
    return fillsWindow(tcb, room, window) ? room : 0;
  }
  return windowBlocked(tcb, room, window);
}

/**
 * RFC 9293 §3.8.6.2.1 (3): half of the largest window is as good as a full segment. Not where even that is
 * silly: a window of a few octets waits for more, or for the persist timer.
 */
function fillsWindow(tcb: Tcb, room: number, window: number): boolean {
  return room > 0 && room === window && window >= Math.max(tcb.snd.maxWnd >> 1, LEAST_WINDOW);
}

/** Nothing is in flight and too little may be sent: the persist timer decides (RFC 9293 §3.8.6.1, §3.8.6.2.1 (3)). */
function windowBlocked(tcb: Tcb, room: number, window: number): number {
  if (fillsWindow(tcb, room, window)) return room;
  if (isDue(tcb, Due.force)) return Math.max(1, room); // also into a zero window: the probe
  if (tcb.deadlines.persistAt === NEVER) {
    const wait = window > 0 && isCorked(tcb) ? CORK_TIME : tcb.rtt.timeout;
    lendDeadlines(tcb).persistAt = later(tcb.now, wait);
    tcb.persistBackoff = 0;
  }
  return 0;
}

/** Partial segments wait: with TCP_CORK, and at the end of a write with MSG_MORE. */
function isCorked(tcb: Tcb): boolean {
  return tcb.options.cork || isDue(tcb, Due.more);
}

/** Nagle's algorithm as Minshall has it: a partial segment waits only for another partial one's ACK. */
function smallMayGo(tcb: Tcb): boolean {
  const { snd } = tcb;
  if (snd.finQueued || isDue(tcb, Due.force) || snd.urgent || isDue(tcb, Due.push)) return true;
  if (isCorked(tcb)) return false;
  return tcb.options.noDelay || !seqBefore(snd.una, snd.sml);
}

/** The FIN goes with, or after, the last octet, and needs room in the window; a probe needs none. */
function finMayGo(tcb: Tcb, unsent: number, octets: number): boolean {
  const { snd } = tcb;
  if (!snd.finQueued || snd.finSent || octets !== unsent) return false;
  const window = snd.windowFrom(snd.nxt);
  if (window > octets || isDue(tcb, Due.force)) return true;
  if (octets === 0 && snd.outstanding === 0 && tcb.deadlines.persistAt === NEVER) {
    lendDeadlines(tcb).persistAt = later(tcb.now, tcb.rtt.timeout);
    tcb.persistBackoff = 0;
  }
  return false;
}

/** RFC 5681 §4.1: after an idle time longer than the RTO the window is stale. */
function restartAfterIdle(tcb: Tcb): void {
  const { snd } = tcb;
  if (snd.outstanding > 0 || snd.ring.length === 0 || tcb.bytesSent === 0) return;
  if (snd.windowFrom(snd.nxt) <= 0) return; // a probe begins nothing
  if (tcb.now - tcb.lastTextAt > tcb.rtt.timeout) {
    snd.congestion?.idle(senderView(tcb));
  }
}
