/**
 * Node's event loop in virtual time. Node's JavaScript keeps its timers and immediates, and their order; what
 * changes is who runs them: not libuv, but this loop, whenever libuv has nothing left to do (`beforeExit`: no
 * work in its thread pool, no handle). So real work holds virtual time still until it is done.
 */
import type { Channel } from "../channel/index.ts";
import { fatal, immediateInfo, runTicks, timerCallbacks, timersBinding } from "./inside.ts";

/** Virtual microseconds that a round of immediates takes: who polls with setImmediate must not stop time. */
const ROUND = 10;

/** Looks at a clock in one turn that take no time, and the virtual microseconds that each further one takes. */
const FREE_LOOKS = 1000;
const LOOK = 1;

/** Rounds in one turn, before the world goes on: what a program polls for may come from there. */
const MOST_ROUNDS = 1000;

/** Who owns the program's loop. */
export interface LoopOwner {
  /** At the beginning of a turn, with everything up to date: news is heard, a new program started. */
  begin(): void;
  /** Nothing is left that would keep the program alive. */
  end(): void;
  /** Something besides timers and immediates keeps it alive. */
  readonly holding: boolean;
}

/** The program's event loop, whose time is the world's. */
export class Loop {
  /** Virtual microseconds, as the program has it. */
  time = 0;
  /** When the program began, by the host's own clock. */
  startedAt = 0;
  readonly #channel: Channel;
  readonly #owner: LoopOwner;
  readonly #immediates: Uint32Array = immediateInfo();
  readonly #callbacks = timerCallbacks();
  readonly #keepAlive: (on: boolean) => void;
  /** Microseconds of the host's own clock in one of the world's. */
  readonly #rate: number;
  /** Milliseconds at which the next timer of Node's is due. */
  #timer = Number.POSITIVE_INFINITY;
  #referenced = false;
  #rounds = 0;
  #looks = 0;
  #oneMore = false;
  #announcing = false;
  /** Something was posted that libuv delivers in its next round. */
  #posted = false;

  /** @param drift - parts of a million by which the host's clock is too fast, its timers with it */
  constructor(channel: Channel, owner: LoopOwner, drift: number) {
    this.#rate = 1 + drift / 1_000_000;
    this.#channel = channel;
    this.#owner = owner;
    const timers = timersBinding();
    timers.getLibuvNow = (): number => this.milliseconds;
    timers.scheduleTimer = (wait): void => {
      this.#timer = Math.min(this.#timer, this.milliseconds + Math.max(1, wait));
    };
    timers.toggleTimerRef = (on): void => {
      this.#referenced = on;
    };
    // Called on its binding: once optimised, V8 calls it by a fast path that unwraps the receiver.
    this.#keepAlive = timers.toggleImmediateRef.bind(timers);
    timers.toggleImmediateRef = (): void => undefined;
    timers.setupTimers(
      () => this.#endRound(),
      () => 0,
    );
    this.#interceptIdle();
  }

  /** The loop's time as the host's own clock has it, in microseconds. */
  get ownTime(): number {
    return this.#rate === 1 ? this.time : Math.floor(this.time * this.#rate);
  }

  /** The same in milliseconds, as Node's timers see it. */
  get milliseconds(): number {
    return Math.floor(this.ownTime / 1000);
  }

