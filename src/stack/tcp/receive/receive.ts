/**
 * The receive side: text into the ring, at its place even when it comes too early; the FIN; urgent data; and
 * when to acknowledge (RFC 9293 §3.10.7.4 sixth to eighth, §3.8.6.3, RFC 5681 §4.2).
 */

import { Drop } from "../../base/drop.ts";
import { Ranges } from "../../base/ranges.ts";
import { Send } from "../../base/send.ts";
import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax, seqWithin } from "../../base/seq.ts";
import { clearDue, Due, setDue } from "../connection/due.ts";

import { noteChange, noteOutput } from "../connection/notes.ts";
import type { Segment } from "../connection/segment.ts";
import { mayReceive } from "../connection/states.ts";
import type { Tcb } from "../connection/tcb.ts";
import { DUPLICATE_ACKS } from "../connection/tcp-trace.ts";
import { acknowledgeText, hurryAcks } from "./delayed-ack.ts";
import { deposit } from "./deposit.ts";
import { noteDuplicate, noteEarly, noteOverlaps } from "./sack.ts";
import { octetsToMark, skipUrgent, urgentBeforePeek } from "./urgent.ts";

/** Holes that are remembered; text beyond more of them is not kept, and comes again. */
const MOST_EARLY_RANGES = 256;

/** Sixth: the urgent pointer tells where urgent data ends, even if that is still to come (RFC 9293 §3.8.5). */
export function checkUrgent(tcb: Tcb, segment: Segment): void {
  const { rcv } = tcb;
  const { seq, urgentPointer } = segment.header;
  if (!mayReceive(tcb.state) || urgentPointer === 0) return;
  const up = seqAdd(seq, urgentPointer);
  // Only news counts: behind what was announced before, and not behind what was already received.
  if (rcv.urgentState !== 0 && !seqBefore(rcv.up, up)) return;
  if (!seqBefore(rcv.nxt, up)) return;
  rcv.up = up;
  rcv.urgentState = 1;
  noteChange(tcb);
}

/** Seventh: the text. It has been cut to the window, and may begin behind RCV.NXT. */
export function acceptText(tcb: Tcb, segment: Segment): void {
  const { rcv } = tcb;
  const { textLength } = segment;
  const packet = segment.packet;
  if (textLength === 0 || packet === undefined) return;
  if (!mayReceive(tcb.state)) {
    tcb.host.dropped(packet, Drop.textAfterFin);
    return;
  }
  if (rcv.discarding) tcb.host.dropped(packet, Drop.receiveShut);
  rcv.mss = Math.max(rcv.mss, Math.min(packet.segmentSize || textLength, maxReceiveMss(tcb)));
  const ahead = seqDistance(rcv.nxt, segment.seq);
  const { bytes } = packet;
  const end = segment.textAt + textLength;
  if (ahead === 0 && rcv.early === undefined) {
    const loan = tcb.user?.loan;
    const lent = loan === undefined ? 0 : deposit(tcb, loan, bytes, segment.textAt, end);
    if (!rcv.discarding) rcv.ring.append(packet.part(segment.textAt + lent, end), 0, textLength - lent);
    arrived(tcb, textLength);
    tcb.host.trace?.text(tcb, segment.seq, textLength);
    rcv.unackedText += textLength;
    acknowledgeText(tcb, false);
    return;
  }
  if (ahead > 0) {
    keepEarly(tcb, segment, ahead);
    return;
  }
  if (rcv.early !== undefined) noteOverlaps(tcb, rcv.early, segment.seq, seqAdd(segment.seq, textLength));
  if (!rcv.discarding) rcv.ring.writeAt(rcv.ring.length, bytes, segment.textAt, end);
  fillGap(tcb, seqAdd(segment.seq, textLength));
  tcb.host.trace?.text(tcb, segment.seq, textLength);
  acknowledgeText(tcb, true); // RFC 5681 §4.2: a segment that fills a gap is acknowledged at once
}

/** Text behind a hole: kept at its place, and answered with a duplicate ACK at once (RFC 5681 §4.2). */
function keepEarly(tcb: Tcb, segment: Segment, ahead: number): void {
  const { rcv } = tcb;
  const { counters } = tcb.host;
  const right = seqAdd(segment.seq, segment.textLength);
  rcv.early ??= new Ranges();
  noteDuplicateAcks(tcb, segment.parts);
  hurryAcks(tcb);
  noteOutput(tcb);
  if (rcv.early.covers(segment.seq, right)) {
    noteDuplicate(tcb, segment.seq, right);
    noteEarly(tcb, segment.seq);
    tcb.host.dropped(segment.packet, Drop.textAgainEarly);
    return;
  }
  noteOverlaps(tcb, rcv.early, segment.seq, right);
  if (rcv.early.count >= MOST_EARLY_RANGES) {
    counters.outOfOrderDropped++;
    tcb.host.dropped(segment.packet, Drop.tooManyHoles);
    return;
  }
  counters.outOfOrderQueued++;
  rcv.early.add(segment.seq, right);
  tcb.host.trace?.text(tcb, segment.seq, segment.textLength);
  noteEarly(tcb, segment.seq);
  if (rcv.discarding || segment.packet === undefined) return;
  const at = rcv.ring.length + ahead;
  rcv.ring.writeAt(at, segment.packet.bytes, segment.textAt, segment.textAt + segment.textLength);
}

