/**
 * The phases of an entry into the stack. Something comes in; timers that are due fire; protocols flush; interfaces
 * transmit; loopback delivers; the application is woken. That repeats until nothing is left to do. Handlers only note
 * what is due: so a burst is answered once, and no application code runs amid the protocols.
 */
import type { Clock } from "../base/clock.ts";
import { type Duration, type Instant, NEVER, seconds } from "../base/time.ts";
import { TimerQueue } from "../base/timer-queue.ts";
import type { Turns } from "../base/turns.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import type { Delivery, Flushable, Transmitter, Wakeable } from "../contract/services.ts";

/** Rounds of one entry. What two endpoints on loopback still say to each other then waits for the next. */
const MAX_ROUNDS = 32;

/** A process lives so much longer at most because of a timer that was waited for: until the driver looks again. */
const MATTERS: Duration = seconds(1);

/** Runs the phases of an entry. */
export class Entry {
  /** The instant of this entry: during a burst, time stands still. */
  now: Instant = 0 as Instant;
  readonly timers: TimerQueue = new TimerQueue();
  readonly #clock: Clock;
  readonly #wakeAt: (deadline: Instant) => void;
  readonly #deliveries: Delivery[] = [];
  #depth = 0;
  /** The deadline that `wakeAt` was last told of, and has not come yet. */
  #announced: Instant = NEVER;
  readonly #flushes: Flushable[] = [];
  readonly #transmits: Transmitter[] = [];
  readonly #wakes: (Endpoint & Wakeable)[] = [];
  #nextWake = 0;

  #turns: Turns | undefined = undefined;
  /** What `turns` was last told: somebody waits for a timer. */
  #awaited = false;

  constructor(clock: Clock, wakeAt: (deadline: Instant) => void) {
    this.#clock = clock;
    this.#wakeAt = wakeAt;
    this.timers.onRing = () => this.turns?.woken?.(1);
  }

  /** Who gives the application its turn; undefined while nobody drives this stack. */
  get turns(): Turns | undefined {
    return this.#turns;
  }

  set turns(turns: Turns | undefined) {
    if (this.#awaited) this.#turns?.awaits?.(this, false);
    this.#awaited = false;
    this.#turns = turns;
    this.#tellAwaited();
  }

  /** Nothing is under way: what comes in now starts an entry. */
  get idle(): boolean {
    return this.#depth === 0;
  }

  /** The time now: within an entry its instant, else what the clock says. For a tracer. */
  get instant(): Instant {
    return this.idle ? (Math.max(this.now, this.#clock.now()) as Instant) : this.now;
  }

  enter(): void {
    if (this.#depth++ === 0) this.now = Math.max(this.now, this.#clock.now()) as Instant;
  }

  leave(): void {
    if (this.#depth > 1) {
      this.#depth--;
      return;
    }
    try {
      this.#run();
    } finally {
      this.#depth = 0;
      this.#announce();
    }
  }

  /** `StackOptions.wakeAt` was heard: it is `now`. */
  advance(now: Instant): void {
    this.#announced = NEVER;
    this.#depth++;
    this.now = Math.max(this.now, now) as Instant;
    this.leave();
  }

  /** Tells of the next deadline again, even if later than what was told: for a driver that forgets what no longer holds. */
  announce(): void {
    this.#announced = NEVER;
    this.#announce();
  }

  nextDeadline(): Instant {
    return this.#busy() ? this.now : this.timers.nextDeadline();
  }

  noteFlush(protocol: Flushable): void {
    if (!this.#flushes.includes(protocol)) this.#flushes.push(protocol);
  }

  noteTransmit(from: Transmitter): void {
    from.noted = true;
    this.#transmits.push(from);
  }

  noteDelivery(delivery: Delivery): void {
    this.#deliveries.push(delivery);
  }

  noteWake(endpoint: Endpoint & Wakeable): void {
    if (endpoint.wakeNoted) return;
    endpoint.wakeNoted = true;
    this.#wakes.push(endpoint);
  }

  #busy(): boolean {
    return (
      this.#flushes.length > 0 ||
      this.#transmits.length > 0 ||
      this.#deliveries.length > 0 ||
      this.#nextWake < this.#wakes.length
    );
  }

  #run(): void {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (this.timers.nextDeadline() <= this.now) this.timers.advance(this.now);
      this.#flush();
      this.#transmit();
      if (this.#deliveries.length > 0) this.#deliver();
      else this.#wake();
      if (!this.#busy() && this.timers.nextDeadline() > this.now) return;
    }
  }

  /** What is noted meanwhile is for the next round: it may be meant to wait until the application was woken. */
  #flush(): void {
    for (let count = this.#flushes.length; count > 0; count--) {
      const protocol = this.#flushes.shift() as Flushable;
      protocol.flush(this.now);
    }
  }

  #transmit(): void {
    while (this.#transmits.length > 0) {
      const one = this.#transmits.pop() as Transmitter;
      one.noted = false;
      one.flush();
    }
  }

  #deliver(): void {
    for (let count = this.#deliveries.length; count > 0; count--) this.#deliveries.shift()?.deliver();
  }

  /** Wakes who was noted before; those whom they cause to be noted come in the next round. */
  #wake(): void {
    const wakes = this.#wakes;
    const end = wakes.length;
    while (this.#nextWake < end) {
      const endpoint = wakes[this.#nextWake++] as Endpoint & Wakeable;
      endpoint.wakeNoted = false;
      this.turns?.woken?.(1);
      endpoint.wake();
    }
    if (this.#nextWake === wakes.length) {
      while (wakes.length > 0) wakes.pop(); // keeps its room
      this.#nextWake = 0;
    }
  }

  /** The driver learns of a deadline only when it is earlier than the one it knows. */
  #announce(): void {
    const next = this.nextDeadline();
    if (this.timers.awaited > 0 !== this.#awaited) this.#tellAwaited();
    if (next >= this.#announced) return;
    this.#announced = next;
    this.#wakeAt(next);
  }
  /** Timers of a busy connection come and go with every segment: that the last has gone is told when it matters. */
  #tellAwaited(): void {
    const awaited = this.timers.awaited > 0;
    if (!awaited && this.#announced - this.now < MATTERS) return;
    this.#awaited = awaited;
    this.#turns?.awaits?.(this, awaited);
  }
}
