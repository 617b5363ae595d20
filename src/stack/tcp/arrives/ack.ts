/** The fifth check of SEGMENT ARRIVES: what an ACK does to the send side (RFC 9293 §3.10.7.4, RFC 5961 §5). */

import { Drop } from "../../base/drop.ts";
import { Send } from "../../base/send.ts";
import { seqAdd, seqBefore, seqDistance } from "../../base/seq.ts";
import { type Duration, NEVER, since } from "../../base/time.ts";
import { controller } from "../connection/congestion-window.ts";
import { clearDue, Due } from "../connection/due.ts";
import { heldDeadlines, lendRecovery, schedule } from "../connection/lending.ts";
import { noteAck, noteChange, noteOutput } from "../connection/notes.ts";
import { Phase, type Recovery } from "../connection/recovery-record.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import { duplicateAck, progressed, resendAll } from "../recovery/loss.ts";
import { watchHoles } from "../recovery/reordering.ts";
import { reportsDuplicate, senderView, updateScoreboard } from "../recovery/scoreboard.ts";
import { tailAcknowledged } from "../recovery/tail.ts";
import { pathAnswers } from "../send/black-hole.ts";
import { timestampNow } from "../send/emit.ts";

/**
 * An ACK that is older than any window that the peer could have seen, or for what was never sent, is not
 * believed (RFC 5961 §5.2).
 */
export function judgeAck(tcb: Tcb, segment: Segment): Drop {
  const { snd } = tcb;
  const { ack } = segment.header;
  if (seqBefore(snd.nxt, ack)) return Drop.ackOfUnsent;
  return !seqBefore(ack, snd.una) || mayBeLate(tcb, seqDistance(ack, snd.una)) ? Drop.none : Drop.ackTooOld;
}

/** Whether an ACK that is older by `age` can have been late: it is of octets that were acknowledged once, as Linux has it. */
function mayBeLate(tcb: Tcb, age: number): boolean {
  const { snd } = tcb;
  const finAcknowledged = seqBefore(snd.end, snd.una) ? 1 : 0;
  return age <= Math.min(snd.maxWnd, tcb.bytesAcknowledged + finAcknowledged);
}

/** Moves SND.UNA and SND.WND forward, and feeds loss recovery, congestion control and the RTT estimator. */
export function acknowledge(tcb: Tcb, segment: Segment): void {
  const { header } = segment;
  const octets = seqDistance(tcb.snd.una, header.ack);
  if (octets < 0) {
    lateSack(tcb, segment);
    return;
  }
  const hadHole = tcb.recovery?.scoreboard !== undefined;
  const probing = tcb.recovery?.tlpActive === true;
  const hasSack = header.sackCount > 0 && tcb.sackOk;
  const sacked = hasSack ? updateScoreboard(tcb, segment) : 0;
  const windowChanged = updateSendWindow(tcb, segment);
  if (octets > 0) advance(tcb, segment, octets, hadHole);
  else if (isDuplicate(tcb, segment, sacked, windowChanged)) duplicateAck(tcb);
  const cameTwice = hasSack && heardSack(tcb, segment);
  if (probing && tcb.recovery !== undefined) tailAcknowledged(tcb, tcb.recovery, segment, octets, cameTwice);
  if (windowChanged || octets > 0 || hasSack) sendMayGoOn(tcb);
}

/** An ACK that others have overtaken may still tell of what has arrived (RFC 2018 §5). */
function lateSack(tcb: Tcb, segment: Segment): void {
  if (segment.header.sackCount === 0 || !tcb.sackOk) return;
  const sacked = updateScoreboard(tcb, segment);
  if (sacked === 0) return;
  duplicateAck(tcb);
  if (tcb.recovery !== undefined) watchHoles(tcb, tcb.recovery);
  sendMayGoOn(tcb);
}

/** What only SACK tells: whether something is late, and whether something came twice, which is the answer. */
function heardSack(tcb: Tcb, { header }: Segment): boolean {
  if (tcb.recovery !== undefined) watchHoles(tcb, tcb.recovery);
  return reportsDuplicate(tcb, header);
}

/** RFC 5681 §2 without SACK; with it, an ACK is a duplicate that SACKs something new (RFC 6675 §2). */
function isDuplicate(tcb: Tcb, segment: Segment, sacked: number, windowChanged: boolean): boolean {
  if (tcb.snd.outstanding === 0) return false;
  if (tcb.sackOk) return sacked > 0;
  return segment.length === 0 && !windowChanged;
}

