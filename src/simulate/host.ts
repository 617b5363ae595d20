/** A simulated computer: its stack, the program on it, and what may happen to both. */
import type { VirtualTime } from "../drivers/simulation/index.ts";
import { type Random, Stack } from "../stack/index.ts";
import type { Beginning } from "./channel/index.ts";
import { SimulationError } from "./errors.ts";
import { HostLog, type LogLine } from "./host-log.ts";
import { addressOn } from "./network/index.ts";
import { Program, type ProgramOptions } from "./program.ts";

/** A program written where it is used. */
export type InlineProgram = (...args: string[]) => unknown;

/** How a host is made. */
export interface HostOptions {
  /**
   * The file to run: a path, from the folder that the process was started in, or a `file:` URL. Or a function, of
   * which the text runs on the host, so that it sees nothing of what is around it here: it takes what it needs by
   * `require` or `await import(…)`, and is called with `args`.
   */
  readonly program: string | URL | InlineProgram;
  /** What the program finds in `process.argv` behind its own name. */
  readonly args?: readonly string[];
  /** Variables of its environment, besides those of the process that simulates. */
  readonly env?: Readonly<Record<string, string>>;
  /** How its wall clock (`Date`) differs: ahead of the world's by milliseconds, and faster by parts of a million. */
  readonly clock?: { readonly offset?: number; readonly drift?: number };
  /** What `process.cwd()` says; the folder of this process by default. */
  readonly cwd?: string;
}

/** The world, as one of its hosts sees it. */
export interface HostOwner {
  readonly time: VirtualTime;
  wrote(line: LogLine): void;
  /** All chance of the host. */
  readonly random: Random;
  /** The program wants a turn. */
  ready(program: Program): void;
  /** The stack gets its interfaces. */
  plug(host: Host, stack: Stack): void;
  /** What `host` knows of the others. */
  names(host: Host): readonly (readonly [name: string, address: string])[];
  /** The cable is in, or is not. */
  unplugged(host: Host, unplugged: boolean): void;
}

/** States in which nobody waits for the peer. */
const QUIET: ReadonlySet<string> = new Set(["listen", "time-wait"]);

/** One computer of a world, on which programs run. */
export class Host {
  /** As it was made. */
  readonly name: string;
  /** Counts from 1, in the order in which hosts were made. */
  readonly number: number;
  /** What its program has written, through all of its lives, and what has happened to it. */
  readonly log: HostLog;
  readonly #owner: HostOwner;
  readonly #options: Omit<ProgramOptions, "seed">;
  /** How often the program was started. */
  #starts = 0;
  #stack: Stack;
  #program: Program;
  #exitCode: number | undefined = undefined;
  #crashed = false;
  #handOvers = 0;

  constructor(name: string, number: number, options: Omit<ProgramOptions, "seed">, owner: HostOwner) {
    this.name = name;
    this.number = number;
    this.#options = options;
    this.#owner = owner;
    this.log = new HostLog(
      name,
      () => owner.time.now(),
      (line) => owner.wrote(line),
    );
    this.#stack = this.#boot();
    this.#program = this.#start();
  }

  /** Its stack; another one after a crash. */
  get stack(): Stack {
    return this.#stack;
  }

  /** The address on its first link. */
  get address(): string {
    return addressOn(0, this.number).toString();
  }

  /** With which the program has ended; undefined while it runs, and after `kill` and `crash`. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** The program runs, or has yet to begin. */
  get running(): boolean {
    return this.#program.alive;
  }

  /** The machine is off. */
  get crashed(): boolean {
    return this.#crashed;
  }

  /** How often its program was woken: what a simulation's real time goes into. */
  get handOvers(): number {
    return this.#handOvers + this.#program.handOvers;
  }

  /**
   * Sends the program a signal, such as `"SIGTERM"`: its listeners are called in its next turn, and without
   * any it ends, as on Unix. SIGKILL, SIGSTOP and SIGCONT do what `kill`, `pause` and `resume` do.
   *
   * @throws SimulationError when no program runs
   */
  signal(name: NodeJS.Signals): void {
    if (name === "SIGKILL") this.kill();
    else if (name === "SIGSTOP") this.pause();
    else if (name === "SIGCONT") this.resume();
    else {
      this.#mustRun("signal");
      this.log.event(name);
      this.#program.signal(name);
    }
  }

  /**
   * Ends the program at once, as SIGKILL does. The machine goes on, and closes its sockets: FIN, or RST where
   * something was unread; who connects then is refused.
   */
  kill(): void {
    this.#mustRun("kill");
    this.log.event("killed");
    this.#program.kill();
    this.#owner.time.leave(this.#program);
  }

