/**
 * Time that jumps from deadline to deadline: an hour of TCP passes in a millisecond, and always in the same
 * way. One `VirtualTime` is the clock of several stacks and links; whoever has the earliest deadline is
 * next, and of several with the same, the one that joined first.
 */
import {
  CALLABLE,
  checkSettings,
  costOf,
  type Duration,
  type Instant,
  integer,
  later,
  NEVER,
  quantity,
  seconds,
  TimerQueue,
  type Turns,
} from "../../stack/index.ts";
import type { Deferred, Scheduler, Timekeeper } from "../host.ts";

/** What has deadlines: a stack, for one. */
export interface TimeMember {
  /** When `advance` next has something to do; `NEVER` if nothing will happen by itself. */
  nextDeadline(): Instant;
  advance(now: Instant): void;
  /** Set by whoever drives the stack: who gives the application its turn. */
  turns?: Turns | undefined;
}

/** How virtual time goes on. */
export interface VirtualTimeOptions {
  /**
   * Lets every promise that can settle now do so. The default waits for a number of microtasks, which is
   * deterministic and needs nothing but the language; on Node, `() => new Promise(setImmediate)` waits for
   * all of them, whatever their number.
   */
  readonly drain?: (() => Promise<unknown>) | undefined;
  /**
   * No more virtual time than this may pass, in microseconds; a day by default. What runs on forever is so found out.
   */
  readonly limit?: Duration | undefined;
  /**
   * Steps at one instant that are taken for a circle in which time stands still; 1,000,000 by default. A turn of
   * the applications that had to be cut off counts for a hundred.
   */
  readonly standstill?: number | undefined;
}

/** Microtasks that the default `drain` waits for: deeper than calls of async functions are nested. */
const TURNS = 64;

/** How many more times promises are let settle before it is called a deadlock. */
const PATIENCE = 100;

/**
 * What one turn of the applications may cost, in units of `costOf`. Calls are counted, and no clock is asked, so
 * that every run is the same.
 */
const SHARE = 1_024;

/** A turn that was cut off counts for so many steps at its instant: nothing but the applications gets on. */
const CUT_OFF = 100;

/** The default of `standstill`. */
const STANDSTILL = 1_000_000;

/** Virtual time cannot go on: nothing is left that could happen, or too much has. */
export class VirtualTimeError extends Error {
  override readonly name: string = "VirtualTimeError";
}

interface Joined {
  readonly name: string;
  readonly member: TimeMember;
}

