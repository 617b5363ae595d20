/**
 * Time that jumps from deadline to deadline: an hour of TCP passes in a millisecond, and always in the same
 * way. One `VirtualTime` is the clock of several stacks and links; whoever has the earliest deadline is
 * next, and of several with the same, the one that joined first.
 */
import {
  type Application,
  CALLABLE,
  checkSettings,
  type Deferred,
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
import type { Scheduler, Timekeeper } from "../scheduler.ts";
import { Agenda, type AnnouncingMember, type Seat, type TimeMember } from "./agenda.ts";
import { Applications, HostTurns } from "./applications.ts";

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

/** How many more times promises are let settle before it is called a deadlock. */
const PATIENCE = 100;

/** A turn that was cut off counts for so many steps at its instant: nothing but the applications gets on. */
const CUT_OFF = 100;

/**
 * Promises are let settle after so many steps even if nobody was seen to be woken: somebody may have been in a way
 * of which we know nothing, such as an observer of frames.
 */
const MOST_UNSEEN = 64;

/** Members of which a report says more than their number. */
const MOST_DESCRIBED = 20;

/** The default of `standstill`. */
const STANDSTILL = 1_000_000;

/** Virtual time cannot go on: nothing is left that could happen, or too much has. */
export class VirtualTimeError extends Error {
  /** Of the class. */
  override readonly name: string = "VirtualTimeError";
}

/** The clock of a simulation, and who drives it. */
export class VirtualTime implements Timekeeper, Scheduler, Turns {
  /** Timers of links and tests; stacks have their own. */
  readonly timers: TimerQueue = new TimerQueue();
  readonly #agenda: Agenda = new Agenda();
  readonly #applications: Applications;
  readonly #limit: Instant;
  readonly #standstill: number;
  #now: Instant = 0 as Instant;
  /** Two lists that change places, and how long the first is: to empty an array costs more than a step. */
  #deferred: (Deferred | undefined)[] = [];
  #running: (Deferred | undefined)[] = [];
  #deferrals = 0;
  #stepsAtNow = 0;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(options: VirtualTimeOptions = {}) {
    checkSettings("VirtualTime", options, {
      drain: CALLABLE,
      limit: quantity(0, Infinity),
      standstill: integer(1),
    });
    this.#applications = new Applications(options.drain);
    this.#standstill = options.standstill ?? STANDSTILL;
    this.#limit = later(this.#now, options.limit ?? seconds(86_400));
    this.timers.onRing = () => this.#applications.woken(1);
  }

  /** The present instant, in microseconds since the beginning. */
  now(): Instant {
    return this.#now;
  }

  /**
   * A place for a member that announces its deadlines, so that it costs nothing while it is idle; `name` is for
   * reports. Give its `wakeAt` to the stack, and then the stack to `take`.
   */
  seat(name: string): Seat {
    return this.#agenda.seat(name);
  }

  /** Makes `member` part of this time, in the place that was made for it. */
  take(seat: Seat, member: AnnouncingMember): void {
    // One that comes back after a while keeps its turns: calls may be waiting by them.
    if (!(member.turns instanceof HostTurns)) member.turns = new HostTurns(this.#applications, seat.name);
    this.#agenda.take(seat, member);
  }

  /** Makes `member` part of this time. It is asked for its deadline before every step. */
  join(name: string, member: TimeMember): void {
    this.#agenda.ask(name, member);
    member.turns = new HostTurns(this.#applications, name);
  }

  /** The member's deadlines no longer count. */
  leave(member: TimeMember): void {
    this.#agenda.remove(member);
  }

  defer(task: Deferred): void {
    this.#deferred[this.#deferrals++] = task;
  }

  /** See `Turns`: true for a number of calls, whatever time they take. */
  spend(octets: number): boolean {
    return this.#applications.spend(octets);
  }

  /** See `Turns`: in the next step after everything that was deferred, at this instant. */
  putOff(task: Deferred): void {
    this.#applications.putOff(task);
  }

  /** See `Turns`: in a step of its own, at this instant. */
  next(task: Deferred): void {
    this.#applications.next(task);
  }

  /** See `Turns`: time stands still until everything that waits for a promise has gone on. */
  woken(by: 1 | -1 = 1): void {
    this.#applications.woken(by);
  }

  /** See `Turns`. */
  enlist(application: Application): void {
    this.#applications.enlist(application);
  }

  /** Nothing to do: this asks `timers` anyway. */
  wakeAt(): void {}

  /** The earliest instant at which something happens by itself: now, if something was deferred. */
  nextDeadline(): Instant {
    if (this.#deferrals > 0 || this.#applications.waiting > 0) return this.#now;
    return Math.min(this.timers.nextDeadline(), this.#agenda.nextDeadline()) as Instant;
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
    const cutOff = this.#applications.begin();
    if (next > this.#now) this.#moveTo(next);
    else this.#stepsAtNow += cutOff ? CUT_OFF : 1;
    if (this.#stepsAtNow > this.#standstill) {
      throw new VirtualTimeError(`time stands still at ${inSeconds(this.#now)}; ${this.describe()}`);
    }
    if (this.#deferrals > 0) this.#runDeferred();
    else if (this.#applications.waiting > 0) this.#applications.run();
    else this.#advance();
    return true;
  }

  /** Runs what was deferred, and nothing else: links that were closed so give back what was under way. */
  settleDeferred(): void {
    while (this.#deferrals > 0) this.#runDeferred();
  }

  /** Lets `span` pass, each thing at exactly its time. Synchronous, as `step`. */
  elapse(span: Duration): void {
    const end = later(this.#now, span);
    while (this.nextDeadline() <= end) this.step();
    this.#moveTo(end);
  }

  #moveTo(instant: Instant): void {
    if (instant > this.#now) this.#stepsAtNow = 0;
    this.#now = instant;
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
    const applications = this.#applications;
    applications.woken(1); // by whoever called this
    for (let unseen = 0; ; ) {
      if (applications.awake || ++unseen >= MOST_UNSEEN) {
        await applications.settle();
        unseen = 0;
      }
      if (this.nextDeadline() > end) break;
      this.step();
    }
    this.#moveTo(end);
    await applications.settle();
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
    const members = this.#agenda.members();
    const lines = members.slice(0, MOST_DESCRIBED).map((seat) => `${seat.name}: ${when(seat.deadline)}`);
    const others = members.length - lines.length;
    if (others > 0) lines.push(`and ${others} more members`);
    lines.push(`links: ${this.timers.size} timers, ${when(this.timers.nextDeadline())}`);
    const deferred = this.#deferrals + this.#applications.waiting;
    if (deferred > 0) lines.push(`deferred: ${deferred}`);
    return `at ${inSeconds(this.#now)}, next deadlines: ${lines.join("; ")}`;
  }

  async #runUntil(done: () => boolean, complaint: string): Promise<void> {
    const applications = this.#applications;
    applications.woken(1); // by whoever called this
    let patience = PATIENCE;
    let rests = 0;
    for (let unseen = 0; ; ) {
      if (applications.awake || patience < PATIENCE || ++unseen >= MOST_UNSEEN) {
        await applications.settle();
        unseen = 0;
      }
      if (done()) return;
      if (this.step()) {
        patience = PATIENCE;
        rests = 0;
      } else if (patience-- <= 0 && !(await applications.rest(rests++))) {
        throw this.#deadlock(complaint);
      }
    }
  }

  #runDeferred(): void {
    const tasks = this.#deferred;
    const count = this.#deferrals;
    this.#deferred = this.#running;
    this.#running = tasks;
    this.#deferrals = 0;
    for (let i = 0; i < count; i++) {
      const task = tasks[i] as Deferred;
      tasks[i] = undefined;
      task.run();
    }
  }

  #advance(): void {
    /** The present instant, in microseconds since the beginning. */
    const now = this.#now;
    this.timers.advance(now);
    this.#agenda.advance(now);
  }

  #deadlock(complaint: string): VirtualTimeError {
    const waits = this.#applications.waits();
    const who = waits.length === 0 ? "" : `; who waits:\n  ${waits.join("\n  ")}\n`;
    return new VirtualTimeError(
      `deadlock: ${complaint}, and nothing is left to happen${who}; ${this.describe()}`,
    );
  }
}

function when(deadline: Instant): string {
  return deadline === NEVER ? "none" : `at ${inSeconds(deadline)}`;
}

function inSeconds(at: Instant): string {
  return `${at / 1_000_000} s`;
}
