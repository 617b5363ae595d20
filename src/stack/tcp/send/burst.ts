/**
 * PSH at the end of a burst, as Linux sets it: on every segment that its network card cuts up, so that receivers which
 * merge segments do not wait for more. It cuts as many as a millisecond of its pacing carries, and at least two.
 */
import { PSH } from "../../wire/tcp.ts";
import { cwnd } from "../connection/congestion-window.ts";
import type { Tcb } from "../connection/tcb.ts";

/** Linux paces twice the congestion window per round trip in slow start, and 1.2 times it later (tcp_pacing_ss_ratio). */
const SLOW_START_RATIO = 2;
const AVOIDANCE_RATIO = 1.2;
/** tcp_min_tso_segs. */
const LEAST_SEGMENTS = 2;
/** sk_pacing_shift: a burst is what is paced in 1/1024 s; in microseconds. */
const BURST_TIME = 1_000_000 / 1024;
/** tcp_tso_rtt_log: bursts are larger on short paths, by 64 KiB less a bit for each 512 microseconds. */
const SHORT_PATH = 512;
const LARGEST = 65_536;

/** PSH, or 0, of `octets` that go now, of `unsent`: where nothing is left (RFC 9293 MUST-61), or a burst ends. */
export function pushOf(tcb: Tcb, octets: number, unsent: number): number {
  if (octets === 0) return 0;
  return octets === unsent || (tcb.host.config.pushBursts && endsBurst(tcb, octets)) ? PSH : 0;
}

/** Whether the last of `octets` that go at once is in a piece of several segments. */
function endsBurst(tcb: Tcb, octets: number): boolean {
  const { mss } = tcb.snd;
  const segments = Math.ceil(octets / mss);
  const most = burstSegments(tcb);
  const last = segments % most === 0 ? most : segments % most;
  return segments > 1 && last > 1;
}

function burstSegments(tcb: Tcb): number {
  const { mss, congestion } = tcb.snd;
  const { smoothed } = tcb.rtt;
  if (smoothed === 0) return Math.floor(LARGEST / mss);
  const window = cwnd(tcb);
  const ratio = window < (congestion?.threshold ?? Infinity) / 2 ? SLOW_START_RATIO : AVOIDANCE_RATIO;
  const paced = ((Math.max(window, tcb.snd.outstanding) * ratio) / smoothed) * BURST_TIME;
  const extra = LARGEST / 2 ** Math.floor(smoothed / SHORT_PATH);
  return Math.max(LEAST_SEGMENTS, Math.floor(Math.min(paced + extra, LARGEST) / mss));
}
