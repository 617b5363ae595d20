/** Selective acknowledgment, the receiver's side: which blocks to report (RFC 2018 §4, RFC 2883). */

import { type SeqNum, seqBefore } from "../../base/seq.ts";
import type { TcpHeader } from "../../wire/tcp.ts";
import { NO_SEQUENCES } from "../connection/receive-record.ts";
import type { Tcb } from "../connection/tcb.ts";

/** 40 octets of options hold four blocks, or three beside timestamps. */
const MOST_BLOCKS = 4;

/**
 * Fills in the blocks of an ACK: a duplicate that just arrived, then the block with the newest segment, then
 * those that were reported last (RFC 2018 §4): so each is reported several times, should ACKs be lost.
 */
export function addSackBlocks(tcb: Tcb, header: TcpHeader): void {
  const { rcv } = tcb;
  const { early, recentEarly } = tcb.rcv;
  const most = tcb.timestampsOk ? MOST_BLOCKS - 1 : MOST_BLOCKS;
  if (rcv.dsackLeft !== rcv.dsackRight) {
    put(header, rcv.dsackLeft, rcv.dsackRight);
    rcv.dropDsack();
  }
  if (early === undefined) return;
  const first = header.sackCount;
  for (let i = 0; i < recentEarly.length && header.sackCount < most; i++) {
    const at = early.indexOf(recentEarly[i] as SeqNum);
    if (at >= 0 && !isListed(header, first, early.left(at))) put(header, early.left(at), early.right(at));
  }
  // Room is left when blocks have grown together: then for the highest of the others.
  for (let at = early.count - 1; at >= 0 && header.sackCount < most; at--) {
    if (!isListed(header, first, early.left(at))) put(header, early.left(at), early.right(at));
  }
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

/** Notes text [left, right) as a duplicate that the next ACK reports (RFC 2883 §4). */
export function noteDuplicate(tcb: Tcb, left: SeqNum, right: SeqNum): void {
  const { rcv } = tcb;
  tcb.host.counters.duplicateSegs++;
  if (!tcb.sackOk || !seqBefore(left, right)) return;
  // Duplicates that come in a row are one, or all but the last would go unreported when one ACK is for all.
  if (rcv.dsackLeft === rcv.dsackRight || rcv.dsackRight !== left) rcv.dsackLeft = left;
  rcv.dsackRight = right;
}
