/**
 * What may be sent now, and sending it: RFC 9293 §3.8.6 (windows, silly windows), §3.7.4 (Nagle), RFC 5681
 * and 6675 (congestion, retransmission). Runs once per connection at the end of an entry.
 */

import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax } from "../../base/seq.ts";
import { type Duration, type Instant, later, milliseconds, NEVER } from "../../base/time.ts";
import { FIN, PSH } from "../../wire/tcp.ts";
import { cwnd } from "../connection/congestion-window.ts";
import { clearDue, Due, isDue, setDue } from "../connection/due.ts";
import { heldDeadlines, lendDeadlines, lendRecovery, schedule, settle } from "../connection/lending.ts";
import { noteOutput } from "../connection/notes.ts";
import { Phase, type Recovery } from "../connection/recovery-record.ts";
import { isSynchronized } from "../connection/states.ts";
import type { Tcb } from "../connection/tcb.ts";
import { reckonRate } from "../recovery/loss.ts";
import { countResent } from "../recovery/reordering.ts";
import { holeLength, nextLost, pipe, senderView, unarrived } from "../recovery/scoreboard.ts";
import { startTimer } from "../recovery/tail.ts";
import { emit, MAX_SUPER_SEGMENT, TCP_HEADER_BYTES, TIMESTAMP_BYTES } from "./emit.ts";

/** A window below this is never filled at once: the headers would be longer than the text. */
const LEAST_WINDOW = 64;

/** TCP_CORK holds a partial segment back for at most this long, as in Linux. */
const CORK_TIME: Duration = milliseconds(200);

/** Pure ACKs for segments out of order that one burst may cause; with SACK, one says what all would. */
const MOST_DUPLICATES = 64;

/** Sends all that is due on a synchronized connection: see the table in `due.ts`. */
export function output(tcb: Tcb): void {
  if (!isSynchronized(tcb.state)) return;
  if (!findRoute(tcb)) return;
  updateSendMss(tcb);
  const acknowledgesLater = waitsForWake(tcb);
  sendDuplicateAcks(tcb);
  sendText(tcb);
  if (isDue(tcb, Due.ack) && !acknowledgesLater) emit(tcb, tcb.snd.acceptableSeq, 0, 0);
  if (isDue(tcb, Due.keepProbe)) {
    clearDue(tcb, Due.keepProbe);
    emit(tcb, seqAdd(tcb.snd.una, -1), 0, 0);
  }
  clearDue(tcb, Due.force);
  armRetransmission(tcb);
  settle(tcb);
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
  if (isDue(tcb, Due.tlp)) probeTail(tcb, recovery, before);
  recovery.flight = unarrived(tcb);
}

/** A FIN is queued, and was never sent. */
function finWaits({ snd }: Tcb): boolean {
  return snd.finQueued && !snd.finSent;
}

/**
 * A server that closes as soon as its client has done so answers the FIN with one segment, FIN and ACK,
 * instead of two: so the ACK of a FIN is left to the next round of the entry, after the application was woken.
 */
function waitsForWake(tcb: Tcb): boolean {
  if (!isDue(tcb, Due.ackAfterWake)) return false;
  clearDue(tcb, Due.ackAfterWake);
  const waits = !isDue(tcb, Due.ack) && tcb.user?.wakeNoted === true;
  setDue(tcb, Due.ack);
  if (waits) noteOutput(tcb);
  return waits;
}

/** Asks for a new route when addresses or the routing table have changed; without one nothing can leave. */
export function findRoute(tcb: Tcb): boolean {
  if (hasRoute(tcb)) return true;
  tryLater(tcb);
  schedule(tcb);
  return false;
}

/** Whether there is a route, if need be a new one. */
export function hasRoute(tcb: Tcb): boolean {
  if (tcb.route.valid) return true;
  const { context } = tcb.host;
  const { interfaceName } = tcb.options;
  const through = interfaceName === "" ? undefined : context.interface(interfaceName);
  const gone = interfaceName !== "" && through === undefined;
  const route = gone ? undefined : context.route(tcb.remoteAddress, tcb.localAddress, through);
  if (route === undefined) return false;
  tcb.route = route;
  return true;
}

/** There is no route: what is outstanding will be tried again, and so is what was never sent, until R2 (RFC 9293 §3.8.3). */
function tryLater(tcb: Tcb): void {
  const waiting = seqDistance(tcb.snd.nxt, tcb.snd.end) > 0 || finWaits(tcb);
  if (tcb.snd.outstanding > 0 || !waiting) {
    armRetransmission(tcb);
    return;
  }
  if (tcb.deadlines.persistAt !== NEVER) return;
  if (tcb.deadlines.stalledSince === NEVER) lendDeadlines(tcb).stalledSince = tcb.now;
  const wait = Math.min(tcb.rtt.timeout * 2 ** Math.min(tcb.retries++, 16), tcb.host.config.maxRto);
  lendDeadlines(tcb).persistAt = later(tcb.now, wait as Duration);
}

