/**
 * PSH at the end of a burst, as Linux sets it: on every segment that its network card cuts up, so that receivers which
 * merge segments do not wait for more. It cuts as many as a millisecond of its pacing carries, at least a number, and at most
 * half of the congestion window.
 */
import { PSH } from "../../wire/tcp.ts";
import { cwnd } from "../connection/congestion-window.ts";
import { Due, isDue } from "../connection/due.ts";
import type { Tcb } from "../connection/tcb.ts";
import { superSegmentLimit } from "./retransmit.ts";

/** Linux paces twice the congestion window per round trip in slow start, and 1.2 times it later (tcp_pacing_ss_ratio). */
const SLOW_START_RATIO = 2;
const AVOIDANCE_RATIO = 1.2;
/** sk_pacing_shift: a burst is what is paced in 1/1024 s; in microseconds. */
const BURST_TIME = 1_000_000 / 1024;
/** tcp_tso_rtt_log: bursts are larger on short paths, by 64 KiB less a bit for each 512 microseconds. */
const SHORT_PATH = 512;
const LARGEST = 65_536;

/**
 * PSH, or 0, of `octets` that go now, of `unsent`: where nothing is left (RFC 9293 MUST-61), and the application has not
 * said that more follows (MSG_MORE), or a burst ends.
 */
export function pushOf(tcb: Tcb, octets: number, unsent: number): number {
  if (octets === 0) return 0;
  const isLast = octets === unsent && (!tcb.snd.moreFollows || isDue(tcb, Due.force));
  return isLast || (tcb.host.config.pushBursts > 0 && octets > tcb.snd.mss) ? PSH : 0;
}

/** Octets that go in one piece: a super-segment, or a burst. */
export function pieceLimit(tcb: Tcb): number {
  const limit = superSegmentLimit(tcb);
  return tcb.host.config.pushBursts > 0 ? Math.min(limit, burstSegments(tcb) * tcb.snd.mss) : limit;
}

function burstSegments(tcb: Tcb): number {
  const { mss, congestion } = tcb.snd;
  const { smoothed } = tcb.rtt;
  const window = cwnd(tcb);
  const ratio = window < (congestion?.threshold ?? Infinity) / 2 ? SLOW_START_RATIO : AVOIDANCE_RATIO;
  const paced = ((Math.max(window, tcb.snd.outstanding) * ratio) / smoothed) * BURST_TIME;
  const extra = LARGEST / 2 ** Math.floor(smoothed / SHORT_PATH);
  const most = Math.max(tcb.host.config.pushBursts, Math.floor(Math.min(paced + extra, LARGEST) / mss));
  return Math.max(1, Math.min(most, Math.floor(window / mss) >> 1)); // two bursts in flight
}
