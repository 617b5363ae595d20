/**
 * Path MTU black holes (RFC 2923 §2.1, RFC 4821 §7.7): large segments are lost and nobody says why, since the path
 * swallows ICMP's errors. After some timeouts in a row (R1 of RFC 9293 §3.8.3) smaller segments are tried. If they get
 * through it may still have been the line that was dead, so full-sized ones are tried once more: only if those are lost
 * again the path is believed to have a hole, and for ten minutes it gets no large ones.
 */
import { type Duration, seconds, since } from "../../base/time.ts";
import type { PathDoubt } from "../connection/path-doubt.ts";
import type { Tcb } from "../connection/tcb.ts";
import { TCP_HEADER_BYTES, TIMESTAMP_BYTES } from "./emit.ts";

/**
 * Octets of a segment, header included, that are tried, one after the other. In IPv4 these are datagrams of 1,024 octets,
 * where RFC 4821 §7.2 begins, and of 576, which every host takes (RFC 1122 §3.3.2).
 */
const SMALLER: readonly number[] = [1004, 556];

/** How long a timeout of a full-sized segment after a doubt confirms it. */
const FRESH: Duration = seconds(60);
/** After so long full-sized segments are tried again: paths change (RFC 4821 §7.7, and Linux's tcp_probe_interval). */
const TRUSTED: Duration = seconds(600);

/** A timeout of what was sent: is it the size of the segments? Before it is counted in `retries`. */
export function suspectSize(tcb: Tcb): void {
  const { snd, host, now } = tcb;
  if (!host.config.blackHoleDetection || tcb.route.maxPayload <= (SMALLER.at(-1) ?? 0)) return;
  const sent =
    TCP_HEADER_BYTES + (tcb.timestampsOk ? TIMESTAMP_BYTES : 0) + Math.min(snd.mss, snd.outstanding);
  const { doubt } = snd;
  if (doubt !== undefined && !doubt.inForce) {
    if (sent > doubt.segment && since(doubt.since, now) <= FRESH) {
      believe(tcb, doubt);
      return;
    }
  }
  if (tcb.retries + 1 < host.config.suspectRetries) return;
  const segment = SMALLER.find((one) => one < sent);
  if (segment !== undefined) snd.doubt = { segment, inForce: true, confirmed: false, since: now };
}

function believe(tcb: Tcb, doubt: PathDoubt): void {
  doubt.inForce = true;
  doubt.confirmed = true;
  doubt.since = tcb.now;
  tcb.host.counters.blackHoles++;
}

/** Something got through after timeouts: full-sized segments are tried once more. */
export function pathAnswers(tcb: Tcb): void {
  const { doubt } = tcb.snd;
  if (doubt === undefined || !doubt.inForce || doubt.confirmed) return;
  doubt.inForce = false;
  doubt.since = tcb.now;
}

/** The largest segment that may be sent, header included, where the path would let `most` pass. */
export function trustedSegment(tcb: Tcb, doubt: PathDoubt, most: number): number {
  if (!doubt.inForce) return most;
  if (!doubt.confirmed || since(doubt.since, tcb.now) < TRUSTED) return Math.min(most, doubt.segment);
  tcb.snd.doubt = undefined;
  return most;
}
