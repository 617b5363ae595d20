/**
 * A world of hosts and links in one virtual time, in which unchanged Node programs run. The same seed gives
 * the same run, octet for octet.
 */
import { createHash, type Hash } from "node:crypto";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Impairments } from "../drivers/simulation/index.ts";
import { NO_FAULTS, parseImpairments } from "../drivers/simulation/index.ts";
import { Lab } from "../lab/index.ts";
import { type Instant, later, NEVER, type Random, seconds, timer, Xoshiro128 } from "../stack/index.ts";
import { SimulationError } from "./errors.ts";
import { Host, type HostOptions } from "./host.ts";
import type { LogLine } from "./host-log.ts";
import type { Program, ProgramOptions } from "./program.ts";
import { durationOf, type Span, secondsText } from "./time-text.ts";

export interface WorldOptions {
  /** Where all chance comes from; 1 by default. */
  readonly seed?: number;
  /** Keeps all frames, for `world.lab.capture(host.machine)`. Off by default, since it takes memory. */
  readonly capture?: boolean;
  /** What the clocks of all hosts show at first; the first of January 2026 by default. */
  readonly date?: Date;
  /** Real milliseconds that a program may run without yielding; 10 000 by default. */
  readonly patience?: number;
  /** Flags of Node for the programs' threads. */
  readonly execArgv?: readonly string[];
}

export interface LinkOptions {
  /** What is wrong with it: a line such as `loss=1%,delay=5ms`, for the way between any two of its hosts. */
  readonly impairments?: string;
  /** Largest IP datagram in octets; 1500 by default. */
  readonly mtu?: number;
}

/** Until when virtual time may go on. */
const LIMIT = seconds(366 * 86_400);

const DATE = new Date(Date.UTC(2026, 0, 1));

/** What happens at an instant. */
type Action = () => unknown;

