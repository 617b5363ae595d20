/**
 * What may be sent now, and sending it: RFC 9293 §3.8.6 (windows, silly windows), §3.7.4 (Nagle), RFC 5681
 * and 6675 (congestion, retransmission). Runs once per connection at the end of an entry.
 */
import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax } from "../../base/seq.ts";
import { type Duration, later, milliseconds, NEVER } from "../../base/time.ts";
import { FIN, PSH } from "../../wire/tcp.ts";
import { schedule } from "../connection/lifecycle.ts";
import { noteOutput } from "../connection/notes.ts";
import { isSynchronized } from "../connection/states.ts";
import { Recovery, type Tcb } from "../connection/tcb.ts";
import { holeLength, nextLost, pipe, reckonRate, senderView, unarrived } from "../recovery/loss.ts";
import { countResent } from "../recovery/reordering.ts";
import { startTimer } from "../recovery/tail.ts";
import { emit, MAX_SUPER_SEGMENT, TCP_HEADER_BYTES, TIMESTAMP_BYTES } from "./emit.ts";

/** A window below this is never filled at once: the headers would be longer than the text. */
const LEAST_WINDOW = 64;

/** TCP_CORK holds a partial segment back for at most this long, as in Linux. */
const CORK_TIME: Duration = milliseconds(200);

/** Pure ACKs for segments out of order that one burst may cause; with SACK, one says what all would. */
const MOST_DUPLICATES = 64;

/** Sends all that is due on a synchronized connection. */
export function output(tcb: Tcb): void {
  if (!isSynchronized(tcb.state)) return;
  if (!findRoute(tcb)) return;
  updateSendMss(tcb);
  const acknowledgesLater = waitsForWake(tcb);
  sendDuplicateAcks(tcb);
  reckonRate(tcb);
  retransmit(tcb);
  const before = tcb.sndNxt;
  sendNew(tcb);
  if (tcb.tailDue) probeTail(tcb, before);
  tcb.flight = unarrived(tcb);
  if (tcb.ackNow && !acknowledgesLater) emit(tcb, tcb.acceptableSeq, 0, 0);
  if (tcb.keepProbeDue) {
    tcb.keepProbeDue = false;
    emit(tcb, seqAdd(tcb.sndUna, -1), 0, 0);
  }
  tcb.forceSend = false;
  armRetransmission(tcb);
  schedule(tcb);
}

/**
 * A server that closes as soon as its client has done so answers the FIN with one segment, FIN and ACK,
 * instead of two: so the ACK of a FIN is left to the next round of the entry, after the application was woken.
 */
function waitsForWake(tcb: Tcb): boolean {
  if (!tcb.ackAfterWake) return false;
  tcb.ackAfterWake = false;
  const waits = !tcb.ackNow && tcb.user?.wakeNoted === true;
  tcb.ackNow = true;
  if (waits) noteOutput(tcb);
  return waits;
}

/** Asks for a new route when addresses or the routing table have changed; without one nothing can leave. */
export function findRoute(tcb: Tcb): boolean {
  if (tcb.route.valid) return true;
  const { context } = tcb.host;
  const { interfaceName } = tcb.options;
  const through = interfaceName === "" ? undefined : context.interface(interfaceName);
  const gone = interfaceName !== "" && through === undefined;
  const route = gone ? undefined : context.route(tcb.remoteAddress, tcb.localAddress, through);
  if (route === undefined) {
    tryLater(tcb);
    schedule(tcb);
    return false;
  }
  tcb.route = route;
  return true;
}

/** There is no route: what is outstanding will be tried again, and so is what was never sent, until R2 (RFC 9293 §3.8.3). */
function tryLater(tcb: Tcb): void {
  const waiting = seqDistance(tcb.sndNxt, tcb.sendEnd) > 0 || (tcb.finQueued && !tcb.finSent);
  if (tcb.outstanding > 0 || !waiting) {
    armRetransmission(tcb);
    return;
  }
  if (tcb.persistAt !== NEVER) return;
  if (tcb.stalledSince === NEVER) tcb.stalledSince = tcb.now;
  const wait = Math.min(tcb.rtt.timeout * 2 ** Math.min(tcb.retries++, 16), tcb.host.config.maxRto);
  tcb.persistAt = later(tcb.now, wait as Duration);
}

/** Eff.snd.MSS (RFC 9293 §3.7.1): what the peer takes, the path carries and the options leave. */
export function updateSendMss(tcb: Tcb): void {
  // No segment is larger than a super-segment, also where the MTU would let it (loopback).
  let mss = Math.min(tcb.peerMss, tcb.route.maxPayload - TCP_HEADER_BYTES, MAX_SUPER_SEGMENT);
  if (tcb.options.maxSegment > 0) mss = Math.min(mss, tcb.options.maxSegment);
  if (tcb.timestampsOk) mss -= TIMESTAMP_BYTES;
  tcb.sndMss = Math.max(mss, 16);
}

