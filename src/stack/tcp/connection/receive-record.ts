/** What a connection remembers as a receiver: the receive sequence variables of RFC 9293 §3.3.1, under their names. */
import { ByteRing, type RingPool } from "../../base/byte-ring.ts";
import type { Ranges } from "../../base/ranges.ts";
import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax } from "../../base/seq.ts";

/** Shared by all connections that never saw a segment out of order; never written to. */
export const NO_SEQUENCES: SeqNum[] = [];

/** No window is larger (RFC 7323 §2.3), and no buffer: what lies further back was passed long ago. */
const FAR = 2 ** 30;

/** What the application has not read is in `ring`, which ends at RCV.NXT. */
export class ReceiveRecord {
  /** Stands still: what is compared with it is of the handshake. */
  irs: SeqNum = 0 as SeqNum;
  /** RCV.NXT. Moved by `advance` alone, once the connection is established. */
  nxt: SeqNum = 0 as SeqNum;
  /** The right edge that was advertised: RCV.NXT + RCV.WND. It never moves back (SHLD-14). */
  adv: SeqNum = 0 as SeqNum;
  /** Rcv.Wind.Shift; 0 without the option. */
  windShift = 0;
  /** The largest text seen so far: what "full-sized" means for the delayed ACK. */
  mss: number;
  /** RCV.UP. Valid while `urgentState` is not 0. */
  up: SeqNum = 0 as SeqNum;
  /** 0: no urgent data; 1: announced; 2: its octet has arrived and waits in `urgentOctet`; 3: it was read. */
  urgentState = 0;
  urgentOctet = 0;
  readonly ring: ByteRing;
  /** What arrived beyond RCV.NXT. */
  early: Ranges | undefined = undefined;
  /** A FIN that arrived early stands here. Valid while `finSeen`. */
  finSeq: SeqNum = 0 as SeqNum;
  finSeen = false;
  /** The peer's FIN was reached: nothing more will come. */
  finReceived = false;
  /** The application reads no more (shutdown): text is acknowledged and forgotten. */
  discarding = false;
  /** The application has shut its reading side, and what comes may still be read: see `TcpConfig.shutDiscards`. */
  readShut = false;
  /** Octets of text since the last ACK was sent. */
  unackedText = 0;
  /**
   * So many ACKs of text are still sent at once, since the peer's congestion window may be waiting for them; -1: none,
   * for the two sides answer one another, and ACKs ride on the answers. See `delayed-ack.ts`.
   */
  quickAcks = 0;
  /** The segments that arrived out of order last, newest first: in that order SACK names their blocks. */
  recentEarly: SeqNum[] = NO_SEQUENCES;
  /** D-SACK (RFC 2883): duplicates that are to be reported, left and right edges in turn, an ACK for each. */
  duplicates: SeqNum[] = NO_SEQUENCES;
  /** Last.ACK.sent (RFC 7323 §4.3): as far behind as the window at most, which only an ACK moves on. */
  lastAckSent: SeqNum = 0 as SeqNum;
  /** TS.Recent. */
  tsRecent = 0;
  /** CE has come: ECE goes back until CWR comes (RFC 3168 §6.1.3). */
  ecnEcho = false;

  /** @param mss - what a segment has at least in full size, by the route */
  constructor(rings: RingPool, mss: number) {
    this.mss = mss;
    this.ring = new ByteRing(rings);
  }

  /** The peer's SYN has come: its sequence number, and the window that goes with our answer, which is not scaled. */
  begin(irs: SeqNum, window: number): void {
    this.irs = irs;
    this.nxt = seqAdd(irs, 1);
    this.adv = seqAdd(this.nxt, Math.min(window, 0xffff));
    this.lastAckSent = this.nxt;
  }

  /** RCV.WND: what may still come. */
  get wnd(): number {
    return Math.max(seqDistance(this.nxt, this.adv), 0);
  }

  /** RCV.NXT moves over `octets`, and whatever would fall too far behind is not valid any more. */
  advance(octets: number): void {
    const next = seqAdd(this.nxt, octets);
    this.nxt = next;
    this.adv = seqMax(this.adv, next);
    if (this.urgentState !== 0 && seqDistance(this.up, next) > FAR) this.urgentState = 0;
    const duplicate = this.duplicates[0];
    if (duplicate !== undefined && seqDistance(duplicate, next) > FAR) this.duplicates.length = 0;
    // Text came from beyond it: that was no FIN.
    if (this.finSeen && !this.finReceived && seqBefore(this.finSeq, next)) this.finSeen = false;
    if (this.early === undefined && this.recentEarly.length > 0) this.recentEarly.length = 0;
  }
}
