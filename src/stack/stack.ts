/** The composition: the only file that knows all protocols. The phases of an entry are in core/entry.ts. */
import { Drop } from "./base/drop.ts";
import { IPV4_ANY, IPV4_LOOPBACK, type IpAddress, prefixOf } from "./base/ip-address.ts";
import { type MacAddress, NO_MAC } from "./base/mac-address.ts";
import type { Packet } from "./base/packet.ts";
import { PacketPool } from "./base/packet-pool.ts";
import type { Random } from "./base/random.ts";
import type { Instant } from "./base/time.ts";
import type { TimerQueue } from "./base/timer-queue.ts";
import type { Turns } from "./base/turns.ts";
import type { Failure, TcpEndpoint, UdpEndpoint } from "./contract/endpoint.ts";
import type { Link } from "./contract/link.ts";
import type { NetworkProtocol, Route } from "./contract/network.ts";
import type { InterfaceAddress, NetworkInterface } from "./contract/network-interface.ts";
import type { Tracer } from "./contract/trace.ts";
import type { TransportContext, TransportProtocol, UnreachableReport } from "./contract/transport.ts";
import { checkAddress, checkInterface, checkRoute, checkStackOptions } from "./core/check-settings.ts";
import { Context, type ContextHost } from "./core/context.ts";
import { Entry } from "./core/entry.ts";
import type {
  Claim,
  InterfaceOptions,
  StackCounters,
  StackOptions,
  TcpProtocol,
  UdpProtocol,
} from "./core/stack-options.ts";
import { EchoEndpoint } from "./icmp/echo-endpoint.ts";
import { Icmp, type IcmpHost } from "./icmp/icmp.ts";
import { UnresolvedReports } from "./icmp/unresolved.ts";
import { Igmp, type IgmpHost } from "./igmp/igmp.ts";
import { LocalAddress } from "./interface/addresses.ts";
import { chooseMac } from "./interface/hops.ts";
import { type InterfaceHost, LinkInterface } from "./interface/link-interface.ts";
import { LoopbackLink } from "./interface/loopback.ts";
import type { NeighbourEntry } from "./interface/neighbours.ts";
import { type RouteEntry, RoutingTable } from "./ip/routing-table.ts";
import { type IpError, Ipv4, type Ipv4Host } from "./ip/v4/ipv4.ts";
import { OwnCopies } from "./ip/v4/own-copies.ts";
import { RouteFinder, type RouteFinderHost } from "./ip/v4/route-finder.ts";
import { PacketEndpoint } from "./raw/packet-endpoint.ts";
import { RawEndpoint } from "./raw/raw-endpoint.ts";
import { Tcp } from "./tcp/tcp.ts";
import { Udp } from "./udp/udp.ts";

export class Stack implements InterfaceHost, Ipv4Host, IcmpHost, IgmpHost, RouteFinderHost, ContextHost {
  readonly pool: PacketPool = new PacketPool();
  readonly random: Random;
  readonly tracer: Tracer | undefined;
  /** Who gives the application its turn; set by whoever drives this stack. */
  turns: Turns | undefined = undefined;
  readonly entry: Entry;
  readonly loopback: LinkInterface;
  readonly table: RoutingTable;
  readonly tcp: TcpProtocol;
  readonly udp: UdpProtocol;
  readonly #interfaces: LinkInterface[] = [];
  #nextIndex = 1;
  readonly #networks: Map<number, NetworkProtocol> = new Map();
  readonly #ipv4: Ipv4;
  readonly #icmp: Icmp;
  readonly #igmp: Igmp;
  readonly #finder: RouteFinder;
  readonly #unresolved: UnresolvedReports;
  readonly #loopbackLink: LoopbackLink;
  readonly #copies: OwnCopies;

