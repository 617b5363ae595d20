/** The machine of a simulated host: its stack and its program, which start, stop, and are gone in a crash. */
import type { Undo, VirtualTime } from "../drivers/simulation/index.ts";
import { NEVER, type Random, Stack, type Tracer } from "../stack/index.ts";
import type { Beginning } from "./channel/index.ts";
import type { HostLog } from "./host-log.ts";
import { Program, type ProgramOptions } from "./program.ts";

/** What is around a machine. */
export interface MachineSite {
  readonly time: VirtualTime;
  /** All chance of the machine. */
  readonly random: Random;
  /** The program wants a turn. */
  ready(program: Program): void;
  /** The stack gets its interfaces. */
  plug(stack: Stack): void;
  /** What the machine knows of the others. */
  names(): readonly (readonly [name: string, address: string])[];
  /** What the next stack is to tell what it does. */
  tracer(): Tracer | undefined;
  /** A key of TLS of the program's, as a line of NSS's key log. */
  key(line: string): void;
  /** The power has gone. */
  crashed(): void;
}

/** States in which nobody waits for the peer. */
const QUIET: ReadonlySet<string> = new Set(["listen", "time-wait"]);

/** A computer on which one program runs, again and again. */
export class HostMachine {
  readonly #name: string;
  readonly #options: Omit<ProgramOptions, "seed">;
  readonly #log: HostLog;
  readonly #site: MachineSite;
  /** How often the program was started. */
  #starts = 0;
  #stack: Stack;
  #program: Program;
  #exitCode: number | undefined = undefined;
  #crashed = false;
  #handOvers = 0;

  constructor(name: string, options: Omit<ProgramOptions, "seed">, log: HostLog, site: MachineSite) {
    this.#name = name;
    this.#options = options;
    this.#log = log;
    this.#site = site;
    this.#stack = this.#boot();
    this.#program = this.#start();
  }

  /** Another one after a crash. */
  get stack(): Stack {
    return this.#stack;
  }

  /** With which the program has ended; undefined while it runs, and after `kill` and `crash`. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** The program runs, or has yet to begin. */
  get running(): boolean {
    return this.#program.alive;
  }

  /** It is off. */
  get crashed(): boolean {
    return this.#crashed;
  }

  /** How often programs were woken. */
  get handOvers(): number {
    return this.#handOvers + this.#program.handOvers;
  }

  /** SIGKILL, SIGSTOP and SIGCONT do what they do on Unix; all others are the program's. */
  signal(name: NodeJS.Signals): void {
    if (name === "SIGKILL") this.kill();
    else if (name === "SIGSTOP") this.pause();
    else if (name === "SIGCONT") this.resume();
    else {
      this.#log.event(name);
      this.#program.signal(name);
    }
  }

  /** Ends the program at once. Undone, it is started again. */
  kill(): Undo {
    this.#log.event("killed");
    this.#program.kill();
    this.#site.time.leave(this.#program);
    return () => this.#again();
  }

  /** The power goes. Undone, the machine is on again. */
  crash(): Undo {
    this.#log.event("crashed");
    this.#crashed = true;
    this.#program.vanish();
    this.#site.time.leave(this.#program);
    this.#site.time.leave(this.#stack);
    this.#stack.close();
    this.#site.crashed();
    return () => this.#again();
  }

  /** Unless somebody has started it meanwhile. */
  #again(): void {
    if (!this.running) this.restart();
  }

  /** The program anew, on a machine that has just come up if it was off. */
  restart(): void {
    if (this.running && !this.#crashed) this.kill();
    this.#log.event("restarted");
    if (this.#crashed) {
      this.#crashed = false;
      this.#stack = this.#boot();
      this.#site.plug(this.#stack);
    }
    this.#handOvers += this.#program.handOvers;
    this.#program = this.#start();
  }

  /** The program gets no turn any more. Undone, it does. */
  pause(): Undo {
    this.#log.event("paused");
    this.#program.pause();
    return () => {
      if (this.running) this.resume();
    };
  }

  /** Ends what `pause` began. */
  resume(): void {
    this.#log.event("resumed");
    this.#program.resume();
  }

  /** The wall clock jumps, back where that is negative. */
  jumpClock(milliseconds: number): void {
    this.#log.event(`clock ${milliseconds < 0 ? "" : "+"}${milliseconds} ms`);
    this.#program.jumpClock(milliseconds);
  }

  /** The program hears of other names and addresses. */
  networkChanged(): void {
    if (this.running) this.#program.networkChanged(this.#beginning());
  }

  /** What goes on here, for reports, one a line: sockets, and the timer for which the program waits first. */
  describe(): readonly string[] {
    if (this.#crashed) return [`${this.#name}: is off`];
    if (!this.running) return [`${this.#name}: its program has ended`];
    const open = this.#program.open();
    return (open.length === 0 ? ["has no socket and no timer"] : open).map((one) => `${this.#name}: ${one}`);
  }

  /** The program may still do something by itself. */
  get programWaits(): boolean {
    return !this.#crashed && this.#program.waits;
  }

  /** A connection may still tell the program of something, as its timers run. */
  get connectionsWait(): boolean {
    if (this.#crashed || this.#program.isSilent || this.#stack.nextDeadline() === NEVER) return false;
    return this.#stack.connections().some(({ state }) => !QUIET.has(state));
  }

  /** Settles when nothing of it is left. */
  async close(): Promise<void> {
    await this.#program.close();
    if (this.#crashed) return;
    this.#site.time.leave(this.#program);
    this.#site.time.leave(this.#stack);
    this.#stack.close();
  }

  #boot(): Stack {
    const { time, random } = this.#site;
    const stack = new Stack({
      clock: time,
      random: random.fork(`stack ${this.#starts}`),
      wakeAt: () => undefined, // virtual time asks every stack before every step
      tracer: this.#site.tracer(),
    });
    time.join(this.#name, stack);
    return stack;
  }

  #start(): Program {
    const { time, random } = this.#site;
    this.#starts++;
    const seed = random.fork(`program ${this.#starts}`).bits();
    const program = new Program(
      this.#stack,
      { ...this.#options, seed },
      {
        now: () => time.now(),
        ready: (one) => this.#site.ready(one),
        wrote: (fd, octets) => this.#log.wrote(fd, octets),
        key: (line) => this.#site.key(line),
        exited: (code) => this.#ended(program, code),
        beginning: () => this.#beginning(),
      },
    );
    this.#exitCode = undefined;
    time.join(`program on ${this.#name}`, program);
    return program;
  }

  #ended(program: Program, code: number): void {
    this.#exitCode = code;
    this.#log.event(`exit ${code}`);
    this.#site.time.leave(program);
  }

  #beginning(): Beginning {
    const stack = this.#stack;
    const [tcp, udp] = [stack.openTcp(), stack.openUdp()];
    const beginning = {
      hostname: this.#name,
      names: this.#site.names(),
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
