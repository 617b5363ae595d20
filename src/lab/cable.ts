/** A cable that was plugged in. It can be unplugged, and its faults can change. */
import {
  BareImpairedLink,
  type BottleneckMaker,
  type DirectedCable,
  type Gate,
  type GateCounters,
  type Impairments,
  type NetworkAction,
  NO_FAULTS,
  parseImpairments,
  type Span,
  type Undo,
  type VirtualTime,
} from "../drivers/simulation/index.ts";
import type { Random } from "../stack/index.ts";

/** Does what is asked, and notes that it was. */
export type Act = (action: NetworkAction) => void;

/** What is really done to a cable, by whoever directs. */
export class CableParts implements DirectedCable {
  readonly name: string;
  /** At the end of the first host, and of the second; the other end of a cable to a switch has none. */
  readonly gates: readonly Gate[];
  impaired: BareImpairedLink | undefined = undefined;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #queues: BottleneckMaker | undefined;
  /** What it was made with, and what is wrong with it now. */
  #made: Impairments = GOOD;
  #present: Impairments = GOOD;

  constructor(
    name: string,
    gates: readonly Gate[],
    time: VirtualTime,
    random: Random,
    queues: BottleneckMaker | undefined,
  ) {
    this.name = name;
    this.gates = gates;
    this.#time = time;
    this.#random = random;
    this.#queues = queues;
  }

  get open(): boolean {
    return this.gates.every((gate) => gate.open);
  }

  setOpen(open: boolean): void {
    for (const gate of this.gates) gate.open = open;
  }

  get carrier(): boolean {
    return this.gates.every((gate) => gate.carrier);
  }

  setCarrier(present: boolean): void {
    for (const gate of this.gates) gate.setCarrier(present);
  }

  /** What is wrong with it from the beginning. Throws as `impair`. */
  make(impairments: string | Impairments): void {
    this.#made = typeof impairments === "string" ? parseImpairments(impairments) : impairments;
    this.#change(this.#made);
  }

  /** @throws RangeError of a cable with offloads, which cannot be impaired */
  impair(line: string): Undo {
    return this.#change(parseImpairments(line));
  }

  /**
   * Of what the host at this end sends; without a line, as it was made.
   *
   * @param side - 0 for the first host, 1 for the second
   */
  impairFrom(side: number, line: string | undefined): Undo {
    const way = side === 0 ? "out" : "in";
    const sent = line === undefined ? this.#made[way] : parseImpairments(line).out;
    return this.#change({ ...this.#present, [way]: sent });
  }

  #change(impairments: Impairments): Undo {
    if (this.impaired !== undefined) this.impaired.change(impairments);
    else {
      const [gate] = this.gates as [Gate];
      this.impaired = gate.wrap(
        (inner) => new BareImpairedLink(inner, this.#time, this.#random, impairments, this.#queues),
      );
    }
    const before = this.#present;
    this.#present = impairments;
    return () => {
      this.#change(before);
    };
  }
}

/** With no fault. */
const GOOD: Impairments = { in: NO_FAULTS, out: NO_FAULTS };

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
  get impaired(): BareImpairedLink | undefined {
    return this.#parts.impaired;
  }

  /** False while it is unplugged. */
  get plugged(): boolean {
    return this.#parts.open;
  }

  /** What did not pass its ends, the first host's first. */
  get counters(): readonly Readonly<GateCounters>[] {
    return this.#parts.gates.map((gate) => gate.counters);
  }

  /**
   * Unplugs it: nothing passes. What is under way is lost.
   *
   * @param options.carrier - the hosts at its ends are told, as by a plug that is pulled out: their interfaces go down. By
   *   default frames are lost in silence, as when something breaks farther away
   */
  down(options: { readonly carrier?: boolean } = {}): void {
    this.#act({ do: "unplug", cable: this.name, ...(options.carrier === true && { carrier: true }) });
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