  /** @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be */
  constructor(options: StackOptions) {
    checkStackOptions(options);
    this.random = options.random.fork("stack");
    this.tracer = options.tracer;
    this.#loopbackLink = new LoopbackLink(this.pool);
    this.entry = new Entry(options.clock, options.wakeAt);
    this.entry.addDelivery(this.#loopbackLink);
    this.table = new RoutingTable(() => this.changed());
    this.#ipv4 = new Ipv4(this);
    this.#copies = new OwnCopies(this.pool, this.#ipv4);
    this.entry.addDelivery(this.#copies);
    this.#finder = new RouteFinder(this, this.#ipv4.counters, this.random.fork("identification"));
    this.#icmp = new Icmp(this, this.random.fork("icmp"));
    this.#igmp = new Igmp(this, this.random.fork("igmp"));
    this.#unresolved = new UnresolvedReports(this);
    this.#networks.set(this.#ipv4.etherType, this.#ipv4);
    this.loopback = this.#attach("lo", this.#loopbackLink, NO_MAC, true);
    this.loopback.local.add(new LocalAddress(IPV4_LOOPBACK, 8));
    this.register(this.#icmp);
    this.register(this.#igmp);
    this.udp = options.createUdp?.(this.#context("udp")) ?? new Udp(this.#context("udp"));
    this.register(this.udp);
    this.tcp = options.createTcp?.(this.#context("tcp")) ?? new Tcp(this.#context("tcp"), options.tcp);
    this.register(this.tcp);
  }

  // ── entries ──────────────────────────────────────────────────────────────────────────────────────────

  /** The instant of the entry that is under way, or was last. */
  now(): Instant {
    return this.entry.now;
  }

  get timers(): TimerQueue {
    return this.entry.timers;
  }

  /** Fires every timer that is due, then flushes. */
  advance(now: Instant): void {
    this.entry.advance(now);
  }

  /** When `advance` next has something to do; `NEVER` if only a packet or a call can change anything. */
  nextDeadline(): Instant {
    return this.entry.nextDeadline();
  }

  enter(): void {
    this.entry.enter();
  }

  leave(): void {
    this.entry.leave();
  }

  /** Ends everything: endpoints are not told, links are closed, packets go back to the pool. */
  close(): void {
    for (const one of [...this.#interfaces]) {
      one.shutDown();
      one.link.close();
    }
    this.#ipv4.reassembly.clear();
    this.#copies.clear();
    this.#interfaces.length = 0;
  }

  // ── endpoints ────────────────────────────────────────────────────────────────────────────────────────

  /** A TCP endpoint in CLOSED. */
  openTcp(): TcpEndpoint {
    return this.tcp.open();
  }

  openUdp(): UdpEndpoint {
    return this.udp.open();
  }

  /** An endpoint that sends echo requests: ping. */
  openEcho(): EchoEndpoint {
    return new EchoEndpoint(this.#context("echo"), this.#icmp);
  }

  /** A raw IP endpoint for a protocol number of 0 to 255; 255 only sends. */
  openRaw(protocol: number): RawEndpoint {
    return new RawEndpoint(this.#context("raw"), this.#ipv4, protocol);
  }

  /** A packet endpoint on an interface: all its frames. */
  openPacket(on: LinkInterface): PacketEndpoint {
    return new PacketEndpoint(this.#context("packet"), on);
  }

  /** `protocol` gets what arrives for its number from now on. */
  register(protocol: TransportProtocol): void {
    this.#ipv4.register(protocol);
  }

  /** What a transport of one's own is made with, before `register`. */
  contextFor(name: string): TransportContext {
    return this.#context(name);
  }

  get counters(): StackCounters {
    const interfaces = this.#interfaces.map(
      (one) => [one.name, { link: one.counters, arp: one.arpCounters }] as const,
    );
    return {
      ip: this.#ipv4.counters,
      icmp: this.#icmp.counters,
      igmp: this.#igmp.counters,
      tcp: this.tcp instanceof Tcp ? this.tcp.counters : undefined,
      udp: this.udp instanceof Udp ? this.udp.counters : undefined,
      interfaces: new Map(interfaces),
    };
  }

  // ── interfaces and routes ────────────────────────────────────────────────────────────────────────────

  get interfaces(): readonly LinkInterface[] {
    return this.#interfaces;
  }

  interface(name: string): LinkInterface | undefined {
    return this.#interfaces.find((one) => one.name === name);
  }

  /** Attaches a link under a name that is still free. Its prefixes become routes. @throws as the constructor */
  addInterface(
    name: string,
    link: Link,
    addresses: readonly InterfaceAddress[],
    options: InterfaceOptions = {},
  ): LinkInterface {
    checkInterface(name, link, addresses, options, this.#interfaces);
    this.enter();
    try {
      const random = this.random.fork(`interface ${name}`);
      const made = this.#attach(name, link, options.mac ?? link.mac ?? chooseMac(random), false);
      for (const address of addresses) this.addAddress(made, address, options.claim);
      if (options.gateway !== undefined) this.addRoute(IPV4_ANY, 0, options.gateway, made);
      return made;
    } finally {
      this.leave();
    }
  }

  /** Detaches and closes the link; its routes go with it. */
  removeInterface(name: string): boolean {
    const one = this.interface(name);
    if (one === undefined || one === this.loopback) return false;
    this.enter();
    try {
      one.shutDown();
      this.#interfaces.splice(this.#interfaces.indexOf(one), 1);
      this.table.removeWhere((entry) => entry.interface === one);
      this.changed();
      one.link.close();
      return true;
    } finally {
      this.leave();
    }
  }

  /** A further address, whose prefix becomes a route. @throws RangeError for one that cannot be, or is there already */
  addAddress(to: LinkInterface, given: InterfaceAddress, claim: Claim = "announce"): void {
    checkAddress("Stack.addAddress", given, claim, to.local.list);
    const { address, prefixLength } = given;
    this.enter();
    try {
      const local = new LocalAddress(address, prefixLength);
      to.local.add(local);
      if (to.link.capabilities.medium === "ethernet") {
        if (claim === "off") to.arp.defend(local);
        else to.arp.claim(local, claim === "probe");
      }
      if (prefixLength < 32)
        this.addRoute(prefixOf(address, prefixLength), prefixLength, undefined, to, address);
      this.changed();
    } finally {
      this.leave();
    }
  }

  removeAddress(from: LinkInterface, address: IpAddress): boolean {
    const removed = from.local.remove(address);
    if (removed === undefined) return false;
    from.arp.release(removed);
    this.table.removeWhere((entry) => entry.interface === from && entry.source?.equals(address) === true);
    this.changed();
    return true;
  }

  /**
   * @param gateway - undefined: the destination itself is on the link
   * @param source - the address to send with; undefined: chosen by the next hop
   * @param metric - of routes to the same prefix the lowest is taken
   * @returns whether it is new. @throws RangeError for a value that cannot be
   */
  addRoute(
    destination: IpAddress,
    prefixLength: number,
    gateway: IpAddress | undefined,
    through: LinkInterface,
    source?: IpAddress,
    metric = 0,
  ): boolean {
    checkRoute(destination, prefixLength, gateway, source, metric);
    const prefix = prefixOf(destination, prefixLength);
    return this.table.add({ destination: prefix, prefixLength, gateway, interface: through, source, metric });
  }

  removeRoute(destination: IpAddress, prefixLength: number, gateway?: IpAddress): boolean {
    return this.table.remove(destination, prefixLength, gateway);
  }

  get routes(): readonly RouteEntry[] {
    return this.table.list();
  }

  /** Who is on the links, by interface name. */
  neighbours(): ReadonlyMap<string, readonly NeighbourEntry[]> {
    return new Map(this.#interfaces.map((one) => [one.name, one.neighbours.list()]));
  }

  #attach(name: string, link: Link, mac: MacAddress, loopback: boolean): LinkInterface {
    const random = this.random.fork(`arp ${name}`);
    const made = new LinkInterface(this, name, this.#nextIndex++, link, mac, loopback, random);
    this.#interfaces.push(made);
    return made;
  }

  // ── what the layers ask of each other ────────────────────────────────────────────────────────────────

  noteTransmit(from: LinkInterface): void {
    this.entry.noteTransmit(from);
  }

  network(etherType: number): NetworkProtocol | undefined {
    return etherType === 0x0800 ? this.#ipv4 : this.#networks.get(etherType);
  }

  /** Addresses, interfaces or routes have changed: every route must be asked for anew. */
  changed(): void {
    this.#ipv4.addressesChanged();
    this.#igmp.interfacesChanged();
    this.#finder.invalidate();
  }

  route(destination: IpAddress, source?: IpAddress, through?: NetworkInterface): Route | undefined {
    return this.#finder.find(destination, source ?? IPV4_ANY, through as LinkInterface | undefined);
  }

  isLocalWord(word: number): boolean {
    for (let i = 0; i < this.#interfaces.length; i++) {
      const one = this.#interfaces[i] as LinkInterface;
      if (one.up && one.hasAddress(word)) return true;
    }
    return false;
  }

  isLocal(address: IpAddress): boolean {
    return address.family === 4 && this.isLocalWord(address.word3);
  }

  isMany(address: IpAddress): boolean {
    const word = address.word3;
    return word >>> 28 === 14 || this.#interfaces.some((one) => one.up && one.isBroadcast(word));
  }

  unreachable(protocol: number, report: UnreachableReport): void {
    this.#ipv4.unreachable(protocol, report);
  }

  sendError(error: IpError, packet: Packet, toMany: boolean, pointer: number): void {
    this.#icmp.sendError(error, packet, toMany, pointer);
  }

  sendDropped(packet: Packet, reason: Drop): void {
    const { counters } = this.#ipv4;
    counters.ipOutDiscards++;
    counters.drops.count(reason);
    this.tracer?.dropped?.("ipv4", packet, reason);
    this.pool.release(packet);
  }

  toSelf(copy: Packet, through: NetworkInterface): void {
    this.#copies.add(copy, through);
  }

  sendWithHeader(packet: Packet, destination: IpAddress, through: NetworkInterface): Drop {
    const route = this.#finder.find(destination, IPV4_ANY, through as LinkInterface);
    if (route !== undefined) return route.sendWithHeader(packet);
    this.sendDropped(packet, Drop.noRoute);
    return Drop.noRoute;
  }

  unresolved(packet: Packet): void {
    this.#unresolved.report(packet);
  }

  redirect(destination: IpAddress, gateway: IpAddress, by: IpAddress, from: NetworkInterface): boolean {
    if (this.isLocal(gateway) || this.isMany(gateway)) return false;
    return this.table.redirect(destination, gateway, by, from);
  }

  joinGroup(group: IpAddress, through: NetworkInterface): Failure | undefined {
    if (group.family !== 4 || group.word3 >>> 28 !== 14) return "invalid";
    this.enter();
    try {
      if ((through as LinkInterface).local.join(group.word3)) this.#igmp.joined(group.word3, through);
      return undefined;
    } finally {
      this.leave();
    }
  }

  leaveGroup(group: IpAddress, through: NetworkInterface): Failure | undefined {
    const { local } = through as LinkInterface;
    if (!local.hasGroup(group.word3)) return "address-not-available";
    this.enter();
    try {
      if (local.leave(group.word3)) this.#igmp.left(group.word3, through);
      return undefined;
    } finally {
      this.leave();
    }
  }

  #context(name: string): Context {
    return new Context(this, this.random.fork(name));
  }
}
