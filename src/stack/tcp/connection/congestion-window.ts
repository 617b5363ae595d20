/** The congestion window of a connection. Its controller decides it, once the connection has one. */
import type { CongestionControl } from "../congestion/congestion.ts";
import type { Tcb } from "./tcb.ts";

/** The congestion controller, for what it must be told of: made if there is none. */
export function controller(tcb: Tcb): CongestionControl {
  const { snd } = tcb;
  snd.congestion ??= tcb.host.newCongestion(tcb.options, snd.mss);
  return snd.congestion;
}

/** CWND in octets: until there is a controller, what a new one would begin with. */
export function cwnd(tcb: Tcb): number {
  const { congestion, mss } = tcb.snd;
  return congestion?.window ?? tcb.host.initialWindow(tcb.options, mss);
}
