/**
 * SEGMENT ARRIVES on a synchronized connection: RFC 9293 §3.10.7.4, check by check, in the RFC's order. A
 * check returns false when it has finished with the segment. No check sends anything: it notes in the TCB
 * what must be sent, and the flush at the end of the burst sends it.
 */
import { Drop } from "../../base/drop.ts";
import { Send } from "../../base/send.ts";
import { seqAdd, seqBefore, seqDistance, seqWithin } from "../../base/seq.ts";
import { since } from "../../base/time.ts";
import type { Failure } from "../../contract/failures.ts";
import type { TcpState } from "../../contract/tcp-state.ts";
import { FIN } from "../../wire/tcp.ts";
import { setState, terminate } from "../connection/lifecycle.ts";
import { noteAck } from "../connection/notes.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import { limitFinWait2 } from "../end/close.ts";
import { hurryAfterIdle } from "../receive/delayed-ack.ts";
import { acceptFin, acceptText, checkUrgent } from "../receive/receive.ts";
import { noteDuplicate } from "../receive/sack.ts";
import { noteEcho, noteMarks } from "../send/ecn.ts";
import { acknowledge, challenge, judgeAck } from "./ack.ts";

/** RFC 7323 §5.5: a timestamp this old may have wrapped, and is not compared any more. */
const TIMESTAMP_LIFE = 24 * 86_400 * 1_000_000;

/**
 * SEGMENT ARRIVES for a synchronized state (RFC 9293 §3.10.7.4). `Drop.none` if it was taken, else why not.
 */
export function segmentArrives(tcb: Tcb, segment: Segment): Drop {
  tcb.segmentsReceived += segment.parts;
  hurryAfterIdle(tcb);
  tcb.lastHeardAt = tcb.now;
  tcb.keepProbes = 0;
  const drop = checkSequence(tcb, segment); // first
  if (drop !== Drop.none) return drop;
  if (segment.hasRst) return checkReset(tcb, segment); // second
  // third: security and compartment (RFC 9293 §A.1) are not implemented
  if (segment.hasSyn) return checkSyn(tcb); // fourth
  const bad = checkAck(tcb, segment); // fifth
  if (bad !== Drop.none) return bad;
  if (tcb.snd.finSent) checkFinAcknowledged(tcb);
  if (tcb.state === "closed" || tcb.state === "time-wait") return Drop.none;
  if (segment.hasUrg) checkUrgent(tcb, segment); // sixth
  if (segment.textLength > 0 && isShut(tcb) && dataForNobody(tcb, segment)) return Drop.nobodyReads;
  acceptText(tcb, segment); // seventh
  if ((segment.hasFin || tcb.rcv.finSeen) && acceptFin(tcb, segment)) finArrived(tcb); // eighth
  return Drop.none;
}

/** First: PAWS (RFC 7323 §5), then the window. What is outside of it is cut off, and answered with an ACK. */
function checkSequence(tcb: Tcb, segment: Segment): Drop {
  if (tcb.timestampsOk && !segment.hasRst) {
    const bad = checkTimestamp(tcb, segment);
    if (bad !== Drop.none) return bad;
  }
  if (!isAcceptable(tcb, segment)) {
    if (segment.hasRst) return Drop.resetOutsideWindow;
    return zeroWindow(tcb, segment) ? Drop.none : refuse(tcb, segment);
  }
  trim(tcb, segment);
  return Drop.none;
}

/** PAWS: a timestamp older than the newest (RFC 7323 §5.3 R1). */
function checkTimestamp(tcb: Tcb, segment: Segment): Drop {
  const { rcv } = tcb;
  const { header } = segment;
  if (!header.hasTimestamps) {
    tcb.host.counters.pawsDropped++; // RFC 7323 §3.2: once negotiated, every segment has it
    return Drop.noTimestamp;
  }
  const age = (header.tsVal - rcv.tsRecent) | 0;
  if (age < 0 && since(tcb.tsRecentAt, tcb.now) < TIMESTAMP_LIFE) {
    tcb.host.counters.pawsDropped++;
    noteOldText(tcb, segment, Send.ackOldTimestamp);
    if (segment.length > 0) noteAck(tcb, Send.ackOldTimestamp);
    else challenge(tcb, Send.ackOldTimestamp);
    return Drop.oldTimestamp;
  }
  return Drop.none;
}

