/**
 * The active side of the three-way handshake, and simultaneous open: SYN-SENT and SYN-RECEIVED of a full TCB
 * (RFC 9293 §3.5, §3.10.7.3). A passive open's SYN-RECEIVED is a `PendingSyn` in `listener.ts`.
 */
import { Drop } from "../../base/drop.ts";
import { seqAdd, seqBefore } from "../../base/seq.ts";
import { later, NEVER, since } from "../../base/time.ts";
import { ACK, SYN, type TcpHeader } from "../../wire/tcp.ts";
import { challenge } from "../arrives/ack.ts";
import { startKeepAlive } from "../arrives/timeouts.ts";
import { schedule, setState, terminate } from "../connection/lifecycle.ts";
import { noteAck, noteOutput } from "../connection/notes.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import { MAX_WINDOW_SHIFT, windowShift } from "../receive/window.ts";
import { ecnOfSyn } from "../send/ecn.ts";
import { emitSyn, TCP_HEADER_BYTES } from "../send/emit.ts";
import { findRoute, updateSendMss } from "../send/send.ts";

/** The active OPEN: everything is offered, and a SYN is due. */
export function open(tcb: Tcb): void {
  const { config, counters } = tcb.host;
  tcb.active = true;
  tcb.scaleOk = config.windowScaling;
  tcb.sackOk = config.sack;
  tcb.ecnOk = config.ecn === "active";
  tcb.timestampsOk = config.timestamps;
  tcb.rcvWindShift = tcb.scaleOk ? windowShift(tcb.options.receiveBuffer) : 0;
  tcb.headLost = true;
  counters.activeOpens++;
  setState(tcb, "syn-sent");
  noteOutput(tcb);
}

/** Sends the SYN, or in SYN-RECEIVED the SYN|ACK, if one is due. */
export function outputHandshake(tcb: Tcb): void {
  if (!tcb.headLost && !tcb.ackNow) return;
  if (!findRoute(tcb)) return;
  const first = tcb.sndNxt === tcb.iss;
  tcb.headLost = false;
  tcb.ackNow = false;
  emitSyn(tcb, tcb.state === "syn-sent" ? SYN : SYN | ACK, announcedMss(tcb));
  if (first) {
    tcb.sndNxt = seqAdd(tcb.iss, 1);
    tcb.timing = true;
    tcb.timedSeq = tcb.sndNxt;
    tcb.timedAt = tcb.now;
  } else {
    tcb.timing = false;
    tcb.host.counters.retransSegs++;
    tcb.totalRetransmits++;
  }
  if (tcb.rtoAt === NEVER) tcb.rtoAt = later(tcb.now, tcb.rtt.timeout);
  if (tcb.stalledSince === NEVER) tcb.stalledSince = tcb.now;
  schedule(tcb);
}

/** The MSS option: what the interface can receive (MUST-67), not less options (RFC 6691). */
export function announcedMss(tcb: Tcb): number {
  const mss = tcb.route.maxPayloadOfLink - TCP_HEADER_BYTES;
  const most = tcb.options.maxSegment;
  return Math.min(most > 0 ? Math.min(mss, most) : mss, 0xffff);
}

/** SEGMENT ARRIVES in SYN-SENT. `"reset"` asks the caller to answer with a RST that the ACK calls for. */
export function arrivesSynSent(tcb: Tcb, segment: Segment): Drop | "reset" {
  const { header } = segment;
  const acceptable = segment.hasAck && seqBefore(tcb.iss, header.ack) && !seqBefore(tcb.sndNxt, header.ack);
  if (segment.hasAck && !acceptable) return segment.hasRst ? Drop.badState : "reset"; // first
  if (segment.hasRst) {
    if (!acceptable) return Drop.badState; // second
    tcb.host.counters.attemptFails++;
    terminate(tcb, "refused");
    return Drop.none;
  }
  if (!segment.hasSyn) return Drop.badState; // fourth; fifth: neither SYN nor RST
  tcb.irs = header.seq;
  tcb.rcvNxt = seqAdd(header.seq, 1);
  tcb.rcvAdv = seqAdd(tcb.rcvNxt, Math.min(tcb.options.receiveBuffer, 0xffff));
  tcb.lastAckSent = tcb.rcvNxt;
  negotiate(tcb, header);
  if (acceptable) {
    establish(tcb, header);
    noteAck(tcb);
    stripSyn(segment);
    return Drop.none;
  }
  // Simultaneous open: both have sent a SYN (RFC 9293 §3.5, figure 7).
  setState(tcb, "syn-received");
  segment.textLength = 0; // it comes again
  segment.flags = 0;
  noteAck(tcb);
  return Drop.none;
}

