/** Selective acknowledgment, the receiver's side: which blocks to report (RFC 2018 §4, RFC 2883). */

import type { Ranges } from "../../base/ranges.ts";
import { Send } from "../../base/send.ts";
import { type SeqNum, seqAdd, seqBefore, seqMax } from "../../base/seq.ts";
import { MAX_TCP_HEADER_BYTES, TCP_HEADER_BYTES, type TcpHeader } from "../../wire/tcp.ts";
import { NO_SEQUENCES, type ReceiveRecord } from "../connection/receive-record.ts";
import type { Tcb } from "../connection/tcb.ts";
import { COPIES } from "../connection/tcp-trace.ts";

/** 40 octets of options hold four blocks, or three beside timestamps. */
const MOST_BLOCKS = 4;
const MAX_OPTION_BYTES: number = MAX_TCP_HEADER_BYTES - TCP_HEADER_BYTES;
/** Kind and length of the SACK option, with their padding; a block is eight octets more. */
const SACK_KIND_BYTES = 4;
/** Octets of the timestamps option, with its padding. */
const TIMESTAMP_BYTES = 12;

/** Duplicates that one burst may have reported: each costs an ACK. */
const MOST_DUPLICATES = 64;

/**
 * Fills in the blocks of an ACK: a duplicate that just arrived, then the block with the newest segment, then
 * those that were reported last (RFC 2018 §4): so each is reported several times, should ACKs be lost.
 *
 * @param text - octets of text in the segment
 */
export function addSackBlocks(tcb: Tcb, header: TcpHeader, text: number): void {
  const { duplicates, early, finSeen } = tcb.rcv;
  if (early === undefined && duplicates.length === 0 && !finSeen) return;
  const most = mostBlocks(tcb, text);
  if (most === 0) return;
  const duplicate = takeDuplicate(tcb);
  if (duplicate !== undefined) put(header, duplicate, takeDuplicate(tcb) as SeqNum);
  const first = header.sackCount;
  const fin = finSeen ? loneFin(tcb.rcv) : undefined;
  if (fin !== undefined && tcb.rcv.recentEarly[0] === fin && first < most) put(header, fin, seqAdd(fin, 1));
  if (early !== undefined) addEarly(tcb, early, header, most, duplicate);
  const isNews = fin !== undefined && !isListed(header, first, fin);
  if (isNews && header.sackCount < most) put(header, fin, seqAdd(fin, 1));
}

/** Where a FIN stands that has come early, and has no text just before it; undefined: there is none. */
function loneFin({ finSeq, finReceived, nxt, early }: ReceiveRecord): SeqNum | undefined {
  if (finReceived || !seqBefore(nxt, finSeq)) return undefined;
  return early !== undefined && early.indexOf(seqAdd(finSeq, -1)) >= 0 ? undefined : finSeq;
}

/** The right edge of a block of text: a FIN behind it is in the block, since it takes a sequence number. */
function rightOf({ finSeen, finReceived, finSeq }: ReceiveRecord, early: Ranges, at: number): SeqNum {
  const right = early.right(at);
  return finSeen && !finReceived && right === finSeq ? seqAdd(right, 1) : right;
}

/** Blocks of what came early, until there are `most`. */
function addEarly(
  tcb: Tcb,
  early: Ranges,
  header: TcpHeader,
  most: number,
  duplicate: SeqNum | undefined,
): void {
  const { rcv } = tcb;
  const { recentEarly } = rcv;
  const first = header.sackCount;
  // RFC 2883 §4 (4): the block around a duplicate comes second.
  const around = duplicate === undefined || first === most ? -1 : early.indexOf(duplicate);
  if (around >= 0) put(header, early.left(around), rightOf(rcv, early, around));
  for (let i = 0; i < recentEarly.length && header.sackCount < most; i++) {
    const at = early.indexOf(recentEarly[i] as SeqNum);
    if (at >= 0 && !isListed(header, first, early.left(at)))
      put(header, early.left(at), rightOf(rcv, early, at));
  }
  // Room is left when blocks have grown together: then for the highest of the others.
  for (let at = early.count - 1; at >= 0 && header.sackCount < most; at--) {
    if (!isListed(header, first, early.left(at))) put(header, early.left(at), rightOf(rcv, early, at));
  }
}