/** Eff.snd.MSS (RFC 9293 §3.7.1): what the peer takes, the path carries and the options leave. */
export function updateSendMss(tcb: Tcb): void {
  // No segment is larger than a super-segment, also where the MTU would let it (loopback).
  let mss = Math.min(tcb.snd.peerMss, tcb.route.maxPayload - TCP_HEADER_BYTES, MAX_SUPER_SEGMENT);
  if (tcb.options.maxSegment > 0) mss = Math.min(mss, tcb.options.maxSegment);
  if (tcb.timestampsOk) mss -= TIMESTAMP_BYTES;
  tcb.snd.mss = Math.max(mss, 16);
}

function sendDuplicateAcks(tcb: Tcb): void {
  const count = Math.min(tcb.duplicateAcksDue, tcb.sackOk ? 1 : MOST_DUPLICATES);
  for (let i = 0; i < count; i++) emit(tcb, tcb.snd.acceptableSeq, 0, 0);
}

/** Sends again what is lost: the first hole at once (RFC 5681 §3.2), the rest as the congestion window allows. */
function retransmit(tcb: Tcb, recovery: Recovery): void {
  if (isDue(tcb, Due.una)) {
    clearDue(tcb, Due.una);
    recovery.unaRxtNxt = tcb.snd.nxt;
    recovery.unaRxtHigh = recovery.highRxt;
    // Just one segment, and not more than the peer's window: it may have shrunk (SHLD-16).
    const limit = Math.max(1, Math.min(tcb.snd.mss, tcb.snd.wnd));
    resend(tcb, recovery, tcb.snd.una, limit);
  }
  for (;;) {
    const at = nextLost(recovery, tcb.snd.una);
    if (!seqBefore(at, recovery.lostEdge)) return;
    const window = tcb.snd.windowFrom(at);
    const room = Math.min(congestionRoom(tcb, recovery), window);
    if (room < Math.min(tcb.snd.mss, seqDistance(at, recovery.lostEdge))) {
      recovery.cwndLimited = room < window; // or slow start would not grow it while there is nothing new to send
      return;
    }
    recovery.holeRxtNxt = tcb.snd.nxt;
    if (resend(tcb, recovery, at, wholeSegments(tcb, room)) === 0) return;
  }
}

/** Sends up to `limit` octets from `at` on again, FIN included if it stands there. Sequence numbers covered. */
function resend(tcb: Tcb, recovery: Recovery, at: SeqNum, limit: number): number {
  const edge = seqBefore(at, recovery.lostEdge) ? recovery.lostEdge : tcb.snd.nxt;
  const hole = holeLength(recovery, at, edge);
  if (hole <= 0) return 0;
  const textEnd = tcb.snd.end;
  const text = Math.min(hole, limit, superSegmentLimit(tcb), Math.max(0, seqDistance(at, textEnd)));
  const withFin = tcb.snd.finSent && seqAdd(at, text) === textEnd && hole > text;
  const covered = text + (withFin ? 1 : 0);
  if (covered === 0) return 0;
  recovery.timing = false; // Karn
  const push = text > 0 && text === seqDistance(at, textEnd) ? PSH : 0;
  emit(tcb, at, text, withFin ? FIN | push : push);
  const segments = Math.max(1, Math.ceil(text / tcb.snd.mss));
  tcb.totalRetransmits += segments;
  tcb.host.counters.retransSegs += segments;
  const end = seqAdd(at, covered);
  recovery.highRxt = seqMax(recovery.highRxt, end);
  recovery.prr?.sent(text);
  if (recovery.undoable) countResent(recovery, text, end);
  return covered;
}

/** RFC 8985 §7.3: new text has been the probe, if there was any that might go; else the last segment goes again. */
function probeTail(tcb: Tcb, recovery: Recovery, before: SeqNum): void {
  clearDue(tcb, Due.tlp);
  recovery.tlpIsRetrans = tcb.snd.nxt === before;
  if (recovery.tlpIsRetrans) {
    const { highRxt } = recovery;
    const last = seqAdd(tcb.snd.nxt, -tcb.snd.mss - (tcb.snd.finSent ? 1 : 0));
    resend(tcb, recovery, seqMax(tcb.snd.una, last), tcb.snd.mss);
    recovery.highRxt = highRxt; // it says nothing of what is before it
  }
  recovery.tlpEndSeq = tcb.snd.nxt;
  recovery.tlpActive = true;
}

/** Sends new data, then the FIN, as the windows, Nagle and the silly-window rules allow. */
function sendNew(tcb: Tcb, recovery: Recovery): void {
  if (tcb.snd.finSent) return;
  restartAfterIdle(tcb);
  while (sendOne(tcb, recovery));
}

/** Sends the next segment of new data, if any may go. Whether there may be another. */
function sendOne(tcb: Tcb, recovery: Recovery): boolean {
  const unsent = seqDistance(tcb.snd.nxt, tcb.snd.end);
  const octets = unsent > 0 ? sendable(tcb, recovery, unsent) : 0;
  const withFin = finMayGo(tcb, unsent, octets);
  if (octets === 0 && !withFin) return false;
  const seq = tcb.snd.nxt;
  const next = seqAdd(seq, octets + (withFin ? 1 : 0));
  if (!recovery.timing && recovery.phase === Phase.none) startTiming(recovery, next, tcb.now);
  tcb.snd.nxt = next;
  tcb.snd.finSent = withFin;
  if (octets % tcb.snd.mss !== 0) tcb.snd.sml = next;
  tcb.bytesSent += octets;
  recovery.prr?.sent(octets);
  emit(tcb, seq, octets, (octets === unsent && octets > 0 ? PSH : 0) | (withFin ? FIN : 0), true);
  return !withFin;
}

