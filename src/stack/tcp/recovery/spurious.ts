/**
 * Losses that were none: a segment was only late, and sent again for nothing. Known by the first ACK of new data after
 * it was sent again, and not only by D-SACK a round trip later (`reordering.ts`), so that what else is outstanding need
 * not go again:
 *
 * - with timestamps the ACK tells which of the two copies has arrived first (Eifel detection, RFC 3522);
 * - after a timeout, without them, by F-RTO (RFC 5682): two new segments go in place of old ones, and what is
 *   acknowledged then tells. With SACK, anything that was sent once, before the timeout, and arrives after it (§3).
 *
 * The response is that of RFC 4015 but for the timers: nothing counts as lost any more, the congestion window is what it
 * was, and the round-trip time is measured with the late segment as with any other.
 */
import { type SeqNum, seqBefore, seqDistance, seqMax, seqMin } from "../../base/seq.ts";
import { controller } from "../connection/congestion-window.ts";
import { clearDue, Due } from "../connection/due.ts";
import { Frto, Phase, type Recovery } from "../connection/recovery-record.ts";
import type { Tcb } from "../connection/tcb.ts";
import { watchHoles } from "./reordering.ts";

/**
 * SND.UNA has moved from `before` while something was being recovered: whether that shows that nothing was lost. To be
 * called once for each such ACK, before the recovery record follows it. F-RTO makes its steps by it.
 */
export function provesSpurious(tcb: Tcb, recovery: Recovery, before: SeqNum): boolean {
  if (recovery.mayTellCopy) {
    recovery.mayTellCopy = false; // RFC 3522 §3.2: the first acceptable ACK, and no other
    if (recovery.currRtt > 0) {
      const isLate = echoesFirstCopy(tcb, recovery);
      if (!isLate) recovery.frto = Frto.off; // that which was sent again has filled the gap
      return isLate;
    }
  }
  if (recovery.frto === Frto.off) return false;
  if (recovery.frto === Frto.proven || originalsArrived(tcb, recovery, before)) return true;
  // §2.1 step 2, §3.1 step 2: the first ACK. New text goes if there is some, else the timeout is taken for real.
  const goesOn =
    recovery.frto === Frto.first && seqBefore(tcb.snd.una, recovery.recoveryPoint) && hasNewText(tcb);
  recovery.frto = goesOn ? Frto.second : Frto.off;
  return false;
}

/** RFC 3522 §3.2 step 4: the timestamp that came back is older than the retransmission. Both in whole milliseconds. */
function echoesFirstCopy(tcb: Tcb, { currRtt, retransmittedAt }: Recovery): boolean {
  const echoed = Math.floor(tcb.now / 1000) - Math.floor(currRtt / 1000);
  return echoed < Math.floor(retransmittedAt / 1000);
}

/** Some of what was sent once, before the timeout, is acknowledged for the first time. */
function originalsArrived(tcb: Tcb, recovery: Recovery, before: SeqNum): boolean {
  const { una } = tcb.snd;
  const { scoreboard } = recovery;
  const from = seqMax(recovery.highRxt, before);
  const to = seqMin(una, recovery.recoveryPoint);
  if (!seqBefore(from, to)) return false;
  // Without SACK nobody knows what had arrived before: what the ACK covers beyond the first hole says nothing.
  if (!tcb.sackOk) return recovery.frto === Frto.second;
  const known = scoreboard === undefined ? 0 : scoreboard.octetsWithin(from, to);
  return known < seqDistance(from, to);
}

/** A full-sized segment at least, which nothing else holds back. */
function hasNewText({ snd }: Tcb): boolean {
  return Math.min(seqDistance(snd.nxt, snd.end), snd.windowFrom(snd.nxt)) >= snd.mss;
}

/** §3.1 step 3: [left, right) was SACKed, in part for the first time, after a timeout. */
export function judgeSack(recovery: Recovery, left: SeqNum, right: SeqNum): void {
  if (seqBefore(recovery.recoveryPoint, right))
    recovery.frto = Frto.off; // new text has passed old: that is lost
  else if (!seqBefore(left, recovery.highRxt)) recovery.frto = Frto.proven;
}

/** Nothing of what was taken for lost is: all goes on as if nothing had been (RFC 4015 §3). */
export function takeBack(tcb: Tcb, recovery: Recovery): void {
  const { una } = tcb.snd;
  const { counters } = tcb.host;
  counters.undos++;
  if (recovery.phase === Phase.timeout) counters.spuriousTimeouts++;
  else recovery.reorderingSeen = true;
  if (recovery.undoable) controller(tcb).undo?.();
  recovery.undoable = false;
  recovery.frto = Frto.off;
  recovery.mayTellCopy = false;
  recovery.prr?.end();
  recovery.phase = Phase.none;
  recovery.recoveryPoint = una;
  recovery.lostEdge = una;
  recovery.dupAcks = 0;
  recovery.laterRxtSacked = false;
  recovery.fack = una;
  watchHoles(tcb, recovery); // what still is a hole is judged anew, by time
  clearDue(tcb, Due.una);
  tcb.retries = 0;
}
