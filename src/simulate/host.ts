/** A host of a simulation, as its user sees it: what may be done to it is noted among the interventions, and then done. */
import {
  type DirectedHost,
  type HostAction,
  parseSpan,
  type Undo,
  type VirtualTime,
} from "../drivers/simulation/index.ts";
import type { Random, Stack, Tracer } from "../stack/index.ts";
import { cableText } from "./cable-actions.ts";
import { SimulationError } from "./errors.ts";
import { HostLog, type LogLine } from "./host-log.ts";
import { HostMachine } from "./host-machine.ts";
import type { Program, ProgramOptions } from "./program.ts";

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
  /** What `viewer` calls `host`. */
  addressFor(viewer: Host, host: Host): string;
  /** A key of TLS of its program's, as a line of NSS's key log. */
  key(line: string): void;
  /** What the host's next stack is to tell what it does. */
  tracer(host: Host): Tracer | undefined;
  /** The power of its machine has gone. */
  crashed(host: Host): void;
  /** Does it, and notes that it was done. */
  act(action: HostAction): void;
  /** What is done to a host's cables: what of it cannot be, and doing it. */
  checkCables(host: Host, action: HostAction): void;
  performOnCables(host: Host, action: HostAction): Undo;
}

const NOTHING: Undo = () => undefined;

/** One computer of a world, on which programs run. */
export class Host implements DirectedHost {
  /** As it was made. */
  readonly name: string;
  /** Counts from 1, in the order in which hosts were made. */
  readonly number: number;
  /** What its program has written, through all of its lives, and what has happened to it. */
  readonly log: HostLog;
  readonly #owner: HostOwner;
  readonly #machine: HostMachine;