function startTiming(recovery: Recovery, seq: SeqNum, now: Instant): void {
  recovery.timing = true;
  recovery.timedSeq = seq;
  recovery.timedAt = now;
}

/** How many of `unsent` octets go out in the next segment; 0 to wait. */
function sendable(tcb: Tcb, recovery: Recovery, unsent: number): number {
  const window = tcb.snd.windowFrom(tcb.snd.nxt);
  const congestion = congestionRoom(tcb, recovery);
  recovery.cwndLimited = congestion < Math.min(unsent, window);
  const room = Math.min(unsent, window, congestion, superSegmentLimit(tcb));
  if (room >= tcb.snd.mss) {
    const whole = wholeSegments(tcb, room);
    // A partial segment at the end goes along only if it might go by itself.
    return room === unsent && whole < room && smallMayGo(tcb) ? room : whole;
  }
  if (room > 0 && room === unsent && smallMayGo(tcb)) return room;
  if (congestion < Math.min(unsent, tcb.snd.mss) || tcb.snd.outstanding > 0) {
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
    const wait = window > 0 && tcb.options.cork ? CORK_TIME : tcb.rtt.timeout;
    lendDeadlines(tcb).persistAt = later(tcb.now, wait);
    tcb.persistBackoff = 0;
  }
  return 0;
}

/** What the congestion window leaves; at least one segment when nothing is in flight. */
function congestionRoom(tcb: Tcb, recovery: Recovery): number {
  const inFlight = pipe(tcb);
  const allowed = isDue(tcb, Due.tlp) ? cwnd(tcb) + tcb.snd.mss : cwnd(tcb); // a probe is beyond it (RFC 8985 §7.3)
  // Duplicate ACKs make `pipe` smaller: limited transmit (RFC 3042). In recovery they release less (RFC 9937).
  const room = recovery.prr?.active ? recovery.prr.sndCnt : allowed - inFlight;
  return inFlight === 0 ? Math.max(room, tcb.snd.mss) : room;
}

/** Nagle's algorithm as Minshall has it: a partial segment waits only for another partial one's ACK. */
function smallMayGo(tcb: Tcb): boolean {
  if (tcb.snd.finQueued || isDue(tcb, Due.force) || tcb.snd.urgent) return true;
  if (tcb.options.cork) return false;
  return tcb.options.noDelay || !seqBefore(tcb.snd.una, tcb.snd.sml);
}

/** The FIN goes with, or after, the last octet, and needs room in the window; a probe needs none. */
function finMayGo(tcb: Tcb, unsent: number, octets: number): boolean {
  if (!tcb.snd.finQueued || tcb.snd.finSent || octets !== unsent) return false;
  const window = tcb.snd.windowFrom(tcb.snd.nxt);
  if (window > octets || isDue(tcb, Due.force)) return true;
  if (octets === 0 && tcb.snd.outstanding === 0 && tcb.deadlines.persistAt === NEVER) {
    lendDeadlines(tcb).persistAt = later(tcb.now, tcb.rtt.timeout);
    tcb.persistBackoff = 0;
  }
  return false;
}

/** RFC 5681 §4.1: after an idle time longer than the RTO the window is stale. */
function restartAfterIdle(tcb: Tcb): void {
  if (tcb.snd.outstanding > 0 || tcb.snd.ring.length === 0 || tcb.bytesSent === 0) return;
  if (tcb.now - tcb.snd.lastTextAt > tcb.rtt.timeout) {
    tcb.snd.congestion?.idle(senderView(tcb));
  }
}

/** Urgent pointers count from each segment, so segments with URG go one by one. */
function superSegmentLimit(tcb: Tcb): number {
  return tcb.snd.urgent ? tcb.snd.mss : MAX_SUPER_SEGMENT;
}

/** The largest multiple of the MSS within `room`, but at least `room` if that is less than one. */
function wholeSegments(tcb: Tcb, room: number): number {
  return room < tcb.snd.mss ? room : room - (room % tcb.snd.mss);
}

/** RFC 6298 §5.1. While the window is closed the persist timer runs instead. */
function armRetransmission(tcb: Tcb): void {
  if (tcb.snd.outstanding === 0) {
    heldDeadlines(tcb).rtoAt = NEVER;
    heldDeadlines(tcb).stalledSince = NEVER;
    return;
  }
  if (tcb.deadlines.stalledSince === NEVER) lendDeadlines(tcb).stalledSince = tcb.now;
  if (tcb.deadlines.persistAt !== NEVER) heldDeadlines(tcb).rtoAt = NEVER;
  else if (tcb.deadlines.rtoAt === NEVER) startTimer(tcb);
}
