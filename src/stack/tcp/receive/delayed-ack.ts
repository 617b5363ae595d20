/**
 * When text is acknowledged (RFC 9293 §3.8.6.3, RFC 5681 §4.2): two full-sized segments at the end of the burst, less
 * after a while. But at the start, after an idle time and after a loss the peer has a small window, and waits for every
 * ACK: so the first of them are sent at once, as in Linux, until it shows that the two sides answer one another.
 */
import { Send } from "../../base/send.ts";
import { later, NEVER, since } from "../../base/time.ts";
import { Due, setDue } from "../connection/due.ts";
import { lendDeadlines, schedule } from "../connection/lending.ts";
import { noteAck, noteOutput } from "../connection/notes.ts";
import type { Tcb } from "../connection/tcb.ts";

/** Two full-sized segments are acknowledged at the end of the burst (SHLD-19), less may wait a little (SHLD-18). */
export function acknowledgeText(tcb: Tcb, atOnce: boolean): void {
  const { rcv } = tcb;
  const full = rcv.unackedText >= 2 * rcv.mss;
  if (atOnce || tcb.options.quickAck || full) {
    noteAck(tcb, atOnce ? Send.ackGapFilled : full ? Send.ackFullSegments : Send.ackQuick);
    return;
  }
  if (rcv.quickAcks > 0) {
    // An application that answers within this entry has the ACK ride on its answer.
    setDue(tcb, Due.ackAfterWake, Send.ackEarly);
    noteOutput(tcb);
    return;
  }
  if (tcb.deadlines.ackAt !== NEVER) return;
  lendDeadlines(tcb).ackAt = later(tcb.now, tcb.host.config.delayedAck);
  schedule(tcb);
}

/** The peer's window is small, or has become so: the next ACKs are sent at once. */
export function hurryAcks(tcb: Tcb): void {
  const { rcv } = tcb;
  const segments = Math.floor(rcv.wnd / (2 * rcv.mss));
  rcv.quickAcks = Math.min(Math.max(segments, 2), tcb.host.config.quickAcks);
}

/** A segment has come: after an idle time the peer begins with a small window again (RFC 5681 §4.1). */
export function hurryAfterIdle(tcb: Tcb): void {
  if (tcb.rcv.quickAcks === 0 && since(tcb.lastHeardAt, tcb.now) > tcb.rtt.timeout) hurryAcks(tcb);
}
