/**
 * What of the outstanding data is lost, and what of that was sent again: the scoreboard of RFC 6675, the
 * NewReno rules of RFC 6582 where the peer has no SACK, and the retransmission timeout of RFC 6298 §5.
 *
 * Two cursors tell it all: octets in [highRxt, lostEdge) that are not SACKed are lost and not yet sent again.
 */
import { Ranges } from "../../base/ranges.ts";
import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax, seqMin, seqNum } from "../../base/seq.ts";
import { NEVER } from "../../base/time.ts";
import type { TcpHeader } from "../../wire/tcp.ts";
import type { SenderView } from "../congestion/congestion.ts";
import { noteOutput } from "../connection/notes.ts";
import { RateReduction } from "../connection/prr.ts";
import type { Segment } from "../connection/segment.ts";
import { Recovery, type Tcb } from "../connection/tcb.ts";
import { beginUndo, noteDuplicateReport, noteLateSack, recoveryEnded, watchHoles } from "./reordering.ts";

/** RFC 5681 §3.2: three duplicates are loss, fewer may be reordering. */
const DUPLICATE_THRESHOLD = 3;

/** More holes than that are not tracked, so that nobody can make the scoreboard slow (CVE-2019-11477). */
const MOST_RANGES = 512;

const view = { now: 0, mss: 0, inFlight: 0, smoothedRtt: 0, currRtt: 0, cwndLimited: false };

/** What congestion control is told. Lent until the next call. */
export function senderView(tcb: Tcb): SenderView {
  view.now = tcb.now;
  view.mss = tcb.sndMss;
  view.inFlight = pipe(tcb);
  view.smoothedRtt = tcb.rtt.smoothed;
  view.currRtt = tcb.currRtt;
  view.cwndLimited = tcb.cwndLimited;
  return view as SenderView;
}

/** Outstanding octets of which no ACK has said that they have arrived. */
export function unarrived(tcb: Tcb): number {
  if (tcb.sacked !== undefined) return tcb.outstanding - tcb.sacked.octets;
  return tcb.sackOk ? tcb.outstanding : Math.max(0, tcb.outstanding - departed(tcb) * tcb.sndMss);
}

/** RFC 6675 §4: octets that are thought to be in the network. */
export function pipe(tcb: Tcb): number {
  let octets = unarrived(tcb);
  const from = seqMax(tcb.highRxt, tcb.sndUna);
  if (seqBefore(from, tcb.lostEdge)) {
    octets -= seqDistance(from, tcb.lostEdge);
    if (tcb.sacked !== undefined) octets += tcb.sacked.octetsWithin(from, tcb.lostEdge);
  }
  return Math.max(octets, 0);
}

/**
 * Segments that duplicate ACKs tell have left the network, where there is no SACK. Before recovery two count
 * at the most (RFC 3042): a peer that repeats its ACK must not make us send without end.
 */
function departed(tcb: Tcb): number {
  return tcb.recovery === Recovery.none ? Math.min(tcb.dupAcks, 2) : tcb.dupAcks;
}

/** Enters the blocks of an ACK into the scoreboard. How many octets are newly SACKed. */
export function updateScoreboard(tcb: Tcb, segment: Segment): number {
  const { header } = segment;
  const { sacked } = tcb;
  const highest = sacked === undefined ? tcb.sndUna : sacked.right(sacked.count - 1);
  let gained = 0;
  for (let i = 0; i < header.sackCount; i++) {
    const left = seqNum(header.sackLeft[i] as number);
    const right = seqNum(header.sackRight[i] as number);
    // A block at or below the ACK is a D-SACK; one beyond what was sent is nonsense (RFC 2018 §5, RFC 2883 §4).
    if (!seqBefore(left, right) || seqBefore(tcb.sndNxt, right) || !seqBefore(header.ack, left)) continue;
    if (seqBefore(left, tcb.sndUna)) continue;
    tcb.sacked ??= new Ranges();
    if (tcb.sacked.count >= MOST_RANGES) continue;
    const news = tcb.sacked.add(left, right);
    if (news > 0) noteLateSack(tcb, left, right, highest);
    gained += news;
  }
  return gained;
}

/** RFC 2883 §5: a first block at or below the ACK, or within the second block, is a D-SACK. */
export function reportsDuplicate(tcb: Tcb, header: TcpHeader): boolean {
  const left = seqNum(header.sackLeft[0] as number);
  const right = seqNum(header.sackRight[0] as number);
  if (!seqBefore(left, right)) return false;
  const old = !seqBefore(header.ack, right);
  if (!old) {
    if (header.sackCount < 2 || seqBefore(left, seqNum(header.sackLeft[1] as number))) return false;
    if (seqBefore(seqNum(header.sackRight[1] as number), right)) return false;
  }
  noteDuplicateReport(tcb, left, right);
  return true;
}

/**
 * IsLost of RFC 6675 §4, for all octets at once: what is not SACKed below the returned number is lost, since
 * three ranges, or more than two segments' octets, are SACKed above it. SND.UNA if nothing is.
 */
