/** The machine's monotonic clock, as the stack's. */
import type { Clock, Instant } from "../../stack/index.ts";
import { monotonicNow } from "./own-timers.ts";

/** Whole microseconds since it was made. It never goes back, and no setting of the wall clock moves it. */
export class HostClock implements Clock {
  readonly #start: number = monotonicNow();

  /** Microseconds since the clock was made. */
  now(): Instant {
    return Math.floor((monotonicNow() - this.#start) * 1_000) as Instant;
  }
}
