/**
 * ICMP errors about segments that TCP has sent (RFC 9293 §3.9.2.2, RFC 5927). Anybody can forge them, so they
 * must quote a sequence number that is in flight, and even then none of them ends an established connection.
 */

import { Drop } from "../../base/drop.ts";
import { type SeqNum, seqBefore } from "../../base/seq.ts";
import type { Failure } from "../../contract/endpoint.ts";
import type { UnreachableCause, UnreachableReport } from "../../contract/transport.ts";
import { controller } from "../connection/congestion-window.ts";
import { terminate } from "../connection/lifecycle.ts";
import { noteChange } from "../connection/notes.ts";
import type { Tcb } from "../connection/tcb.ts";
import { resendAll } from "../recovery/loss.ts";
import { findRoute, updateSendMss } from "../send/send-route.ts";

const FAILURES: Readonly<Record<UnreachableCause, Failure>> = {
  network: "network-unreachable",
  host: "host-unreachable",
  protocol: "protocol-unreachable",
  port: "refused",
  "source-route": "host-unreachable",
  prohibited: "prohibited",
  "too-big": "message-too-long",
  "time-exceeded": "host-unreachable",
  "parameter-problem": "protocol-unreachable",
  unresolved: "host-unreachable",
};

/** @param seq - the sequence number in the quoted segment */
export function reportUnreachable(tcb: Tcb, report: UnreachableReport, seq: SeqNum): Drop {
  const { snd } = tcb;
  if (seqBefore(seq, snd.una) || !seqBefore(seq, snd.nxt)) return Drop.quoteNotInFlight; // RFC 5927 §4.1
  if (report.cause === "too-big") {
    reduceMtu(tcb, report.mtu);
    return Drop.none;
  }
  const failure = FAILURES[report.cause];
  // SHLD-26 is for the handshake alone (RFC 5461 §4.1): there nothing is lost but the attempt. That our own
  // neighbour does not answer is no rumour of the network's, and as final as it gets.
  const hard = report.cause === "protocol" || report.cause === "port" || report.cause === "unresolved";
  if (hard && tcb.state === "syn-sent") {
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
  if (snd.mss < before && tcb.state !== "syn-sent") resendAll(tcb);
}
