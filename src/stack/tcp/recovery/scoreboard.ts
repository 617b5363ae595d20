/**
 * What the peer has SACKed (RFC 2018, RFC 6675 §3, §4), and what follows from it: how much is in the network, what
 * is lost by the count of segments beyond it, which octets are missing.
 */

import { Ranges } from "../../base/ranges.ts";
import { type SeqNum, seqBefore, seqDistance, seqMax, seqMin, seqNum } from "../../base/seq.ts";
import type { TcpHeader } from "../../wire/tcp.ts";
import type { SenderView } from "../congestion/congestion.ts";
import { cwnd } from "../connection/congestion-window.ts";
import { lendRecovery } from "../connection/lending.ts";
import { Frto, Phase, type Recovery } from "../connection/recovery-record.ts";
import type { Segment } from "../connection/segment.ts";
import type { Tcb } from "../connection/tcb.ts";
import { noteDuplicateReport, noteExtent, noteLateSack } from "./reordering.ts";
import { judgeSack } from "./spurious.ts";

/** RFC 5681 §3.2: three duplicates are loss, fewer may be reordering. */
export const DUPLICATE_THRESHOLD = 3;

/** More holes than that are not tracked, so that nobody can make the scoreboard slow (CVE-2019-11477). */
const MOST_RANGES = 512;

const view = { now: 0, mss: 0, inFlight: 0, smoothedRtt: 0, currRtt: 0, cwndLimited: false };

/** What congestion control is told. Lent until the next call. */
export function senderView(tcb: Tcb): SenderView {
  const { recovery } = tcb;
  view.now = tcb.now;
  view.mss = tcb.snd.mss;
  view.inFlight = pipe(tcb);
  view.smoothedRtt = tcb.rtt.smoothed;
  view.currRtt = recovery === undefined ? 0 : recovery.currRtt;
  view.cwndLimited = recovery?.cwndLimited === true && cwnd(tcb) < recovery.growTo;
  return view as SenderView;
}

/** Outstanding octets of which no ACK has said that they have arrived. */
export function unarrived(tcb: Tcb): number {
  const { recovery, snd } = tcb;
  const { outstanding } = snd;
  if (recovery === undefined) return outstanding;
  if (recovery.scoreboard !== undefined) return outstanding - recovery.scoreboard.octets;
  return tcb.sackOk ? outstanding : Math.max(0, outstanding - departed(recovery) * snd.mss);
}

/** Pipe() of RFC 6675 §4: octets that are thought to be in the network. */
export function pipe(tcb: Tcb): number {
  let octets = unarrived(tcb);
  const { recovery } = tcb;
  if (recovery === undefined) return octets;
  const { lostEdge, scoreboard } = recovery;
  const from = seqMax(recovery.highRxt, tcb.snd.una);
  if (seqBefore(from, lostEdge)) {
    octets -= seqDistance(from, lostEdge);
    if (scoreboard !== undefined) octets += scoreboard.octetsWithin(from, lostEdge);
  }
  return Math.max(octets, 0);
}

/**
 * Segments that duplicate ACKs tell have left the network, where there is no SACK. Before recovery two count
 * at the most (RFC 3042): a peer that repeats its ACK must not make us send without end.
 */
function departed({ phase, dupAcks }: Recovery): number {
  return phase === Phase.none ? Math.min(dupAcks, 2) : dupAcks;
}

