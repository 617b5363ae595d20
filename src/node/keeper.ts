/**
 * Keeps the process alive while sockets have something to wait for, as libuv does by counting active handles
 * and requests. Our sockets have no descriptor that libuv could count, so one timer stands for all of them.
 *
 * The kernel goes on sending for a program that has ended; a stack inside the program cannot. So when the
 * last socket lets go, the process is kept until what they have written is acknowledged.
 */
import { clearInterval, clearTimeout, setInterval, setTimeout } from "../drivers/node/own-timers.ts";

/** The longest that a timer of Node can be: it is there to be counted, not to fire. */
const LONGEST = 2 ** 31 - 1;
/** Milliseconds between looks at what is still on its way. */
const PERIOD = 5;
/** Looks, some ten seconds: a peer that is gone must not keep a program from ending. */
const MOST_LOOKS = 2_000;

/** What a handle needs of it. */
export interface ProcessHolder {
  /** The process must not end before `release`. */
  hold(): void;
  /** Takes back one `hold`. */
  release(): void;
}

/** One handle's hold on the process, which counts once. */
export class Hold {
  readonly #holder: ProcessHolder;
  #held = false;

  constructor(holder: ProcessHolder) {
    this.#holder = holder;
  }

  /** The process must not end from now on, or may: as far as this handle goes. */
  change(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#holder.hold();
    else this.#holder.release();
  }
}

/** Keeps the process alive as long as something holds it, and until what was written is acknowledged. */
export class Keeper implements ProcessHolder {
  readonly #isUnfinished: () => boolean;
  readonly #keepsAlive: boolean;
  #holding = 0;
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;

  /**
   * @param isUnfinished - something that closed sockets have written is not yet acknowledged
   * @param keepsAlive - false where time is virtual: while nobody lets it pass, nothing can happen any more
   */
  constructor(isUnfinished: () => boolean, keepsAlive = true) {
    this.#isUnfinished = isUnfinished;
    this.#keepsAlive = keepsAlive;
  }

  /** How many hold the process now. */
  get holding(): number {
    return this.#holding;
  }

  /** The process must not end before `release`. */
  hold(): void {
    this.#holding += 1;
    if (this.#holding > 1 || !this.#keepsAlive) return;
    clearTimeout(this.#look);
    this.#timer ??= setInterval(() => undefined, LONGEST);
  }

  /** Takes back one `hold`. */
  release(): void {
    this.#holding -= 1;
    if (this.#holding === 0 && this.#keepsAlive) this.#letGo(MOST_LOOKS);
  }

  #letGo(looks: number): void {
    if (looks > 0 && this.#isUnfinished()) {
      this.#look = setTimeout(() => this.#letGo(looks - 1), PERIOD);
      return;
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