  constructor(name: string, number: number, options: Omit<ProgramOptions, "seed">, owner: HostOwner) {
    this.name = name;
    this.number = number;
    this.#owner = owner;
    this.log = new HostLog(
      name,
      () => owner.time.now(),
      (line) => owner.wrote(line),
    );
    this.#machine = new HostMachine(name, options, this.log, {
      time: owner.time,
      random: owner.random,
      ready: (program) => owner.ready(program),
      plug: (stack) => owner.plug(this, stack),
      names: () => owner.names(this),
      tracer: () => owner.tracer(this),
      key: (line) => owner.key(line),
      crashed: () => owner.crashed(this),
    });
  }

  /** Its stack; another one after a crash. */
  get stack(): Stack {
    return this.#machine.stack;
  }

  /** The address on its first link. */
  get address(): string {
    return this.#owner.addressFor(this, this);
  }

  /** With which the program has ended; undefined while it runs, and after `kill` and `crash`. */
  get exitCode(): number | undefined {
    return this.#machine.exitCode;
  }

  /** The program runs, or has yet to begin. */
  get running(): boolean {
    return this.#machine.running;
  }

  /** The machine is off. */
  get crashed(): boolean {
    return this.#machine.crashed;
  }

  /** How often its program was woken: what a simulation's real time goes into. */
  get handOvers(): number {
    return this.#machine.handOvers;
  }

  // ── what is done to it, noted among the world's interventions ───────────────────────────────────────

  /**
   * Sends the program a signal, such as `"SIGTERM"`: its listeners are called in its next turn, and without
   * any it ends, as on Unix. SIGKILL, SIGSTOP and SIGCONT do what `kill`, `pause` and `resume` do.
   *
   * @throws SimulationError when no program runs
   */
  signal(name: NodeJS.Signals): void {
    this.#mustRun("signal");
    this.#owner.act({ do: "signal", host: this.name, signal: name });
  }

  /**
   * Ends the program at once, as SIGKILL does. The machine goes on, and closes its sockets: FIN, or RST where
   * something was unread; who connects then is refused.
   */
  kill(): void {
    this.#mustRun("kill");
    this.#owner.act({ do: "kill", host: this.name });
  }

  /** The power goes: program and stack are gone at once, and nothing is sent any more, nor answered. */
  crash(): void {
    if (this.crashed) throw new SimulationError(`host ${this.name}: crash: it has crashed already`);
    this.#owner.act({ do: "crash", host: this.name });
  }

  /**
   * Starts the program anew, in a new process: after a crash on a machine that has just come up (new sequence
   * numbers; old connections are answered by RST), else on the same one. A program that runs is killed first.
   */
  restart(): void {
    this.#owner.act({ do: "restart", host: this.name });
  }

  /** The program gets no turn until `resume`, as after SIGSTOP. Its stack goes on. */
  pause(): void {
    this.#mustRun("pause");
    this.#owner.act({ do: "pause", host: this.name });
  }

  /** Ends what `pause` began. */
  resume(): void {
    this.#mustRun("resume");
    this.#owner.act({ do: "resume", host: this.name });
  }

  /**
   * Its wall clock (`Date`) jumps by so many milliseconds, back where they are negative: as when somebody sets it.
   * Timers and `performance` do not.
   */
  jumpClock(milliseconds: number): void {
    this.#mustRun("jumpClock");
    this.#owner.act({ do: "clock", host: this.name, by: `${milliseconds}ms` });
  }

  /** Pulls its cables: what it sends is lost, and nothing reaches it. */
  unplug(): void {
    this.#owner.act({ do: "unplug", host: this.name });
  }

  /** Puts its cable back. */
  plug(): void {
    this.#owner.act({ do: "plug", host: this.name });
  }

  /**
   * Takes another address, `10.0.0.99/16`, in place of the one that the interface has; `eth0` by default. Names lead to
   * the new one at once; connections of the old one go on as on any system: their segments are lost.
   */
  changeAddress(to: string, name?: string): void {
    this.#owner.act({ do: "address", host: this.name, to, ...(name !== undefined && { interface: name }) });
  }

  /**
   * Sends datagrams of at most so many octets on that interface from now on; `eth0` by default. What is larger than a
   * way carries, and is lost without a word, is a matter of `world.impair(host, "mtu=1280")`.
   */
  changeMtu(octets: number, name?: string): void {
    this.#owner.act({ do: "mtu", host: this.name, octets, ...(name !== undefined && { interface: name }) });
  }

  // ── for the director ────────────────────────────────────────────────────────────────────────────────

  check(action: HostAction): void {
    if (action.do === "clock") this.#milliseconds(action.by);
    else this.#owner.checkCables(this, action);
  }

  /** Those that can suffer it do: one that is off cannot crash once more. */
  perform(action: HostAction): Undo {
    const machine = this.#machine;
    switch (action.do) {
      case "kill":
        return this.running ? machine.kill() : NOTHING;
      case "crash":
        return this.crashed ? NOTHING : machine.crash();
      case "restart":
        machine.restart();
        return NOTHING;
      case "pause":
        return this.running ? machine.pause() : NOTHING;
      case "resume":
        if (this.running) machine.resume();
        return NOTHING;
      case "signal":
        if (this.running) machine.signal(action.signal as NodeJS.Signals);
        return NOTHING;
      case "clock":
        if (this.running) machine.jumpClock(this.#milliseconds(action.by));
        return NOTHING;
      default:
        return this.#changeCables(action);
    }
  }

  #changeCables(action: HostAction): Undo {
    const text = cableText(action);
    if (text !== undefined) this.log.event(text);
    const undo = this.#owner.performOnCables(this, action);
    if (action.do !== "unplug") return undo;
    return () => {
      this.log.event("plugged in");
      undo();
    };
  }

  #milliseconds(by: string): number {
    const milliseconds = parseSpan(by) / 1000;
    if (Number.isSafeInteger(milliseconds) && Math.abs(milliseconds) < 2 ** 31) return milliseconds;
    throw new RangeError(
      `host ${this.name}: jumpClock: ${milliseconds}: milliseconds are an integer of 32 bits`,
    );
  }

  /** What others are called has changed, or its own addresses. */
  networkChanged(): void {
    this.#machine.networkChanged();
  }

  /** What goes on here, for reports, one a line: sockets, and the timer for which the program waits first. */
  describe(): readonly string[] {
    return this.#machine.describe();
  }

  /** For the world: the program may still do something by itself. */
  get programWaits(): boolean {
    return this.#machine.programWaits;
  }

  /** For the world: a connection may still tell it of something, as its timers run. */
  get connectionsWait(): boolean {
    return this.#machine.connectionsWait;
  }

  /** For the world: settles when nothing of it is left. */
  close(): Promise<void> {
    return this.#machine.close();
  }

  #mustRun(call: string): void {
    if (!this.running) throw new SimulationError(`host ${this.name}: ${call}: its program does not run`);
  }
}
