/** Options of a TCP socket: whether their values make sense, and what a change does to a live connection. */
import type { Failure, TcpOptions } from "../../contract/endpoint.ts";
import { isSynchronized } from "../connection/states.ts";
import { noteAck, noteOutput, schedule, type Tcb } from "../connection/tcb.ts";
import { startKeepAlive } from "../open/handshake.ts";
import { windowOpened } from "../receive/window.ts";

/** Smallest and largest value of each option that is a number. */
const BOUNDS: Partial<Record<keyof TcpOptions, readonly [least: number, most: number]>> = {
  sendBuffer: [2048, 2 ** 30],
  receiveBuffer: [2048, 2 ** 30],
  hopLimit: [0, 255],
  trafficClass: [0, 255],
  maxSegment: [0, 65_495],
  keepIdle: [1, Number.MAX_SAFE_INTEGER],
  keepInterval: [1, Number.MAX_SAFE_INTEGER],
  keepCount: [1, 127],
  userTimeout: [0, Number.MAX_SAFE_INTEGER],
  synCount: [1, 127],
  linger2: [0, Number.MAX_SAFE_INTEGER],
  deferAccept: [0, Number.MAX_SAFE_INTEGER],
  linger: [-1, 65_535],
  receiveLowWater: [1, 2 ** 30],
};

export function optionsProblem(changes: Partial<TcpOptions>): Failure | undefined {
  for (const [name, value] of Object.entries(changes)) {
    const bounds = BOUNDS[name as keyof TcpOptions];
    if (bounds === undefined) continue;
    if (typeof value !== "number" || !Number.isInteger(value)) return "invalid";
    if (value < bounds[0] || value > bounds[1]) return "invalid";
  }
  return undefined;
}

/** Puts `options` in force; `changes` tells which of them are new. */
export function applyOptions(tcb: Tcb, options: TcpOptions, changes: Partial<TcpOptions>): void {
  tcb.options = options;
  if (changes.congestion !== undefined) tcb.congestion = undefined;
  if (!isSynchronized(tcb.state)) return;
  if (changes.keepAlive !== undefined || changes.keepIdle !== undefined) {
    startKeepAlive(tcb);
    schedule(tcb);
  }
  if (changes.noDelay === true || changes.cork === false) {
    tcb.sndSml = tcb.sndUna; // what Nagle or the cork held back goes now
    noteOutput(tcb);
  }
  if (changes.quickAck === true && tcb.unackedText > 0) noteAck(tcb);
  if (changes.receiveBuffer !== undefined) windowOpened(tcb);
}
