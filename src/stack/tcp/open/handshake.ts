/**
 * The active side of the three-way handshake, and simultaneous open: SYN-SENT and SYN-RECEIVED of a full TCB
 * (RFC 9293 §3.5, §3.10.7.3). A passive open's SYN-RECEIVED is a `PendingSyn` in `listener.ts`.
 */

import { Drop } from "../../base/drop.ts";
import { Send } from "../../base/send.ts";
import { seqAdd, seqBefore } from "../../base/seq.ts";
import { type Duration, type Instant, later, milliseconds, NEVER, since } from "../../base/time.ts";
import { ACK, SYN, type TcpHeader } from "../../wire/tcp.ts";
import { challenge } from "../arrives/ack.ts";
import { startKeepAlive } from "../arrives/expiries.ts";
import { clearDue, Due, isDue, setDue, whyDue } from "../connection/due.ts";
import { heldDeadlines, lendDeadlines, lendRecovery, schedule } from "../connection/lending.ts";
import { setState, terminate } from "../connection/lifecycle.ts";
import { noteAck, noteOutput } from "../connection/notes.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import { hurryAcks } from "../receive/delayed-ack.ts";
import { MAX_WINDOW_SHIFT, mostOffered, windowShift } from "../receive/window.ts";
import { ecnOfSyn } from "../send/ecn.ts";
import { emit, emitSyn, TCP_HEADER_BYTES } from "../send/emit.ts";
import { findRoute, updateSendMss } from "../send/send-route.ts";

/** TCP_TIMEOUT_MIN of Linux: the reset is there first. */
const SYN_AFTER_RESET: Duration = milliseconds(2);

/** The active OPEN: everything is offered, and a SYN is due. */
export function open(tcb: Tcb): void {
  const { config, counters } = tcb.host;
  tcb.active = true;
  tcb.scaleOk = config.windowScaling;
  tcb.sackOk = config.sack;
  tcb.ecnOk = config.ecn === "active";
  tcb.timestampsOk = config.timestamps;
  tcb.rcv.windShift = tcb.scaleOk ? windowShift(tcb.options.receiveBuffer) : 0;
  setDue(tcb, Due.una, Send.syn);
  counters.activeOpens++;
  setState(tcb, "syn-sent");
  noteOutput(tcb);
}

/** Sends the SYN, or in SYN-RECEIVED the SYN|ACK, if one is due. */
export function outputHandshake(tcb: Tcb): void {
  const { snd } = tcb;
  if (!isDue(tcb, Due.una) && !isDue(tcb, Due.ack)) {
    schedule(tcb);
    return;
  }
  if (!findRoute(tcb)) return;
  if (tcb.state === "syn-received" && !isDue(tcb, Due.una)) {
    emit(tcb, snd.nxt, 0, 0, whyDue(tcb, Due.ack)); // to what is not acceptable, or a challenge: no SYN|ACK
    schedule(tcb);
    return;
  }
  const first = snd.nxt === snd.iss;
  const why = whyDue(tcb, isDue(tcb, Due.una) ? Due.una : Due.ack);
  clearDue(tcb, Due.una);
  clearDue(tcb, Due.ack);
  emitSyn(tcb, tcb.state === "syn-sent" ? SYN : SYN | ACK, announcedMss(tcb), why);
  const recovery = lendRecovery(tcb);
  if (first) {
    snd.nxt = seqAdd(snd.iss, 1);
    recovery.timing = true;
    recovery.timedSeq = snd.nxt;
    recovery.timedAt = tcb.now;
  } else {
    recovery.timing = false;
    tcb.host.counters.retransSegs++;
    tcb.totalRetransmits++;
  }
  if (tcb.deadlines.rtoAt === NEVER) lendDeadlines(tcb).rtoAt = later(tcb.now, tcb.rtt.timeout);
  if (tcb.deadlines.stalledSince === NEVER) lendDeadlines(tcb).stalledSince = tcb.now;
  schedule(tcb);
}

/** The MSS option: what the interface can receive (MUST-67), not less options (RFC 6691). */
export function announcedMss(tcb: Tcb): number {
  const mss = tcb.route.maxPayloadOfLink - TCP_HEADER_BYTES;
  const most = tcb.options.maxSegment;
  return Math.min(most > 0 ? Math.min(mss, most) : mss, 0xffff);
}

/** SEGMENT ARRIVES in SYN-SENT. */
export function arrivesSynSent(tcb: Tcb, segment: Segment): Drop {
  const { snd } = tcb;
  const { header } = segment;
  const acceptable = segment.hasAck && seqBefore(snd.iss, header.ack) && !seqBefore(snd.nxt, header.ack);
  if (segment.hasAck && !acceptable) {
    hurrySyn(tcb);
    return segment.hasRst ? Drop.resetBadAck : Drop.badAckInSynSent; // first
  }
  if (segment.hasRst) {
    if (!acceptable) return Drop.resetWithoutAck; // second
    tcb.host.counters.attemptFails++;
    terminate(tcb, "refused");
    return Drop.none;
  }
  if (!segment.hasSyn) return Drop.noSynInSynSent; // fourth; fifth: neither SYN nor RST
  tcb.rcv.begin(header.seq, mostOffered(tcb.options));
  negotiate(tcb, header);
  if (acceptable) {
    establish(tcb, header, synSentAt(tcb));
    noteAck(tcb, Send.ackSynAck);
    stripSyn(segment);
    return Drop.none;
  }
  // Simultaneous open: both have sent a SYN (RFC 9293 §3.5, figure 7).
  setState(tcb, "syn-received");
  if (segment.textLength > 0) tcb.host.dropped(segment.packet, Drop.textInSyn);
  segment.textLength = 0; // it comes again
  segment.flags = 0;
  noteSynAck(tcb, Send.synAck);
  return Drop.none;
}