/**
 * TS.Recent is from the segment that spans what was ACKed last (RFC 7323 §5.3 R3), and only when its sequence
 * number and its ACK were both good: else anybody could set it far ahead, and PAWS would keep the peer out.
 */
function keepTimestamp(tcb: Tcb, segment: Segment): void {
  const { rcv } = tcb;
  if (seqBefore(rcv.lastAckSent, segment.header.seq)) return;
  rcv.tsRecent = segment.header.tsVal;
  tcb.tsRecentAt = tcb.now;
}

/** The table of RFC 9293 §3.4: by segment length (rows) and receive window (columns), zero or not. */
function isAcceptable(tcb: Tcb, segment: Segment): boolean {
  const { rcv } = tcb;
  const window = rcv.wnd;
  if (segment.hasRst) return segment.seq === rcv.nxt || seqWithin(segment.seq, rcv.nxt, window);
  const { length } = segment;
  // One more than the RFC's table: a peer that has filled the window sends its ACKs from just behind it. With
  // a segment lost on the way they would not be taken, and our own text would be sent again for nothing.
  if (length === 0) return seqWithin(segment.seq, rcv.nxt, window + 1);
  if (window === 0) return false;
  const last = seqAdd(segment.seq, length - 1);
  // The third term is for a segment that is longer than the window and begins before it.
  return (
    seqWithin(segment.seq, rcv.nxt, window) ||
    seqWithin(last, rcv.nxt, window) ||
    (seqBefore(segment.seq, rcv.nxt) && seqBefore(rcv.nxt, last))
  );
}

/** MUST-66: with a closed window a segment at RCV.NXT still acknowledges, resets and is urgent, but has no text. */
function zeroWindow(tcb: Tcb, segment: Segment): boolean {
  const { rcv } = tcb;
  if (rcv.wnd !== 0 || segment.seq !== rcv.nxt) return false;
  // A FIN alone needs no room in the buffer.
  if (segment.textLength > 0) {
    segment.textLength = 0;
    segment.flags &= ~FIN;
    tcb.host.dropped(segment.packet, Drop.closedWindow);
  }
  noteAck(tcb, Send.ackClosedWindow);
  return true;
}

/** Not acceptable: the peer is told where we are. Old text is a retransmission whose ACK was lost. */
function refuse(tcb: Tcb, segment: Segment): Drop {
  const old = seqBefore(segment.seq, tcb.rcv.nxt);
  noteOldText(tcb, segment, Send.ackNotAcceptable);
  // A repeated SYN|ACK or FIN comes from a peer that lacks our ACK; the rest might be one of two that storm.
  if (segment.length > 0) noteAck(tcb, Send.ackNotAcceptable);
  else challenge(tcb, Send.ackNotAcceptable);
  return old ? Drop.oldSegment : Drop.beyondWindow;
}

/** What of a refused segment's text lies before RCV.NXT was received before. */
function noteOldText(tcb: Tcb, { seq, textLength }: Segment, why: Send): void {
  const { nxt } = tcb.rcv;
  if (textLength === 0 || !seqBefore(seq, nxt)) return;
  const right = seqAdd(seq, textLength);
  noteDuplicate(tcb, seq, seqBefore(nxt, right) ? nxt : right, why);
}

/** Cuts off what was received before, and what lies beyond the window. */
function trim(tcb: Tcb, segment: Segment): void {
  const { rcv } = tcb;
  if (segment.hasSyn) return; // it is challenged as it is (RFC 5961 §4.2: whatever its number)
  const old = seqDistance(segment.seq, rcv.nxt);
  if (old > 0) trimFront(tcb, segment, old);
  const room = seqDistance(segment.seq, rcv.adv);
  if (segment.textLength > room) {
    segment.textLength = Math.max(0, room);
    segment.flags &= ~FIN;
    tcb.host.dropped(segment.packet, Drop.textBeyondWindow);
  }
}