function sackLossEdge(tcb: Tcb): SeqNum {
  const { sacked } = tcb;
  if (sacked === undefined) return tcb.sndUna;
  let octets = 0;
  for (let i = sacked.count - 1; i >= 0; i--) {
    octets += seqDistance(sacked.left(i), sacked.right(i));
    if (octets > (DUPLICATE_THRESHOLD - 1) * tcb.sndMss || sacked.count - i >= DUPLICATE_THRESHOLD) {
      return sacked.left(i);
    }
  }
  return tcb.sndUna;
}

/** An ACK that brings nothing but word of segments beyond a hole (RFC 5681 §2, RFC 6675 §5). */
export function duplicateAck(tcb: Tcb): void {
  tcb.dupAcks++;
  if (tcb.recovery === Recovery.none) {
    const lost =
      !tcb.reordered && (tcb.dupAcks >= DUPLICATE_THRESHOLD || seqBefore(tcb.sndUna, sackLossEdge(tcb)));
    // RFC 6582 §4: no second recovery for what an earlier one has sent twice.
    if (lost && !seqBefore(tcb.sndUna, tcb.recover)) enterFastRecovery(tcb);
  } else advanceLostEdge(tcb);
  noteOutput(tcb); // limited transmit (RFC 3042), or what recovery now allows
}

function enterFastRecovery(tcb: Tcb): void {
  beginUndo(tcb);
  const { window } = tcb.cc;
  tcb.cc.lossDetected(senderView(tcb));
  beginReduction(tcb, window);
  tcb.recovery = Recovery.fast;
  tcb.recover = tcb.sndNxt;
  tcb.lostEdge = seqMax(tcb.lostEdge, headEnd(tcb));
  // The recovery before may have sent the first hole again, as one of those beyond its own end.
  tcb.headLost = !seqBefore(tcb.sndUna, tcb.highRxt);
  tcb.headRxtAt = tcb.headLost ? tcb.sndUna : tcb.holeRxtAt;
  tcb.headRxtEdge = tcb.sndUna;
  tcb.laterRxtSacked = false;
  tcb.host.counters.fastRetransmits++;
  if (tcb.sackOk) tcb.host.counters.sackRecoveries++;
  advanceLostEdge(tcb);
}

/**
 * From a window of `before` octets to what congestion control has made of it. Not without SACK: there a round trip
 * mends one hole, and as duplicate ACKs may tell of no more than RecoverFS (RFC 9937 §6.2), hardly anything new
 * would be sent until the last of many was mended.
 */
function beginReduction(tcb: Tcb, before: number): void {
  if (!tcb.sackOk || tcb.cc.window >= before) return;
  tcb.prr ??= new RateReduction();
  tcb.prr.begin(tcb.flight);
}

/** How much recovery may send for what has arrived since output ended last; to be called before anything is sent. */
export function reckonRate(tcb: Tcb): void {
  if (!tcb.prr?.active) return;
  tcb.prr.reckon(tcb.flight - unarrived(tcb), pipe(tcb), tcb.cc.window, tcb.sndMss);
}

/** Where the first segment that is outstanding ends. */
function headEnd(tcb: Tcb): SeqNum {
  return seqMin(seqAdd(tcb.sndUna, tcb.sndMss), tcb.sndNxt);
}

/** With SACK, what IsLost says is lost as well. */
function advanceLostEdge(tcb: Tcb): void {
  if (tcb.reordered) return; // only time tells: `holesDue`
  tcb.lostEdge = seqMax(tcb.lostEdge, sackLossEdge(tcb));
  headLostAgain(tcb);
}

/**
 * The retransmission of the first hole is lost too if data that was first sent after it has been SACKed by
 * more than reordering explains. RFC 6675 would wait for the timeout here.
 */
function headLostAgain(tcb: Tcb): void {
  const { sacked } = tcb;
  if (tcb.headLost || sacked === undefined || sacked.count === 0) return;
  if (!seqBefore(tcb.sndUna, tcb.highRxt)) return;
  const beyond = seqDistance(tcb.headRxtAt, sacked.right(sacked.count - 1));
  if (beyond <= DUPLICATE_THRESHOLD * tcb.sndMss) return;
  tcb.headLost = true;
  tcb.host.counters.lostRetransmits++;
}

/** The reordering window has passed: what still is a hole below what was SACKed when it began is lost. */
export function holesDue(tcb: Tcb): void {
  tcb.holesAt = NEVER;
  const { laterRxtSacked } = tcb;
  tcb.laterRxtSacked = false;
  if (tcb.sacked !== undefined && seqBefore(tcb.sndUna, tcb.holesEdge)) {
    if (tcb.recovery === Recovery.none) enterFastRecovery(tcb);
    tcb.lostEdge = seqMax(tcb.lostEdge, tcb.holesEdge);
    // What was sent after the retransmission of the first hole has arrived, but that has not.
    const later = laterRxtSacked || seqBefore(tcb.headRxtAt, tcb.holesEdge);
    if (later && seqBefore(tcb.sndUna, tcb.highRxt) && !tcb.headLost) {
      tcb.headLost = true;
      tcb.host.counters.lostRetransmits++;
    }
    noteOutput(tcb);
  }
  watchHoles(tcb);
}

