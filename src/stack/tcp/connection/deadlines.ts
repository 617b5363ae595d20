/**
 * What of a connection is to happen when. Most connections are idle most of the time, and wait for nothing; so
 * deadlines are lent to those that do, which spares the others some 300 octets: V8 keeps each time in an object of
 * its own.
 */
import { type Instant, NEVER } from "../../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../../base/timer-queue.ts";

export class Deadlines implements TimerOwner {
  rtoAt: Instant = NEVER;
  persistAt: Instant = NEVER;
  ackAt: Instant = NEVER;
  idleAt: Instant = NEVER;
  holesAt: Instant = NEVER;
  /** No deadlines of their own: see the connection's fields of that name. */
  timeoutAt: Instant = NEVER;
  stalledSince: Instant = NEVER;
  /** Whom they are lent to. */
  owner: TimerOwner | undefined = undefined;
  readonly #timer: Timer;

  constructor(queue: TimerQueue) {
    this.#timer = new Timer(queue, this);
  }

  /** Puts the earliest into the queue. False if there is none, nor anything else to remember. */
  schedule(): boolean {
    const first = Math.min(this.rtoAt, this.persistAt, this.ackAt, this.idleAt, this.holesAt) as Instant;
    if (first === NEVER) {
      this.#timer.cancel();
      return this.stalledSince !== NEVER;
    }
    if (first !== this.#timer.deadline) this.#timer.set(first);
    return true;
  }

  expired(now: Instant, timer: Timer): void {
    this.owner?.expired(now, timer);
  }

  /** Afterwards none is left. */
  clear(): void {
    this.rtoAt = NEVER;
    this.persistAt = NEVER;
    this.ackAt = NEVER;
    this.idleAt = NEVER;
    this.holesAt = NEVER;
    this.timeoutAt = NEVER;
    this.stalledSince = NEVER;
    this.#timer.cancel();
  }
}

/** A connection, or one that is being opened. */
export interface DeadlineHolder extends TimerOwner {
  deadlines: Deadlines;
}

/** Spare ones that are kept: as many connections may begin and end to wait at a time without any garbage. */
const KEPT = 1024;

/** The deadlines of all connections of a stack. */
export class DeadlinePool {
  /** Shared by all that wait for nothing; nothing but NEVER is ever written to it. */
  readonly none: Deadlines;
  readonly #queue: TimerQueue;
  readonly #free: Deadlines[] = [];

  constructor(queue: TimerQueue) {
    this.#queue = queue;
    this.none = new Deadlines(queue);
  }

  /** Those that `holder` may write `at` to: its own, unless that is the NEVER that they hold without being lent. */
  of(holder: DeadlineHolder, at: Instant): Deadlines {
    if (at !== NEVER && holder.deadlines === this.none) {
      const lent = this.#free.pop() ?? new Deadlines(this.#queue);
      lent.owner = holder;
      holder.deadlines = lent;
    }
    return holder.deadlines;
  }

  /** Takes back what was lent to `holder`, if anything was; what it held is forgotten. */
  giveBack(holder: DeadlineHolder): void {
    const { deadlines } = holder;
    if (deadlines === this.none) return;
    holder.deadlines = this.none;
    deadlines.clear();
    deadlines.owner = undefined;
    if (this.#free.length < KEPT) this.#free.push(deadlines);
  }
}
