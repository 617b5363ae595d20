/**
 * One cause of a drop, as small as it can be made, and what came of it: what the tracer heard, and what was counted.
 * Cases are data, so that the tests and the mutation run (`scripts/mutate.mjs`) have the same.
 */
import type { DropCounters, DropName, Layer, Stack } from "../../../src/stack/index.ts";
import { Rig } from "../rig.ts";
import { type RigOptions, WireRig } from "../wire-rig.ts";

export interface Observation {
  /** "layer: reason" of each drop that the tracer heard of, in their order. */
  readonly traced: readonly string[];
  /** The same as the counters have it, sorted; drops of links are theirs to count. */
  readonly counted: readonly string[];
}

export interface ReasonCase {
  readonly layer: Layer;
  readonly reason: DropName;
  /** What is done. */
  readonly cause: string;
  run(): Observation;
}

/** "layer: reason" and how often, of all counters of a stack. */
export function dropsOf(stack: Stack): ReadonlyMap<string, number> {
  const { ip, ipv6, forward, icmp, icmpv6, igmp, mld, udp, tcp, raw, packet, echo, interfaces } =
    stack.counters;
  const found = new Map<string, number>();
  const add = (layer: string, drops: DropCounters | undefined): void => {
    for (const [reason, count] of Object.entries(drops?.toJSON() ?? {})) {
      const key = `${layer}: ${reason}`;
      found.set(key, (found.get(key) ?? 0) + count);
    }
  };
  const layers = { ipv4: ip, ipv6, forward, icmp, icmpv6, igmp, mld, udp, tcp, raw, packet, echo };
  for (const [layer, counters] of Object.entries(layers)) add(layer, counters?.drops);
  for (const { link, arp, nd } of interfaces.values()) {
    add("interface", link.drops);
    add("arp", arp.drops);
    add("nd", nd.drops);
  }
  return found;
}

/** What was counted between two looks, a line each. */
export function counted(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  const lines: string[] = [];
  for (const [key, count] of after) {
    for (let i = before.get(key) ?? 0; i < count; i++) lines.push(key);
  }
  return lines.sort();
}

/** A case on one stack with a hand-driven link. `prepare` comes before the look. */
export function wire(
  layer: Layer,
  reason: DropName,
  cause: string,
  act: (rig: WireRig) => void,
  options: RigOptions = {},
  prepare: (rig: WireRig) => void = () => undefined,
): ReasonCase {
  const run = (): Observation => {
    const rig = new WireRig(options);
    prepare(rig);
    rig.dropped.length = 0;
    const before = dropsOf(rig.stack);
    act(rig);
    const traced = rig.dropped.map((one) => `${one.layer}: ${one.reason}`);
    return { traced, counted: counted(before, dropsOf(rig.stack)) };
  };
  return { layer, reason, cause, run };
}

/** A case on one TCP and its scripted peer. */
export function tcp(
  reason: DropName,
  cause: string,
  act: (rig: Rig) => void,
  make: () => Rig = () => new Rig(),
  layer: Layer = "tcp",
): ReasonCase {
  const run = (): Observation => {
    const rig = make();
    rig.dropped.length = 0;
    const before = dropsOf(rig.stack);
    act(rig);
    return { traced: [...rig.dropped], counted: counted(before, dropsOf(rig.stack)) };
  };
  return { layer, reason, cause, run };
}