/** SND.UNA moves over `octets`. */
function advance(tcb: Tcb, segment: Segment, octets: number, hadHole: boolean): void {
  const { snd } = tcb;
  const recovery = lendRecovery(tcb);
  const wasCounted = recovery.phase !== Phase.fast;
  const known = tcb.host.config.growsByNews ? knownBefore(tcb, recovery, octets) : 0;
  measureRtt(tcb, recovery, segment);
  tcb.bytesAcknowledged += snd.acknowledge(segment.header.ack);
  if (tcb.retries > 0) pathAnswers(tcb);
  tcb.retries = 0;
  tcb.softFailure = undefined;
  const deadlines = heldDeadlines(tcb);
  deadlines.rtoAt = NEVER; // restarted at the end of the entry if something is outstanding (RFC 6298 §5.2, §5.3)
  deadlines.stalledSince = NEVER;
  progressed(tcb, recovery, octets, hadHole);
  // A window that held nothing back would not grow: see SenderView.cwndLimited.
  const counts = wasCounted && recovery.phase !== Phase.fast;
  if (counts && (recovery.cwndLimited || snd.congestion !== undefined))
    controller(tcb).acknowledged(octets - known, senderView(tcb));
  tcb.route.confirm();
  noteChange(tcb);
}

/** Of the `octets` behind SND.UNA that are acknowledged now: those of which SACKs or duplicate ACKs have told before. */
function knownBefore({ snd, sackOk }: Tcb, { scoreboard, dupAcks }: Recovery, octets: number): number {
  if (sackOk) return scoreboard?.octetsWithin(snd.una, seqAdd(snd.una, octets)) ?? 0;
  // What fills the hole is news, whatever duplicates there were.
  return Math.max(0, Math.min(dupAcks * snd.mss, octets - snd.mss));
}

/** Times the one octet that is timed; after a retransmission the timestamps tell (RFC 7323 §4.1). */
function measureRtt(tcb: Tcb, recovery: Recovery, segment: Segment): void {
  recovery.currRtt = byTimestamp(tcb, segment);
  if (recovery.timing && !seqBefore(segment.header.ack, recovery.timedSeq)) {
    recovery.timing = false;
    recovery.currRtt = since(recovery.timedAt, tcb.now);
    tcb.rtt.sample(recovery.currRtt);
  } else if (!recovery.timing && recovery.currRtt > 0) tcb.rtt.sample(recovery.currRtt);
  tcb.rtt.progress();
}

/** The round-trip time that TSecr tells, to a millisecond; 0 if it does not. */
function byTimestamp(tcb: Tcb, { header }: Segment): Duration {
  if (!tcb.timestampsOk || !header.hasTimestamps || header.tsEcr === 0) return 0 as Duration;
  const elapsed = (timestampNow(tcb) - header.tsEcr) | 0;
  return (elapsed >= 0 ? elapsed * 1000 + 500 : 0) as Duration;
}

/** SND.WL1 and SND.WL2 keep an old segment from putting back an old window. Whether the window changed. */
function updateSendWindow(tcb: Tcb, segment: Segment): boolean {
  const { snd } = tcb;
  const { seq, ack, window } = segment.header;
  const newer = seqBefore(snd.wl1, seq) || (snd.wl1 === seq && !seqBefore(ack, snd.wl2));
  if (!newer) return false;
  const scaled = window << snd.windShift;
  const changed = scaled !== snd.wnd;
  snd.wnd = scaled;
  if (scaled > snd.maxWnd) snd.maxWnd = scaled;
  snd.wl1 = seq;
  snd.wl2 = ack;
  // An ACK that repeats a silly window opens nothing: the timer that will override it goes on.
  if (scaled > 0 && changed) endPersist(tcb);
  else if (tcb.deadlines.persistAt !== NEVER) tcb.retries = 0; // the peer is alive (RFC 9293 MUST-37)
  return changed;
}

/** The window is open again: what the probes sent, and the receiver had no room for, goes out once more. */
function endPersist(tcb: Tcb): void {
  if (tcb.deadlines.persistAt === NEVER) return;
  heldDeadlines(tcb).persistAt = NEVER;
  tcb.persistBackoff = 0;
  tcb.retries = 0; // they counted probes: a timeout that comes now is the first
  if (tcb.snd.outstanding > 0) resendAll(tcb, Send.windowReopened);
}

/** What MSG_MORE holds back goes, too, as on Linux: not with an ACK that is sent for text of the peer's. */
function sendMayGoOn(tcb: Tcb): void {
  clearDue(tcb, Due.more);
  noteOutput(tcb);
  schedule(tcb);
}

/** The answer to what is not acceptable, at most so often (RFC 5961 §7): nobody shall make two hosts storm. */
export function challenge(tcb: Tcb, why: Send = Send.challengeAck): void {
  const { config, counters } = tcb.host;
  if (since(tcb.challengeSince, tcb.now) >= 500_000) {
    tcb.challengeSince = tcb.now;
    tcb.challengeCount = 0;
  }
  if (tcb.challengeCount >= config.challengeLimit) return;
  tcb.challengeCount++;
  counters.challengeAcks++;
  noteAck(tcb, why);
}
