/** What a connection remembers as a sender: the send sequence variables of RFC 9293 §3.3.1, under their names. */
import { ByteRing, type RingPool } from "../../base/byte-ring.ts";
import { type SeqNum, seqAdd, seqBefore, seqDistance, seqMax, seqMin } from "../../base/seq.ts";
import type { CongestionControl } from "../congestion/congestion.ts";
import type { PathDoubt } from "./path-doubt.ts";

/** Data that is sent or waits is in `ring`, which starts at `ringSeq`. */
export class SendRecord {
  /** Stands still: what is compared with it is of the handshake. */
  readonly iss: SeqNum;
  /** SND.UNA. Moved by `acknowledge` alone, once the connection is established. */
  una: SeqNum;
  /** SND.NXT: moves with what is sent. */
  nxt: SeqNum;
  /** SND.WND, already scaled. */
  wnd = 0;
  /** A number of the peer's: it moves with each acceptable segment that is not older. */
  wl1: SeqNum = 0 as SeqNum;
  wl2: SeqNum = 0 as SeqNum;
  /** The largest window that the peer ever offered: for the sender's SWS rule (RFC 9293 §3.8.6.2.1). */
  maxWnd = 0;
  /** Snd.Wind.Shift; 0 without the option. */
  windShift = 0;
  /** Octets of text in a full-sized segment, options already taken off (SMSS of RFC 5681). */
  mss: number;
  /** What the peer's MSS option said; without it, the least that every host takes (MUST-15). */
  peerMss: number;
  /** The path may swallow large segments (`black-hole.ts`): undefined in most connections. */
  doubt: PathDoubt | undefined = undefined;
  /** SND.UP: the octet behind the last urgent one. Valid while `urgent`, which ends when that is acknowledged. */
  up: SeqNum = 0 as SeqNum;
  urgent = false;
  readonly ring: ByteRing;
  ringSeq: SeqNum;
  /** The application has said that no more will come: a FIN follows what is queued. */
  finQueued = false;
  finSent = false;
  /** The end of the last small segment that was sent: for Nagle as Minshall has it. */
  sml: SeqNum;
  /** The last write has said that more follows (MSG_MORE): what ends with it is not pushed. */
  moreFollows = false;
  /** The window was reduced because of ECE: CWR is to go out with the next new text. */
  cwrDue = false;
  /** Made when it first matters: most connections never send enough for a window to hold them back. */
  congestion: CongestionControl | undefined = undefined;

  /** @param mss - what every host takes, by the route's family */
  constructor(iss: SeqNum, rings: RingPool, mss: number) {
    this.mss = mss;
    this.peerMss = mss;
    this.iss = iss;
    this.una = iss;
    this.nxt = iss;
    this.sml = iss;
    this.ring = new ByteRing(rings);
    this.ringSeq = seqAdd(iss, 1);
  }

  /** Octets, SYN and FIN included, that were sent and not acknowledged. */
  get outstanding(): number {
    return seqDistance(this.una, this.nxt);
  }

  /** The octet behind all that the application has written. */
  get end(): SeqNum {
    return seqAdd(this.ringSeq, this.ring.length);
  }

  /** Octets from `at` to the right edge of the peer's window; negative when that has moved back behind `at`. */
  windowFrom(at: SeqNum): number {
    return seqDistance(at, seqAdd(this.una, this.wnd));
  }

  /**
   * The sequence number of an ACK or a reset. Usually SND.NXT; but the peer would not take a segment from
   * beyond its window, so when that has shrunk, or a probe went into a closed one, its right edge.
   */
  get acceptableSeq(): SeqNum {
    return seqMin(this.nxt, seqAdd(this.una, this.wnd));
  }

  /** SND.UNA moves to `ack`, and with it whatever would fall behind. How many octets of text are acknowledged. */
  acknowledge(ack: SeqNum): number {
    this.una = ack;
    this.sml = seqMax(this.sml, ack);
    this.wl2 = seqMax(this.wl2, ack);
    if (this.urgent && !seqBefore(ack, this.up)) this.urgent = false;
    const text = Math.min(seqDistance(this.ringSeq, ack), this.ring.length);
    if (text <= 0) return 0;
    this.ring.consume(text);
    this.ring.trim();
    this.ringSeq = seqAdd(this.ringSeq, text);
    return text;
  }
}
