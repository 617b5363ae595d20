/**
 * Node's event loop as the host of stacks and links: it fires their timers, runs what they put off, and bounds
 * the turns of the application.
 */
import { type Clock, costOf, type Instant, NEVER, TimerQueue, type Turns } from "../../stack/index.ts";
import type { Deferred, Scheduler, Timekeeper } from "../scheduler.ts";
import { HostClock } from "./host-clock.ts";
import { clearImmediate, clearTimeout, monotonicNow, setImmediate, setTimeout } from "./own-timers.ts";

/** The longest wait that `setTimeout` takes, in milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * How long a turn of the application may last, in milliseconds, before it is put off behind timers and devices.
 * A round of the loop costs some 3 µs by itself, so this leaves 98 % of the time to the application; and it is a
 * fifth of the resolution of Node's timers.
 */
const SHARE = 0.2;

/**
 * A timer that is later than this, in microseconds, says that the loop, or the whole machine, was busy. Node's timers
 * are up to a millisecond late by themselves.
 */
const LATE = 2_000;

/**
 * Rounds of the loop before such a timer fires. What came while the loop was busy waits in the devices, the ACK that a
 * timer has given up on perhaps among it; without a look at it first, the stack would probe, and send again, what has
 * long arrived. A device is seen to be ready in one round and read in the next, 64 frames at a time; a round in which
 * there is nothing to read takes a few microseconds.
 */
const LOOKS = 16;

/** Calls that end between two looks at the clock, in units of `costOf`: a look costs a tenth of one. */
const LOOK_AFTER = 8;

/** The part of a stack that has timers. */
export interface Advanceable {
  /** Fires every timer that is due, and announces the next deadline by `wakeAt`. */
  advance(now: Instant): void;
  /** Set by whoever drives the stack: who gives the application its turn. */
  turns?: Turns | undefined;
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
export class EventLoop implements Timekeeper, Scheduler, Turns {
  /** For links that hold frames back. */
  readonly timers: TimerQueue = new TimerQueue();
  readonly #clock: Clock;
  readonly #stacks: Advanceable[] = [];
  /** The earliest that was announced and has not come. */
  #deadline: Instant = NEVER;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** How often devices have been looked at since a timer was found to be late. */
  #looks = 0;
  #deferred: Deferred[] = [];
  #running: Deferred[] = [];
  #round: NodeJS.Immediate | undefined;
  /** What calls have cost since the last look at the clock. */
  #spent = 0;
  /** Runs when the turn ends by itself: while it waits, the turn that it was set in goes on. */
  #turnEnd: NodeJS.Immediate | undefined;
  /** When it was set, in milliseconds of `monotonicNow()`. */
  #turnSeenAt = 0;
  #turnOver = false;
  /** What the next turn begins with. */
  #putOff: Deferred[] = [];
  #resuming: Deferred[] = [];
  #keepsAlive = true;
  /** Stacks of which somebody waits for a timer. */
  readonly #awaiting: Set<object> = new Set();
  #closed = false;

  /** @param clock - where `now` comes from; the machine's by default */
  constructor(clock: Clock = new HostClock()) {
    this.#clock = clock;
  }

  /** The time of the clock that it was made with, in microseconds. */
  now(): Instant {
    return this.#clock.now();
  }

  /** From now on `stack` is advanced at the deadlines that it announces, and its application has turns here. */
  drive(stack: Advanceable): void {
    this.#stacks.push(stack);
    stack.turns = this;
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

  /** See `Turns`: true for some 200 µs. */
  spend(octets: number): boolean {
    this.#spent += costOf(octets);
    return this.#spent < LOOK_AFTER ? !this.#turnOver : this.#goesOn();
  }

  /** See `Turns`. */
  putOff(task: Deferred): void {
    this.#putOff.push(task);
    this.#turnEnd ??= setImmediate(this.#beginTurn);
  }

  /** See `Turns`. */
  next(task: Deferred): void {
    setImmediate(runTask, task);
  }

  /** See `Turns`. */
  awaits(who: object, yes: boolean): void {
    if (yes) this.#awaiting.add(who);
    else this.#awaiting.delete(who);
    this.#refer();
  }

  /**
   * Keeps the process alive while a timer is armed that somebody waits for, as it does from the start: TIME-WAIT and its
   * like keep no process.
   */
  ref(): void {
    this.#keepsAlive = true;
    this.#refer();
  }

  /** Lets the process end though timers are armed. */
  unref(): void {
    this.#keepsAlive = false;
    this.#refer();
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
    this.#refer();
  }

  #refer(): void {
    if (this.#keepsAlive && (this.#awaiting.size > 0 || this.timers.size > 0)) this.#timeout?.ref();
    else this.#timeout?.unref();
  }

  #disarm(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#timeout = undefined;
    this.#immediate = undefined;
  }

  /**
   * A turn that ends often, as when frames come from a TAP, must cost nothing: so it is looked for only after
   * some calls, and then by an immediate, which runs when the turn has ended.
   */
  #goesOn(): boolean {
    this.#spent = 0;
    if (this.#turnEnd === undefined) {
      this.#turnEnd = setImmediate(this.#beginTurn);
      this.#turnSeenAt = monotonicNow();
    } else if (monotonicNow() - this.#turnSeenAt >= SHARE) this.#turnOver = true;
    return !this.#turnOver;
  }

  readonly #beginTurn = (): void => {
    this.#turnEnd = undefined;
    this.#turnOver = false;
    this.#spent = 0;
    const resuming = this.#putOff;
    this.#putOff = this.#resuming;
    this.#resuming = resuming;
    for (let i = 0; i < resuming.length; i++) resuming[i]?.run();
    resuming.length = 0;
  };

  readonly #fire = (): void => {
    /** The time of the clock that it was made with, in microseconds. */
    const now = this.#clock.now();
    if (now < this.#deadline) {
      this.#arm(); // Node's timers may be early by a fraction of a millisecond
      return;
    }
    if (now - this.#deadline > LATE && this.#looks < LOOKS) {
      this.#looks++;
      this.#disarm();
      this.#immediate = setImmediate(this.#fire);
      return;
    }
    this.#looks = 0;
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

function runTask(task: Deferred): void {
  task.run();
}