/** Update() of RFC 6675 §4: enters the blocks of an ACK. How many octets are newly SACKed. */
export function updateScoreboard(tcb: Tcb, segment: Segment): number {
  const { header } = segment;
  const { snd } = tcb;
  if (snd.una === snd.nxt) return 0;
  const recovery = lendRecovery(tcb);
  const { scoreboard } = recovery;
  const highest = scoreboard === undefined ? snd.una : scoreboard.right(scoreboard.count - 1);
  let gained = 0;
  for (let i = 0; i < header.sackCount; i++) {
    const left = seqNum(header.sackLeft[i] as number);
    const right = seqNum(header.sackRight[i] as number);
    // A block at or below the ACK is a D-SACK; one beyond what was sent is nonsense (RFC 2018 §5, RFC 2883 §4).
    if (!seqBefore(left, right) || seqBefore(snd.nxt, right) || !seqBefore(header.ack, left)) continue;
    if (seqBefore(left, snd.una)) continue;
    recovery.scoreboard ??= new Ranges();
    if (recovery.scoreboard.count >= MOST_RANGES) continue;
    gained += enterBlock(recovery, recovery.scoreboard, left, right, highest, snd.mss);
  }
  return gained;
}

/** Of an ACK before which all was known up to `highest`: [left, right). How many octets of it are new. */
function enterBlock(
  recovery: Recovery,
  scoreboard: Ranges,
  left: SeqNum,
  right: SeqNum,
  highest: SeqNum,
  mss: number,
): number {
  const late = !seqBefore(highest, right);
  const inside = late ? scoreboard.indexOf(left) : -1;
  const from = inside < 0 ? left : scoreboard.right(inside);
  const news = scoreboard.add(left, right);
  if (news === 0) return 0;
  if (late) noteLateSack(recovery, left, right);
  if (late && recovery.reorderingSeen) noteExtent(recovery, seqDistance(from, highest), mss);
  if (recovery.frto !== Frto.off) judgeSack(recovery, left, right);
  return news;
}

/** RFC 2883 §5: a first block at or below the ACK, or within the second block, is a D-SACK. */
export function reportsDuplicate(tcb: Tcb, header: TcpHeader): boolean {
  const left = seqNum(header.sackLeft[0] as number);
  const right = seqNum(header.sackRight[0] as number);
  if (!seqBefore(left, right)) return false;
  const old = !seqBefore(header.ack, right);
  if (!old) {
    if (header.sackCount < 2 || seqBefore(left, seqNum(header.sackLeft[1] as number))) return false;
    if (seqBefore(seqNum(header.sackRight[1] as number), right)) return false;
  }
  noteDuplicateReport(tcb, left, right);
  return true;
}

/**
 * IsLost() of RFC 6675 §4, for all octets at once: what is not SACKed below the returned number is lost, since
 * three ranges, or more than two segments' octets, are SACKed above it. SND.UNA if nothing is.
 */
export function sackLossEdge(tcb: Tcb): SeqNum {
  const { una, mss } = tcb.snd;
  const scoreboard = tcb.recovery?.scoreboard;
  if (scoreboard === undefined) return una;
  let octets = 0;
  for (let i = scoreboard.count - 1; i >= 0; i--) {
    octets += seqDistance(scoreboard.left(i), scoreboard.right(i));
    if (octets > (DUPLICATE_THRESHOLD - 1) * mss || scoreboard.count - i >= DUPLICATE_THRESHOLD) {
      return scoreboard.left(i);
    }
  }
  return una;
}

/** NextSeg() of RFC 6675 §4, rule 1: the next lost octet that was not sent again; `lostEdge` if there is none. */
export function nextLost(recovery: Recovery, una: SeqNum): SeqNum {
  const at = seqMax(recovery.highRxt, una);
  const { scoreboard } = recovery;
  if (scoreboard === undefined) return at;
  const inside = scoreboard.indexOf(at);
  return inside >= 0 ? scoreboard.right(inside) : at;
}

/** How many octets from `at` on may go in one piece: up to the next SACKed range or `end`. */
export function holeLength({ scoreboard }: Recovery, at: SeqNum, end: SeqNum): number {
  let edge = end;
  if (scoreboard !== undefined) {
    for (let i = 0; i < scoreboard.count; i++) {
      if (seqBefore(at, scoreboard.left(i))) {
        edge = seqMin(edge, scoreboard.left(i));
        break;
      }
    }
  }
  return seqDistance(at, edge);
}
