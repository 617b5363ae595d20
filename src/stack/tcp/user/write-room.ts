/** How much an application may write: by its send buffer (SO_SNDBUF), and by what was never sent (TCP_NOTSENT_LOWAT). */
import { seqDistance } from "../../base/seq.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Tcb } from "../connection/tcb.ts";

/**
 * Octets that a write takes at most; 0 or less: it has to wait. Below the low-water mark it is a segment at least, as on
 * Linux: a mark of a few octets bounds what waits, and does not make small segments.
 */
export function roomToWrite({ snd }: Tcb, { sendBuffer, unsentLowWater }: TcpOptions): number {
  const room = sendBuffer - snd.ring.length;
  if (unsentLowWater === 0) return room;
  const left = unsentLowWater - seqDistance(snd.nxt, snd.end);
  return left <= 0 ? 0 : Math.min(room, Math.max(left, snd.mss));
}

/**
 * Whether to tell a writer that there is room: a third of the buffer must be free, and half of what may be unsent, or it
 * would be woken for every few octets.
 */
export function isWorthWriting({ snd }: Tcb, { sendBuffer, unsentLowWater }: TcpOptions): boolean {
  if (snd.ring.length * 3 > sendBuffer * 2) return false;
  return unsentLowWater === 0 || 2 * seqDistance(snd.nxt, snd.end) < unsentLowWater;
}
