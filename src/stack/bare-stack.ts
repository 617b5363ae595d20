/**
 * The face of the stack: options go in, endpoints and observations come out. IPv4, TCP and UDP are here. Everything
 * else comes as parts, so that a page that needs no more loads no more. core/core.ts wires the protocols;
 * core/entry.ts has the phases of an entry.
 */
import { IPV4_LOOPBACK, IPV6_LOOPBACK, type IpAddress } from "./base/ip-address.ts";
import { prefixOf } from "./base/prefix.ts";
import type { Instant } from "./base/time.ts";
import type { Turns } from "./base/turns.ts";
import {
  checkAddress,
  checkInterface,
  checkRoute,
  checkRouter,
  checkStackOptions,
} from "./check-settings.ts";
import { EndpointCounters } from "./contract/counters.ts";
import type { Link } from "./contract/link.ts";
import type { Claim, InterfaceAddress, NetworkInterface } from "./contract/network-interface.ts";
import type { TcpEndpoint } from "./contract/tcp-endpoint.ts";
import type { TransportContext, TransportProtocol } from "./contract/transport.ts";
import type { UdpEndpoint } from "./contract/udp-endpoint.ts";
import { Core } from "./core/core.ts";
import type { InterfaceOptions } from "./core/core-options.ts";
import type { Router, RouterOptions } from "./forward/router.ts";
import type { LinkInterface } from "./interface/link-interface.ts";
import type { NeighbourEntry } from "./interface/neighbours.ts";
import type { RouteEntry } from "./ip/routing-table.ts";
import { Ipv4Family } from "./ip/v4/ipv4-family.ts";
import type { AdvertisementOptions } from "./ip/v6/advertisement-options.ts";
import type { Ipv6Family } from "./ip/v6/ipv6-family.ts";
import type { EchoEndpoint } from "./raw/echo-endpoint.ts";
import type { PacketEndpoint } from "./raw/packet-endpoint.ts";
import type { RawEndpoint } from "./raw/raw-endpoint.ts";
import { gatherCounters } from "./stack-counters.ts";
import type { StackCounters, StackOptions, TcpChanges, TcpProtocol, UdpProtocol } from "./stack-options.ts";
import { required, type StackParts } from "./stack-parts.ts";
import type { TcpConnection } from "./tcp/connection-rows.ts";
import { Tcp } from "./tcp/tcp.ts";
import { Udp } from "./udp/udp.ts";

/** What stands behind the face. */
interface Inside {
  readonly core: Core;
  readonly tcp: TcpProtocol;
  readonly udp: UdpProtocol;
}

/** For the project's own tests: what stands behind the face. Not part of the package's exports. */
export let insideOf: (stack: BareStack) => Inside;