/**
 * SND.UNA has moved over `octets`. Ends a recovery that is complete, or goes on to the next hole.
 *
 * @param hadHole - it was known before this ACK that they were missing
 */
export function progressed(tcb: Tcb, octets: number, hadHole: boolean): void {
  if (tcb.sacked !== undefined) {
    // A hole was filled that nobody has sent again.
    if (hadHole && tcb.recovery === Recovery.none && !tcb.tailActive) tcb.reordered = true;
    tcb.sacked.removeBefore(tcb.sndUna);
    if (tcb.sacked.count === 0) tcb.sacked = undefined;
    watchHoles(tcb);
  }
  tcb.highRxt = seqMax(tcb.highRxt, tcb.sndUna);
  if (tcb.recovery === Recovery.none) {
    tcb.dupAcks = 0;
    tcb.lostEdge = seqMax(tcb.lostEdge, tcb.sndUna); // what else is to be sent again, after a smaller MTU, stays so
    return;
  }
  if (!seqBefore(tcb.sndUna, tcb.recover)) {
    if (tcb.recovery === Recovery.fast) tcb.cc.recovered(senderView(tcb));
    recoveryEnded(tcb);
    tcb.prr?.end();
    tcb.recovery = Recovery.none;
    tcb.dupAcks = 0;
    tcb.headLost = false;
    tcb.lostEdge = tcb.sndUna;
    return;
  }
  partlyRecovered(tcb, octets);
}

/**
 * A partial acknowledgment: the next hole is lost as well (RFC 6582 §3.2 step 3), unless it was just sent again, or
 * was sent for the first time after that was sent again which has now arrived.
 */
function partlyRecovered(tcb: Tcb, octets: number): void {
  const { lostEdge, sndUna } = tcb;
  tcb.dupAcks = Math.max(0, tcb.dupAcks - Math.ceil(octets / tcb.sndMss));
  const again = seqBefore(sndUna, tcb.highRxt);
  const isLate = !tcb.reordered && seqBefore(sndUna, tcb.headRxtAt);
  if (isLate) tcb.lostEdge = seqMax(lostEdge, headEnd(tcb));
  tcb.headLost = tcb.recovery === Recovery.fast && !again && seqBefore(sndUna, tcb.lostEdge);
  if (again) tcb.headRxtAt = seqMax(tcb.headRxtAt, tcb.holeRxtAt);
  tcb.headRxtEdge = sndUna;
  tcb.laterRxtSacked = false;
  advanceLostEdge(tcb);
  const foundLoss = tcb.lostEdge !== lostEdge || (again && tcb.headLost);
  if (!foundLoss) tcb.prr?.noteSafeAck();
}

/** The retransmission timer has expired: all that is not SACKed is lost (RFC 6298 §5.4, RFC 5681 §3.1). */
export function timedOut(tcb: Tcb): void {
  // Only the first timeout of a loss is news to congestion control (RFC 5681 eq. 4).
  if (tcb.retries === 0) {
    beginUndo(tcb);
    tcb.cc.timedOut(senderView(tcb));
  }
  tcb.tailActive = false;
  // The receiver may have dropped what it SACKed (RFC 2018 §8): after a second timeout, forget it.
  if (tcb.retries > 0) tcb.sacked = undefined;
  watchHoles(tcb);
  resendAll(tcb);
  tcb.headLost = true;
}

/** Everything outstanding is to be sent again, as congestion control allows. */
export function resendAll(tcb: Tcb): void {
  tcb.prr?.end();
  tcb.recovery = Recovery.timeout; // until it has arrived, or the next ACK would make us forget the rest
  tcb.recover = tcb.sndNxt;
  tcb.dupAcks = 0;
  tcb.highRxt = tcb.sndUna;
  tcb.lostEdge = tcb.sndNxt;
  tcb.timing = false;
  noteOutput(tcb);
}

/** Where the next lost octet is that was not sent again; `lostEdge` if there is none. */
export function nextLost(tcb: Tcb): SeqNum {
  let at = seqMax(tcb.highRxt, tcb.sndUna);
  const { sacked } = tcb;
  if (sacked === undefined) return at;
  const inside = sacked.indexOf(at);
  if (inside >= 0) at = sacked.right(inside);
  return at;
}

/** How many octets from `at` on may go in one piece: up to the next SACKed range or `end`. */
export function holeLength(tcb: Tcb, at: SeqNum, end: SeqNum): number {
  const { sacked } = tcb;
  let edge = end;
  if (sacked !== undefined) {
    for (let i = 0; i < sacked.count; i++) {
      if (seqBefore(at, sacked.left(i))) {
        edge = seqMin(edge, sacked.left(i));
        break;
      }
    }
  }
  return seqDistance(at, edge);
}