  /** The first instant of the world at which the host's own clock shows these milliseconds. */
  #instantOf(milliseconds: number): number {
    if (this.#rate === 1 || milliseconds === Number.POSITIVE_INFINITY) return milliseconds * 1000;
    const instant = Math.floor((milliseconds * 1000) / this.#rate);
    return Math.floor(instant * this.#rate) < milliseconds * 1000 ? instant + 1 : instant;
  }

  /** The program looks at a clock: who waits by doing so again and again must not stop time. */
  look(): void {
    if (++this.#looks > FREE_LOOKS) this.time += LOOK;
  }

  /** The program's thread sleeps for so long, with all that is in it. */
  sleep(microseconds: number): void {
    this.time += Math.ceil(microseconds / this.#rate);
  }

  /** Hands over to the world, and says what is known of this program. */
  handOver(why: "turn-ended" | "call" | "exit"): void {
    const immediates = this.#hasImmediates;
    const timer = immediates ? this.time : this.#instantOf(this.#timer);
    this.#channel.report(this.time, timer, this.#referenced || immediates);
    this.#channel.wakeWorld(why);
  }

  /** libuv says that it has nothing left by emitting `beforeExit`; the program's listeners hear of their own. */
  #interceptIdle(): void {
    const emit = process.emit as (this: NodeJS.Process, ...args: unknown[]) => boolean;
    const loop = this;
    Reflect.set(process, "emit", function emitUnlessIdle(this: NodeJS.Process, ...args: unknown[]): boolean {
      if (args[0] !== "beforeExit" || loop.#announcing) return emit.apply(this, args);
      loop.#idle();
      return true;
    });
  }

  /** A message is on its way within this thread: before anything else it arrives. */
  posted(): void {
    this.#posted = true;
  }

  #idle(): void {
    if (this.#posted && this.#alive && this.#rounds < MOST_ROUNDS) {
      this.#posted = false;
      this.#rounds++;
      this.time += ROUND;
    } else if (this.#hasImmediates && this.#rounds < MOST_ROUNDS) {
      this.#rounds++;
      this.time += ROUND;
      while (!guarded(this.#callbacks.processImmediate) && this.#immediatesOutstanding);
      guarded(runTicks);
      this.#runTimers();
    } else if (this.#alive) this.#turn();
    else {
      this.#announcing = true;
      guarded(() => process.emit("beforeExit", Number(process.exitCode ?? 0)));
      this.#announcing = false;
      guarded(runTicks);
      if (!this.#alive) guarded(() => this.#owner.end());
    }
    this.#anotherRound();
  }

  /** One of those that were due has thrown, and others have yet to run. */
  get #immediatesOutstanding(): boolean {
    return (this.#immediates[2] as number) > 0;
  }

  get #hasImmediates(): boolean {
    return (this.#immediates[0] as number) > 0;
  }

  get #alive(): boolean {
    return this.#hasImmediates || this.#referenced || this.#owner.holding;
  }

  #turn(): void {
    this.handOver("turn-ended");
    this.#rounds = 0;
    this.#looks = 0;
    this.time = Math.max(this.time, this.#channel.now);
    this.#owner.begin();
    guarded(runTicks);
    this.#runTimers();
  }

  #runTimers(): void {
    if (this.milliseconds < this.#timer) return;
    this.#timer = Number.POSITIVE_INFINITY;
    let next = 0;
    const run = (): void => {
      next = this.#callbacks.processTimers(this.milliseconds);
    };
    while (!guarded(run)); // one has thrown: the others are due nevertheless
    this.#referenced = next > 0;
    if (next !== 0) this.#timer = Math.min(this.#timer, Math.max(Math.abs(next), this.milliseconds + 1));
    guarded(runTicks);
  }

  /** One more round of libuv's loop, which ends when its thread pool has nothing left: an immediate, but not Node's. */
  #anotherRound(): void {
    this.#oneMore = true;
    this.#immediates[0] = (this.#immediates[0] as number) + 1;
    this.#keepAlive(true);
  }

  /**
   * libuv calls this whenever immediates wait, also in rounds that work of its thread pool has made. Immediates of Node's
   * C++ (an HTTP/2 session has them) have run by then; what kept the loop alive for them, Node takes back only when no
   * immediate of JavaScript waits either. Those wait for the loop to be idle, so it is taken back here.
   */
  #endRound(): void {
    if (this.#oneMore) this.#immediates[0] = (this.#immediates[0] as number) - 1;
    this.#oneMore = false;
    this.#keepAlive(false);
  }
}

/**
 * Calls what C++ calls in Node. What it throws goes where C++ sends it, to those who listen for uncaught exceptions, and the
 * loop goes on if they do. False: it has thrown.
 */
function guarded(callback: () => unknown): boolean {
  try {
    callback();
    return true;
  } catch (error) {
    fatal(error);
    return false;
  }
}
