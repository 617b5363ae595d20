/**
 * Shared memory between the scheduler's thread ("the world") and the thread of one program. Only one of the
 * two runs at any time: each fills its mailbox, wakes the other, and sleeps until it is woken.
 */
import { Mailbox } from "./mailbox.ts";

/** What both sides need to open the same channel: it travels to the program's thread. */
export interface ChannelMemory {
  readonly control: SharedArrayBuffer;
  readonly calls: SharedArrayBuffer;
  readonly news: SharedArrayBuffer;
}

/** The words of the control block. Whoever is to be woken has a word of its own. */
const WAKE_PROGRAM = 0;
const WAKE_WORLD = 1;
const WHY = 2;
const REFERENCED = 3;
const CONTROL_WORDS = 8;

/** Its numbers of 64 bits behind them: virtual microseconds. */
const NOW = 0;
const PROGRAM_TIME = 1;
const TIMER = 2;
const CONTROL_TIMES = 4;

/** Octets of each mailbox. Memory that is never touched costs nothing. */
const BOX = 1 << 21;

/** As they were: a program's own sleep in virtual time. */
const { wait, waitAsync } = Atomics;

/** Why the program has woken the world. */
export type Why = "turn-ended" | "call" | "exit";
const WHYS: readonly Why[] = ["turn-ended", "call", "exit"];

/** The memory that both sides of a channel share. */
export function newChannelMemory(): ChannelMemory {
  return {
    control: new SharedArrayBuffer(CONTROL_WORDS * 4 + CONTROL_TIMES * 8),
    calls: new SharedArrayBuffer(BOX),
    news: new SharedArrayBuffer(BOX),
  };
}

/** One side of a channel between the world and a program's thread. */
export class Channel {
  /** What the program asks of its kernel; and what the kernel tells it. */
  readonly calls: Mailbox;
  readonly news: Mailbox;
  readonly #control: Int32Array;
  readonly #times: Float64Array;

  constructor(memory: ChannelMemory) {
    this.calls = new Mailbox(memory.calls);
    this.news = new Mailbox(memory.news);
    this.#control = new Int32Array(memory.control, 0, CONTROL_WORDS);
    this.#times = new Float64Array(memory.control, CONTROL_WORDS * 4, CONTROL_TIMES);
  }

  /** Virtual microseconds at which the program's turn begins. */
  get now(): number {
    return this.#times[NOW] as number;
  }

  set now(at: number) {
    this.#times[NOW] = at;
  }

  /** How far the program has got in its own time: rounds of its loop take a little. */
  get programTime(): number {
    return this.#times[PROGRAM_TIME] as number;
  }

  /** When the program must be woken by itself; `Infinity` for never. */
  get timer(): number {
    return this.#times[TIMER] as number;
  }

  /** Its timers, or what it still has to do, keep it alive. */
  get referenced(): boolean {
    return this.#control[REFERENCED] === 1;
  }

  get why(): Why {
    return WHYS[this.#control[WHY] as number] as Why;
  }

  // ── for the program ─────────────────────────────────────────────────────────────────────────────────

  /** What the program says of itself when it hands over. */
  report(time: number, timer: number, referenced: boolean): void {
    this.#times[PROGRAM_TIME] = time;
    this.#times[TIMER] = timer;
    this.#control[REFERENCED] = referenced ? 1 : 0;
  }

  /** Hands over to the world, and sleeps until it is this program's turn again. */
  wakeWorld(why: Why): void {
    this.#control[WHY] = WHYS.indexOf(why);
    this.#wake(WAKE_WORLD);
    // The word is looked at again after each wait: a notify may come late, when its store was seen already.
    while (Atomics.load(this.#control, WAKE_PROGRAM) === 0) wait(this.#control, WAKE_PROGRAM, 0);
    Atomics.store(this.#control, WAKE_PROGRAM, 0);
  }

  // ── for the world ───────────────────────────────────────────────────────────────────────────────────

  wakeProgram(): void {
    this.#wake(WAKE_PROGRAM);
  }

  /**
   * Waits at most so many real milliseconds until the program hands over; false if it has not. The thread
   * sleeps meanwhile, and its event loop with it.
   */
  waitForProgram(patience: number): boolean {
    while (Atomics.load(this.#control, WAKE_WORLD) === 0) {
      if (wait(this.#control, WAKE_WORLD, 0, patience) === "timed-out") break;
    }
    return this.#taken();
  }

  /** The same, but the event loop goes on. */
  async awaitProgram(patience: number): Promise<boolean> {
    while (Atomics.load(this.#control, WAKE_WORLD) === 0) {
      const waiting = waitAsync(this.#control, WAKE_WORLD, 0, patience);
      if ((await waiting.value) === "timed-out") break;
    }
    return this.#taken();
  }

  #taken(): boolean {
    return Atomics.exchange(this.#control, WAKE_WORLD, 0) === 1;
  }

  #wake(word: number): void {
    Atomics.store(this.#control, word, 1);
    Atomics.notify(this.#control, word);
  }
}
