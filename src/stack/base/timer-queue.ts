/**
 * The timers of one stack: a heap of deadlines, and timers that can be moved without touching it. Nothing here knows a clock.
 */
import { type Instant, NEVER } from "./time.ts";

/** Whoever owns a timer is told of its expiry. `now` is the instant that the queue has been advanced to. */
export interface TimerOwner {
  /** The timer has expired; it may be set again. */
  expired(now: Instant, timer: Timer): void;
}

/**
 * One re-armable deadline. TCP moves its deadline later on nearly every ACK, so that move is two stores: the
 * timer stays where it is in the heap, and the queue re-files it when it surfaces. Nothing is allocated.
 */
export class Timer {
  /** When to fire; `NEVER` while disarmed. */
  deadline: Instant = NEVER;
  /** Grows with every `set` in the queue: of two equal deadlines, the one set first fires first. */
  arming = 0;
  /** For the queue only: the deadline and arming under which it is filed, and where in the heap (-1: not). */
  filedAt: Instant = NEVER;
  /** Which arming of the timer its place in the queue stands for. For the queue only. */
  filedArming = 0;
  /** Its place in the queue. For the queue only. */
  slot = -1;
  /** Who is told when it expires. */
  readonly owner: TimerOwner;
  /** Where it is armed. */
  readonly queue: TimerQueue;
  /** Nobody waits for it: TIME-WAIT, say. A process need not live for its sake. */
  #background: boolean;

  constructor(queue: TimerQueue, owner: TimerOwner, background = false) {
    this.queue = queue;
    this.owner = owner;
    this.#background = background;
  }

  get background(): boolean {
    return this.#background;
  }

  /** Whether nobody waits for it from now on. Its queue counts those that are waited for. */
  setBackground(background: boolean): void {
    if (this.slot >= 0 && background !== this.#background) this.queue.awaited += background ? -1 : 1;
    this.#background = background;
  }

  /** It will expire. */
  get armed(): boolean {
    return this.deadline !== NEVER;
  }

  /** Arms the timer, or moves it, to fire at `deadline`. */
  set(deadline: Instant): void {
    this.deadline = deadline;
    this.queue.armed(this);
  }

  /** Disarms it, and takes it out of the queue, which so holds no object that is otherwise finished with. */
  cancel(): void {
    this.deadline = NEVER;
    if (this.slot >= 0) this.queue.removed(this);
  }
}

/** A timer that calls a function, where one more closure does not matter: that of an application, not a protocol. */
export function timer(queue: TimerQueue, expire: (now: Instant) => void): Timer {
  return new Timer(queue, {
    expired: (now) => {
      queue.onRing?.();
      expire(now);
    },
  });
}

/** All the timers of one stack, in a binary heap. They fire by deadline, and then in the order of arming. */
export class TimerQueue {
  /** Told when a timer that `timer` made is about to fire: an application gets something to do. */
  onRing: (() => void) | undefined = undefined;
  /** How many armed timers are not in the background. Counted here and by them. */
  awaited = 0;
  readonly #heap: Timer[] = [];
  #armings = 0;

  /** The earliest deadline, or `NEVER`. */
  nextDeadline(): Instant {
    this.#heal();
    return this.#heap[0]?.deadline ?? NEVER;
  }

  /** How many timers are armed. */
  get size(): number {
    return this.#heap.length;
  }

  /** The armed timers in no particular order: for reports of a deadlock. */
  timers(): readonly Timer[] {
    return this.#heap;
  }

  /** Fires every timer due at `now`, including any that these expiries arm for `now` or before. */
  advance(now: Instant): void {
    while (this.nextDeadline() <= now) {
      const first = this.#heap[0] as Timer;
      this.removed(first);
      first.deadline = NEVER;
      first.owner.expired(now, first);
    }
  }

  /** For `Timer.set` only. */
  armed(timer: Timer): void {
    timer.arming = ++this.#armings;
    if (timer.slot < 0) {
      timer.filedAt = timer.deadline;
      timer.filedArming = timer.arming;
      timer.slot = this.#heap.length;
      if (!timer.background) this.awaited++;
      this.#heap.push(timer);
      this.#rise(timer);
    } else if (timer.deadline < timer.filedAt) {
      timer.filedAt = timer.deadline;
      timer.filedArming = timer.arming;
      this.#rise(timer);
    }
  }

  /** For `Timer.cancel` only. */
  removed(timer: Timer): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    const slot = timer.slot;
    timer.slot = -1;
    if (!timer.background) this.awaited--;
    if (last === timer) return;
    last.slot = slot;
    heap[slot] = last;
    this.#sink(last);
    this.#rise(last);
  }

  /** Makes the top true: a timer that was moved later is filed anew. */
  #heal(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.deadline === top.filedAt && top.arming === top.filedArming) return;
      top.filedAt = top.deadline;
      top.filedArming = top.arming;
      this.#sink(top);
    }
  }

  #rise(timer: Timer): void {
    const heap = this.#heap;
    let hole = timer.slot;
    while (hole > 0) {
      const above = heap[(hole - 1) >> 1] as Timer;
      if (!firesBefore(timer, above)) break;
      heap[hole] = above;
      above.slot = hole;
      hole = (hole - 1) >> 1;
    }
    heap[hole] = timer;
    timer.slot = hole;
  }

  #sink(timer: Timer): void {
    const heap = this.#heap;
    let hole = timer.slot;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && firesBefore(heap[right] as Timer, heap[child] as Timer)) child = right;
      const below = heap[child] as Timer;
      if (!firesBefore(below, timer)) break;
      heap[hole] = below;
      below.slot = hole;
      hole = child;
    }
    heap[hole] = timer;
    timer.slot = hole;
  }
}

function firesBefore(a: Timer, b: Timer): boolean {
  return a.filedAt < b.filedAt || (a.filedAt === b.filedAt && a.filedArming < b.filedArming);
}
