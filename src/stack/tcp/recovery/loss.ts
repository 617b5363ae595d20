/**
 * What of the outstanding data is lost, and is to be sent again: fast recovery by RFC 6675, the NewReno rules of
 * RFC 6582 where the peer has no SACK, and the retransmission timeout of RFC 6298 §5.
 *
 * Two cursors tell it all: octets in [HighRxt, lostEdge) that are not SACKed are lost and not yet sent again.
 */
import { Send } from "../../base/send.ts";
import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax, seqMin } from "../../base/seq.ts";
import { NEVER, since } from "../../base/time.ts";
import { controller, cwnd } from "../connection/congestion-window.ts";
import { clearDue, Due, isDue, setDue } from "../connection/due.ts";
import { heldDeadlines, lendRecovery } from "../connection/lending.ts";
import { noteOutput } from "../connection/notes.ts";
import { RateReduction } from "../connection/prr.ts";
import { Frto, Phase, type Recovery } from "../connection/recovery-record.ts";
import type { Tcb } from "../connection/tcb.ts";
import { LOST } from "../connection/tcp-trace.ts";
import { beginUndo, recoveryEnded, watchHoles } from "./reordering.ts";
import { DUPLICATE_THRESHOLD, pipe, sackLossEdge, senderView, unarrived } from "./scoreboard.ts";
import { provesSpurious, takeBack } from "./spurious.ts";

/** An ACK that brings nothing but word of segments beyond a hole (RFC 5681 §2, RFC 6675 §5). */
export function duplicateAck(tcb: Tcb): void {
  const recovery = lendRecovery(tcb);
  recovery.dupAcks++;
  if (recovery.phase === Phase.none) recoverIfLost(tcb, recovery);
  else if (recovery.frto === Frto.proven) takeBack(tcb, recovery);
  else {
    if (!tcb.sackOk) recovery.frto = Frto.off; // RFC 5682 §2.1: a duplicate tells of a loss
    advanceLostEdge(tcb, recovery);
  }
  noteOutput(tcb); // limited transmit (RFC 3042), or what recovery now allows
}

/** Three segments beyond a hole, by count or by SACK; but RFC 6582 §3.2 step 2, §4: not again what was sent twice. */
function recoverIfLost(tcb: Tcb, recovery: Recovery): void {
  const { una } = tcb.snd;
  const lost = recovery.dupAcks >= DUPLICATE_THRESHOLD || seqBefore(una, sackLossEdge(tcb));
  const mayBe = !recovery.reorderingSeen && !recovery.echoes && !seqBefore(una, recovery.recoveryPoint);
  if (lost && mayBe) enterFastRecovery(tcb, recovery, Send.fastRetransmit);
}

function enterFastRecovery(tcb: Tcb, recovery: Recovery, why: Send): void {
  const { snd } = tcb;
  beginUndo(tcb, recovery);
  const { window } = controller(tcb);
  controller(tcb).lossDetected(senderView(tcb));
  beginReduction(tcb, recovery, window);
  recovery.phase = Phase.fast;
  recovery.recoveryPoint = snd.nxt;
  recovery.lostEdge = seqMax(recovery.lostEdge, unaEnd(tcb));
  // The recovery before may have sent the first hole again, as one of those beyond its own end.
  const again = seqBefore(snd.una, recovery.highRxt);
  if (again) clearDue(tcb, Due.una);
  else setDue(tcb, Due.una, why);
  recovery.unaRxtNxt = again ? recovery.holeRxtNxt : snd.una;
  recovery.unaRxtHigh = snd.una;
  recovery.laterRxtSacked = false;
  tcb.host.counters.fastRetransmits++;
  if (tcb.sackOk) tcb.host.counters.sackRecoveries++;
  advanceLostEdge(tcb, recovery);
}

/**
 * From a window of `before` octets to what congestion control has made of it. Not without SACK: there a round trip
 * mends one hole, and as duplicate ACKs may tell of no more than RecoverFS (RFC 9937 §6.2), hardly anything new
 * would be sent until the last of many was mended.
 */
function beginReduction(tcb: Tcb, recovery: Recovery, before: number): void {
  if (!tcb.sackOk || controller(tcb).window >= before) return;
  recovery.prr ??= new RateReduction();
  recovery.prr.begin(recovery.flight);
}

/** How much recovery may send for what has arrived since output ended last; to be called before anything is sent. */
export function reckonRate(tcb: Tcb, { prr, flight }: Recovery): void {
  if (!prr?.active) return;
  prr.reckon(flight - unarrived(tcb), pipe(tcb), controller(tcb).window, tcb.snd.mss);
}

