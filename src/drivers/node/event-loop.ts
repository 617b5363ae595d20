/** Node's event loop as the host of stacks and links: it fires their timers and runs what they put off. */
import { type Clock, type Instant, NEVER, TimerQueue } from "../../stack/index.ts";
import type { Deferred, Scheduler, Timekeeper } from "../host.ts";
import { HostClock } from "./host-clock.ts";

/** The longest wait that `setTimeout` takes, in milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** The part of a stack that has timers. */
export interface Advanceable {
  /** Fires every timer that is due, and announces the next deadline by `wakeAt`. */
  advance(now: Instant): void;
}

/**
 * One `setTimeout` for all the timers of some stacks and links. Deadlines move at nearly every segment,
 * mostly to later and back, so the timeout is left as it is unless a new deadline is earlier. Node's timers
 * have a resolution of 1 ms, and so have the stack's here.
 *
 * ```ts
 * const loop = new EventLoop();
 * const stack = new Stack({ clock: loop, random, wakeAt: (deadline) => loop.wakeAt(deadline) });
 * loop.drive(stack);
 * ```
 */
export class EventLoop implements Timekeeper, Scheduler {
  /** For links that hold frames back. */
  readonly timers: TimerQueue = new TimerQueue();
  readonly #clock: Clock;
  readonly #stacks: Advanceable[] = [];
  /** The earliest that was announced and has not come. */
  #deadline: Instant = NEVER;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #deferred: Deferred[] = [];
  #running: Deferred[] = [];
  #round: NodeJS.Immediate | undefined;
  #keepsAlive = true;
  #closed = false;

  /** @param clock - where `now` comes from; the machine's by default */
  constructor(clock: Clock = new HostClock()) {
    this.#clock = clock;
  }

  now(): Instant {
    return this.#clock.now();
  }

  /** From now on `stack` is advanced at the deadlines that it announces. */
  drive(stack: Advanceable): void {
    this.#stacks.push(stack);
  }

  wakeAt(deadline: Instant): void {
    if (deadline >= this.#deadline || this.#closed) return;
    this.#deadline = deadline;
    this.#arm();
  }

  defer(task: Deferred): void {
    if (this.#closed) return;
    this.#deferred.push(task);
    this.#round ??= setImmediate(this.#runDeferred);
  }

  /** Keeps the process alive while a timer is armed, as it does from the start. */
  ref(): void {
    this.#keepsAlive = true;
    this.#timeout?.ref();
  }

  /** Lets the process end though timers are armed. */
  unref(): void {
    this.#keepsAlive = false;
    this.#timeout?.unref();
  }

  /** No timer fires any more, nothing that was put off is run, and nothing keeps the process alive. */
  close(): void {
    this.#closed = true;
    this.#deadline = NEVER;
    this.#disarm();
    clearImmediate(this.#round);
    this.#deferred.length = 0;
  }

  #arm(): void {
    this.#disarm();
    if (this.#deadline === NEVER) return;
    const wait = this.#deadline - this.#clock.now();
    if (wait <= 0) {
      this.#immediate = setImmediate(this.#fire);
      return;
    }
    // Rounded up: a timeout that fires before the deadline would have to be set again.
    this.#timeout = setTimeout(this.#fire, Math.min(Math.ceil(wait / 1_000), LONGEST_WAIT));
    if (!this.#keepsAlive) this.#timeout.unref();
  }

  #disarm(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#timeout = undefined;
    this.#immediate = undefined;
  }

  readonly #fire = (): void => {
    const now = this.#clock.now();
    if (now < this.#deadline) {
      this.#arm(); // Node's timers may be early by a fraction of a millisecond
      return;
    }
    this.#disarm();
    this.#deadline = NEVER;
    this.timers.advance(now);
    for (const stack of this.#stacks) stack.advance(now);
    this.wakeAt(this.timers.nextDeadline());
  };

  /** Runs what has been deferred so far; what that defers has its turn after the loop's other work. */
  readonly #runDeferred = (): void => {
    this.#round = undefined;
    const running = this.#deferred;
    this.#deferred = this.#running;
    this.#running = running;
    for (let i = 0; i < running.length && !this.#closed; i++) running[i]?.run();
    running.length = 0;
  };
}
