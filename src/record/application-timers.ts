/**
 * Timers of the application, which are not the stack's: a queue of their own, that one timer of the stack's queue stands
 * for. So it can be written down when it is set and when it fires, and a replay has that one timer without the others.
 */
import { type Instant, NEVER, Timer, TimerQueue } from "../stack/index.ts";

/** Who hears of what the one timer does. */
export interface TimerWatcher {
  /** It is set to another time; NEVER: to none. */
  set(at: Instant): void;
  /** It fires: `work` is what the application does then. */
  fired(work: () => void): void;
}

/** The application's queue. */
export class ApplicationTimers extends TimerQueue {
  readonly #outer: Timer;
  readonly #watcher: TimerWatcher;

  /** @param stack - the queue of the stack */
  constructor(stack: TimerQueue, watcher: TimerWatcher) {
    super();
    this.#watcher = watcher;
    this.onRing = () => stack.onRing?.();
    this.#outer = new Timer(stack, {
      expired: (now) => {
        watcher.fired(() => this.advance(now));
        this.#follow();
      },
    });
  }

  override armed(timer: Timer): void {
    super.armed(timer);
    this.#follow();
  }

  override removed(timer: Timer): void {
    super.removed(timer);
    this.#follow();
  }

  /** The one timer is to be as the earliest of these is. */
  #follow(): void {
    const next = this.nextDeadline();
    this.#outer.setBackground(this.awaited === 0);
    if (next === this.#outer.deadline) return;
    this.#watcher.set(next);
    if (next === NEVER) this.#outer.cancel();
    else this.#outer.set(next);
  }
}