/** What the congestion window leaves; at least one segment when nothing is in flight. */
export function congestionRoom(tcb: Tcb, recovery: Recovery): number {
  const { snd } = tcb;
  const inFlight = pipe(tcb);
  // Duplicate ACKs make `pipe` smaller: limited transmit (RFC 3042). In recovery they release less (RFC 9937).
  const room = recovery.prr?.active ? recovery.prr.sndCnt : cwnd(tcb) - inFlight;
  if (inFlight === 0) return Math.max(room, snd.mss);
  return isDue(tcb, Due.tlp) ? Math.min(room + snd.mss, snd.mss) : room; // a probe is one segment beyond it (RFC 8985 §7.3)
}

/** Where the first segment that is outstanding ends. */
function unaEnd({ snd }: Tcb): SeqNum {
  return seqMin(seqAdd(snd.una, snd.mss), snd.nxt);
}

/** With SACK, what IsLost() says is lost as well. */
function advanceLostEdge(tcb: Tcb, recovery: Recovery): void {
  if (recovery.reorderingSeen) return; // only time tells: `holesDue`
  const edge = sackLossEdge(tcb);
  const { scoreboard } = recovery;
  const all = tcb.host.config.allBelowLost && scoreboard !== undefined && seqBefore(tcb.snd.una, edge);
  recovery.lostEdge = seqMax(recovery.lostEdge, all ? scoreboard.right(scoreboard.count - 1) : edge);
  unaLostAgain(tcb, recovery);
}

/**
 * The retransmission of the first hole is lost too if data that was first sent after it has been SACKed by
 * more than reordering explains. RFC 6675 would wait for the timeout here. Where time is not waited for (`allBelowLost`), it is
 * lost as soon as anything that was sent again after it has arrived.
 */
function unaLostAgain(tcb: Tcb, recovery: Recovery): void {
  const { snd } = tcb;
  const { scoreboard } = recovery;
  if (isDue(tcb, Due.una) || scoreboard === undefined || scoreboard.count === 0) return;
  if (!seqBefore(snd.una, recovery.highRxt)) return;
  const beyond = seqDistance(recovery.unaRxtNxt, scoreboard.right(scoreboard.count - 1));
  const overtaken =
    recovery.laterRxtSacked &&
    tcb.host.config.allBelowLost &&
    since(recovery.resentAt, tcb.now) >= tcb.rtt.least;
  if (beyond <= DUPLICATE_THRESHOLD * snd.mss && !overtaken) return;
  if (overtaken) recovery.laterRxtSacked = false;
  setDue(tcb, Due.una, Send.lostAgain);
  tcb.host.counters.lostRetransmits++;
}

/** The reordering window has passed: what still is a hole below what was SACKed when it began is lost. */
export function holesDue(tcb: Tcb): void {
  heldDeadlines(tcb).reorderAt = NEVER;
  const { recovery } = tcb;
  if (recovery === undefined) return;
  const { fack, laterRxtSacked } = recovery;
  const { una } = tcb.snd;
  recovery.laterRxtSacked = false;
  if (recovery.scoreboard !== undefined && seqBefore(una, fack)) {
    if (recovery.phase === Phase.none) enterFastRecovery(tcb, recovery, Send.reorderingOver);
    recovery.lostEdge = seqMax(recovery.lostEdge, fack);
    // What was sent after the retransmission of the first hole has arrived, but that has not.
    const later = laterRxtSacked || seqBefore(recovery.unaRxtNxt, fack);
    if (later && seqBefore(una, recovery.highRxt) && !isDue(tcb, Due.una)) {
      setDue(tcb, Due.una, Send.lostAgain);
      tcb.host.counters.lostRetransmits++;
    }
    noteOutput(tcb);
  }
  watchHoles(tcb, recovery);
}

/**
 * SND.UNA has moved over `octets`. Ends a recovery that is complete, or goes on to the next hole.
 *
 * @param hadHole - it was known before this ACK that they were missing
 */
