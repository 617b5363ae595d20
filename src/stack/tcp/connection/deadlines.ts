/**
 * What of a connection is to happen when. Most connections are idle most of the time, and wait for nothing. So
 * deadlines are lent to those that wait, which spares the others some 300 octets: V8 keeps each time in an object of
 * its own.
 */

import { type Instant, NEVER } from "../../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../../base/timer-queue.ts";

/** When each of a connection's timers is due. */
export class Deadlines implements TimerOwner {
  rtoAt: Instant = NEVER;
  persistAt: Instant = NEVER;
  ackAt: Instant = NEVER;
  idleAt: Instant = NEVER;
  reorderAt: Instant = NEVER;
  /** Of those, `idleAt` is for keep-alive, or the end of an orphan's FIN-WAIT-2; the next two are no deadlines of their own. */
  /** When the timeout comes, while `rtoAt` is the tail loss probe's time. */
  timeoutAt: Instant = NEVER;
  /** Since when nothing that is outstanding was acknowledged: for the user timeout. */
  stalledSince: Instant = NEVER;
  /** The end of the user timeout (RFC 5482), a deadline of its own: no other timer makes it late. */
  giveUpAt: Instant = NEVER;
  /** Whom they are lent to. */
  owner: TimerOwner | undefined = undefined;
  readonly #timer: Timer;

  constructor(queue: TimerQueue) {
    this.#timer = new Timer(queue, this);
  }

  /** Nobody waits for what is left to happen: an orphan's FIN-WAIT-2 ends. Until `clear`. */
  retire(): void {
    this.#timer.setBackground(true);
  }

  /** Puts the earliest into the queue. False if there is none, nor anything else to remember. */
  schedule(): boolean {
    const first = Math.min(
      this.rtoAt,
      this.persistAt,
      this.ackAt,
      this.idleAt,
      this.reorderAt,
      this.giveUpAt,
    ) as Instant;
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
    this.reorderAt = NEVER;
    this.timeoutAt = NEVER;
    this.stalledSince = NEVER;
    this.giveUpAt = NEVER;
    this.#timer.cancel();
    this.#timer.setBackground(false);
  }
}

/** A connection, or one that is being opened. */
export interface DeadlineHolder extends TimerOwner {
  deadlines: Readonly<Deadlines>;
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

  /** Those of `holder`'s own, to set one: lent, if it has none. */
  lend(holder: DeadlineHolder): Deadlines {
    if (holder.deadlines !== this.none) return holder.deadlines as Deadlines;
    const lent = this.#free.pop() ?? new Deadlines(this.#queue);
    lent.owner = holder;
    holder.deadlines = lent;
    return lent;
  }

  /** Takes back what was lent to `holder`, if anything was; what it held is forgotten. */
  giveBack(holder: DeadlineHolder): void {
    const deadlines = holder.deadlines as Deadlines;
    if (deadlines === this.none) return;
    holder.deadlines = this.none;
    deadlines.clear();
    deadlines.owner = undefined;
    if (this.#free.length < KEPT) this.#free.push(deadlines);
  }
}
