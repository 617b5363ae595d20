/** The receive window: what to advertise, without shrinking it and without silly sizes (RFC 9293 §3.8.6). */
import { Send } from "../../base/send.ts";
import { seqAdd, seqDistance } from "../../base/seq.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import { noteAck } from "../connection/notes.ts";
import { mayReceive } from "../connection/states.ts";
import type { Tcb } from "../connection/tcb.ts";

/** RFC 7323 §2.3: a shift above 14 would make the window span more than half of the sequence space. */
export const MAX_WINDOW_SHIFT = 14;

/** FreeBSD draws the line at this number as well. */
const FEW_SEGMENTS = 8;

/** The shift with which a buffer of `octets` can be advertised in 16 bits. */
export function windowShift(octets: number): number {
  let shift = 0;
  while (shift < MAX_WINDOW_SHIFT && octets >>> shift > 0xffff) shift++;
  return shift;
}

/** Octets that are offered at most: of the buffer, or fewer (TCP_WINDOW_CLAMP). */
export function mostOffered({ receiveBuffer, windowClamp }: TcpOptions): number {
  return windowClamp > 0 && windowClamp < receiveBuffer ? windowClamp : receiveBuffer;
}

/**
 * Octets of room that can be announced to the peer: no more than the window field can say, and whole units of its
 * scale, but at least one of them where there is room at all (a buffer that was made smaller than the unit must not
 * keep the window shut).
 */
function freeRoom(tcb: Tcb, shift: number): number {
  const room = Math.min(tcb.options.receiveBuffer - tcb.rcv.ring.length, mostOffered(tcb.options));
  if (room <= 0) return 0;
  return Math.min(Math.max(room >>> shift, 1), 0xffff) << shift;
}

/**
 * The window field of a segment that is about to be sent. Moves the right edge forward if there is enough
 * new room for that to be worth while (MUST-39), and never back. The edge is always one that the peer was told, to
 * the octet, so that nothing is taken that it was not allowed to send; what the field says may be less, by what the
 * shift cuts off (RFC 7323 §2.4).
 */
export function windowField(tcb: Tcb, shift: number): number {
  const { rcv } = tcb;
  const current = rcv.wnd;
  const free = freeRoom(tcb, shift);
  const worthwhile = Math.min(mostOffered(tcb.options) >>> 1, rcv.mss);
  if (free - current >= worthwhile) rcv.adv = seqAdd(rcv.nxt, free);
  const window = seqDistance(rcv.nxt, rcv.adv) >>> shift;
  return Math.min(window, 0xffff);
}

/** The application has read: tells the peer if the window has opened so far that it may be waiting for it. */
export function windowOpened(tcb: Tcb): void {
  const { rcv } = tcb;
  if (!mayReceive(tcb.state)) return;
  const current = rcv.wnd;
  const free = freeRoom(tcb, rcv.windShift);
  const segments = holdsFew(tcb) ? 1 : 2;
  if (segments > 1 && free < 2 * current) return;
  if (free - current >= Math.min(mostOffered(tcb.options) >>> 1, segments * rcv.mss))
    noteAck(tcb, Send.ackWindowUpdate);
}

/** Whether what the application has read may be reason enough for an ACK: for most windows not until half is filled. */
export function mayHaveOpened(tcb: Tcb): boolean {
  return tcb.rcv.wnd * 2 <= mostOffered(tcb.options) || holdsFew(tcb);
}

/**
 * Of a buffer this small, a segment whose ACK waits for a second one is a good part, which the peer cannot use for
 * a round trip. So each segment is acknowledged, as soon as the application has made room for another.
 */
function holdsFew(tcb: Tcb): boolean {
  return mostOffered(tcb.options) <= FEW_SEGMENTS * tcb.rcv.mss;
}
