/**
 * A world of hosts and links in one virtual time, in which unchanged Node programs run. The same seed gives
 * the same run, octet for octet.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseImpairments, VirtualTime } from "../drivers/simulation/index.ts";
import { type Instant, type Random, seconds, Xoshiro128 } from "../stack/index.ts";
import { type ChaosOptions, drawFaults } from "./chaos.ts";
import { SimulationError } from "./errors.ts";
import { begin, type Fault, faultText } from "./faults.ts";
import { Host, type HostOptions, type InlineProgram } from "./host.ts";
import type { LogLine } from "./host-log.ts";
import { Journal } from "./journal.ts";
import {
  type Cut,
  type DropCounters,
  frameText,
  type LinkOptions,
  Network,
  type WirePacket,
} from "./network/index.ts";
import type { ProgramOptions } from "./program.ts";
import type { Span } from "./time-text.ts";
import { type Action, Timeline } from "./timeline.ts";

/** How a world is made. */
export interface WorldOptions {
  /** Where all chance comes from; 1 by default. */
  readonly seed?: number;
  /** Keeps all frames, for `packets` and `pcap`. Off by default, since it takes memory. */
  readonly capture?: boolean;
  /** What the clocks of all hosts show at first; the first of January 2026 by default. */
  readonly date?: Date;
  /** Real milliseconds that a program may run without yielding; 10 000 by default. */
  readonly patience?: number;
  /** Flags of Node for the programs' threads. */
  readonly execArgv?: readonly string[];
  /** Hears of each line that a program writes, and of what happens to hosts. */
  readonly onLine?: (line: LogLine) => void;
  /** Keeps a journal of events that tells the first one that differs from another run's. */
  readonly check?: boolean;
  /** What `chaos` does, instead of what the seed would draw: a list that was found earlier. */
  readonly faults?: readonly Fault[];
}

/** One way only: what the first hosts send to the others is lost, not what those send. */
export interface PartitionOptions {
  /** Only what the first sends is lost. */
  readonly oneWay?: boolean;
}

/** A host, or several. */
export type Hosts = Host | readonly Host[];

/** Until when virtual time may go on. */
const LIMIT = seconds(366 * 86_400);

const DATE = new Date(Date.UTC(2026, 0, 1));