function sendDuplicateAcks(tcb: Tcb): void {
  const count = Math.min(tcb.duplicateAcksDue, tcb.sackOk ? 1 : MOST_DUPLICATES);
  for (let i = 0; i < count; i++) emit(tcb, tcb.acceptableSeq, 0, 0);
}

/** Sends again what is lost: the first hole at once (RFC 5681 §3.2), the rest as the congestion window allows. */
function retransmit(tcb: Tcb): void {
  if (tcb.headLost) {
    tcb.headLost = false;
    tcb.headRxtAt = tcb.sndNxt;
    tcb.headRxtEdge = tcb.highRxt;
    // Just one segment, and not more than the peer's window: it may have shrunk (SHLD-16).
    const limit = Math.max(1, Math.min(tcb.sndMss, tcb.sndWnd));
    resend(tcb, tcb.sndUna, limit);
  }
  for (;;) {
    const at = nextLost(tcb);
    if (!seqBefore(at, tcb.lostEdge)) return;
    const window = seqDistance(at, seqAdd(tcb.sndUna, tcb.sndWnd));
    const room = Math.min(congestionRoom(tcb), window);
    if (room < Math.min(tcb.sndMss, seqDistance(at, tcb.lostEdge))) {
      tcb.cwndLimited = room < window; // or slow start would not grow it while there is nothing new to send
      return;
    }
    tcb.holeRxtAt = tcb.sndNxt;
    if (resend(tcb, at, wholeSegments(tcb, room)) === 0) return;
  }
}

/** Sends up to `limit` octets from `at` on again, FIN included if it stands there. Sequence numbers covered. */
function resend(tcb: Tcb, at: SeqNum, limit: number): number {
  const edge = seqBefore(at, tcb.lostEdge) ? tcb.lostEdge : tcb.sndNxt;
  const hole = holeLength(tcb, at, edge);
  if (hole <= 0) return 0;
  const textEnd = tcb.sendEnd;
  const text = Math.min(hole, limit, superSegmentLimit(tcb), Math.max(0, seqDistance(at, textEnd)));
  const withFin = tcb.finSent && seqAdd(at, text) === textEnd && hole > text;
  const covered = text + (withFin ? 1 : 0);
  if (covered === 0) return 0;
  tcb.timing = false; // Karn
  const push = text > 0 && text === seqDistance(at, textEnd) ? PSH : 0;
  emit(tcb, at, text, withFin ? FIN | push : push);
  const segments = Math.max(1, Math.ceil(text / tcb.sndMss));
  tcb.totalRetransmits += segments;
  tcb.host.counters.retransSegs += segments;
  const end = seqAdd(at, covered);
  tcb.highRxt = seqMax(tcb.highRxt, end);
  tcb.prr?.sent(text);
  if (tcb.undoable) countResent(tcb, text, end);
  return covered;
}

/** RFC 8985 §7.3: new text has been the probe, if there was any that might go; else the last segment goes again. */
function probeTail(tcb: Tcb, before: SeqNum): void {
  tcb.tailDue = false;
  tcb.tailAgain = tcb.sndNxt === before;
  if (tcb.tailAgain) {
    const { highRxt } = tcb;
    const last = seqAdd(tcb.sndNxt, -tcb.sndMss - (tcb.finSent ? 1 : 0));
    resend(tcb, seqMax(tcb.sndUna, last), tcb.sndMss);
    tcb.highRxt = highRxt; // it says nothing of what is before it
  }
  tcb.tailEnd = tcb.sndNxt;
  tcb.tailActive = true;
}

/** Sends new data, then the FIN, as the windows, Nagle and the silly-window rules allow. */
function sendNew(tcb: Tcb): void {
  if (tcb.finSent) return;
  restartAfterIdle(tcb);
  while (sendOne(tcb));
}

/** Sends the next segment of new data, if any may go. Whether there may be another. */
function sendOne(tcb: Tcb): boolean {
  const unsent = seqDistance(tcb.sndNxt, tcb.sendEnd);
  const octets = unsent > 0 ? sendable(tcb, unsent) : 0;
  const withFin = finMayGo(tcb, unsent, octets);
  if (octets === 0 && !withFin) return false;
  const seq = tcb.sndNxt;
  const next = seqAdd(seq, octets + (withFin ? 1 : 0));
  if (!tcb.timing && tcb.recovery === Recovery.none) startTiming(tcb, next);
  tcb.sndNxt = next;
  tcb.finSent = withFin;
  if (octets % tcb.sndMss !== 0) tcb.sndSml = next;
  tcb.bytesSent += octets;
  tcb.prr?.sent(octets);
  emit(tcb, seq, octets, (octets === unsent && octets > 0 ? PSH : 0) | (withFin ? FIN : 0), true);
  return !withFin;
}

function startTiming(tcb: Tcb, seq: SeqNum): void {
  tcb.timing = true;
  tcb.timedSeq = seq;
  tcb.timedAt = tcb.now;
}

