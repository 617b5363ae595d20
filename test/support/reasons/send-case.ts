/** One reason to send, or to wait, as small as it can be made. */
import type { Layer, SendName, TraceEvent } from "../../../src/stack/index.ts";
import { OUR_IP6 } from "../frames6.ts";
import { established, type Rig, type RigOptions } from "../rig.ts";
import { WireRig } from "../wire-rig.ts";
import { EventLog } from "./event-log.ts";

export interface SendCase {
  readonly layer: Layer;
  readonly reason: SendName;
  /** What is done. */
  readonly what: string;
  /** The kind of event that it is due to at once. */
  readonly due: "received" | "call" | "timer" | "sent" | "segment";
  /** All that was traced; `also` is told of it, too. */
  run(also?: (event: TraceEvent) => void): EventLog;
}

/** A case on one TCP and its scripted peer. */
export function tcp(
  reason: SendName,
  due: SendCase["due"],
  what: string,
  act: (rig: Rig) => void,
  make: (options: RigOptions) => Rig = established,
  options: RigOptions = {},
  layer: Layer = "tcp",
): SendCase {
  const run = (also?: (event: TraceEvent) => void): EventLog => {
    const log = new EventLog();
    act(make({ ...options, trace: both(log, also) }));
    return log;
  };
  return { layer, reason, due, what, run };
}

/** A case on one stack with a hand-driven link. */
export function wire(
  layer: Layer,
  reason: SendName,
  due: SendCase["due"],
  what: string,
  act: (rig: WireRig) => void,
  claim: "off" | "announce" | "probe" = "off",
): SendCase {
  const run = (also?: (event: TraceEvent) => void): EventLog => {
    const log = new EventLog();
    act(new WireRig({ trace: both(log, also), interface: { claim } }));
    return log;
  };
  return { layer, reason, due, what, run };
}

/** The same where IPv6 is spoken. */
export function wire6(
  layer: Layer,
  reason: SendName,
  due: SendCase["due"],
  what: string,
  act: (rig: WireRig) => void,
  claim: "off" | "announce" | "probe" = "off",
): SendCase {
  const run: SendCase["run"] = (also) => {
    const log = new EventLog();
    act(new WireRig({ trace: both(log, also), addresses: [`${OUR_IP6}/64`], interface: { claim } }));
    return log;
  };
  return { layer, reason, due, what, run };
}

/** A tracer's `event` for a log, and for whoever wants to hear of it as well. */
export function both(log: EventLog, also?: (event: TraceEvent) => void): (event: TraceEvent) => void {
  return (event) => {
    log.event(event);
    also?.(event);
  };
}
