/** How TCP tells a tracer why it does what it does. It exists only while there is a tracer. */
import type { Packet } from "../../base/packet.ts";
import type { Send } from "../../base/send.ts";
import type { SeqNum } from "../../base/seq.ts";
import type { Instant } from "../../base/time.ts";
import type { ConnectionEnds, TimerPurpose } from "../../contract/trace-events.ts";

/** Can be due beside the bits of `Due`: duplicate ACKs. */
export const DUPLICATE_ACKS = 256;
/** Can be due beside the bits of `Due`: what counts as lost is to be sent again. */
export const LOST = 512;
/** Can be due beside the bits of `Due`: the application is to be woken. */
export const WAKE = 1024;
/** Can be due beside the bits of `Due`: ACKs that tell of text that has come twice. */
export const COPIES = 2048;

/** `Tcb` is the connection's control block, whose type this file does not name: it names this one. */
export interface TcpTrace<Tcb> {
  /** Something is due to `of`, for that reason and because of what is being done now. Not if it was due before. */
  noted(of: object, what: number, why: Send, already?: boolean): void;
  /** There may be something to send because of what is being done now. */
  outputNoted(tcb: Tcb): void;
  /** The reason for which something was noted; what follows is caused by what was done then. */
  due(of: object, what: number): Send;
  /** Output begins: what follows is caused by what made it possible. */
  outputBegins(tcb: Tcb): void;
  /** Output has ended: tells what waits, and for what. */
  outputEnds(tcb: Tcb): void;
  /** Something is decided now: the numbers of the next segment are those of this moment. */
  weigh(tcb: Tcb): void;
  /** A segment is handed on. The cause before, to be set again afterwards by `handedOn`. */
  segment(tcb: Tcb, seq: SeqNum, octets: number, flags: number, why: Send, packet: Packet): number;
  handedOn(before: number): void;
  /** Text from `seq` on has arrived, and is kept. After RCV.NXT has moved. */
  text(tcb: Tcb, seq: SeqNum, octets: number): void;
  /** A segment of no whole connection is handed on; else as `segment`. */
  bare(why: Send, packet: Packet): number;
  /** Why what is lost, from `at` on, goes again now: a further hole. */
  whyAgain(tcb: Tcb, at: SeqNum): Send;
  /** Why new text, or a FIN, goes now. */
  whyNew(tcb: Tcb, octets: number): Send;
  /** Tells of deadlines, windows and round-trip times that have changed. */
  settled(tcb: Tcb): void;
  armed(owner: object & ConnectionEnds, purpose: TimerPurpose, at: Instant): void;
  fired(owner: object & ConnectionEnds, purpose: TimerPurpose): void;
  /** The application is told that something of it has changed. */
  woken(tcb: Tcb | undefined): void;
  /** There is no way to the peer. */
  withoutRoute(tcb: Tcb): void;
}
