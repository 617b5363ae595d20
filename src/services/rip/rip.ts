/**
 * RIP as a router speaks it: version 2 (RFC 2453) for IPv4 and RIPng (RFC 2080) for IPv6, which differ in their messages
 * only. Routers tell their neighbours every half minute which networks they reach and in how many hops; who hears of a
 * shorter way takes it. What is not confirmed for three minutes is unreachable, and is said to be so.
 */
import {
  below,
  type Duration,
  type Instant,
  type IpAddress,
  later,
  NEVER,
  type NetworkInterface,
  prefixOf,
  type Stack,
  seconds,
  type Timer,
  type TransportContext,
  timer,
  type UdpEndpoint,
} from "../../stack/index.ts";
import { INFINITY, REQUEST, RESPONSE, RIP_NG, RIP_V2, type RipEntry, type RipVersion } from "./messages.ts";
import { metricFor, type RipRoute, RipTable } from "./table.ts";

/** Routers that start together must not go on speaking at once (§3.8). */
const UPDATE: Duration = seconds(25);
const UPDATE_JITTER: Duration = seconds(10);
/** A change is told within 1 to 5 s (§3.10.1). */
const TRIGGER: Duration = seconds(1);
const TRIGGER_JITTER: Duration = seconds(4);
const TIMEOUT: Duration = seconds(180);
const GARBAGE: Duration = seconds(120);
/** Routes that are learnt, at most. */
const MOST_ROUTES = 4096;
/** In the stack's table: what somebody has configured is better. */
const BASE_METRIC = 120;
/** RFC 2080 §2.5.2: what comes from a router comes unforwarded. */
const NG_HOP_LIMIT = 255;

/** How RIP is spoken. */
export interface RipOptions {
  /** 4: RIP version 2; 6: RIPng. */
  readonly family: 4 | 6;
  /** The interfaces by name; all but `lo` that have an address of the family, by default. */
  readonly interfaces?: readonly string[] | undefined;
}

/** What RIP has counted (RFC 1724). */
export class RipCounters {
  /** Messages that could not be read, or came from where they must not. */
  badPackets = 0;
  /** Updates heard. */
  responses = 0;
  /** Updates sent besides the regular ones. */
  triggered = 0;
  /** Routes for which there was no room. */
  noRoom = 0;
}

/** One interface that RIP is spoken on. */
interface Speaker {
  readonly on: NetworkInterface;
  readonly socket: UdpEndpoint;
}

/** A router that speaks RIP. */
export class Rip {
  readonly counters: RipCounters = new RipCounters();
  readonly #stack: Stack;
  readonly #context: TransportContext;
  readonly #version: RipVersion;
  readonly #table: RipTable = new RipTable(MOST_ROUTES);
  readonly #speakers: readonly Speaker[];
  readonly #update: Timer;
  readonly #trigger: Timer;
  readonly #expiry: Timer;
  readonly #buffer: Uint8Array = new Uint8Array(4096);

