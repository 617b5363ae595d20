/** Selective acknowledgment, the receiver's side: which blocks to report (RFC 2018 §4, RFC 2883). */
import { type SeqNum, seqBefore } from "../base/seq.ts";
import type { TcpHeader } from "../wire/tcp.ts";
import type { Tcb } from "./tcb.ts";

/** 40 octets of options hold four blocks, or three beside timestamps. */
const MOST_BLOCKS = 4;

/**
 * Fills in the blocks of an ACK: a duplicate that just arrived, then the block with the newest segment, then
 * the others. Those closest to the newest come next: they are likeliest to have changed since the last ACK.
 */
export function addSackBlocks(tcb: Tcb, header: TcpHeader): void {
  const early = tcb.early;
  const most = tcb.timestampsOk ? MOST_BLOCKS - 1 : MOST_BLOCKS;
  if (tcb.dsackLeft !== tcb.dsackRight) {
    put(header, tcb.dsackLeft, tcb.dsackRight);
    tcb.dsackLeft = tcb.dsackRight;
  }
  if (early === undefined || early.count === 0) return;
  let newest = early.indexOf(tcb.lastEarly);
  if (newest < 0) newest = early.count - 1;
  put(header, early.left(newest), early.right(newest));
  for (let step = 1; step < early.count && header.sackCount < most; step++) {
    const below = newest - step;
    const above = newest + step;
    if (above < early.count) put(header, early.left(above), early.right(above));
    if (below >= 0 && header.sackCount < most) put(header, early.left(below), early.right(below));
  }
}

function put(header: TcpHeader, left: SeqNum, right: SeqNum): void {
  header.sackLeft[header.sackCount] = left;
  header.sackRight[header.sackCount] = right;
  header.sackCount++;
}

/** Notes text [left, right) as a duplicate that the next ACK reports (RFC 2883 §4). */
export function noteDuplicate(tcb: Tcb, left: SeqNum, right: SeqNum): void {
  tcb.host.counters.duplicateSegs++;
  if (!tcb.sackOk || !seqBefore(left, right)) return;
  tcb.dsackLeft = left;
  tcb.dsackRight = right;
}
