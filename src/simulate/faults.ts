/**
 * Faults as data: what goes wrong, with whom, when and for how long. A list of them can be written to a file,
 * read back and made smaller; a world carries it out.
 */
import type { Host } from "./host.ts";
import type { Span } from "./time-text.ts";

interface FaultBase {
  /** When it begins, counted from the beginning of the world. */
  readonly at: Span;
  /** How long it lasts; without it, for good. */
  readonly for?: Span;
  /** The names of those with whom it is. */
  readonly hosts: readonly string[];
}

/** Nothing passes between `hosts` and `others` (all others if they are not given), or only from those to these. */
export interface PartitionFault extends FaultBase {
  /** Hosts do not hear each other. */
  readonly do: "partition";
  /** Those on the other side. */
  readonly others?: readonly string[];
  /** Only what the first send is lost. */
  readonly oneWay?: boolean;
}

/** As the calls of `Host`: `crash` and `kill` end by a restart, `pause` and `unplug` by going on. */
export interface HostFault extends FaultBase {
  /** What happens to the host. */
  readonly do: "crash" | "kill" | "pause" | "unplug";
}

/** A program gets a signal. */
export interface SignalFault extends FaultBase {
  /** A program gets a signal. */
  readonly do: "signal";
  /** Which one. */
  readonly signal: NodeJS.Signals;
}

/** What `hosts` send suffers from `impairments`, a line such as `loss=30%`. */
export interface ImpairFault extends FaultBase {
  /** The host's cable gets worse. */
  readonly do: "impair";
  /** In which way. */
  readonly impairments: string;
}

/** One thing that goes wrong. */
export type Fault = PartitionFault | HostFault | SignalFault | ImpairFault;

/** What a fault needs of the world. */
export interface FaultyWorld {
  partition(
    these: readonly Host[],
    those?: readonly Host[],
    options?: { readonly oneWay?: boolean },
  ): () => void;
  impair(hosts: readonly Host[], impairments?: string): void;
  /** The hosts of these names. */
  named(names: readonly string[]): readonly Host[];
}

/** Lets it happen now. Gives what ends it, which is nothing for what has no end. */
export function begin(fault: Fault, world: FaultyWorld): () => void {
  const hosts = world.named(fault.hosts);
  switch (fault.do) {
    case "partition": {
      const { others, oneWay = false } = fault;
      return world.partition(hosts, others === undefined ? undefined : world.named(others), { oneWay });
    }
    case "impair":
      world.impair(hosts, fault.impairments);
      return () => world.impair(hosts);
    case "signal":
      return eachOf(hosts, (host) => (host.running ? act(() => host.signal(fault.signal)) : undefined));
    default:
      return eachOf(hosts, (host) => beginOn(host, fault.do));
  }
}

/** What faults do to one host they do to those that can suffer it: one that is off cannot crash once more. */
function beginOn(host: Host, what: HostFault["do"]): (() => void) | undefined {
  if (what === "unplug")
    return act(
      () => host.unplug(),
      () => host.plug(),
    );
  if (host.crashed || (what !== "crash" && !host.running)) return undefined;
  const again = (): void => {
    if (!host.running) host.restart();
  };
  if (what === "crash") return act(() => host.crash(), again);
  if (what === "kill") return act(() => host.kill(), again);
  return act(
    () => host.pause(),
    () => {
      if (host.running) host.resume();
    },
  );
}

function act(action: () => void, end: () => void = () => undefined): () => void {
  action();
  return end;
}

function eachOf(hosts: readonly Host[], begun: (host: Host) => (() => void) | undefined): () => void {
  const ends = hosts.map(begun);
  return () => {
    for (const end of ends) end?.();
  };
}

/** The fault as a line of a scenario: `world.inject({ at: "2s", … });`. */
export function faultText(fault: Fault): string {
  const { at, for: lasting, do: what, ...rest } = fault;
  const ordered = { at, ...(lasting !== undefined && { for: lasting }), do: what, ...rest };
  const fields = Object.entries(ordered).map(([name, value]) => `${name}: ${spaced(JSON.stringify(value))}`);
  return `world.inject({ ${fields.join(", ")} });`;
}

function spaced(json: string): string {
  return json.replaceAll('","', '", "');
}