  /** @throws Error if the port cannot be had, RangeError for an interface that there is not */
  constructor(stack: Stack, options: RipOptions) {
    this.#stack = stack;
    this.#version = options.family === 4 ? RIP_V2 : RIP_NG;
    this.#context = stack.contextFor(`rip ${options.family}`);
    const names =
      options.interfaces ?? stack.interfaces.filter((one) => this.#isMine(one)).map(({ name }) => name);
    this.#speakers = names.map((name) => this.#open(name));
    const { timers } = this.#context;
    this.#update = timer(timers, () => this.#tellAll());
    this.#trigger = timer(timers, () => this.#tellChanges());
    this.#expiry = timer(timers, (now) => this.#expire(now));
    for (const timerOfOurs of [this.#update, this.#trigger, this.#expiry]) timerOfOurs.setBackground(true);
    this.#noteOwn();
    for (const { on } of this.#speakers) this.#send(on, this.#version.request());
    this.#tellAll();
  }

  /** The routes that are known, unreachable ones too. */
  get routes(): readonly Readonly<RipRoute>[] {
    return this.#table.all;
  }

  /** Speaks no longer. What was learnt is forgotten. */
  close(): void {
    for (const one of [this.#update, this.#trigger, this.#expiry]) one.cancel();
    for (const { socket } of this.#speakers) socket.close();
    for (const route of this.#table.all) this.#uninstall(route);
  }

  // ── our own side ─────────────────────────────────────────────────────────────────────────────────────

  #isMine(one: NetworkInterface): boolean {
    return !one.loopback && one.addresses.some(({ address }) => address.family === this.#version.family);
  }

  #open(name: string): Speaker {
    const on = this.#stack.interface(name);
    if (on === undefined) throw new RangeError(`Rip: there is no interface ${name}`);
    const { any, port, group, family } = this.#version;
    const socket = this.#stack.openUdp();
    const hops = family === 6 ? NG_HOP_LIMIT : 1;
    const failure =
      socket.configure({
        reuseAddress: true,
        interfaceName: name,
        multicastInterface: name,
        multicastLoop: false,
        multicastHopLimit: hops,
      }) ??
      socket.bind({ address: any, port }) ??
      socket.joinGroup(group, name);
    if (failure !== undefined) throw new Error(`Rip: cannot listen on ${name}, port ${port}: ${failure}`);
    const speaker: Speaker = { on, socket };
    socket.onChange(() => this.#read(speaker));
    return speaker;
  }

  /** The networks that we are on: one hop. */
  #noteOwn(): void {
    for (const { on } of this.#speakers) {
      for (const { address, prefixLength } of on.addresses) {
        if (address.family !== this.#version.family || address.isLinkLocal) continue;
        const destination = prefixOf(address, prefixLength);
        const known = this.#table.find(destination, prefixLength);
        if (known?.gateway === undefined && known !== undefined) continue;
        if (known !== undefined) this.#uninstall(known);
        const fresh = { destination, prefixLength, metric: 1, tag: 0, gateway: undefined, interface: on };
        this.#table.add({ ...fresh, changed: true, expires: NEVER });
      }
    }
  }

  // ── what is heard ────────────────────────────────────────────────────────────────────────────────────

  #read(speaker: Speaker): void {
    const { socket } = speaker;
    const from = { address: this.#version.any, port: 0 };
    for (;;) {
      const count = socket.receive(this.#buffer, from);
      if (typeof count !== "number") return;
      const message = this.#version.read(this.#buffer.subarray(0, count));
      if (message === undefined) this.counters.badPackets++;
      else if (message.command === REQUEST) this.#answer(speaker, message.entries, message.asksForAll, from);
      else if (this.#isNeighbour(speaker, from)) this.#learn(speaker.on, message.entries, from.address);
      else this.counters.badPackets++;
    }
  }

  /** RFC 2453 §3.9.2, RFC 2080 §2.4.2: from RIP's own port, from a neighbour, and not from ourselves. */
  #isNeighbour(
    { on, socket }: Speaker,
    from: { readonly address: IpAddress; readonly port: number },
  ): boolean {
    const { family, port } = this.#version;
    if (from.port !== port || on.hasAddress(from.address)) return false;
    if (family === 4) return on.isOnLink(from.address);
    return from.address.isLinkLocal && socket.lastReceived.hopLimit === NG_HOP_LIMIT;
  }

  #answer(
    speaker: Speaker,
    asked: readonly RipEntry[],
    all: boolean,
    from: { readonly address: IpAddress; readonly port: number },
  ): void {
    if (all) {
      this.#tell(speaker, () => true, from);
      return;
    }
    // §3.9.1: who asks for some routes is no router, and is told what we use ourselves.
    const entries = asked.map((entry) => {
      const known = this.#table.find(entry.destination, entry.prefixLength);
      return { ...entry, metric: known?.metric ?? INFINITY, nextHop: undefined };
    });
    if (entries.length > 0) speaker.socket.send(this.#version.write(RESPONSE, entries), from);
  }

  #learn(on: NetworkInterface, entries: readonly RipEntry[], sender: IpAddress): void {
    this.counters.responses++;
    for (const entry of entries) {
      const { nextHop } = entry;
      const usable = nextHop !== undefined && on.isOnLink(nextHop) && !on.hasAddress(nextHop);
      this.#hear(entry, Math.min(entry.metric + 1, INFINITY), usable ? nextHop : sender, on);
    }
    this.#schedule();
  }

  /** §3.9.2: what one entry changes. */
  #hear(entry: RipEntry, metric: number, gateway: IpAddress, on: NetworkInterface): void {
    const known = this.#table.find(entry.destination, entry.prefixLength);
    if (known === undefined) {
      if (metric < INFINITY) this.#adopt(entry, metric, gateway, on);
      return;
    }
    if (known.gateway === undefined) return; // our own network
    const same = known.gateway.equals(gateway) && known.interface === on;
    if (same && metric < INFINITY) known.expires = later(this.#context.now, TIMEOUT);
    if (same ? metric === known.metric : metric >= known.metric) return;
    if (metric === INFINITY) this.#lose(known);
    else {
      this.#uninstall(known);
      this.#table.remove(known);
      this.#adopt(entry, metric, gateway, on);
    }
  }

  #adopt(
    { destination, prefixLength, tag }: RipEntry,
    metric: number,
    gateway: IpAddress,
    on: NetworkInterface,
  ): void {
    const expires = later(this.#context.now, TIMEOUT);
    const route = { destination, prefixLength, metric, tag, gateway, interface: on, changed: true, expires };
    if (!this.#table.add(route)) {
      this.counters.noRoom++;
      return;
    }
    this.#stack.addRoute(destination, prefixLength, gateway, on, undefined, BASE_METRIC + metric);
    this.#noteChange();
  }

  /** It leads nowhere: everybody is told, for a while (§3.8). */
  #lose(route: RipRoute): void {
    if (route.metric === INFINITY) return;
    this.#uninstall(route);
    route.metric = INFINITY;
    route.changed = true;
    route.expires = later(this.#context.now, GARBAGE);
    this.#noteChange();
  }

  #uninstall({ destination, prefixLength, gateway, metric }: RipRoute): void {
    if (gateway !== undefined && metric < INFINITY)
      this.#stack.removeRoute(destination, prefixLength, gateway);
  }

  #expire(now: Instant): void {
    for (const route of this.#table.all) {
      if (route.gateway === undefined || route.expires > now) continue;
      if (route.metric < INFINITY) this.#lose(route);
      else this.#table.remove(route);
    }
    this.#schedule();
  }

  #schedule(): void {
    const next = this.#table.nextExpiry;
    if (next === Infinity) this.#expiry.cancel();
    else this.#expiry.set(next as Instant);
  }

  // ── what is told ─────────────────────────────────────────────────────────────────────────────────────

  #noteChange(): void {
    if (this.#trigger.armed) return;
    const wait = (TRIGGER + below(this.#context.random, TRIGGER_JITTER)) as Duration;
    // §3.10.1: a regular update that is due before says it as well.
    this.#trigger.set(later(this.#context.now, wait));
  }

  #tellAll(): void {
    this.#noteOwn();
    for (const route of this.#table.all) {
      if (route.gateway !== undefined && !route.interface.up) this.#lose(route);
    }
    for (const speaker of this.#speakers) this.#tell(speaker, () => true);
    this.#settled();
    this.#schedule();
    const wait = (UPDATE + below(this.#context.random, UPDATE_JITTER)) as Duration;
    this.#update.set(later(this.#context.now, wait));
  }

  #tellChanges(): void {
    this.counters.triggered++;
    for (const speaker of this.#speakers) this.#tell(speaker, ({ changed }) => changed);
    this.#settled();
  }

  #settled(): void {
    for (const route of this.#table.all) route.changed = false;
    this.#trigger.cancel();
  }

  #tell(
    { on, socket }: Speaker,
    which: (route: RipRoute) => boolean,
    to?: { readonly address: IpAddress; readonly port: number },
  ): void {
    const { most } = this.#version;
    const entries = this.#table.all.filter(which).map((route) => {
      const { destination, prefixLength, tag } = route;
      return { destination, prefixLength, tag, metric: metricFor(route, on), nextHop: undefined };
    });
    for (let at = 0; at < entries.length; at += most) {
      const octets = this.#version.write(RESPONSE, entries.slice(at, at + most));
      if (to === undefined) this.#send(on, octets);
      else socket.send(octets, to);
    }
  }

  #send(on: NetworkInterface, octets: Uint8Array): void {
    const { group, port } = this.#version;
    const speaker = this.#speakers.find((one) => one.on === on);
    if (on.up) speaker?.socket.send(octets, { address: group, port });
  }
}
