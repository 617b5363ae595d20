/** What a connection notes in an entry for the end of it: something is to be sent, or the application to be woken. */
import { Send } from "../../base/send.ts";
import { Due, setDue } from "./due.ts";
import type { Tcb } from "./tcb.ts";
import { WAKE } from "./tcp-trace.ts";

/** The application is to be woken: what it may read, write or know has changed. */
export function noteChange(tcb: Tcb): void {
  if (tcb.user === undefined) return;
  tcb.host.trace?.noted(tcb, WAKE, Send.unknown, tcb.user.wakeNoted);
  tcb.host.context.noteWake(tcb.user);
}

/** There may be something to send: it is looked for at the end of the entry. */
export function noteOutput(tcb: Tcb): void {
  tcb.host.trace?.outputNoted(tcb);
  if (!tcb.dirty) tcb.host.noteOutput(tcb);
}

/** An ACK must leave at the end of this entry, with data or without. */
export function noteAck(tcb: Tcb, why: Send): void {
  setDue(tcb, Due.ack, why);
  noteOutput(tcb);
}