/** How many of `unsent` octets go out in the next segment; 0 to wait. */
function sendable(tcb: Tcb, unsent: number): number {
  const window = seqDistance(tcb.sndNxt, seqAdd(tcb.sndUna, tcb.sndWnd));
  const congestion = congestionRoom(tcb);
  tcb.cwndLimited = congestion < Math.min(unsent, window);
  const room = Math.min(unsent, window, congestion, superSegmentLimit(tcb));
  if (room >= tcb.sndMss) {
    const whole = wholeSegments(tcb, room);
    // A partial segment at the end goes along only if it might go by itself.
    return room === unsent && whole < room && smallMayGo(tcb) ? room : whole;
  }
  if (room > 0 && room === unsent && smallMayGo(tcb)) return room;
  if (congestion < Math.min(unsent, tcb.sndMss) || tcb.outstanding > 0) {
    return fillsWindow(tcb, room, window) ? room : 0;
  }
  return windowBlocked(tcb, room, window);
}

/**
 * RFC 9293 §3.8.6.2.1 (3): half of the largest window is as good as a full segment. Not where even that is
 * silly: a window of a few octets waits for more, or for the persist timer.
 */
function fillsWindow(tcb: Tcb, room: number, window: number): boolean {
  return room > 0 && room === window && window >= Math.max(tcb.sndMaxWnd >> 1, LEAST_WINDOW);
}

/** Nothing is in flight and too little may be sent: the persist timer decides (RFC 9293 §3.8.6.1, §3.8.6.2.1 (3)). */
function windowBlocked(tcb: Tcb, room: number, window: number): number {
  if (fillsWindow(tcb, room, window)) return room;
  if (tcb.forceSend) return Math.max(1, room); // also into a zero window: the probe
  if (tcb.persistAt === NEVER) {
    const wait = window > 0 && tcb.options.cork ? CORK_TIME : tcb.rtt.timeout;
    tcb.persistAt = later(tcb.now, wait);
    tcb.persistBackoff = 0;
  }
  return 0;
}

/** What the congestion window leaves; at least one segment when nothing is in flight. */
function congestionRoom(tcb: Tcb): number {
  const inFlight = pipe(tcb);
  const allowed = tcb.tailDue ? tcb.cwnd + tcb.sndMss : tcb.cwnd; // a probe is beyond it (RFC 8985 §7.3)
  // Duplicate ACKs make `pipe` smaller: limited transmit (RFC 3042). In recovery they release less (RFC 9937).
  const room = tcb.prr?.active ? tcb.prr.sndCnt : allowed - inFlight;
  return inFlight === 0 ? Math.max(room, tcb.sndMss) : room;
}

/** Nagle's algorithm as Minshall has it: a partial segment waits only for another partial one's ACK. */
function smallMayGo(tcb: Tcb): boolean {
  if (tcb.finQueued || tcb.forceSend || tcb.sendingUrgent) return true;
  if (tcb.options.cork) return false;
  return tcb.options.noDelay || !seqBefore(tcb.sndUna, tcb.sndSml);
}

/** The FIN goes with, or after, the last octet, and needs room in the window; a probe needs none. */
function finMayGo(tcb: Tcb, unsent: number, octets: number): boolean {
  if (!tcb.finQueued || tcb.finSent || octets !== unsent) return false;
  const window = seqDistance(tcb.sndNxt, seqAdd(tcb.sndUna, tcb.sndWnd));
  if (window > octets || tcb.forceSend) return true;
  if (octets === 0 && tcb.outstanding === 0 && tcb.persistAt === NEVER) {
    tcb.persistAt = later(tcb.now, tcb.rtt.timeout);
    tcb.persistBackoff = 0;
  }
  return false;
}

/** RFC 5681 §4.1: after an idle time longer than the RTO the window is stale. */
function restartAfterIdle(tcb: Tcb): void {
  if (tcb.outstanding > 0 || tcb.sendRing.length === 0 || tcb.bytesSent === 0) return;
  if (tcb.now - tcb.lastTextAt > tcb.rtt.timeout) {
    tcb.congestion?.idle(senderView(tcb));
  }
}

/** Urgent pointers count from each segment, so segments with URG go one by one. */
function superSegmentLimit(tcb: Tcb): number {
  return tcb.sendingUrgent ? tcb.sndMss : MAX_SUPER_SEGMENT;
}

/** The largest multiple of the MSS within `room`, but at least `room` if that is less than one. */
function wholeSegments(tcb: Tcb, room: number): number {
  return room < tcb.sndMss ? room : room - (room % tcb.sndMss);
}

/** RFC 6298 §5.1. While the window is closed the persist timer runs instead. */
function armRetransmission(tcb: Tcb): void {
  if (tcb.outstanding === 0) {
    tcb.rtoAt = NEVER;
    tcb.stalledSince = NEVER;
    return;
  }
  if (tcb.stalledSince === NEVER) tcb.stalledSince = tcb.now;
  if (tcb.persistAt !== NEVER) tcb.rtoAt = NEVER;
  else if (tcb.rtoAt === NEVER) startTimer(tcb);
}
