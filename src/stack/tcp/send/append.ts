/** SEND of RFC 9293 §3.10.2: what the application writes, on its way to being sent. */
import { seqBefore } from "../../base/seq.ts";
import { clearDue, Due, setMode } from "../connection/due.ts";
import { noteOutput } from "../connection/notes.ts";
import type { Tcb } from "../connection/tcb.ts";

/**
 * Queues `from[start..end)` behind what waits to be sent; there is room.
 *
 * @param urgent - the last octet is urgent (RFC 6093)
 * @param more - more is about to be written (MSG_MORE): a partial segment waits for it
 */
export function append(
  tcb: Tcb,
  from: Uint8Array,
  start: number,
  end: number,
  urgent: boolean,
  more: boolean,
): void {
  const waited = seqBefore(tcb.snd.nxt, tcb.snd.end);
  tcb.snd.ring.append(from, start, end);
  tcb.snd.moreFollows = more;
  if (urgent && end > start) {
    tcb.snd.up = tcb.snd.end;
    tcb.snd.urgent = true;
  }
  // What was written in this entry without `more` is not held back by what comes behind it.
  if (!more) clearDue(tcb, Due.more);
  else if (!tcb.dirty) setMode(tcb, Due.more);
  clearDue(tcb, Due.push);
  if (!tcb.dirty) noteOutput(tcb);
  else if (!waited) tcb.host.trace?.outputNoted(tcb); // whatever there was to send before, this text goes because of this
}
