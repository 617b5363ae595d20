/** Faults that the seed draws. */
import type { AtTime, Intervention, Lasting } from "../drivers/simulation/index.ts";
import { below, fraction, type Random } from "../stack/index.ts";
import { durationOf, type Span } from "./time-text.ts";

/** What `chaos` may do. `kill` and `crash` end by a restart. */
export type FaultKind = "partition" | "crash" | "kill" | "pause" | "unplug" | "impair";

/** Which faults are drawn, and how many. */
export interface ChaosOptions {
  /** How many faults; 5 by default. */
  readonly faults?: number;
  /** None begins before this, counted from the beginning; "1s" by default. */
  readonly from?: Span;
  /** All have ended by then; "30s" by default. */
  readonly until?: Span;
  /** The longest that one lasts; "5s" by default. */
  readonly longest?: Span;
  /** Which ones; all kinds by default. */
  readonly kinds?: readonly FaultKind[];
  /** The names of the hosts with whom they are; all by default. */
  readonly hosts?: readonly string[];
}

const KINDS: readonly FaultKind[] = ["partition", "crash", "kill", "pause", "unplug", "impair"];

const IMPAIRMENTS: readonly string[] = [
  "loss=30%",
  "delay=200ms,jitter=100ms",
  "reorder=30%:20ms,duplicate=10%",
  "corrupt=5%",
  "rate=256kbit,queue=20kb",
];

/** The shortest that a fault lasts, in milliseconds. */
const SHORTEST = 50;

/**
 * A list of faults, in the order in which they begin.
 *
 * @param names - of all hosts
 * @throws RangeError when there is no time between `from` and `until`
 */
export function drawFaults(random: Random, names: readonly string[], options: ChaosOptions): Intervention[] {
  const { faults = 5, from = "1s", until = "30s", longest = "5s", kinds = KINDS, hosts = names } = options;
  const [first, last, most] = [from, until, longest].map((span) => durationOf(span) / 1000) as [
    number,
    number,
    number,
  ];
  if (last - first < SHORTEST) throw new RangeError(`chaos: there is no time from ${from} until ${until}`);
  const drawn = Array.from({ length: faults }, () => {
    const at = first + below(random, last - first - SHORTEST);
    const lasting = SHORTEST + below(random, Math.max(1, Math.min(most, last - at) - SHORTEST));
    const kind = kinds[below(random, kinds.length)] as FaultKind;
    return { at, fault: drawFault(random, kind, hosts, { at: `${at}ms`, for: `${lasting}ms` }) };
  });
  return drawn.sort((a, b) => a.at - b.at).map(({ fault }) => fault);
}

function drawFault(
  random: Random,
  kind: FaultKind,
  hosts: readonly string[],
  when: Required<AtTime & Lasting>,
): Intervention {
  const host = hosts[below(random, hosts.length)] as string;
  if (kind === "impair") {
    return { ...when, do: kind, host, line: IMPAIRMENTS[below(random, IMPAIRMENTS.length)] as string };
  }
  if (kind !== "partition") return { ...when, do: kind, host } as Intervention;
  // Any set from any other: each further host is on one side or on the other.
  const these = hosts.filter((name) => name === host || fraction(random) < 0.3);
  const those = hosts.filter((name) => !these.includes(name));
  if (those.length === 0) return { ...when, do: kind, these: [host] };
  const oneWay = fraction(random) < 0.25;
  return { ...when, do: kind, these, those, ...(oneWay && { oneWay }) };
}