function trimFront(tcb: Tcb, segment: Segment, old: number): void {
  const text = Math.min(old, segment.textLength);
  if (text > 0) {
    noteDuplicate(tcb, segment.seq, seqAdd(segment.seq, text), Send.ackOldText);
    noteAck(tcb, Send.ackOldText);
    tcb.host.dropped(segment.packet, Drop.oldText);
  }
  segment.textAt += text;
  segment.textLength -= text;
  segment.seq = seqAdd(segment.seq, old);
}

/** Second: only a RST at exactly RCV.NXT resets; one elsewhere in the window is challenged (RFC 5961 §3.2). */
function checkReset(tcb: Tcb, segment: Segment): Drop {
  if (segment.header.seq !== tcb.rcv.nxt) {
    challenge(tcb);
    return Drop.resetNotExact;
  }
  const { counters } = tcb.host;
  if (tcb.state === "established" || tcb.state === "close-wait") counters.estabResets++;
  terminate(tcb, failureOfReset(tcb.state));
  return Drop.none;
}

/**
 * What a reset means to the application, by the state in which it comes: as on Linux. In CLOSING and LAST-ACK RFC 9293
 * §3.10.7.4 tells nobody; but what was written last may not have arrived.
 */
function failureOfReset(state: TcpState): Failure {
  // All that the peer would send has come: it is only writing that fails, as on Linux.
  return state === "close-wait" ? "broken-pipe" : "reset";
}

/** Fourth: a SYN inside a connection is a mistake or an attack; it is challenged (RFC 5961 §4.2). */
function checkSyn(tcb: Tcb): Drop {
  challenge(tcb);
  return Drop.synInWindow;
}

/** Fifth: without an ACK, or with one that cannot be, nothing of the segment counts. */
function checkAck(tcb: Tcb, segment: Segment): Drop {
  if (!segment.hasAck) return Drop.noAck;
  const bad = judgeAck(tcb, segment);
  if (bad !== Drop.none) {
    challenge(tcb);
    return bad;
  }
  if (tcb.timestampsOk) keepTimestamp(tcb, segment);
  acknowledge(tcb, segment);
  if (tcb.ecnOk) {
    noteEcho(tcb, segment);
    noteMarks(tcb, segment);
  }
  return Drop.none;
}

/** Our FIN has been acknowledged: FIN-WAIT-1, CLOSING and LAST-ACK each have a successor. */
function checkFinAcknowledged(tcb: Tcb): void {
  const { snd } = tcb;
  if (!seqBefore(snd.end, snd.una)) return;
  if (tcb.state === "fin-wait-1") {
    setState(tcb, "fin-wait-2");
    if (tcb.user === undefined) limitFinWait2(tcb);
  } else if (tcb.state === "closing") tcb.host.enterTimeWait(tcb);
  else if (tcb.state === "last-ack") terminate(tcb, undefined);
}

/** The application has closed, or has shut both directions, which is the same to the peer (RFC 1122 §4.2.2.13). */
function isShut({ rcv, snd, user }: Tcb): boolean {
  return user === undefined || ((rcv.discarding || rcv.readShut) && snd.finQueued);
}

/** RFC 9293 §3.6.1, RFC 2525 §2.17: new text for an application that has closed is answered with a reset. */
function dataForNobody(tcb: Tcb, segment: Segment): boolean {
  if (!seqBefore(tcb.rcv.nxt, seqAdd(segment.seq, segment.textLength))) return false;
  tcb.host.counters.abortOnClose++;
  // From here on the segment is one of no connection, and the reset says of itself what its ACK did: a peer that has not
  // had our FIN takes no other (RFC 5961 §3.2).
  terminate(tcb, "reset");
  return true;
}

/** The peer's FIN was reached. */
function finArrived(tcb: Tcb): void {
  if (tcb.state === "established") setState(tcb, "close-wait");
  else if (tcb.state === "fin-wait-1") setState(tcb, "closing");
  else if (tcb.state === "fin-wait-2") tcb.host.enterTimeWait(tcb);
}
