/**
 * One process on a simulated host: a program in a thread of its own, and its kernel's part here. It runs only
 * when it is its turn, and virtual time stands still meanwhile; between its turns its thread sleeps.
 */
import { Worker } from "node:worker_threads";
import type { TimeMember } from "../drivers/simulation/index.ts";
import { type Instant, NEVER } from "../stack/index.ts";
import { type Beginning, Channel, NEWS, newChannelMemory, type ProgramData } from "./channel/index.ts";
import { SimulationError } from "./errors.ts";
import { type EndpointSource, json, Kernel, utf8 } from "./kernel/index.ts";
import { whereIs } from "./spinning.ts";
import { secondsText } from "./time-text.ts";

/** Real milliseconds for which the world's thread sleeps while a program runs, before its event loop goes on. */
const ASLEEP = 20;
/** Real milliseconds that a thread may take to come up, on a machine that has much else to do. */
const COMING_UP = 60_000;

/** How a program is run. */
export interface ProgramOptions extends Omit<ProgramData, "memory"> {
  /** Flags of Node for the program's thread. */
  readonly execArgv: readonly string[];
  /** Real milliseconds that a turn may take. */
  readonly patience: number;
  /** The world's event loop must go on during turns: a debugger is attached. */
  readonly attended: boolean;
}

/** The world, as a program sees it. */
export interface ProgramOwner {
  now(): Instant;
  /** The program wants a turn: `turn` is to be called before time moves on. */
  ready(program: Program): void;
  wrote(fd: number, octets: Uint8Array): void;
  /** A key of one of its connections over TLS, as a line of NSS's key log: told where there is a capture. */
  key(line: string): void;
  /** It has ended by itself; its sockets are closed. */
  exited(code: number): void;
  /** What the program must know when it begins. */
  beginning(): Beginning;
}

/** One program, in a thread of its own. */
export class Program implements TimeMember {
  /** How often the thread was woken. */
  handOvers = 0;
  readonly #owner: ProgramOwner;
  readonly #options: ProgramOptions;
  readonly #channel: Channel;
  readonly #kernel: Kernel;
  readonly #worker: Worker;
  #started = false;
  #awake = true;
  #dead = false;
  #paused = false;
  /** When it must be woken by itself. */
  #timer: Instant = NEVER;
  /** Its own time is this far: it has no turn before. */
  #busyUntil: Instant = 0 as Instant;
  /** When it last called its kernel, or heard of a socket: timers that only go round do not count. */
  #lastActive: Instant = 0 as Instant;
  /** What it has yet to hear of. */
  #network: Beginning | undefined = undefined;
  #failure: Error | undefined = undefined;
  #failed: (() => void) | undefined = undefined;

