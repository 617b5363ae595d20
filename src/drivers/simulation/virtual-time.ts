/**
 * Time that jumps from deadline to deadline: an hour of TCP passes in a millisecond, and always in the same
 * way. One `VirtualTime` is the clock of several stacks and links; whoever has the earliest deadline is
 * next, and of several with the same, the one that joined first.
 */
import { type Duration, type Instant, later, NEVER, seconds, TimerQueue } from "../../stack/index.ts";
import type { Deferred, Scheduler, Timekeeper } from "../host.ts";

/** What has deadlines: a stack, for one. */
export interface TimeMember {
  /** When `advance` next has something to do; `NEVER` if nothing will happen by itself. */
  nextDeadline(): Instant;
  advance(now: Instant): void;
}

export interface VirtualTimeOptions {
  /**
   * Lets every promise that can settle now do so. The default waits for a number of microtasks, which is
   * deterministic and needs nothing but the language; on Node, `() => new Promise(setImmediate)` waits for
   * all of them, whatever their number.
   */
  readonly drain?: () => Promise<unknown>;
  /** No more virtual time than this may pass; a day by default. What runs on forever is so found out. */
  readonly limit?: Duration;
}

/** Microtasks that the default `drain` waits for: deeper than calls of async functions are nested. */
const TURNS = 64;

/** How many more times promises are let settle before it is called a deadlock. */
const PATIENCE = 100;

/** Steps at one instant that are taken for a circle in which time stands still. */
const STANDSTILL = 1_000_000;

/** Virtual time cannot go on: nothing is left that could happen, or too much has. */
export class VirtualTimeError extends Error {
  override readonly name: string = "VirtualTimeError";
}

interface Joined {
  readonly name: string;
  readonly member: TimeMember;
}

export class VirtualTime implements Timekeeper, Scheduler {
  /** Timers of links and tests; stacks have their own. */
  readonly timers: TimerQueue = new TimerQueue();
  readonly #members: Joined[] = [];
  readonly #drain: () => Promise<unknown>;
  readonly #limit: Instant;
  #now: Instant = 0 as Instant;
  #deferred: Deferred[] = [];
  #running: Deferred[] = [];
  #stepsAtNow = 0;

  constructor(options: VirtualTimeOptions = {}) {
    this.#drain = options.drain ?? drainMicrotasks;
    this.#limit = later(this.#now, options.limit ?? seconds(86_400));
  }

  now(): Instant {
    return this.#now;
  }

  /** Makes `member` part of this time. `name` is for reports. */
  join(name: string, member: TimeMember): void {
    this.#members.push({ name, member });
  }

  /** The member's deadlines no longer count. */
  leave(member: TimeMember): void {
    const index = this.#members.findIndex((joined) => joined.member === member);
    if (index >= 0) this.#members.splice(index, 1);
  }

  defer(task: Deferred): void {
    this.#deferred.push(task);
  }

  /** Nothing to do: every step asks all members for their deadlines anyway. */
  wakeAt(): void {}

  /** The earliest instant at which something happens by itself: now, if something was deferred. */
  nextDeadline(): Instant {
    if (this.#deferred.length > 0) return this.#now;
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
    } else if (++this.#stepsAtNow > STANDSTILL) {
      throw new VirtualTimeError(`time stands still at ${inSeconds(this.#now)}; ${this.describe()}`);
    }
    if (this.#deferred.length > 0) this.#runDeferred();
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
    if (this.#deferred.length > 0) lines.push(`deferred: ${this.#deferred.length}`);
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

async function drainMicrotasks(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await undefined;
}