/**
 * The peer still has an old connection with these ends, and our reset will end it (RFC 9293 §3.5.1, figure 9): the SYN
 * goes again soon, and not only after the timeout of a second, as on Linux. Once: nobody shall make it go often.
 */
function hurrySyn(tcb: Tcb): void {
  const soon = later(tcb.now, SYN_AFTER_RESET);
  if (tcb.retries > 0 || soon >= tcb.deadlines.rtoAt) return;
  lendDeadlines(tcb).rtoAt = soon;
  schedule(tcb);
}

/** SEGMENT ARRIVES in SYN-RECEIVED after a simultaneous open. */
export function arrivesSynReceived(tcb: Tcb, segment: Segment): Drop {
  const { rcv, snd } = tcb;
  const { header } = segment;
  const repeatsSyn = segment.hasSyn && header.seq === rcv.irs && !segment.hasRst;
  if (repeatsSyn) stripSyn(segment); // so does the peer's SYN|ACK
  if (segment.hasRst) {
    if (segment.seq !== rcv.nxt) return misplacedReset(tcb, segment);
    tcb.host.counters.attemptFails++;
    terminate(tcb, "refused");
    return Drop.none;
  }
  if (!isInWindow(tcb, segment)) {
    noteAck(tcb, Send.ackNotAcceptable);
    return misplaced(tcb, segment);
  }
  if (segment.hasSyn) {
    challenge(tcb);
    return Drop.synInWindow;
  }
  if (!segment.hasAck) {
    if (!repeatsSyn) return Drop.noAck;
    noteSynAck(tcb, Send.synAckRepeated); // the peer's own SYN again
    return Drop.synAgain;
  }
  if (!seqBefore(snd.iss, header.ack) || seqBefore(snd.nxt, header.ack)) return Drop.badAckInSynReceived;
  if (isDue(tcb, Due.una)) noteAck(tcb, Send.ackSynAck); // instead of a SYN|ACK that has not left yet
  establish(tcb, header, synSentAt(tcb));
  return Drop.none;
}

/** RFC 5961 §3.2: in the window, but not at RCV.NXT, a reset is challenged. */
function misplacedReset(tcb: Tcb, segment: Segment): Drop {
  if (!isInWindow(tcb, segment)) return Drop.resetOutsideWindow;
  challenge(tcb);
  return Drop.resetNotExact;
}

function noteSynAck(tcb: Tcb, why: Send): void {
  setDue(tcb, Due.una, why);
  noteOutput(tcb);
}

function misplaced(tcb: Tcb, segment: Segment): Drop {
  return seqBefore(segment.seq, tcb.rcv.nxt) ? Drop.oldSegment : Drop.beyondWindow;
}

function isInWindow(tcb: Tcb, segment: Segment): boolean {
  const { rcv } = tcb;
  return !seqBefore(segment.seq, rcv.nxt) && seqBefore(segment.seq, rcv.adv);
}

/** What the options of both sides' SYNs come to. */
export function negotiate(tcb: Tcb, header: TcpHeader): void {
  const { rcv, snd } = tcb;
  snd.peerMss = header.mss > 0 ? Math.max(header.mss, tcb.host.config.minMss) : tcb.route.defaultMss;
  tcb.scaleOk = tcb.scaleOk && header.windowScale >= 0;
  snd.windShift = tcb.scaleOk ? Math.min(header.windowScale, MAX_WINDOW_SHIFT) : 0;
  if (!tcb.scaleOk) rcv.windShift = 0;
  tcb.sackOk = tcb.sackOk && header.sackPermitted;
  tcb.ecnOk = tcb.ecnOk && ecnOfSyn(header.flags, (header.flags & ACK) !== 0);
  tcb.timestampsOk = tcb.timestampsOk && header.hasTimestamps;
  if (tcb.timestampsOk) {
    rcv.tsRecent = header.tsVal;
    tcb.tsRecentAt = tcb.now;
  }
}

/** When the SYN was sent; NEVER if it was sent more than once (Karn). */
function synSentAt({ recovery }: Tcb): Instant {
  return recovery?.timing === true ? recovery.timedAt : NEVER;
}

/**
 * The handshake is complete: our SYN is acknowledged by `header`.
 *
 * @param synSentAt - NEVER if its round trip cannot be measured
 */
export function establish(tcb: Tcb, header: TcpHeader, synSentAt: Instant): void {
  const { snd } = tcb;
  if (synSentAt !== NEVER) tcb.rtt.sample(since(synSentAt, tcb.now));
  tcb.host.recoveries.giveBack(tcb);
  tcb.rtt.progress();
  snd.una = header.ack;
  snd.sml = header.ack;
  // The window of a segment with SYN is never scaled (RFC 7323 §2.2).
  const shift = header.flags & SYN ? 0 : snd.windShift;
  snd.wnd = header.window << shift;
  snd.maxWnd = snd.wnd;
  snd.wl1 = header.seq;
  snd.wl2 = header.ack;
  clearDue(tcb, Due.una);
  tcb.retries = 0;
  heldDeadlines(tcb).rtoAt = NEVER;
  heldDeadlines(tcb).stalledSince = NEVER;
  updateSendMss(tcb);
  snd.congestion = undefined;
  setState(tcb, snd.finQueued ? "fin-wait-1" : "established");
  startKeepAlive(tcb);
  hurryAcks(tcb);
  noteOutput(tcb);
  schedule(tcb);
}

/** The SYN has been dealt with: what is left begins one sequence number on. */
function stripSyn(segment: Segment): void {
  segment.seq = seqAdd(segment.seq, 1);
  segment.flags &= ~SYN;
}
