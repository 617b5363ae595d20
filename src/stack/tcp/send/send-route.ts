/** By which route a connection sends, how large its segments may be there, and what happens while there is no route. */
import { seqDistance } from "../../base/seq.ts";
import { type Duration, later, NEVER } from "../../base/time.ts";
import { lendDeadlines, schedule } from "../connection/lending.ts";
import type { Tcb } from "../connection/tcb.ts";
import { armRetransmission } from "../recovery/tail.ts";
import { trustedSegment } from "./black-hole.ts";
import { MAX_SUPER_SEGMENT, TCP_HEADER_BYTES, TIMESTAMP_BYTES } from "./emit.ts";

/** Asks for a new route when addresses or the routing table have changed; without one nothing can leave. */
export function findRoute(tcb: Tcb): boolean {
  if (hasRoute(tcb)) return true;
  tcb.host.trace?.withoutRoute(tcb);
  tryLater(tcb);
  schedule(tcb);
  return false;
}

/** Whether there is a route, if need be a new one. */
export function hasRoute(tcb: Tcb): boolean {
  return tcb.route.valid || renewRoute(tcb);
}

/** Asks for the route anew; false if there is none. */
export function renewRoute(tcb: Tcb): boolean {
  const { context } = tcb.host;
  const { interfaceName } = tcb.options;
  const through = interfaceName === "" ? undefined : context.interface(interfaceName);
  const gone = interfaceName !== "" && through === undefined;
  const route = gone ? undefined : context.route(tcb.remoteAddress, tcb.localAddress, through, tcb.options);
  if (route === undefined) return false;
  tcb.route = route;
  tcb.snd.doubt = undefined; // of another path nothing is known
  return true;
}

/** There is no route: what is outstanding will be tried again, and so is what was never sent, until R2 (RFC 9293 §3.8.3). */
function tryLater(tcb: Tcb): void {
  const { snd } = tcb;
  const waiting = seqDistance(snd.nxt, snd.end) > 0 || finWaits(tcb);
  if (snd.outstanding > 0 || !waiting) {
    armRetransmission(tcb);
    return;
  }
  if (tcb.deadlines.persistAt !== NEVER) return;
  if (tcb.deadlines.stalledSince === NEVER) lendDeadlines(tcb).stalledSince = tcb.now;
  const wait = Math.min(tcb.rtt.timeout * 2 ** Math.min(tcb.retries++, 16), tcb.host.config.maxRto);
  lendDeadlines(tcb).persistAt = later(tcb.now, wait as Duration);
}

/** A FIN is queued, and was never sent. */
export function finWaits({ snd }: Tcb): boolean {
  return snd.finQueued && !snd.finSent;
}

/** Eff.snd.MSS (RFC 9293 §3.7.1): what the peer takes, the path carries and the options leave. */
export function updateSendMss(tcb: Tcb): void {
  const { snd } = tcb;
  // No segment is larger than a super-segment, also where the MTU would let it (loopback).
  const { maxPayload } = tcb.route;
  const most = snd.doubt === undefined ? maxPayload : trustedSegment(tcb, snd.doubt, maxPayload);
  let mss = Math.min(snd.peerMss, most - TCP_HEADER_BYTES, MAX_SUPER_SEGMENT);
  if (tcb.options.maxSegment > 0) mss = Math.min(mss, tcb.options.maxSegment);
  if (tcb.timestampsOk) mss -= TIMESTAMP_BYTES;
  snd.mss = Math.max(mss, 16);
}
