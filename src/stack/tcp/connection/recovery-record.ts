/**
 * What a connection remembers while something that it has sent is not acknowledged: the scoreboard and the cursors
 * of loss recovery (RFC 6675), of RACK and TLP (RFC 8985), what may be undone, the octet that is timed. Names are
 * the RFCs' where these have one. An idle connection has nothing of this: the record is lent to one that works.
 */
import type { Ranges } from "../../base/ranges.ts";
import { type SeqNum, seqBefore, seqMax } from "../../base/seq.ts";
import type { Duration, Instant } from "../../base/time.ts";
import type { RateReduction } from "./prr.ts";

/** Which loss recovery is under way (RFC 6675, RFC 6298 §5). */
export const Phase = { none: 0, fast: 1, timeout: 2 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** How far F-RTO has come after a timeout (RFC 5682): it waits for the first ACK, for the second, it has its proof. */
export const Frto = { off: 0, first: 1, second: 2, proven: 3 } as const;
export type Frto = (typeof Frto)[keyof typeof Frto];

/** What recovery from loss remembers: of the outstanding octets, those in [HighRxt, lostEdge) that are not in the scoreboard are to be sent again. */
export class Recovery {
  phase: Phase = Phase.none;
  /** RecoveryPoint (RFC 6675), recover (RFC 6582): recovery ends when this is acknowledged. */
  recoveryPoint: SeqNum = 0 as SeqNum;
  /** HighRxt (RFC 6675 §2): the octet behind the highest that was sent again. */
  highRxt: SeqNum = 0 as SeqNum;
  /** IsLost() of RFC 6675 for all octets at once: what is below, and not in the scoreboard, is lost. */
  lostEdge: SeqNum = 0 as SeqNum;
  /** What the peer has SACKed; undefined while that is nothing. */
  scoreboard: Ranges | undefined = undefined;
  /** DupAcks (RFC 6675 §2). */
  dupAcks = 0;
  /** SND.NXT when the segment at SND.UNA was sent again last: SACKs from beyond show that it was lost again. */
  unaRxtNxt: SeqNum = 0 as SeqNum;
  /** SND.NXT when a segment other than the first was sent again last. */
  holeRxtNxt: SeqNum = 0 as SeqNum;
  /** HighRxt when the segment at SND.UNA was sent again last: what is sent again from here on was so after it. */
  unaRxtHigh: SeqNum = 0 as SeqNum;
  /** Some of that has been SACKed. */
  laterRxtSacked = false;
  /** When anything was sent again last: what is SACKed less than RACK.min_RTT later was sent before (RFC 8985 §6.2 step 2). */
  resentAt: Instant = 0 as Instant;
  /** ECN: what was outstanding at the last reduction; one reduction per window (RFC 3168 §6.1.2). */
  ecnRecover: SeqNum = 0 as SeqNum;

  /** Octets of which no ACK had said that they have arrived, when output ended last. */
  flight = 0;
  /** How much fast recovery sends; most connections never need to know. Kept for the next that borrows the record. */
  prr: RateReduction | undefined = undefined;
  /** Output ended because of the congestion window: only then may it grow. */
  cwndLimited = false;
  /** How far it may grow in slow start by what was in flight, and SND.NXT when that was noted. */
  growTo: number = Number.POSITIVE_INFINITY;
  growSeq: SeqNum = 0 as SeqNum;

  /** RACK.reordering_seen. */
  reorderingSeen = false;
  /** How far back something has been SACKed late, at most, in segments; DupThresh where nothing was farther. For TCP_INFO. */
  reordering = 3;
  /**
   * Without SACK, and all has arrived of which some was sent twice: duplicate ACKs now are of the second copies, and tell of no
   * loss, until more is acknowledged (RFC 6582 §3.2 step 2).
   */
  echoes = false;
  /** RACK.reo_wnd_mult; the recoveries until it is 1 again: RACK.reo_wnd_persist, 0 while it is 1. */
  reoWndMult = 1;
  reoWndPersist = 0;
  /** RACK.dsack_round: SND.NXT when D-SACK made the window wider last. */
  dsackRound: SeqNum = 0 as SeqNum;
  /** RACK.fack when the reordering timer was started: what still is a hole below when it expires, is lost. */
  fack: SeqNum = 0 as SeqNum;

  /** Octets sent again for the last loss that D-SACK has not shown to have come twice. */
  undoOctets = 0;
  /** All of them are within [undoFrom, undoTo). Valid while `undoable`. */
  undoFrom: SeqNum = 0 as SeqNum;
  undoTo: SeqNum = 0 as SeqNum;
  undoable = false;
  /** SND.NXT when SND.UNA came to `undoTo`: behind it no D-SACK can come any more. Valid while `undoEnds`. */
  undoEnd: SeqNum = 0 as SeqNum;
  undoEnds = false;

  /** RetransmitTS of RFC 3522 §3.2, as a time: when something was first sent again for the last loss. */
  retransmittedAt: Instant = 0 as Instant;
  /** The next ACK of new data can tell which copy has arrived, by its timestamp. */
  mayTellCopy = false;
  frto: Frto = Frto.off;

  /** `rtoAt` is the probe's time, and `timeoutAt` that of the timeout. */
  tlpArmed = false;
  /** TLP.end_seq. Valid while `tlpActive`: a probe is out. */
  tlpEndSeq: SeqNum = 0 as SeqNum;
  tlpActive = false;
  /** TLP.is_retrans. */
  tlpIsRetrans = false;

  /** One octet is timed at a time (Karn: none that was sent twice). Both are valid while `timing`. */
  timedSeq: SeqNum = 0 as SeqNum;
  timedAt: Instant = 0 as Instant;
  timing = false;
  /** What the last ACK of new data has measured, by that octet or by its timestamp; 0 if by neither. */
  currRtt: Duration = 0 as Duration;

  /** Nothing is known yet, but where SND.UNA is. */
  begin(una: SeqNum): void {
    this.phase = Phase.none;
    this.recoveryPoint = una;
    this.highRxt = una;
    this.lostEdge = una;
    this.scoreboard = undefined;
    this.dupAcks = 0;
    this.unaRxtNxt = una;
    this.holeRxtNxt = una;
    this.unaRxtHigh = una;
    this.laterRxtSacked = false;
    this.resentAt = 0 as Instant;
    this.ecnRecover = una;
    this.flight = 0;
    this.prr?.end();
    this.cwndLimited = false;
    this.growTo = Number.POSITIVE_INFINITY;
    this.growSeq = una;
    this.reorderingSeen = false;
    this.reordering = 3;
    this.echoes = false;
    this.reoWndMult = 1;
    this.reoWndPersist = 0;
    this.dsackRound = una;
    this.fack = una;
    this.undoOctets = 0;
    this.undoable = false;
    this.undoEnds = false;
    this.mayTellCopy = false;
    this.frto = Frto.off;
    this.tlpArmed = false;
    this.tlpActive = false;
    this.tlpIsRetrans = false;
    this.timing = false;
    this.currRtt = 0 as Duration;
  }

  /** SND.UNA has moved to `una`: what would fall behind is pulled along, or is not valid any more. */
  follow(una: SeqNum, nxt: SeqNum): void {
    this.growSeq = seqMax(this.growSeq, una);
    this.recoveryPoint = seqMax(this.recoveryPoint, una);
    this.highRxt = seqMax(this.highRxt, una);
    this.lostEdge = seqMax(this.lostEdge, una);
    this.unaRxtNxt = seqMax(this.unaRxtNxt, una);
    this.holeRxtNxt = seqMax(this.holeRxtNxt, una);
    this.unaRxtHigh = seqMax(this.unaRxtHigh, una);
    this.ecnRecover = seqMax(this.ecnRecover, una);
    this.dsackRound = seqMax(this.dsackRound, una);
    this.fack = seqMax(this.fack, una);
    if (this.timing && seqBefore(this.timedSeq, una)) this.timing = false;
    if (this.tlpActive && seqBefore(this.tlpEndSeq, una)) this.tlpActive = false;
    if (this.undoable) this.#followUndo(una, nxt);
  }

  /**
   * What was sent again last arrives before what was sent later, and so does word that it came twice: an ACK of
   * something that was sent only after SND.UNA had come to `undoTo` is the end of waiting for that.
   */
  #followUndo(una: SeqNum, nxt: SeqNum): void {
    if (seqBefore(una, this.undoTo)) return;
    if (!this.undoEnds) {
      this.undoEnds = true;
      this.undoEnd = nxt;
    } else if (seqBefore(this.undoEnd, una)) {
      this.undoable = false;
      this.undoEnds = false;
    }
  }

  /** Nothing in it matters to a connection that has nothing outstanding. */
  get isSpent(): boolean {
    return !this.reorderingSeen && !this.undoable && !this.tlpActive && this.reoWndPersist === 0;
  }
}

/** A connection that the record of which can be lent to. */
interface RecoveryHolder {
  recovery: Recovery | undefined;
}

/** Spare ones that are kept: as many connections may begin and end to work at a time without any garbage. */
const KEPT = 1024;

/** The recovery records of all connections of a stack that work. */
export class RecoveryPool {
  readonly #free: Recovery[] = [];

  /** Lends one to `holder`, which has none, and whose first octet that is not acknowledged is at `una`. */
  lend(holder: RecoveryHolder, una: SeqNum): Recovery {
    const recovery = this.#free.pop() ?? new Recovery();
    recovery.begin(una);
    holder.recovery = recovery;
    return recovery;
  }

  /** Takes back what was lent to `holder`, if anything was; what it held is forgotten. */
  giveBack(holder: RecoveryHolder): void {
    const { recovery } = holder;
    if (recovery === undefined) return;
    holder.recovery = undefined;
    recovery.scoreboard = undefined;
    if (this.#free.length < KEPT) this.#free.push(recovery);
  }
}
