/** What drivers ask of whoever drives them: virtual time in a simulation, an event loop on a real host. */
import type { Clock, Deferred, Instant, TimerQueue } from "../stack/index.ts";

export type { Deferred } from "../stack/index.ts";

/** Runs things soon, but never at once: what keeps a link from calling `received` inside `transmit`. */
export interface Scheduler {
  /** Calls `task.run()` after everything that was deferred before, and before time moves on. */
  defer(task: Deferred): void;
}

/** A clock with timers that the host fires. */
export interface Timekeeper extends Clock {
  /** The host advances it when its `nextDeadline` has come. */
  readonly timers: TimerQueue;
  /** A timer was armed from outside of an expiry: `timers` has something due at `deadline`, or before. */
  wakeAt(deadline: Instant): void;
}
