/** A simulated computer: its stack, the program on it, and what may happen to both. */
import type { LabHost } from "../lab/index.ts";
import type { Instant, Stack } from "../stack/index.ts";
import type { Beginning } from "./channel/index.ts";
import { HostLog, type LogLine } from "./host-log.ts";
import { Program, type ProgramOptions } from "./program.ts";

export interface HostOptions {
  /** The file to run: a path, from the folder that the process was started in, or a `file:` URL. */
  readonly program: string | URL;
  /** What the program finds in `process.argv` behind its own name. */
  readonly args?: readonly string[];
  /** Variables of its environment, besides those of the process that simulates. */
  readonly env?: Readonly<Record<string, string>>;
  /** What `process.cwd()` says; the folder of this process by default. */
  readonly cwd?: string;
}

/** The world, as one of its hosts sees it. */
export interface HostOwner {
  now(): Instant;
  readonly lines: LogLine[];
  ready(program: Program): void;
  joined(program: Program): void;
  left(program: Program): void;
  /** What `host` knows of the others. */
  names(host: Host): readonly (readonly [name: string, address: string])[];
}

export class Host {
  readonly name: string;
  /** Counts from 1, in the order in which hosts were made. */
  readonly number: number;
  readonly log: HostLog;
  /** The stack, its sockets and its captures: what `tapstack/lab` calls a host. */
  readonly machine: LabHost;
  readonly #owner: HostOwner;
  readonly #options: Omit<ProgramOptions, "seed">;
  readonly #seed: () => number;
  #program: Program | undefined = undefined;
  #exitCode: number | undefined = undefined;

  /** @param seed - another one for each start of the program */
  constructor(
    machine: LabHost,
    number: number,
    options: Omit<ProgramOptions, "seed">,
    seed: () => number,
    owner: HostOwner,
  ) {
    this.name = machine.name;
    this.number = number;
    this.machine = machine;
    this.#options = options;
    this.#seed = seed;
    this.#owner = owner;
    this.log = new HostLog(this.name, () => owner.now(), owner.lines);
    this.#start();
  }

  get stack(): Stack {
    return this.machine.stack;
  }

  /** The address on its first link. */
  get address(): string {
    return this.machine.ip.toString();
  }

  /** With which the program has ended; undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** The program runs, or has yet to begin. */
  get running(): boolean {
    return this.#program?.alive ?? false;
  }

  /** How often its program was woken: what a simulation's real time goes into. */
  get handOvers(): number {
    return this.#program?.handOvers ?? 0;
  }

  /**
   * Sends the program a signal, such as `"SIGTERM"`: its listeners are called in its next turn, and without
   * any it ends, as on Unix.
   */
  signal(name: NodeJS.Signals): void {
    this.log.event(name);
    this.#program?.signal(name);
  }

  /** Ends the program at once, as SIGKILL does. The host goes on, and closes its sockets: FIN, or RST. */
  kill(): void {
    this.log.event("killed");
    this.#leave((program) => program.kill());
  }

  /** What goes on here, for reports: sockets, one a line. */
  describe(): readonly string[] {
    if (!this.running) return [`${this.name}: its program has ended`];
    const sockets = this.#program?.sockets() ?? [];
    return sockets.length === 0
      ? [`${this.name}: has no socket`]
      : sockets.map((socket) => `${this.name}: ${socket}`);
  }

  /** For the world: something here may still happen by itself. */
  get waits(): boolean {
    if (this.#program?.waits === true) return true;
    const connections = this.stack.tcp.connections?.() ?? [];
    return connections.some(({ state }) => state !== "listen" && state !== "time-wait");
  }

  /** For the world: settles when nothing of it is left. */
  async close(): Promise<void> {
    await this.#program?.close();
  }

  #start(): void {
    const program = new Program(
      this.stack,
      { ...this.#options, seed: this.#seed() },
      {
        now: () => this.#owner.now(),
        ready: (one) => this.#owner.ready(one),
        wrote: (fd, octets) => this.log.wrote(fd, octets),
        exited: (code) => this.#ended(code),
        beginning: () => this.#beginning(),
      },
    );
    this.#program = program;
    this.#exitCode = undefined;
    this.#owner.joined(program);
  }

  #ended(code: number): void {
    this.#exitCode = code;
    this.log.event(`exit ${code}`);
    this.#leave(() => undefined);
  }

  #leave(how: (program: Program) => void): void {
    const program = this.#program;
    if (program === undefined) return;
    how(program);
    this.#owner.left(program);
  }

  #beginning(): Beginning {
    const [tcp, udp] = [this.stack.openTcp(), this.stack.openUdp()];
    const beginning = {
      hostname: this.name,
      names: this.#owner.names(this),
      interfaces: this.stack.interfaces.map(({ name, mac, addresses }) => ({
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
