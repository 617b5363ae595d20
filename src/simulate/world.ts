/**
 * A world of hosts and links in one virtual time, in which unchanged Node programs run. The same seed gives
 * the same run, octet for octet.
 */
import {
  type Intervention,
  type PacketPattern,
  parseImpairments,
  VirtualTime,
  type WirePacket,
} from "../drivers/simulation/index.ts";
import { type Instant, type Random, seconds, Xoshiro128 } from "../stack/index.ts";
import { checkOnCables, performOnCables } from "./cable-actions.ts";
import type { ChaosOptions } from "./chaos.ts";
import { Disks } from "./disk.ts";
import { SimulationError } from "./errors.ts";
import { Host } from "./host.ts";
import type { LogLine } from "./host-log.ts";
import type { HostOptions, InlineProgram } from "./host-options.ts";
import { Journal } from "./journal.ts";
import { type DropCounters, frameText, type LinkOptions, Network, type SentPacket } from "./network/index.ts";
import { programOptions } from "./program-options.ts";
import type { Span } from "./time-text.ts";
import { type Action, Timeline } from "./timeline.ts";
import { WorldFaults } from "./world-faults.ts";
import type { WorldOptions } from "./world-options.ts";

/** One way only: what the first hosts send to the others is lost, not what those send. */
export interface PartitionOptions {
  /** Only what the first sends is lost. */
  readonly oneWay?: boolean;
}

/** A host, or several. */
export type Hosts = Host | readonly Host[];

/** Until when virtual time may go on. */
const LIMIT = seconds(366 * 86_400);