/** A host's TCP/IP stack: IPv4, ICMP, TCP and UDP, and the parts that it is handed. `Stack` has them all. */
export class BareStack {
  readonly #core: Core;
  readonly #ipv4: Ipv4Family;
  readonly #ipv6: Ipv6Family | undefined;
  readonly #parts: StackParts;
  readonly #tcp: TcpProtocol;
  readonly #udp: UdpProtocol;
  #router: Router | undefined;
  readonly #endpoints: Pick<StackCounters, "raw" | "packet" | "echo"> = {
    raw: new EndpointCounters(),
    packet: new EndpointCounters(),
    echo: new EndpointCounters(),
  };

  static {
    insideOf = (stack) => ({ core: stack.#core, tcp: stack.#tcp, udp: stack.#udp });
  }

  /**
   * @param parts - what it has besides, such as `{ ipv6: IPV6 }`
   * @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be, Error
   *   for a tracer without that part
   */
  constructor(options: StackOptions, parts: StackParts = {}) {
    checkStackOptions(options);
    this.#parts = parts;
    const tracing = options.tracer && required(parts.tracing, "tracer", "tracing");
    const core = new Core(options, tracing?.stack);
    this.#core = core;
    this.#ipv4 = core.addFamily(
      (given) =>
        new Ipv4Family(given, { igmp: parts.igmp, codec: parts.router?.ipv4, options: parts.options }),
    );
    this.#ipv6 = parts.ipv6 === undefined ? undefined : core.addFamily(parts.ipv6);
    core.interfaces.loopback.addAddress(IPV4_LOOPBACK, 8, "off");
    if (this.#ipv6 !== undefined) core.interfaces.loopback.addAddress(IPV6_LOOPBACK, 128, "off");
    const forUdp = core.context("udp");
    this.#udp = options.createUdp?.(forUdp) ?? new Udp(forUdp);
    core.register(this.#udp);
    const forTcp = core.context("tcp");
    this.#tcp =
      options.createTcp?.(forTcp) ?? new Tcp(forTcp, options.tcp, { trace: tracing?.tcp, rest: parts.rest });
    core.register(this.#tcp);
  }

  /** Who gives the application its turn; set by whoever drives this stack. */
  get turns(): Turns | undefined {
    return this.#core.entry.turns;
  }

  set turns(turns: Turns | undefined) {
    this.#core.entry.turns = turns;
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────────────

  /** The instant of the entry that is under way, or was last. */
  now(): Instant {
    return this.#core.services.now;
  }

  /** Fires every timer that is due, then flushes. */
  advance(now: Instant): void {
    this.#core.entry.advance(now);
  }

  /** When `advance` next has something to do; `NEVER` if only a packet or a call can change anything. */
  nextDeadline(): Instant {
    return this.#core.entry.nextDeadline();
  }

  /**
   * Tells `wakeAt` of the next deadline again, even if it has become a later one: for a driver that forgets what it
   * was told when that no longer holds.
   */
  announce(): void {
    this.#core.entry.announce();
  }

  /** Ends everything: endpoints are not told, links are closed, packets go back to the pool. */
  close(): void {
    this.#core.close();
  }

  // ── endpoints ────────────────────────────────────────────────────────────────────────────────────────

  /** Whether it was made with that part. */
  has(part: keyof StackParts): boolean {
    return this.#parts[part] !== undefined;
  }

  /** Whether this stack speaks IPv6. */
  get hasIpv6(): boolean {
    return this.has("ipv6");
  }

  /** A TCP endpoint in CLOSED. */
  openTcp(): TcpEndpoint {
    return this.#tcp.open();
  }

  /** A UDP endpoint that is neither bound nor connected. */
  openUdp(): UdpEndpoint {
    return this.#udp.open();
  }

  /** An endpoint that sends echo requests: ping. @throws Error if this stack was made without that part */
  openEcho(): EchoEndpoint {
    const make = required(this.#parts.echo, "openEcho", "echo");
    const icmp = [this.#ipv4.icmp, ...(this.#ipv6 === undefined ? [] : [this.#ipv6.icmpv6])];
    return make(this.#core.context("echo"), icmp, this.#endpoints.echo);
  }

  /**
   * A raw IP endpoint for a protocol number of 0 to 255; 255 only sends.
   *
   * @param family - of its addresses, 4 by default
   * @throws RangeError for a family that this stack does not have, Error if it was made without that part
   */
  openRaw(protocol: number, family: 4 | 6 = 4): RawEndpoint {
    const network = this.#core.family(family);
    if (network === undefined) throw new RangeError(`Stack.openRaw: there is no IPv${family} here`);
    const make = required(this.#parts.raw, "openRaw", "raw");
    return make(this.#core.context("raw"), network, protocol, this.#endpoints.raw);
  }

  /** A packet endpoint on an interface: all its frames. @throws Error if this stack was made without that part */
  openPacket(on: NetworkInterface): PacketEndpoint {
    const make = required(this.#parts.packet, "openPacket", "packet");
    return make(this.#core.context("packet"), on, this.#endpoints.packet);
  }

  // ── protocols of one's own ───────────────────────────────────────────────────────────────────────────

  /** `protocol` gets what arrives for its number from now on, in place of any before it. */
  register(protocol: TransportProtocol): void {
    this.#core.register(protocol);
  }

  /** What a protocol or a client of one's own is made with: time, timers, packets, routes. */
  contextFor(name: string): TransportContext {
    return this.#core.context(name);
  }

  // ── observations ─────────────────────────────────────────────────────────────────────────────────────

  /** What every layer has counted. Live objects: they go on counting. */
  get counters(): StackCounters {
    return gatherCounters({
      core: this.#core,
      ipv4: this.#ipv4,
      ipv6: this.#ipv6,
      tcp: this.#tcp,
      udp: this.#udp,
      router: this.#router,
      endpoints: this.#endpoints,
    });
  }

  /** TCP's connections and listeners; none where TCP was replaced by one that does not tell. */
  connections(): readonly TcpConnection[] {
    return this.#tcp.connections?.() ?? [];
  }

  /** Other constants of TCP, and options of new sockets, from now on, as sysctl sets them. @throws as the constructor */
  configureTcp(changes: TcpChanges): void {
    this.#tcp.configure?.(changes);
  }

  /** The name servers that IPv6 routers have told of, while they last (RFC 8106). */
  nameServers(): readonly IpAddress[] {
    return this.#ipv6?.nameServers() ?? [];
  }

  /** Who is on the links, by interface name. */
  neighbours(): ReadonlyMap<string, readonly NeighbourEntry[]> {
    return new Map(this.#core.interfaces.all.map((one) => [one.name, one.neighbours()]));
  }

  // ── interfaces and routes ────────────────────────────────────────────────────────────────────────────

  /** In the order of creation; `lo` is the first. */
  get interfaces(): readonly NetworkInterface[] {
    return this.#core.interfaces.all;
  }

  /** The interface of that name; undefined if there is none. */
  interface(name: string): NetworkInterface | undefined {
    return this.#core.interfaces.named(name);
  }

  /**
   * Attaches a link under a name that is still free. The prefixes of its addresses become routes.
   * @throws as the constructor
   */
  addInterface(
    name: string,
    link: Link,
    addresses: readonly InterfaceAddress[],
    options: InterfaceOptions = {},
  ): NetworkInterface {
    checkInterface(name, link, addresses, options, this.#core.interfaces.all);
    return this.#core.addInterface(name, link, addresses, options);
  }

  /** Detaches and closes the link; its routes go with it. False if there is none, and for `lo`. */
  removeInterface(name: string): boolean {
    const one = this.#core.interfaces.named(name);
    if (one === undefined || one.loopback) return false;
    this.#core.removeInterface(one);
    return true;
  }

  /**
   * Sets an interface down, or up again, as `ip link set` does. Down, its routes lead nowhere, calls that would use them are
   * told so (ENETUNREACH), TCP's connections wait, and its neighbours are forgotten. Up, its addresses are claimed anew, and
   * routers are told of its groups. The same happens when a link tells that it has lost its carrier, or has one again.
   *
   * @returns False for `lo`, for an interface that is no more, and for one whose device is gone
   */
  setUp(one: NetworkInterface, up: boolean): boolean {
    const own = this.#core.interfaces.named(one.name);
    if (own === undefined || own !== one || own.loopback || own.failure !== "") return false;
    this.#core.setUp(own, up);
    return true;
  }

  /**
   * A further address, whose prefix becomes a route.
   * @param claim - by default "announce" of IPv4, "probe" of IPv6
   * @throws RangeError for one that cannot be, or is there already
   */
  addAddress(to: NetworkInterface, address: InterfaceAddress, claim?: Claim): void {
    const own = this.#own(to);
    checkAddress("Stack.addAddress", address, claim, (one) => own.local.find(one) !== undefined);
    this.#core.addAddress(own, address, claim);
  }

  /** False if the interface has no such address. */
  removeAddress(from: NetworkInterface, address: IpAddress): boolean {
    return this.#core.removeAddress(this.#own(from), address);
  }

  /**
   * Adds a route; false if the very same one is there already.
   * @param gateway - the next hop; undefined if the destinations are on the link themselves
   * @param source - the address to send with; undefined: chosen by the next hop
   * @param metric - of two equally long prefixes the smaller metric wins
   * @throws RangeError for a value that cannot be
   */
  addRoute(
    destination: IpAddress,
    prefixLength: number,
    gateway: IpAddress | undefined,
    through: NetworkInterface,
    source?: IpAddress,
    metric = 0,
  ): boolean {
    checkRoute(destination, prefixLength, gateway, source, metric);
    const prefix = prefixOf(destination, prefixLength);
    return this.#core.routes.add({
      destination: prefix,
      prefixLength,
      gateway,
      interface: through,
      source,
      metric,
    });
  }

  /** Removes the first route with this prefix (and gateway, if given); false if there is none. */
  removeRoute(destination: IpAddress, prefixLength: number, gateway?: IpAddress): boolean {
    return this.#core.routes.remove(destination, prefixLength, gateway);
  }

  /** All routes, longest prefix first. */
  get routes(): readonly RouteEntry[] {
    return this.#core.routes.list();
  }

  /** Undefined while this is a host. */
  get router(): Router | undefined {
    return this.#router;
  }

  /**
   * Makes a router of this host (RFC 1812): what is for others is passed on. Or changes how it is one.
   *
   * @throws TypeError for an option that there is not, RangeError for a value that cannot be, Error if this stack was
   *   made without that part
   */
  startRouter(options: RouterOptions = {}): Router {
    checkRouter(options);
    if (this.#router !== undefined) {
      this.#router.configure(options);
      return this.#router;
    }
    const { services, interfaces, policy } = this.#core;
    const part = required(this.#parts.router, "startRouter", "router");
    const router = part.router({ services: services.fork("router"), interfaces, policy }, options);
    this.#router = router;
    this.#core.setRouter(router);
    return router;
  }

  /**
   * Tells the hosts on an interface's link of this router (RFC 4861 §6.2) from now on: of prefixes of which they make
   * addresses, of routes, name servers, and the MTU. Undefined: that it is none any more.
   *
   * @throws Error while this is a host, or if this stack was made without IPv6; TypeError for an option that there is not,
   *   RangeError for a value that cannot be, and for a link without stations
   */
  advertise(on: NetworkInterface, options: AdvertisementOptions | undefined): void {
    const own = this.#own(on);
    if (this.#router?.forwarding !== true)
      throw new Error("Stack.advertise: this is a host: startRouter first");
    const ipv6 = required(this.#ipv6, "advertise", "ipv6");
    this.#core.configure(() => ipv6.advertise(own, options));
  }

  #own(one: NetworkInterface): LinkInterface {
    const own = this.#core.interfaces.named(one.name);
    if (own !== one) throw new Error(`${one.name} is not an interface of this stack`);
    return own;
  }
}