export function progressed(tcb: Tcb, recovery: Recovery, octets: number, hadHole: boolean): void {
  const { una, nxt } = tcb.snd;
  const complete = !seqBefore(una, recovery.recoveryPoint);
  const isLate = seqBefore(una, recovery.unaRxtNxt);
  const { lostEdge } = recovery;
  const tlpWasActive = recovery.tlpActive;
  const isSpurious = recovery.phase !== Phase.none && provesSpurious(tcb, recovery, seqAdd(una, -octets));
  recovery.follow(una, nxt);
  if (recovery.scoreboard !== undefined) {
    // A hole was filled that nobody has sent again.
    if (hadHole && recovery.phase === Phase.none && !tlpWasActive) recovery.reorderingSeen = true;
    recovery.scoreboard.removeBefore(una);
    if (recovery.scoreboard.count === 0) recovery.scoreboard = undefined;
    watchHoles(tcb, recovery);
  }
  if (recovery.phase === Phase.none) {
    recovery.dupAcks = 0;
    recovery.echoes = false;
    return; // what else is to be sent again, after a smaller MTU, stays so
  }
  if (isSpurious) {
    takeBack(tcb, recovery);
    return;
  }
  if (!complete) {
    partlyRecovered(tcb, recovery, octets, lostEdge, isLate);
    return;
  }
  if (recovery.phase === Phase.fast) controller(tcb).recovered(senderView(tcb));
  recoveryEnded(recovery);
  recovery.prr?.end();
  recovery.phase = Phase.none;
  recovery.dupAcks = 0;
  recovery.echoes = !tcb.sackOk && una === recovery.recoveryPoint;
  clearDue(tcb, Due.una);
  recovery.lostEdge = una;
}

/**
 * A partial acknowledgment: the next hole is lost as well (RFC 6582 §3.2 step 3), unless it was just sent again, or
 * was sent for the first time after that was sent again which has now arrived.
 *
 * @param before - where lostEdge was before the ACK
 * @param isLate - the next hole was sent before that was sent again which has now arrived
 */
function partlyRecovered(
  tcb: Tcb,
  recovery: Recovery,
  octets: number,
  before: SeqNum,
  isLate: boolean,
): void {
  const { una, mss } = tcb.snd;
  recovery.dupAcks = Math.max(0, recovery.dupAcks - Math.ceil(octets / mss));
  const again = seqBefore(una, recovery.highRxt);
  if (isLate && !recovery.reorderingSeen) recovery.lostEdge = seqMax(recovery.lostEdge, unaEnd(tcb));
  const lost = recovery.phase === Phase.fast && !again && seqBefore(una, recovery.lostEdge);
  clearDue(tcb, Due.una); // whatever was to be sent again has arrived
  if (lost) setDue(tcb, Due.una, Send.partialAck);
  if (again) recovery.unaRxtNxt = seqMax(recovery.unaRxtNxt, recovery.holeRxtNxt);
  recovery.unaRxtHigh = una;
  recovery.laterRxtSacked = false;
  advanceLostEdge(tcb, recovery);
  const foundLoss = seqBefore(seqMax(before, una), recovery.lostEdge) || (again && isDue(tcb, Due.una));
  if (!foundLoss) recovery.prr?.noteSafeAck();
}

/** The retransmission timer has expired: all that is not SACKed is lost (RFC 6298 §5.4, RFC 5681 §3.1). */
export function timedOut(tcb: Tcb): void {
  const recovery = lendRecovery(tcb);
  // Only the first timeout of a loss is news to congestion control (RFC 5681 eq. 4).
  // RFC 5682 §3.1 step 1: not for what an earlier recovery has sent again and not brought through.
  const mayBeSpurious = recovery.phase === Phase.none || recovery.frto === Frto.first;
  if (tcb.retries === 0) {
    beginUndo(tcb, recovery);
    controller(tcb).timedOut(senderView(tcb));
  }
  if (!recovery.cwndLimited) limitByLossWindow(tcb, recovery);
  recovery.tlpActive = false;
  // The receiver may have dropped what it SACKed (RFC 2018 §8): after a second timeout, forget it.
  if (tcb.retries > 0) recovery.scoreboard = undefined;
  watchHoles(tcb, recovery);
  resendAll(tcb, Send.afterTimeout);
  if (mayBeSpurious) recovery.frto = Frto.first;
  setDue(tcb, Due.una, Send.timeout);
}

/**
 * The loss window is one segment, and that goes at once: so it grows with the ACKs (RFC 5681 §3.1), even if it held
 * nothing back before, and nothing else waits. To twice the flight, as where new text uses the window.
 */
function limitByLossWindow({ snd }: Tcb, recovery: Recovery): void {
  recovery.cwndLimited = true;
  recovery.growTo = 2 * snd.outstanding;
  recovery.growSeq = snd.nxt;
}

/** Everything outstanding is to be sent again, as congestion control allows. */
export function resendAll(tcb: Tcb, why: Send): void {
  tcb.host.trace?.noted(tcb, LOST, why);
  const recovery = lendRecovery(tcb);
  const { una, nxt } = tcb.snd;
  recovery.prr?.end();
  recovery.frto = Frto.off;
  recovery.phase = Phase.timeout; // until it has arrived, or the next ACK would make us forget the rest
  recovery.recoveryPoint = nxt;
  recovery.dupAcks = 0;
  recovery.highRxt = una;
  recovery.lostEdge = nxt;
  recovery.timing = false;
  noteOutput(tcb);
}