export class VirtualTime implements Timekeeper, Scheduler, Turns {
  /** Timers of links and tests; stacks have their own. */
  readonly timers: TimerQueue = new TimerQueue();
  readonly #members: Joined[] = [];
  readonly #drain: () => Promise<unknown>;
  readonly #limit: Instant;
  readonly #standstill: number;
  #now: Instant = 0 as Instant;
  #deferred: Deferred[] = [];
  #running: Deferred[] = [];
  /** What the next turn of the applications begins with. */
  #putOff: Deferred[] = [];
  #resuming: Deferred[] = [];
  /** Events of applications: each is run in a step of its own. */
  #turns: Deferred[] = [];
  #nextTurn = 0;
  /** What calls have cost in this turn, and how many have ended in all. */
  #spent = 0;
  #ended = 0;
  #stepsAtNow = 0;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(options: VirtualTimeOptions = {}) {
    checkSettings("VirtualTime", options, {
      drain: CALLABLE,
      limit: quantity(0, Infinity),
      standstill: integer(1),
    });
    this.#drain = options.drain ?? (() => this.#drainMicrotasks());
    this.#standstill = options.standstill ?? STANDSTILL;
    this.#limit = later(this.#now, options.limit ?? seconds(86_400));
  }

  now(): Instant {
    return this.#now;
  }

  /** Makes `member` part of this time. `name` is for reports. */
  join(name: string, member: TimeMember): void {
    this.#members.push({ name, member });
    member.turns = this;
  }

  /** The member's deadlines no longer count. */
  leave(member: TimeMember): void {
    const index = this.#members.findIndex((joined) => joined.member === member);
    if (index >= 0) this.#members.splice(index, 1);
  }

  defer(task: Deferred): void {
    this.#deferred.push(task);
  }

  /** See `Turns`: true for a number of calls, whatever time they take. */
  spend(octets: number): boolean {
    this.#ended++;
    this.#spent += costOf(octets);
    return this.#spent <= SHARE;
  }

  /** See `Turns`: in the next step after everything that was deferred, at this instant. */
  putOff(task: Deferred): void {
    this.#putOff.push(task);
  }

  /** See `Turns`: in a step of its own, at this instant. */
  next(task: Deferred): void {
    this.#turns.push(task);
  }

  /** Nothing to do: every step asks all members for their deadlines anyway. */
  wakeAt(): void {}

  /** The earliest instant at which something happens by itself: now, if something was deferred. */
  nextDeadline(): Instant {
    if (this.#pending() > 0) return this.#now;
    let earliest = this.timers.nextDeadline();
    for (const { member } of this.#members) {
      const deadline = member.nextDeadline();
      if (deadline < earliest) earliest = deadline;
    }
    return earliest;
  }

  /**
   * Does the next thing: what was deferred, or else a jump to the earliest deadline. False if there is none.
   * Synchronous: applications that await are not served in between.
   *
   * @throws {@link VirtualTimeError} past the limit, or when time stands still
   */
  step(): boolean {
    const next = this.nextDeadline();
    if (next === NEVER) return false;
    if (next > this.#limit) {
      throw new VirtualTimeError(`more than ${inSeconds(this.#now)} have passed; ${this.describe()}`);
    }
    if (next > this.#now) {
      this.#now = next;
      this.#stepsAtNow = 0;
    } else {
      this.#stepsAtNow += this.#spent > SHARE ? CUT_OFF : 1;
    }
    if (this.#stepsAtNow > this.#standstill) {
      throw new VirtualTimeError(`time stands still at ${inSeconds(this.#now)}; ${this.describe()}`);
    }
    this.#spent = 0;
    if (this.#deferred.length > 0) this.#runDeferred();
    else if (this.#putOff.length > 0) this.#resume();
    else if (this.#turns.length > 0) this.#runTurn();
    else this.#advance();
    return true;
  }

  /** Lets `span` pass, each thing at exactly its time. Synchronous, as `step`. */
  elapse(span: Duration): void {
    const end = later(this.#now, span);
    while (this.nextDeadline() <= end) this.step();
    this.#now = end;
  }

  /**
   * Steps until `done()`. Synchronous, as `step`.
   *
   * @throws {@link VirtualTimeError} when nothing is left that could happen
   */
  elapseUntil(done: () => boolean): void {
    while (!done()) {
      if (!this.step()) throw this.#deadlock("the condition does not hold");
    }
  }

  /**
   * Runs until `work` settles, and gives what it gives. Time moves only when every promise waits.
   *
   * @throws {@link VirtualTimeError} at once when `work` waits for something that cannot happen
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    work.then(settle, settle);
    await this.#runUntil(() => settled, "the promise is not settled");
    return work;
  }

  /** Lets `span` pass, with applications that await served in between. */
  async runFor(span: Duration): Promise<void> {
    const end = later(this.#now, span);
    for (await this.#drain(); this.nextDeadline() <= end; await this.#drain()) this.step();
    this.#now = end;
    await this.#drain();
  }

  /**
   * Runs until `done()`, with applications that await served in between.
   *
   * @throws {@link VirtualTimeError} when nothing is left that could happen
   */
  async runUntil(done: () => boolean): Promise<void> {
    await this.#runUntil(done, "the condition does not hold");
  }

  /** Who has a deadline, and when: `alice at 1.5 s; links: 2 timers, next at 1.2 s`. */
  describe(): string {
    const lines = this.#members.map(({ name, member }) => `${name}: ${when(member.nextDeadline())}`);
    lines.push(`links: ${this.timers.size} timers, ${when(this.timers.nextDeadline())}`);
    if (this.#pending() > 0) lines.push(`deferred: ${this.#pending() - this.#nextTurn}`);
    return `at ${inSeconds(this.#now)}, next deadlines: ${lines.join("; ")}`;
  }

  async #runUntil(done: () => boolean, complaint: string): Promise<void> {
    let patience = PATIENCE;
    for (;;) {
      await this.#drain();
      if (done()) return;
      if (this.step()) patience = PATIENCE;
      else if (patience-- === 0) throw this.#deadlock(complaint);
    }
  }

  #runDeferred(): void {
    const tasks = this.#deferred;
    this.#deferred = this.#running;
    this.#running = tasks;
    for (let i = 0; i < tasks.length; i++) (tasks[i] as Deferred).run();
    tasks.length = 0;
  }

  /** What is to be done at this instant, before time moves on. */
  #pending(): number {
    return this.#deferred.length + this.#putOff.length + this.#turns.length;
  }

  #resume(): void {
    const tasks = this.#putOff;
    this.#putOff = this.#resuming;
    this.#resuming = tasks;
    for (let i = 0; i < tasks.length; i++) (tasks[i] as Deferred).run();
    tasks.length = 0;
  }

  #runTurn(): void {
    const task = this.#turns[this.#nextTurn++] as Deferred;
    if (this.#nextTurn === this.#turns.length) {
      this.#turns.length = 0;
      this.#nextTurn = 0;
    }
    task.run();
  }

  /** Waits for microtasks, and for more of them as long as they end calls: turns are bounded, so it ends. */
  async #drainMicrotasks(): Promise<void> {
    let ended = -1;
    while (ended !== this.#ended) {
      ended = this.#ended;
      for (let i = 0; i < TURNS; i++) await undefined;
    }
  }

  #advance(): void {
    const now = this.#now;
    this.timers.advance(now);
    for (const { member } of this.#members) if (member.nextDeadline() <= now) member.advance(now);
  }

  #deadlock(complaint: string): VirtualTimeError {
    return new VirtualTimeError(`deadlock: ${complaint}, and nothing is left to happen; ${this.describe()}`);
  }
}

function when(deadline: Instant): string {
  return deadline === NEVER ? "none" : `at ${inSeconds(deadline)}`;
}

function inSeconds(at: Instant): string {
  return `${at / 1_000_000} s`;
}
