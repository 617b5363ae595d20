/** The time of a browser for a stack: real time, with the timers of the page. */
import { type Clock, type Instant, NEVER, type Stack, TimerQueue } from "../../stack/index.ts";
import type { Deferred, Scheduler, Timekeeper } from "../scheduler.ts";

/** The longest wait that `setTimeout` takes, in milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** What drives a stack in real time where there is nothing but `setTimeout` and `performance`. */
export class BrowserLoop implements Clock, Timekeeper, Scheduler {
  readonly timers: TimerQueue = new TimerQueue();
  readonly #stacks: Stack[] = [];
  #deferred: Deferred[] = [];
  #deadline: Instant = NEVER;
  #timeout: ReturnType<typeof setTimeout> | undefined = undefined;

  /** Microseconds since the page began. */
  now(): Instant {
    return Math.floor(performance.now() * 1000) as Instant;
  }

  /** From now on the stack is advanced at the deadlines that it announces by `wakeAt`. */
  drive(stack: Stack): void {
    this.#stacks.push(stack);
  }

  wakeAt(deadline: Instant): void {
    if (deadline >= this.#deadline) return;
    this.#deadline = deadline;
    clearTimeout(this.#timeout);
    const wait = Math.max(0, Math.ceil((deadline - this.now()) / 1000));
    this.#timeout = setTimeout(() => this.#expire(), Math.min(wait, LONGEST_WAIT));
  }

  defer(task: Deferred): void {
    if (this.#deferred.push(task) > 1) return;
    setTimeout(() => {
      const tasks = this.#deferred;
      this.#deferred = [];
      for (const one of tasks) one.run();
    }, 0);
  }

  /** Ends it: nothing expires any more. */
  close(): void {
    clearTimeout(this.#timeout);
    this.#stacks.length = 0;
  }

  #expire(): void {
    this.#deadline = NEVER;
    const now = this.now();
    this.timers.advance(now);
    for (const stack of this.#stacks) stack.advance(now);
    const next = this.timers.nextDeadline();
    if (next !== NEVER) this.wakeAt(next);
  }
}
