/** What the parts of the page agree on, and who wants to know when it changes. */

import type { RunModel } from "../model/run-model.ts";
import type { Flight, RunEvent } from "../record/run-record.ts";
import type { Waits } from "../run/answers.ts";

/** What the reader looks at. */
export interface View {
  /** The run, and beside it another one that differs in what was done to it. */
  readonly model: RunModel | undefined;
  readonly other: RunModel | undefined;
  /** The part of the run that is shown, microseconds. */
  readonly from: number;
  readonly to: number;
  /** The instant that is looked at. */
  readonly cursor: number;
  readonly event: RunEvent | undefined;
  readonly flight: Flight | undefined;
  /** Events that led to the chosen one. */
  readonly chain: ReadonlySet<number>;
  /** The connection that the plots are about, and which end sends; -1: none. */
  readonly connection: number;
  readonly side: 0 | 1;
  /** Show segments of that connection only. */
  readonly filtered: boolean;
  /** Where the time of that direction went, once that is known. */
  readonly waits: Waits | undefined;
  /** Why the chosen event is, as a paragraph, once that is known. */
  readonly why: string;
  /** Why no more was sent at the cursor, once that is known. */
  readonly whyNot: string;
}

/** Named fields of a view that have changed. */
export type Changed = ReadonlySet<keyof View>;

const EMPTY: View = {
  model: undefined,
  other: undefined,
  from: 0,
  to: 1,
  cursor: 0,
  event: undefined,
  flight: undefined,
  chain: new Set(),
  connection: -1,
  side: 0,
  filtered: false,
  waits: undefined,
  why: "",
  whyNot: "",
};

/** Holds a view. Those who look at it are told once a frame, whatever has changed in between. */
export class Store {
  #view: View = EMPTY;
  #changed: Set<keyof View> = new Set();
  readonly #listeners: ((view: View, changed: Changed) => void)[] = [];

  get view(): View {
    return this.#view;
  }

  set(patch: Partial<View>): void {
    const first = this.#changed.size === 0;
    for (const key of Object.keys(patch) as (keyof View)[]) {
      if (this.#view[key] !== patch[key]) this.#changed.add(key);
    }
    this.#view = { ...this.#view, ...patch };
    if (first && this.#changed.size > 0) requestAnimationFrame(() => this.#tell());
  }

  /** Shows a part of the run, not less than a microsecond and not more than all of it. */
  look(from: number, to: number): void {
    const end = Math.max(1, this.#view.model?.end ?? 1, this.#view.other?.end ?? 1);
    const span = Math.min(Math.max(to - from, 1), end * 1.1);
    const begin = Math.min(Math.max(from, -end * 0.05), end * 1.05 - span);
    this.set({ from: begin, to: begin + span });
  }

  /** Zooms by `factor` (below 1: in), around the instant `at`. */
  zoom(factor: number, at: number = this.#view.cursor): void {
    const { from, to } = this.#view;
    this.look(at - (at - from) * factor, at + (to - at) * factor);
  }

  /** Moves the cursor, and what is shown with it. */
  goTo(time: number): void {
    const { from, to } = this.#view;
    this.set({ cursor: time });
    if (time < from || time > to) this.look(time - (to - from) / 2, time + (to - from) / 2);
  }

  /** Looks at an event, or a flight and the event that has sent it: why it is, and what led to it. */
  choose(event: RunEvent | undefined, flight: Flight | undefined, at?: number): void {
    const cursor = at ?? flight?.sent ?? event?.time;
    const { model, connection: before } = this.#view;
    if (model === undefined) return;
    const chain = event === undefined ? [] : model.chain(event).map(({ index }) => index);
    const connection = flight?.connection ?? event?.connection ?? -1;
    const side = flight?.side ?? model.sideOf(connection, event?.host ?? -1);
    this.set({
      event,
      flight,
      chain: new Set(chain),
      ...(connection >= 0 && connection !== before && { connection, side }),
    });
    if (cursor !== undefined) this.goTo(cursor);
  }

  /** Looks at nothing. */
  chooseNone(): void {
    this.set({ event: undefined, flight: undefined, chain: new Set() });
  }

  listen(listener: (view: View, changed: Changed) => void): void {
    this.#listeners.push(listener);
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const listener of this.#listeners) listener(this.#view, changed);
  }
}