/** SEGMENT ARRIVES in SYN-RECEIVED after a simultaneous open. True when the connection is now established. */
export function arrivesSynReceived(tcb: Tcb, segment: Segment): Drop | "reset" {
  const { header } = segment;
  if (segment.hasSyn && header.seq === tcb.irs) stripSyn(segment); // the peer's SYN|ACK repeats its SYN
  if (segment.hasRst) {
    if (segment.seq !== tcb.rcvNxt) return Drop.outsideWindow;
    tcb.host.counters.attemptFails++;
    terminate(tcb, "refused");
    return Drop.none;
  }
  if (seqBefore(segment.seq, tcb.rcvNxt) || !seqBefore(segment.seq, tcb.rcvAdv)) {
    noteAck(tcb);
    return Drop.outsideWindow;
  }
  if (segment.hasSyn) {
    challenge(tcb);
    return Drop.badState;
  }
  if (!segment.hasAck) {
    if (segment.length === 0) noteAck(tcb); // the peer's own SYN again
    return Drop.badState;
  }
  if (!seqBefore(tcb.iss, header.ack) || seqBefore(tcb.sndNxt, header.ack)) return "reset";
  establish(tcb, header);
  return Drop.none;
}

/** What the options of both sides' SYNs come to. */
export function negotiate(tcb: Tcb, header: TcpHeader): void {
  tcb.peerMss = header.mss > 0 ? Math.max(header.mss, tcb.host.config.minMss) : 536; // MUST-15
  tcb.scaleOk = tcb.scaleOk && header.windowScale >= 0;
  tcb.sndWindShift = tcb.scaleOk ? Math.min(header.windowScale, MAX_WINDOW_SHIFT) : 0;
  if (!tcb.scaleOk) tcb.rcvWindShift = 0;
  tcb.sackOk = tcb.sackOk && header.sackPermitted;
  tcb.ecnOk = tcb.ecnOk && ecnOfSyn(header.flags, (header.flags & ACK) !== 0);
  tcb.timestampsOk = tcb.timestampsOk && header.hasTimestamps;
  if (tcb.timestampsOk) {
    tcb.tsRecent = header.tsVal;
    tcb.tsRecentAt = tcb.now;
  }
}

/** The handshake is complete: our SYN is acknowledged by `header`. */
export function establish(tcb: Tcb, header: TcpHeader): void {
  if (tcb.timing) tcb.rtt.sample(since(tcb.timedAt, tcb.now));
  tcb.timing = false;
  tcb.rtt.progress();
  tcb.sndUna = header.ack;
  tcb.sndSml = header.ack;
  // The window of a segment with SYN is never scaled (RFC 7323 §2.2).
  const shift = header.flags & SYN ? 0 : tcb.sndWindShift;
  tcb.sndWnd = header.window << shift;
  tcb.sndMaxWnd = tcb.sndWnd;
  tcb.sndWl1 = header.seq;
  tcb.sndWl2 = header.ack;
  tcb.recover = header.ack;
  tcb.highRxt = header.ack;
  tcb.lostEdge = header.ack;
  tcb.headRxtAt = header.ack;
  tcb.headLost = false;
  tcb.retries = 0;
  tcb.rtoAt = NEVER;
  tcb.stalledSince = NEVER;
  updateSendMss(tcb);
  tcb.congestion = undefined;
  setState(tcb, tcb.finQueued ? "fin-wait-1" : "established");
  startKeepAlive(tcb);
  noteOutput(tcb);
  schedule(tcb);
}

/** The SYN has been dealt with: what is left begins one sequence number on. */
function stripSyn(segment: Segment): void {
  segment.seq = seqAdd(segment.seq, 1);
  segment.flags &= ~SYN;
}