/** Turns a second: of programs that answer each other without any delay between them there are some 100 000. */
const STANDSTILL = 50_000;

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
  readonly #disks: Disks = new Disks();
  readonly #timeline: Timeline;
  readonly #faults: WorldFaults;
  /** For those who compare runs. */
  readonly journal: Journal;
  #frames = 0;
  #closed = false;

  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? 1;
    this.#options = options;
    this.#random = new Xoshiro128(this.seed);
    const inhabitants = {
      programsWait: () => this.#hosts.some((host) => host.programWaits),
      connectionsWait: () => this.#hosts.some((host) => host.connectionsWait),
      describe: () => this.#hosts.flatMap((host) => host.describe()),
    };
    this.#timeline = new Timeline(this.time, inhabitants, options.standstill ?? STANDSTILL);
    this.journal = new Journal(options.check ?? false);
    this.#network = new Network(
      this.time,
      this.#random.fork("network"),
      (at, from, octets) => this.#sent(at, from, octets),
      options.capture ?? false,
    );
    this.#faults = new WorldFaults(this.#network.director, (text) => this.#event(text));
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

  /** Frames that bad links have lost, had no room for, or that were too large for them. */
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
  get packets(): SentPacket[] {
    return this.#recorder().packets();
  }

  /**
   * What was sent on a link, the first being 0, or by a host, as a pcapng file, in which comments tell why, with the keys
   * of all that programs said over TLS; all by default. Throws as `packets`.
   */
  pcapng(wanted: number | Host | undefined = undefined): Uint8Array<ArrayBuffer> {
    const which =
      wanted === undefined ? {} : typeof wanted === "number" ? { link: wanted } : { from: wanted.name };
    return this.#recorder().pcapng(which);
  }

  // ── hosts and links ─────────────────────────────────────────────────────────────────────────────────

  /** A host that runs a program. Its name is what others resolve. */
  host(name: string, given: HostOptions | InlineProgram): Host {
    const options = typeof given === "function" ? { program: given } : given;
    if (this.#hosts.some((one) => one.name === name))
      throw new SimulationError(`there are two hosts ${name}`);
    const number = this.#hosts.length + 1;
    const disk = this.#disks.make(name, options.disk);
    const host = new Host(name, number, programOptions(name, number, options, this.#options, disk), {
      time: this.time,
      wrote: (line) => this.#line(line),
      random: this.#random.fork(`host ${name}`),
      ready: (program) => this.#timeline.ready(program),
      plug: (one) => this.#network.plug(one),
      names: (viewer) =>
        this.#hosts.map((one) => [one.name, this.#network.addressFor(viewer.number, one.number)] as const),
      addressFor: (viewer, one) => this.#network.addressFor(viewer.number, one.number),
      tracer: (one) => this.#network.tracerOf(one.name),
      key: (line) => this.#network.recorder?.key(line),
      crashed: (one) => this.#disks.crashed(one.name),
      act: (action) => void this.#faults.act(action),
      checkCables: (one, action) => checkOnCables(this.#network, one, action),
      performOnCables: (one, action) =>
        performOnCables(this.#network, one, action, () => this.#networkChanged()),
    });
    this.#hosts.push(host);
    this.#network.director.hosts.set(name, host);
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
   * @returns ends it, and other partitions with exactly these sides
   */
  partition(these: Hosts, those?: Hosts, { oneWay = false }: PartitionOptions = {}): () => void {
    const first = hostsOf(these);
    const second = those === undefined ? this.#hosts.filter((one) => !first.includes(one)) : hostsOf(those);
    return this.#faults.partition(namesOf(first), namesOf(second), oneWay);
  }

  /** Ends all partitions. */
  heal(): void {
    this.#faults.heal();
  }

  /** What these hosts send suffers this from now on, such as `loss=30%`; without a line, what their links said. */
  impair(hosts: Hosts, impairments?: string): void {
    for (const { name } of hostsOf(hosts)) this.#faults.impair(name, impairments);
  }

  /**
   * Drops the packets that match, from the `nth` on (1), so many `times` (1): `world.drop({ from: "a", flags: "S" })`.
   * What is told by a function cannot be written to a file.
   */
  drop(
    which: PacketPattern | ((packet: WirePacket) => boolean),
    options: { readonly nth?: number; readonly times?: number | "always" } = {},
  ): void {
    const when = typeof which === "function" ? { where: which } : which;
    this.inject({ when, ...options, do: "drop" });
  }

  /**
   * Has all this done when its time comes, or its packet: see `Intervention`. Hosts that cannot suffer something then,
   * being off, do not.
   *
   * @throws SyntaxError for what is no intervention, RangeError for a host or a time that there is not
   */
  inject(...interventions: readonly Intervention[]): void {
    this.#faults.plan(interventions);
  }

  /**
   * Has faults happen that the seed draws. `chaosFaults` tells which; a test made with `simulate` finds out which of
   * them it takes to fail.
   */
  chaos(options: ChaosOptions = {}): void {
    this.#faults.draw(this.#random.fork("chaos"), namesOf(this.#hosts), options, this.#options.faults);
  }

  /**
   * All that was done to the network and its hosts, or is to be, in one list: by `inject` and `chaos`, and by calls of
   * the world and its hosts. `inject` does it again.
   */
  get interventions(): readonly Intervention[] {
    return this.#network.director.list;
  }

  /** Those that are of `chaos`; undefined where it was not asked for. */
  get chaosFaults(): readonly Intervention[] | undefined {
    return this.#faults.drawn;
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
   * Must give true once from now on, after some event: `within` that span, or before the scenario ends. Time does not
   * wait for it, as it does with `until`.
   */
  eventually(condition: () => unknown, within?: Span): void {
    this.#timeline.eventually(condition, within);
  }

  /** What was said to come true `eventually` and has not, one a line: of it, `simulate` makes a failure. */
  get unmet(): readonly string[] {
    return this.#timeline.unmet();
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
    this.#disks.close();
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────

  #begin(): void {
    if (this.#closed) throw new SimulationError("the world is closed");
    if (this.#network.links === 0 && this.#hosts.length > 0) this.#join(this.#hosts, {});
  }

  #join(hosts: readonly Host[], { impairments, mtu }: LinkOptions): void {
    const spoiled = impairments === undefined ? undefined : parseImpairments(impairments);
    this.#network.join(hosts, spoiled, mtu);
    for (const host of hosts) this.#network.plug(host);
  }

  #networkChanged(): void {
    for (const host of this.#hosts) host.networkChanged();
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
}

function hostsOf(hosts: Hosts): readonly Host[] {
  return hosts instanceof Host ? [hosts] : hosts;
}

function namesOf(hosts: readonly Host[]): string[] {
  return hosts.map(({ name }) => name);
}
