/**
 * ICMP errors about segments that TCP has sent (RFC 9293 §3.9.2.2, RFC 5927). Anybody can forge them, so they
 * must quote a sequence number that is in flight, and even then none of them ends a connection that is established.
 */

import { Drop } from "../../base/drop.ts";
import { Send } from "../../base/send.ts";
import { type SeqNum, seqBefore } from "../../base/seq.ts";
import type { UnreachableReport } from "../../contract/transport.ts";
import { meaningOf } from "../../icmp/causes.ts";
import { controller } from "../connection/congestion-window.ts";
import { terminate } from "../connection/lifecycle.ts";
import { noteChange } from "../connection/notes.ts";
import { isSynchronized } from "../connection/states.ts";
import type { Tcb } from "../connection/tcb.ts";
import { resendAll } from "../recovery/loss.ts";
import { findRoute, updateSendMss } from "../send/send-route.ts";

/** @param seq - the sequence number in the quoted segment */
export function reportUnreachable(tcb: Tcb, report: UnreachableReport, seq: SeqNum): Drop {
  const { snd } = tcb;
  if (seqBefore(seq, snd.una) || !seqBefore(seq, snd.nxt)) return Drop.quoteNotInFlight; // RFC 5927 §4.1
  if (report.cause === "too-big") {
    reduceMtu(tcb, report.mtu);
    return Drop.none;
  }
  const { failure } = meaningOf(report.cause);
  // While it is being opened nothing is lost but the attempt, and another address may answer (RFC 5461 §4.1). So Linux
  // has it of every code: RFC 1122 §4.2.3.9 would go on asking where a filter has already said no.
  if (!isSynchronized(tcb.state)) {
    tcb.host.counters.attemptFails++;
    terminate(tcb, failure);
    return Drop.none;
  }
  tcb.softFailure = failure; // MUST-56: not a reason to abort; told if the connection times out
  noteChange(tcb);
  return Drop.none;
}

/** RFC 1191: the segments that were too big go again, in smaller ones; that is not a sign of congestion. */
function reduceMtu(tcb: Tcb, mtu: number): void {
  const { snd } = tcb;
  const before = snd.mss;
  snd.congestion = controller(tcb); // the window is the one that the large segments were sent with
  tcb.route.reduceMtu(mtu);
  if (!findRoute(tcb)) return;
  updateSendMss(tcb);
  if (snd.mss < before && tcb.state !== "syn-sent") resendAll(tcb, Send.smallerMtu);
}
