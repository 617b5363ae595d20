/** The ends of a connection: CLOSE and ABORT (RFC 9293 §3.10.4, §3.10.5), and what is left to an orphan. */

import { Send } from "../../base/send.ts";
import { type Duration, later } from "../../base/time.ts";
import type { Failure } from "../../contract/failures.ts";
import { RST } from "../../wire/tcp.ts";
import { clearDue, Due, setDue, whyDue } from "../connection/due.ts";
import { lendDeadlines, schedule } from "../connection/lending.ts";
import { setState, terminate } from "../connection/lifecycle.ts";
import { noteOutput } from "../connection/notes.ts";
import { isSynchronized } from "../connection/states.ts";
import type { Tcb } from "../connection/tcb.ts";
import { emit } from "../send/emit.ts";
import { hasRoute } from "../send/send-route.ts";

/** No more will be written: the FIN follows what is queued. */
export function finish(tcb: Tcb): void {
  const { snd } = tcb;
  if (snd.finQueued) return;
  if (tcb.state === "established") setState(tcb, "fin-wait-1");
  else if (tcb.state === "close-wait") setState(tcb, "last-ack");
  else if (tcb.state !== "syn-received") return;
  snd.finQueued = true;
  noteOutput(tcb);
}

/**
 * The application lets go. Text that it has not read is lost, and the peer is told so with a reset (RFC 9293
 * SHLD-3, RFC 2525 §2.17); else what is queued and a FIN go out in their time, with nobody to tell.
 */
export function close(tcb: Tcb): void {
  const { rcv } = tcb;
  tcb.user = undefined;
  const unread = rcv.ring.length > 0;
  if (tcb.state === "syn-sent") terminate(tcb, undefined);
  else if (unread || tcb.options.linger === 0) {
    if (tcb.state === "time-wait" || tcb.state === "closed") rcv.ring.clear();
    else {
      if (unread) tcb.host.counters.abortOnClose++;
      abortWithReset(tcb, undefined, unread ? Send.resetUnread : Send.resetLinger);
    }
  } else {
    rcv.ring.trim();
    finish(tcb);
    if (tcb.state === "fin-wait-2") limitFinWait2(tcb);
  }
}

/** The application wants no more of it. */
export function abort(tcb: Tcb): void {
  tcb.user = undefined;
  if (tcb.state === "time-wait") tcb.rcv.ring.clear();
  else if (tcb.state === "syn-sent") terminate(tcb, undefined);
  else abortWithReset(tcb, undefined, Send.resetAbort);
}

/** Ends the connection at once; the peer gets a reset if it knows of the connection. */
export function abortWithReset(tcb: Tcb, failure: Failure | undefined, why: Send): void {
  const { snd, state } = tcb;
  // The peer's window is not known yet, but it has our SYN.
  if (state === "syn-received") snd.wnd = snd.outstanding;
  terminate(tcb, failure);
  if (!isSynchronized(state) && state !== "syn-received") return;
  setDue(tcb, Due.reset, why);
  noteOutput(tcb);
}

/** Sends the reset of a connection that was aborted in this entry. It is over: without a route none is looked for later. */
export function sendReset(tcb: Tcb): void {
  clearDue(tcb, Due.reset);
  const why = whyDue(tcb, Due.reset);
  if (!hasRoute(tcb)) return;
  tcb.host.counters.outRsts++;
  emit(tcb, tcb.snd.acceptableSeq, 0, RST, why);
}

/** Nobody will read any more, and the peer may never close: FIN-WAIT-2 of an orphan ends after a while. */
export function limitFinWait2(tcb: Tcb): void {
  const deadlines = lendDeadlines(tcb);
  deadlines.idleAt = later(tcb.now, tcb.options.linger2 as Duration);
  deadlines.retire();
  schedule(tcb);
}