function noteDuplicateAcks(tcb: Tcb, count: number): void {
  tcb.host.trace?.noted(tcb, DUPLICATE_ACKS, Send.ackOutOfOrder, tcb.duplicateAcksDue > 0);
  tcb.duplicateAcksDue += count;
}

/** RCV.NXT moves to `edge`, and on over what had come early. */
function fillGap(tcb: Tcb, edge: SeqNum): void {
  const { rcv } = tcb;
  let next = edge;
  const { early } = tcb.rcv;
  if (early !== undefined) {
    const touching = early.count > 0 && !seqBefore(next, early.left(0));
    if (touching) next = seqMax(next, early.right(0));
    // A longer segment may have gone over several ranges.
    for (let i = 1; i < early.count && !seqBefore(next, early.left(i)); i++)
      next = seqMax(next, early.right(i));
    early.removeBefore(next);
    if (early.count === 0) rcv.early = undefined;
  }
  const octets = seqDistance(rcv.nxt, next);
  if (!rcv.discarding) rcv.ring.commit(octets);
  arrived(tcb, octets);
}

/** `octets` more are in order, and stored. */
function arrived(tcb: Tcb, octets: number): void {
  const { rcv } = tcb;
  const from = rcv.nxt;
  rcv.advance(octets);
  tcb.bytesReceived += octets;
  if (rcv.urgentState === 1) catchUrgent(tcb, from, octets);
  noteChange(tcb);
}

/** The urgent octet itself, the one before the urgent pointer, may be among those that arrived. */
function catchUrgent(tcb: Tcb, from: SeqNum, octets: number): void {
  const { rcv } = tcb;
  const at = seqAdd(rcv.up, -1);
  if (!seqWithin(at, from, octets)) return;
  rcv.urgentState = 2;
  if (rcv.discarding) return;
  rcv.urgentOctet = rcv.ring.octetAt(rcv.ring.length - seqDistance(at, rcv.nxt));
}

/** Eighth: a FIN, in order or not. True when the peer's last octet has now been received. */
export function acceptFin(tcb: Tcb, segment: Segment): boolean {
  const { rcv } = tcb;
  if (segment.hasFin && !rcv.finSeen && mayReceive(tcb.state)) {
    rcv.finSeen = true;
    rcv.finSeq = seqAdd(segment.seq, segment.textLength);
  }
  if (segment.hasFin && !rcv.finReceived && segment.textLength === 0 && seqBefore(rcv.nxt, segment.seq)) {
    if (rcv.finSeq === segment.seq) noteEarly(tcb, segment.seq);
    noteDuplicateAcks(tcb, 1); // out of order, so acknowledged at once, as text is (RFC 5681 §4.2)
    noteOutput(tcb);
  }
  if (!rcv.finSeen || rcv.finReceived || rcv.finSeq !== rcv.nxt) return false;
  rcv.finReceived = true;
  rcv.early = undefined;
  rcv.advance(1);
  setDue(tcb, Due.ackAfterWake, Send.ackFin);
  clearDue(tcb, Due.more); // as on Linux: what MSG_MORE holds back goes with the ACK of a FIN
  noteOutput(tcb);
  noteChange(tcb);
  return true;
}

/** The largest text that a full-sized segment can have here: what the MSS option announced. */
function maxReceiveMss(tcb: Tcb): number {
  return tcb.route.maxPayloadOfLink - 20;
}

/** Nothing will come after what is there. */
function isAtEnd(tcb: Tcb): boolean {
  const { rcv } = tcb;
  return (
    rcv.finReceived || rcv.discarding || rcv.readShut || tcb.state === "closed" || tcb.state === "time-wait"
  );
}

/**
 * Whether what has come is worth waking a reader for (SO_RCVLOWAT): not less than it wants, unless the peer is told of
 * no more room, so that nothing more can come before something is read.
 */
export function isEnough(tcb: Tcb, available: number): boolean {
  if (available === 0) return isAtEnd(tcb);
  if (available >= tcb.options.receiveLowWater || isAtEnd(tcb)) return true;
  return tcb.rcv.wnd >>> tcb.rcv.windShift === 0;
}

/** How many octets a read of `most` finds; 0 at the end, or if none are wanted; undefined if it would wait. */
export function readableOctets(
  tcb: Tcb,
  most: number,
  peek: boolean,
  hasFailed: boolean,
): number | undefined {
  const { oobInline } = tcb.options;
  if (!oobInline) skipUrgent(tcb, peek);
  const hidden = peek ? urgentBeforePeek(tcb) : 0;
  if (tcb.rcv.ring.length === hidden)
    return isAtEnd(tcb) && (!hasFailed || tcb.rcv.finReceived) ? 0 : undefined;
  const octets = Math.min(most, octetsToMark(tcb, oobInline) - hidden);
  return octets > 0 || most === 0 ? octets : undefined;
}
