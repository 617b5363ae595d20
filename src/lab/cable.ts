/** A cable that was plugged in: it can be unplugged, and what is wrong with it may change. */
import {
  type Gate,
  type GateCounters,
  ImpairedLink,
  type Impairments,
  type NetworkAction,
  type Span,
  type VirtualTime,
} from "../drivers/simulation/index.ts";
import type { Random } from "../stack/index.ts";

/** Does what is asked, and notes that it was. */
export type Act = (action: NetworkAction) => void;

/** What is really done to a cable, by whoever directs. */
export class CableParts {
  readonly name: string;
  /** At the end of the first host, and of the second; the other end of a cable to a switch has none. */
  readonly gates: readonly Gate[];
  impaired: ImpairedLink | undefined = undefined;
  readonly #time: VirtualTime;
  readonly #random: Random;

  constructor(name: string, gates: readonly Gate[], time: VirtualTime, random: Random) {
    this.name = name;
    this.gates = gates;
    this.#time = time;
    this.#random = random;
  }

  set open(open: boolean) {
    for (const gate of this.gates) gate.open = open;
  }

  /** @throws RangeError of a cable with offloads, which cannot be impaired */
  impair(impairments: string | Impairments): void {
    if (this.impaired !== undefined) this.impaired.change(impairments);
    else {
      const [gate] = this.gates as [Gate];
      this.impaired = gate.wrap((inner) => new ImpairedLink(inner, this.#time, this.#random, impairments));
    }
  }
}

/** See `Lab.link`. All that is done to it is noted among the lab's interventions. */
export class LabCable {
  /** As it was plugged in. */
  readonly name: string;
  readonly #parts: CableParts;
  readonly #act: Act;

  constructor(parts: CableParts, act: Act) {
    this.name = parts.name;
    this.#parts = parts;
    this.#act = act;
  }

  /** The faults of the cable; undefined as long as it has had none. */
  get impaired(): ImpairedLink | undefined {
    return this.#parts.impaired;
  }

  /** False while it is unplugged. */
  get plugged(): boolean {
    return this.#parts.gates.every((gate) => gate.open);
  }

  /** What did not pass its ends, the first host's first. */
  get counters(): readonly Readonly<GateCounters>[] {
    return this.#parts.gates.map((gate) => gate.counters);
  }

  /** Unplugs it: nothing passes. What is under way is lost. */
  down(): void {
    this.#act({ do: "unplug", cable: this.name });
  }

  /** Plugs it in again. */
  up(): void {
    this.#act({ do: "plug", cable: this.name });
  }

  /** Unplugs it for `down` and plugs it in for `up`, so many times. */
  flap(down: Span, up: Span, cycles: number): void {
    this.#act({ do: "flap", cable: this.name, down, up, cycles });
  }

  /**
   * From now on this is wrong with it, such as `loss=2%,out:rate=1mbit`; an empty line is a good cable. What is under
   * way arrives as was decided before.
   *
   * @throws SyntaxError for a line that cannot be read, RangeError for a cable with offloads
   */
  impair(line: string): void {
    this.#act({ do: "impair", cable: this.name, line });
  }
}