  /** The power goes: program and stack are gone at once, and nothing is sent any more, nor answered. */
  crash(): void {
    if (this.#crashed) throw new SimulationError(`host ${this.name}: crash: it has crashed already`);
    this.log.event("crashed");
    this.#crashed = true;
    this.#program.vanish();
    this.#owner.time.leave(this.#program);
    this.#owner.time.leave(this.#stack);
    this.#stack.close();
  }

  /**
   * Starts the program anew, in a new process: after a crash on a machine that has just come up (new sequence
   * numbers; old connections are answered by RST), else on the same one. A program that runs is killed first.
   */
  restart(): void {
    if (this.running && !this.#crashed) this.kill();
    this.log.event("restarted");
    if (this.#crashed) {
      this.#crashed = false;
      this.#stack = this.#boot();
      this.#owner.plug(this, this.#stack);
    }
    this.#handOvers += this.#program.handOvers;
    this.#program = this.#start();
  }

  /** The program gets no turn until `resume`, as after SIGSTOP. Its stack goes on. */
  pause(): void {
    this.#mustRun("pause");
    this.log.event("paused");
    this.#program.pause();
  }

  /** Ends what `pause` began. */
  resume(): void {
    this.#mustRun("resume");
    this.log.event("resumed");
    this.#program.resume();
  }

  /**
   * Its wall clock (`Date`) jumps by so many milliseconds, back where they are negative: as when somebody sets it.
   * Timers and `performance` do not.
   */
  jumpClock(milliseconds: number): void {
    this.#mustRun("jumpClock");
    if (!Number.isSafeInteger(milliseconds) || Math.abs(milliseconds) >= 2 ** 31) {
      throw new RangeError(
        `host ${this.name}: jumpClock: ${milliseconds}: milliseconds are an integer of 32 bits`,
      );
    }
    this.log.event(`clock ${milliseconds < 0 ? "" : "+"}${milliseconds} ms`);
    this.#program.jumpClock(milliseconds);
  }

  /** Pulls its cables: what it sends is lost, and nothing reaches it. */
  unplug(): void {
    this.log.event("unplugged");
    this.#owner.unplugged(this, true);
  }

  /** Puts its cable back. */
  plug(): void {
    this.log.event("plugged in");
    this.#owner.unplugged(this, false);
  }

  /** What goes on here, for reports, one a line: sockets, and the timer for which the program waits first. */
  describe(): readonly string[] {
    if (this.#crashed) return [`${this.name}: is off`];
    if (!this.running) return [`${this.name}: its program has ended`];
    const open = this.#program.open();
    return (open.length === 0 ? ["has no socket and no timer"] : open).map((one) => `${this.name}: ${one}`);
  }

  /** For the world: something here may still happen by itself. */
  get waits(): boolean {
    if (this.#crashed) return false;
    if (this.#program.waits) return true;
    return this.#stack.connections().some(({ state }) => !QUIET.has(state));
  }

  /** For the world: settles when nothing of it is left. */
  async close(): Promise<void> {
    await this.#program.close();
    if (this.#crashed) return;
    this.#owner.time.leave(this.#program);
    this.#owner.time.leave(this.#stack);
    this.#stack.close();
  }

  #mustRun(call: string): void {
    if (!this.running) throw new SimulationError(`host ${this.name}: ${call}: its program does not run`);
  }

  #boot(): Stack {
    const { time, random } = this.#owner;
    const stack = new Stack({
      clock: time,
      random: random.fork(`stack ${this.#starts}`),
      wakeAt: () => undefined, // virtual time asks every stack before every step
    });
    time.join(this.name, stack);
    return stack;
  }

  #start(): Program {
    const { time, random } = this.#owner;
    this.#starts++;
    const seed = random.fork(`program ${this.#starts}`).bits();
    const program = new Program(
      this.#stack,
      { ...this.#options, seed },
      {
        now: () => time.now(),
        ready: (one) => this.#owner.ready(one),
        wrote: (fd, octets) => this.log.wrote(fd, octets),
        exited: (code) => this.#ended(program, code),
        beginning: () => this.#beginning(),
      },
    );
    this.#exitCode = undefined;
    time.join(`program on ${this.name}`, program);
    return program;
  }

  #ended(program: Program, code: number): void {
    this.#exitCode = code;
    this.log.event(`exit ${code}`);
    this.#owner.time.leave(program);
  }

  #beginning(): Beginning {
    const stack = this.#stack;
    const [tcp, udp] = [stack.openTcp(), stack.openUdp()];
    const beginning = {
      hostname: this.name,
      names: this.#owner.names(this),
      interfaces: stack.interfaces.map(({ name, mac, addresses }) => ({
        name,
        mac: mac.toString(),
        addresses: addresses.map(({ address, prefixLength }) => ({
          address: address.toString(),
          prefixLength,
        })),
      })),
      tcpOptions: { ...tcp.options },
      udpOptions: { ...udp.options },
    };
    tcp.close();
    udp.close();
    return beginning;
  }
}