/** All hosts, their network and one virtual time. */
export class World {
  /** Where all chance comes from. */
  readonly seed: number;
  /** Stacks, links and programs are all in it. */
  readonly time: VirtualTime = new VirtualTime({ limit: LIMIT });
  /** What all programs have written, and what has happened to them, in order. */
  readonly log: LogLine[] = [];
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #network: Network;
  readonly #hosts: Host[] = [];
  readonly #timeline: Timeline;
  readonly #faults: Fault[] = [];
  /** For those who compare runs. */
  readonly journal: Journal;
  #chaos: readonly Fault[] | undefined = undefined;
  #frames = 0;
  #closed = false;

  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? 1;
    this.#options = options;
    this.#random = new Xoshiro128(this.seed);
    this.#timeline = new Timeline(this.time, {
      waits: () => this.#hosts.some((host) => host.waits),
      describe: () => this.#hosts.flatMap((host) => host.describe()),
    });
    this.journal = new Journal(options.check ?? false);
    this.#network = new Network(
      this.time,
      this.#random.fork("network"),
      (at, from, octets) => this.#sent(at, from, octets),
      options.capture ?? false,
    );
  }

  /** Virtual milliseconds since the beginning. */
  get now(): number {
    return this.time.now() / 1000;
  }

  /** Links that were made. */
  get links(): number {
    return this.#network.links;
  }

  /** Who still has what open, one a line: for a test that wants everything closed in the end. */
  get open(): readonly string[] {
    return this.#hosts.filter(({ running }) => running).flatMap((host) => host.describe());
  }

  /** Frames that hosts have sent. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames that bad links have lost. */
  get lost(): number {
    return this.#network.lost;
  }

  /** Frames that were dropped on purpose; those that a bad link has lost are not among them. */
  get dropped(): Readonly<DropCounters> {
    return this.#network.counters;
  }

  /** A digest of every frame sent, and every line written, with their times: equal for equal runs. */
  get fingerprint(): string {
    return this.journal.digest;
  }

  /**
   * All that was sent so far, in order. Made anew at each call.
   *
   * @throws SimulationError if the world was made without `capture: true`
   */
  get packets(): WirePacket[] {
    return this.#recorder().packets();
  }

  /** What was sent on a link, the first being 0, or by a host, as a pcap file; all by default. Throws as `packets`. */
  pcap(wanted: number | Host | undefined = undefined): Uint8Array<ArrayBuffer> {
    const which =
      wanted === undefined ? {} : typeof wanted === "number" ? { link: wanted } : { from: wanted.name };
    return this.#recorder().pcap(which);
  }

  // ── hosts and links ─────────────────────────────────────────────────────────────────────────────────

  /** A host that runs a program. Its name is what others resolve. */
  host(name: string, given: HostOptions | InlineProgram): Host {
    const options = typeof given === "function" ? { program: given } : given;
    if (this.#hosts.some((one) => one.name === name))
      throw new SimulationError(`there are two hosts ${name}`);
    const number = this.#hosts.length + 1;
    const host = new Host(name, number, this.#programOptions(name, number, options), {
      time: this.time,
      wrote: (line) => this.#line(line),
      random: this.#random.fork(`host ${name}`),
      ready: (program) => this.#timeline.ready(program),
      plug: (one, stack) => this.#network.plug(one, stack),
      names: (viewer) =>
        this.#hosts.map((one) => [one.name, this.#network.addressFor(viewer.number, one.number)] as const),
      unplugged: (one, off) => (off ? this.#network.unplug(one.number) : this.#network.replug(one.number)),
    });
    this.#hosts.push(host);
    return host;
  }

  /** So many hosts alike, `worker-1` and so on. */
  hosts(name: string, count: number, options: HostOptions | InlineProgram): Host[] {
    return Array.from({ length: count }, (_, index) => this.host(`${name}-${index + 1}`, options));
  }

  /**
   * Joins hosts by a network of their own. Without any link, all hosts are on one. On the first link, host
   * number n has the address 10.0.0.n; on the next, 10.1.0.n. With `out:` in front, an impairment is of the way
   * from the first host to the others, with `in:` of the way back.
   */
  link(...given: readonly (Host | LinkOptions)[]): void {
    const last = given.at(-1);
    const hosts = given.filter((one) => one instanceof Host);
    if (hosts.length < 2) throw new SimulationError("a link joins two hosts or more");
    this.#join(hosts, last instanceof Host || last === undefined ? {} : last);
  }

  // ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Nothing passes any more between these and those; between the first and all others, if those are not given.
   *
   * @returns heals this partition, and no other
   */
  partition(these: Hosts, those?: Hosts, { oneWay = false }: PartitionOptions = {}): () => void {
    const first = hostsOf(these);
    const second = those === undefined ? this.#hosts.filter((one) => !first.includes(one)) : hostsOf(those);
    const [from, to] = [numbersOf(first), numbersOf(second)];
    const cuts: Cut[] = oneWay
      ? [{ from, to }]
      : [
          { from, to },
          { from: to, to: from },
        ];
    for (const cut of cuts) this.#network.cut(cut);
    this.#event(`partition: ${namesOf(first)} ${oneWay ? "to" : "and"} ${namesOf(second)}`);
    return () => {
      for (const cut of cuts) this.#network.heal(cut);
      this.#event(`healed: ${namesOf(first)} ${oneWay ? "to" : "and"} ${namesOf(second)}`);
    };
  }

  /** Ends all partitions. */
  heal(): void {
    this.#network.heal();
    this.#event("healed");
  }

  /** What these hosts send suffers this from now on, such as `loss=30%`; without a line, what their links said. */
  impair(hosts: Hosts, impairments?: string): void {
    const spoiled = impairments === undefined ? undefined : parseImpairments(impairments);
    this.#network.impair(numbersOf(hostsOf(hosts)), spoiled);
    this.#event(`${namesOf(hostsOf(hosts))}: ${impairments ?? "as the links say"}`);
  }

  /** Drops the first packets that match, so many of them; one by default. */
  drop(matches: (packet: WirePacket) => boolean, { times = 1 }: { readonly times?: number } = {}): void {
    this.#network.addRule({ matches, left: times });
  }

  /** Has faults happen at their times. Those of hosts that cannot suffer them then, being off, do nothing. */
  inject(...faults: readonly Fault[]): void {
    for (const fault of faults) {
      this.named(fault.hosts); // who is not there is told at once
      this.#faults.push(fault);
      this.at(fault.at, () => {
        this.#event(faultText(fault));
        const end = begin(fault, this);
        if (fault.for !== undefined) this.after(fault.for, end);
      });
    }
  }

  /**
   * Has faults happen that the seed draws. `faults` tells which; a test made with `simulate` finds out which of
   * them it takes to fail.
   */
  chaos(options: ChaosOptions = {}): void {
    const names = this.#hosts.map(({ name }) => name);
    this.#chaos = this.#options.faults ?? drawFaults(this.#random.fork("chaos"), names, options);
    this.inject(...this.#chaos);
  }

  /** All faults that were injected, with those of `chaos`. */
  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** Those of them that are of `chaos`; undefined where it was not asked for. */
  get chaosFaults(): readonly Fault[] | undefined {
    return this.#chaos;
  }

  /**
   * The hosts of these names.
   *
   * @throws SimulationError when there is none of a name
   */
  named(names: readonly string[]): readonly Host[] {
    return names.map((name) => {
      const host = this.#hosts.find((one) => one.name === name);
      if (host === undefined) throw new SimulationError(`there is no host ${name}`);
      return host;
    });
  }

  // ── time ────────────────────────────────────────────────────────────────────────────────────────────

  /** At this instant, counted from the beginning, before anything else that happens then. */
  at(when: Span, action: Action): void {
    this.#timeline.at(when, action);
  }

  /** So long from now. */
  after(span: Span, action: Action): void {
    this.#timeline.after(span, action);
  }

  /** Must hold after every event from now on: it throws, or gives false, when it does not. */
  always(invariant: () => unknown): void {
    this.#timeline.always(invariant);
  }

  /**
   * Lets `span` pass; without it, goes on until nothing is left that could happen. It ends earlier, too, when
   * nothing is.
   */
  async run(span?: Span): Promise<void> {
    this.#begin();
    await this.#timeline.run(span);
  }

  /**
   * Goes on until the condition holds.
   *
   * @param within - how long that may take at most
   * @throws SimulationError when it does not, or when nothing is left that could happen; says who waits for what
   */
  async until(condition: () => boolean, within?: Span): Promise<void> {
    this.#begin();
    await this.#timeline.until(condition, within);
  }

  /** Takes down all programs and links. A test that uses `simulate` need not. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    if (this.#closed) throw new SimulationError("the world is closed");
    if (this.#network.links === 0 && this.#hosts.length > 0) this.#join(this.#hosts, {});
  }

  #join(hosts: readonly Host[], { impairments, mtu }: LinkOptions): void {
    const spoiled = impairments === undefined ? undefined : parseImpairments(impairments);
    this.#network.join(hosts, spoiled, mtu);
    for (const host of hosts) this.#network.plug(host, host.stack);
  }

  /** Every frame that a host sends goes into the fingerprint. */
  #sent(at: Instant, from: string, octets: Uint8Array): void {
    this.#frames++;
    this.journal.frame(at, from, octets, () => frameText(octets));
  }

  #recorder(): NonNullable<Network["recorder"]> {
    const { recorder } = this.#network;
    if (recorder === undefined) {
      throw new SimulationError("no frame was kept: make the world with capture: true");
    }
    return recorder;
  }

  #event(text: string): void {
    this.#line({ at: this.time.now(), host: "world", stream: "event", text });
  }

  #line(line: LogLine): void {
    this.log.push(line);
    this.#options.onLine?.(line);
    this.journal.line(line.at, line.host, `${line.stream} ${line.text}`);
  }

  #programOptions(name: string, number: number, options: HostOptions): Omit<ProgramOptions, "seed"> {
    const { program, args = [], env = {}, clock = {}, cwd = process.cwd() } = options;
    return {
      ...(typeof program === "function" && { source: program.toString() }),
      program: fileOf(program, join(cwd, `${name}.js`)),
      args,
      env: { ...definedOf(process.env), ...env },
      cwd,
      host: name,
      pid: 1000 + number,
      epoch: (this.#options.date ?? DATE).getTime() + (clock.offset ?? 0),
      drift: clock.drift ?? 0,
      patience: this.#options.patience ?? 10_000,
      execArgv: this.#options.execArgv ?? [],
      attended: process.execArgv.some((flag) => flag.startsWith("--inspect")),
    };
  }
}

/** @param inline - what a function takes for its file */
function fileOf(program: HostOptions["program"], inline: string): string {
  if (typeof program === "function") return inline;
  return program instanceof URL || program.startsWith("file:") ? fileURLToPath(program) : resolve(program);
}

function hostsOf(hosts: Hosts): readonly Host[] {
  return hosts instanceof Host ? [hosts] : hosts;
}

function numbersOf(hosts: readonly Host[]): ReadonlySet<number> {
  return new Set(hosts.map(({ number }) => number));
}

function namesOf(hosts: readonly Host[]): string {
  return hosts.map(({ name }) => name).join(", ");
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