export class World {
  readonly seed: number;
  /** Hosts and links underneath, in the same virtual time. */
  readonly lab: Lab;
  /** What all programs have written, and what has happened to them, in order. */
  readonly log: LogLine[] = [];
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #hosts: Host[] = [];
  /** Programs that want a turn, and what is due: both before time moves on. */
  readonly #ready: Set<Program> = new Set();
  readonly #due: Action[] = [];
  readonly #hash: Hash = createHash("sha256");
  #links = 0;
  #frames = 0;
  #closed = false;

  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? 1;
    this.#options = options;
    this.#random = new Xoshiro128(this.seed).fork("programs");
    this.lab = new Lab({ seed: this.seed, capture: options.capture ?? false, limit: LIMIT });
  }

  /** Virtual milliseconds since the beginning. */
  get now(): number {
    return this.lab.time.now() / 1000;
  }

  /** Frames that hosts have sent. */
  get frames(): number {
    return this.#frames;
  }

  /** A digest of every frame sent, and every line written, with their times: equal for equal runs. */
  get fingerprint(): string {
    const hash = this.#hash.copy();
    for (const { at, host, stream, text } of this.log) hash.update(`${at} ${host} ${stream} ${text}\n`);
    return hash.digest("hex").slice(0, 16);
  }

  /** A host that runs a program. Its name is what others resolve. */
  host(name: string, options: HostOptions): Host {
    if (this.#hosts.some((one) => one.name === name))
      throw new SimulationError(`there are two hosts ${name}`);
    const number = this.#hosts.length + 1;
    const machine = this.lab.host(name, addressOn(0, number));
    const random = this.#random.fork(name);
    const host = new Host(machine, number, this.#programOptions(name, number, options), () => random.bits(), {
      now: () => this.lab.time.now(),
      lines: this.log,
      ready: (program) => this.#ready.add(program),
      joined: (program) => this.lab.time.join(`program on ${name}`, program),
      left: (program) => this.lab.time.leave(program),
      names: (viewer) => this.#namesFor(viewer),
    });
    this.#hosts.push(host);
    return host;
  }

  /** So many hosts alike, `worker-1` and so on. */
  hosts(name: string, count: number, options: HostOptions): Host[] {
    return Array.from({ length: count }, (_, index) => this.host(`${name}-${index + 1}`, options));
  }

  /**
   * Joins hosts by a network of their own: two by a cable, more by a switch. Without any link, all hosts are
   * on one switch. On the first link, host number n has the address 10.0.0.n; on the next, 10.1.0.n.
   */
  link(...given: readonly [Host, Host, ...(Host | LinkOptions)[]]): void {
    const last = given.at(-1);
    const options = last instanceof Host ? {} : (last as LinkOptions);
    const hosts = given.filter((one) => one instanceof Host);
    this.#link(hosts, options);
  }

  /** At this instant, counted from the beginning, before anything else that happens then. */
  at(when: Span, action: Action): void {
    const instant = durationOf(when) as number as Instant;
    if (instant < this.lab.time.now()) throw new RangeError(`${when} has passed: it is ${this.#nowText()}`);
    timer(this.lab.time.timers, () => this.#due.push(action)).set(instant);
  }

  /**
   * Lets `span` pass; without it, goes on until nothing is left that could happen. It ends earlier, too, when
   * nothing is.
   */
  async run(span?: Span): Promise<void> {
    const end = span === undefined ? NEVER : later(this.lab.time.now(), durationOf(span));
    await this.#advance(end, () => false);
    if (end !== NEVER && this.lab.time.now() < end)
      this.lab.time.elapse((end - this.lab.time.now()) as never);
  }

  /**
   * Goes on until the condition holds.
   *
   * @param within - how long that may take at most
   * @throws SimulationError when it does not, or when nothing is left that could happen; says who waits for what
   */
  async until(condition: () => boolean, within?: Span): Promise<void> {
    const end = within === undefined ? NEVER : later(this.lab.time.now(), durationOf(within));
    if (await this.#advance(end, condition)) return;
    const why =
      within === undefined ? "nothing is left that could happen" : `not within ${within}, and it is late`;
    throw new SimulationError(
      `${this.#nowText()}: the condition does not hold: ${why}\n${this.#describe().join("\n")}`,
    );
  }

  /** Takes down all programs and links. A test that uses `simulate` need not. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#hosts.map((host) => host.close()));
    this.lab.close();
  }

  /** Goes on until `end`, or `done`, or until nothing is left that could happen; whether it is done. */
  async #advance(end: Instant, done: () => boolean): Promise<boolean> {
    if (this.#closed) throw new SimulationError("the world is closed");
    if (this.#links === 0 && this.#hosts.length > 1) this.#link(this.#hosts, {});
    for (;;) {
      await this.#serve();
      if (done()) return true;
      const next = this.lab.time.nextDeadline();
      if (next > end || next === NEVER || !this.#goesOn(next)) return false;
      this.lab.time.step();
    }
  }

  /** Everything that is to happen at this instant besides stacks and links: what was planned, and programs' turns. */
  async #serve(): Promise<void> {
    for (let action = this.#due.shift(); action !== undefined; action = this.#due.shift()) await action();
    if (this.#ready.size === 0) return;
    for (const program of [...this.#ready]) {
      this.#ready.delete(program);
      if (program.wantsTurn) await program.turn();
    }
  }

  /** Somebody waits for something: timers of ours alone, such as those of ARP, would go on for ever. */
  #goesOn(next: Instant): boolean {
    const { time } = this.lab;
    if (next <= time.now() || time.timers.size > 0 || this.#ready.size > 0) return true;
    return this.#hosts.some((host) => host.waits);
  }

  #link(hosts: readonly Host[], { impairments, mtu }: LinkOptions): void {
    const link = this.#links++;
    const address = ({ number }: Host): string => addressOn(link, number);
    const spoiled = impairments === undefined ? undefined : parseImpairments(impairments);
    const [first, second] = hosts as [Host, Host];
    if (hosts.length === 2) {
      this.lab.link(first.machine, second.machine, {
        ...(spoiled && { impairments: spoiled }),
        ...(mtu !== undefined && { mtu }),
        addresses: [address(first), address(second)],
      });
    } else {
      const hub = this.lab.switch(mtu === undefined ? {} : { mtu });
      for (const host of hosts) {
        this.lab.link(host.machine, hub, {
          ...(spoiled && { impairments: outward(spoiled, host === first) }),
          addresses: [address(host)],
        });
      }
    }
    for (const host of hosts) this.#watch(host);
  }

  /** Every frame that the host sends goes into the fingerprint. */
  #watch({ name, stack }: Host): void {
    const made = stack.interfaces.at(-1);
    made?.taps.push({
      frame: (packet, direction) => {
        if (direction === "in") return;
        this.#frames++;
        this.#hash.update(`${this.lab.time.now()} ${name} `);
        this.#hash.update(packet.bytes.subarray(packet.start, packet.end));
      },
    });
  }

  /** The names of all hosts, with the addresses by which `viewer` reaches them: on the first link that both have. */
  #namesFor(viewer: Host): readonly (readonly [string, string])[] {
    const networks = new Set(addresses(viewer).map(networkOf));
    return this.#hosts.map((host) => {
      const all = addresses(host);
      return [host.name, all.find((one) => networks.has(networkOf(one))) ?? all[0] ?? host.address];
    });
  }

  #programOptions(name: string, number: number, options: HostOptions): Omit<ProgramOptions, "seed"> {
    const { program, args = [], env = {}, cwd = process.cwd() } = options;
    return {
      program:
        program instanceof URL || program.startsWith("file:") ? fileURLToPath(program) : resolve(program),
      args,
      env: { ...definedOf(process.env), ...env },
      cwd,
      host: name,
      pid: 1000 + number,
      epoch: (this.#options.date ?? DATE).getTime(),
      patience: this.#options.patience ?? 10_000,
      execArgv: this.#options.execArgv ?? [],
      attended: process.execArgv.some((flag) => flag.startsWith("--inspect")),
    };
  }

  #nowText(): string {
    return secondsText(this.lab.time.now());
  }

  #describe(): readonly string[] {
    return this.#hosts.flatMap((host) => host.describe()).map((line) => `  ${line}`);
  }
}

/** Host number `number` on link number `link`. */
function addressOn(link: number, number: number): string {
  return `10.${link}.${number >> 8}.${number & 255}/16`;
}

function addresses({ stack }: Host): readonly string[] {
  return stack.interfaces
    .filter(({ loopback }) => !loopback)
    .flatMap((one) => one.addresses.map(({ address }) => address.toString()));
}

/** All links have prefixes of 16. */
function networkOf(address: string): string {
  return address.split(".", 2).join(".");
}

/** Of hosts on a switch, each spoils what it sends, so that every way has it once. `out:` is from the first host. */
function outward(impairments: Impairments, first: boolean): Impairments {
  return { in: NO_FAULTS, out: first ? impairments.out : impairments.in };
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
