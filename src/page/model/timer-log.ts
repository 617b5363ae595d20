/** The timers of one end of a connection, at any instant. */
import type { RunEvent } from "../record/run-record.ts";
import { lowerBound } from "./search.ts";

/** Changes between two key frames. */
const APART = 128;

/** What was told of timers, with the whole of them now and then. */
export class TimerLog {
  readonly #changes: RunEvent[] = [];
  readonly #keyFrames: ReadonlyMap<string, number>[] = [];
  readonly #now: Map<string, number> = new Map();

  add(event: RunEvent): void {
    if (this.#changes.length % APART === 0) this.#keyFrames.push(new Map(this.#now));
    this.#changes.push(event);
    apply(this.#now, event);
  }

  /** The timers that ran at `time`, and when each was due. */
  at(time: number): ReadonlyMap<string, number> {
    const { length } = this.#changes;
    const count = lowerBound(length, (at) => (this.#changes[at] as RunEvent).time > time);
    const frame = Math.floor(Math.max(0, count - 1) / APART);
    const timers = new Map(this.#keyFrames[frame]);
    for (let at = frame * APART; at < count; at++) apply(timers, this.#changes[at] as RunEvent);
    return timers;
  }
}

function apply(timers: Map<string, number>, { detail }: RunEvent): void {
  const purpose = String(detail["purpose"]);
  if (detail["what"] === "armed") timers.set(purpose, Number(detail["at"]));
  else timers.delete(purpose);
}