/**
 * How many blocks there is room for, beside timestamps, in the options and in the MTU: one at 68, the least of IPv4.
 * Beside text only what it leaves of a full-sized segment.
 */
function mostBlocks({ route, snd, timestampsOk }: Tcb, text: number): number {
  const options = Math.min(MAX_OPTION_BYTES, route.maxPayload - TCP_HEADER_BYTES);
  const room = options - (timestampsOk ? TIMESTAMP_BYTES : 0) - SACK_KIND_BYTES;
  if (text > 0) return Math.max(0, Math.min(room, snd.mss - text - SACK_KIND_BYTES) >> 3);
  return Math.min(MOST_BLOCKS, Math.max(1, room >> 3));
}

/** Whether a block from number `first` on begins at `left`. */
function isListed(header: TcpHeader, first: number, left: SeqNum): boolean {
  for (let i = first; i < header.sackCount; i++) if (header.sackLeft[i] === left) return true;
  return false;
}

/** A segment at `seq` has come out of order, and its block is the newest. */
export function noteEarly(tcb: Tcb, seq: SeqNum): void {
  const { rcv } = tcb;
  if (rcv.recentEarly === NO_SEQUENCES) rcv.recentEarly = [];
  const { recentEarly, early } = tcb.rcv;
  const block = early === undefined ? -1 : early.indexOf(seq);
  // Where the newest block has just grown, it is the same block, and need not be there twice.
  if (recentEarly.length > 0 && early?.indexOf(recentEarly[0] as SeqNum) === block) recentEarly[0] = seq;
  else {
    for (let i = Math.min(recentEarly.length, MOST_BLOCKS - 1); i > 0; i--) {
      recentEarly[i] = recentEarly[i - 1] as SeqNum;
    }
    recentEarly[0] = seq;
  }
}

function put(header: TcpHeader, left: SeqNum, right: SeqNum): void {
  header.sackLeft[header.sackCount] = left;
  header.sackRight[header.sackCount] = right;
  header.sackCount++;
}

/** The edge that is to be reported next. */
function takeDuplicate({ rcv }: Tcb): SeqNum | undefined {
  return rcv.duplicates.shift();
}

/** How many ACKs the duplicates of this entry take: each is told by one, in its first block (RFC 2883 §4). */
export function duplicatesToReport({ rcv }: Tcb): number {
  return rcv.duplicates.length / 2;
}

/**
 * A segment has come of which [left, right) was here before: counts it, and has the part reported.
 * @param why - the reason to report it; undefined where a duplicate ACK is due anyway
 */
export function noteDuplicate(tcb: Tcb, left: SeqNum, right: SeqNum, why?: Send): void {
  tcb.host.counters.duplicateSegs++;
  report(tcb, left, right, why);
}

/** Reports those parts of a segment [left, right) that are in `early`: it fills holes, and overlaps what is around them. */
export function noteOverlaps(tcb: Tcb, early: Ranges, left: SeqNum, right: SeqNum): void {
  for (let at = 0; at < early.count && seqBefore(early.left(at), right); at++) {
    const from = seqMax(early.left(at), left);
    const to = seqBefore(early.right(at), right) ? early.right(at) : right;
    if (seqBefore(from, to)) report(tcb, from, to, Send.ackOldText);
  }
}

/** Notes text [left, right) as a duplicate, to be reported at the end of the entry (RFC 2883 §4). */
function report(tcb: Tcb, left: SeqNum, right: SeqNum, why?: Send): void {
  const { rcv } = tcb;
  if (!tcb.sackOk || !seqBefore(left, right)) return;
  if (rcv.duplicates === NO_SEQUENCES) rcv.duplicates = [];
  const { duplicates } = rcv;
  const last = duplicates.length - 1;
  if (why !== undefined) tcb.host.trace?.noted(tcb, COPIES, why);
  // Neighbours that come in a row are one "contiguous sequence", and one ACK tells of them.
  if (last > 0 && duplicates[last] === left) duplicates[last] = right;
  else if (last < 2 * MOST_DUPLICATES - 1) duplicates.push(left, right);
}