  constructor(source: EndpointSource, options: ProgramOptions, owner: ProgramOwner) {
    this.#owner = owner;
    this.#options = options;
    this.#kernel = new Kernel(source, {
      awake: () => this.#wake(),
      active: () => {
        this.#lastActive = owner.now();
      },
      wrote: (fd, octets) => owner.wrote(fd, octets),
      key: (line) => owner.key(line),
      exited: (code) => this.#exited(code),
    });
    const memory = newChannelMemory();
    this.#channel = new Channel(memory);
    const { execArgv, patience, attended, ...data } = options;
    this.#worker = new Worker(new URL("./program/boot.js", import.meta.url), {
      execArgv: ["--expose-internals", ...execArgv],
      workerData: { ...data, memory } satisfies ProgramData,
      stdout: true,
      stderr: true,
    });
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("its thread has ended")));
    this.#worker.unref();
    owner.ready(this);
  }

  /** Virtual time: when it must be woken, as far as it is known. */
  nextDeadline(): Instant {
    if (this.#dead || this.#paused) return NEVER;
    if (this.#awake) return this.#busyUntil;
    return Math.max(this.#timer, this.#busyUntil) as Instant;
  }

  advance(): void {
    this.#awake = true;
    this.#owner.ready(this);
  }

  get wantsTurn(): boolean {
    return this.#awake && !this.#dead && !this.#paused && this.#owner.now() >= this.#busyUntil;
  }

  /** Something that the program waits for may happen by itself: it has not begun, or has a timer. */
  get waits(): boolean {
    return !this.#dead && (!this.#started || this.#awake || this.#channel.referenced);
  }

  /** For so long has nothing happened between it and its sockets that nothing will come of them. */
  get isSilent(): boolean {
    return this.#owner.now() - this.#lastActive > this.#kernel.longestSilence;
  }

  /** That of its host. */
  get name(): string {
    return this.#options.host;
  }

  get alive(): boolean {
    return !this.#dead;
  }

  /** What it has open, one a line: sockets, and the timer for which it waits first. */
  open(): readonly string[] {
    const waits = this.#channel.referenced && this.#timer !== NEVER;
    const timers = waits ? [`a timer, due at ${secondsText(this.#timer)}`] : [];
    return [...this.#kernel.describe(), ...timers];
  }

  /** Its clock jumps by so many milliseconds, in its next turn. */
  jumpClock(milliseconds: number): void {
    this.#channel.news.put(NEWS.clock, 0, milliseconds);
    this.#wake();
  }

  /** It hears of the network anew, in its next turn. */
  networkChanged(beginning: Beginning): void {
    if (!this.#started) return; // it will be told when it begins
    this.#network = beginning;
    this.#wake();
  }

  /** Lets the program run until it has nothing to do at this instant. */
  async turn(): Promise<void> {
    const { news, calls } = this.#channel;
    this.#awake = false;
    if (!this.#started) {
      await this.#handedOver(Math.max(COMING_UP, this.#options.patience)); // its thread has come up
      this.#started = true;
      news.put(NEWS.begin, 0, 0, 0, json(this.#owner.beginning()));
    }
    if (this.#network !== undefined) news.put(NEWS.network, 0, 0, 0, json(this.#network));
    this.#network = undefined;
    this.#kernel.tell(news);
    this.#channel.now = this.#owner.now();
    do {
      this.handOvers++;
      this.#channel.wakeProgram();
      if (!this.#channel.waitForProgram(this.#options.attended ? 0 : ASLEEP))
        await this.#handedOver(this.#options.patience);
      this.#kernel.serve(calls, news);
    } while (this.#channel.why === "call");
    const { timer, programTime } = this.#channel;
    this.#timer = (timer === Number.POSITIVE_INFINITY ? NEVER : timer) as Instant;
    this.#busyUntil = programTime as Instant;
  }

  /** A signal for the program, which hears of it in its next turn. */
  signal(name: string): void {
    this.#channel.news.put(NEWS.signal, 0, 0, 0, utf8(name));
    this.#wake();
  }

  /** As SIGSTOP and SIGCONT: the program gets no turn; its stack goes on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#owner.ready(this);
  }

  /** The process ends at once, its host goes on: FIN or RST from the stack. */
  kill(): void {
    if (this.#dead) return;
    this.#takeDown();
    this.#kernel.closeAll();
  }

  /** The machine is gone, and the process with it: nothing is sent. */
  vanish(): void {
    this.#takeDown();
    this.#kernel.forgetAll();
  }

  /** Settles when the thread is gone. */
  async close(): Promise<void> {
    this.#takeDown();
    await this.#worker.terminate();
  }

  /** Its thread sleeps at the end of its turn, so that it does not matter when exactly it is taken down. */
  #takeDown(): void {
    if (this.#dead) return;
    this.#dead = true;
    void this.#worker.terminate();
  }

  #wake(): void {
    if (this.#awake || this.#dead) return;
    this.#awake = true;
    this.#owner.ready(this);
  }

  #exited(code: number): void {
    this.kill();
    this.#owner.exited(code);
  }

  /** Waits for the program with the event loop going on, which tells when the thread has failed. */
  async #handedOver(patience: number): Promise<void> {
    const failed = new Promise<false>((resolve) => {
      this.#failed = () => resolve(false);
    });
    if (this.#failure === undefined) {
      this.#worker.ref(); // somebody waits: this process must not end
      const done = await Promise.race([this.#channel.awaitProgram(patience), failed]);
      this.#worker.unref();
      this.#failed = undefined;
      if (done) return;
    }
    const { host, program } = this.#options;
    if (this.#failure !== undefined) {
      throw new SimulationError(`host ${host}: ${program} cannot run: ${this.#failure.message}`, {
        cause: this.#failure,
      });
    }
    const where = await whereIs(this.#worker);
    const at = where === undefined ? "" : `; ${where}`;
    throw new SimulationError(
      `host ${host}: ${program} does not yield: ${patience} ms of real time in one turn${at}`,
    );
  }

  #fail(error: Error): void {
    if (this.#dead) return;
    this.#failure ??= error;
    this.#failed?.();
  }
}
