/**
 * The core of a stack: the entry, the interfaces, the routes, and the protocols that were handed to it. It knows no
 * protocol by name; `stack.ts` chooses them.
 */
import type { IpAddress } from "../base/ip-address.ts";
import { type MacAddress, NO_MAC } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import { PacketPool } from "../base/packet-pool.ts";
import { addressBits, prefixOf, samePrefix } from "../base/prefix.ts";
import type { Instant } from "../base/time.ts";
import type { Failure } from "../contract/failures.ts";
import type { Forwarder } from "../contract/forwarding.ts";
import type { Link } from "../contract/link.ts";
import type { SourceWish } from "../contract/multicast.ts";
import type { Route, RouteWish } from "../contract/network.ts";
import type { Claim, InterfaceAddress, NetworkInterface } from "../contract/network-interface.ts";
import type { Layer } from "../contract/reasons/row.ts";
import type { Services } from "../contract/services.ts";
import type { Trace, Tracer } from "../contract/trace.ts";
import type { CallName } from "../contract/trace-events.ts";
import type { TransportContext, TransportProtocol } from "../contract/transport.ts";
import { chooseMac } from "../interface/hops.ts";
import { type InterfaceHost, LinkInterface } from "../interface/link-interface.ts";
import { LoopbackLink } from "../interface/loopback.ts";
import type { Addressing, FamilyFactory, NetworkFamily } from "../ip/family.ts";
import { RoutingPolicy } from "../ip/routing-policy.ts";
import type { RoutingTable } from "../ip/routing-table.ts";
import { etherTypeOf } from "../wire/ethernet.ts";
import { Context, type ContextHost } from "./context.ts";
import type { CoreOptions, InterfaceOptions } from "./core-options.ts";
import { Entry } from "./entry.ts";
import { InterfaceTable } from "./interface-table.ts";
import { CoreServices } from "./services.ts";

/** Makes what tells a tracer; the clock is that of the entries. */
export type TraceMaker = (tracer: Tracer, clock: { readonly instant: Instant }) => Trace;

/** The layers, wired to each other. */
export class Core implements InterfaceHost, ContextHost, Addressing {
  readonly entry: Entry;
  readonly services: Services;
  readonly interfaces: InterfaceTable = new InterfaceTable();
  readonly policy: RoutingPolicy = new RoutingPolicy(() => this.changed());
  readonly routes: RoutingTable = this.policy.main;
  readonly #families: NetworkFamily[] = [];
  readonly #stableSecret: Uint8Array | undefined;
  #router: Forwarder | undefined;
  readonly #loopbackLink: LoopbackLink;

  constructor(options: CoreOptions, traceOf?: TraceMaker) {
    this.#stableSecret = options.stableSecret;
    const pool = new PacketPool();
    this.entry = new Entry(options.clock, options.wakeAt);
    const { tracer } = options;
    const trace = tracer === undefined ? undefined : traceOf?.(tracer, this.entry);
    this.services = new CoreServices(this.entry, pool, options.random.fork("stack"), tracer, trace);
    this.#loopbackLink = new LoopbackLink(this.services);
    this.#attach("lo", this.#loopbackLink, NO_MAC, true);
  }

  // ── protocols ────────────────────────────────────────────────────────────────────────────────────────

  /** Plugs a family of IP in. Interfaces that are there get it too. */
  addFamily<T extends NetworkFamily>(make: FamilyFactory<T>): T {
    const { services, interfaces, routes, policy } = this;
    const stableSecret = this.#stableSecret;
    const family = make({ services, interfaces, routes, policy, addressing: this, stableSecret });
    this.#families.push(family);
    if (this.#router !== undefined) family.setRouter(this.#router);
    for (const one of interfaces.all) this.#introduce(one, family);
    return family;
  }

  /** `router` passes on what is for others, of any family, from now on. */
  setRouter(router: Forwarder): void {
    this.#router = router;
    this.configure(() => {
      for (const family of this.#families) family.setRouter(router);
    });
  }

  /** `transport` gets what arrives for its number from now on, over any family. */
  register(transport: TransportProtocol): void {
    for (const family of this.#families) family.register(transport);
  }

  /** What a protocol of that name is made with. */
  context(name: string): TransportContext {
    return new Context(this, this.entry, this.services.fork(name));
  }

  // ── what protocols ask ───────────────────────────────────────────────────────────────────────────────

  route(
    destination: IpAddress,
    source?: IpAddress,
    through?: NetworkInterface,
    wish?: RouteWish,
  ): Route | undefined {
    return this.#familyOf(destination)?.route(destination, source, through, wish);
  }

  joinGroup(group: IpAddress, through: NetworkInterface, member: SourceWish): Failure | undefined {
    const family = this.#familyOf(group);
    if (!group.isMulticast || family === undefined) return "invalid";
    this.#enter("igmp", "join", () => {
      through.join(group);
      family.joined(group, through, member);
    });
    return undefined;
  }

  leaveGroup(group: IpAddress, through: NetworkInterface, member: SourceWish): Failure | undefined {
    if (!through.hasGroup(group)) return "address-not-available";
    this.#enter("igmp", "leave", () => {
      through.leave(group);
      this.#familyOf(group)?.left(group, through, member);
    });
    return undefined;
  }

  wishChanged(group: IpAddress, through: NetworkInterface): void {
    this.#enter("igmp", "configure", () => this.#familyOf(group)?.wishChanged(group, through));
  }

  /** Routers on its link, perhaps others than before, are told of the groups that are listened to. */
  wentUp(on: LinkInterface): void {
    for (const family of this.#families) family.wentUp(on);
  }

  /** Does what changes interfaces or addresses, as an entry that the application has caused. */
  configure<Result>(change: () => Result): Result {
    return this.#enter("interface", "configure", change);
  }

  #enter<Result>(layer: Layer, call: CallName, change: () => Result): Result {
    this.services.enter();
    this.services.trace?.called(layer, call, 0, undefined);
    try {
      return change();
    } finally {
      this.services.leave();
    }
  }

  /** Sets an interface up or down. */
  setUp(one: LinkInterface, up: boolean): void {
    this.configure(() => one.setUp(up));
  }

  /** Addresses, interfaces or routes have changed: every route must be asked for anew. */
  changed(): void {
    for (const family of this.#families) family.changed();
    this.#router?.changed();
  }

  unresolved(packet: Packet): void {
    const found = etherTypeOf(packet.view, packet.start, packet.end);
    this.#families.find(({ etherType }) => etherType === found)?.unresolved(packet);
  }

  // ── interfaces ───────────────────────────────────────────────────────────────────────────────────────

  addInterface(
    name: string,
    link: Link,
    addresses: readonly InterfaceAddress[],
    options: InterfaceOptions,
  ): LinkInterface {
    return this.configure(() => {
      const { random } = this.services.fork(`interface ${name}`);
      const made = this.#attach(name, link, options.mac ?? link.mac ?? chooseMac(random), false);
      for (const address of addresses) this.#place(made, address, options.claim, false);
      if (options.gateway !== undefined) this.#addRoute(made, options.gateway, 0, options.gateway, undefined);
      for (const family of this.#families) family.attached(made, options);
      return made;
    });
  }

  removeInterface(one: LinkInterface): void {
    this.configure(() => {
      one.setUp(false);
      this.interfaces.remove(one);
      this.policy.forget(one);
      this.changed();
      one.link.close();
    });
  }

  /** @param claim - undefined: as the family does by itself */
  addAddress(to: LinkInterface, address: InterfaceAddress, claim: Claim | undefined): void {
    this.configure(() => this.#place(to, address, claim, false));
  }

  /** False if the interface has no such address. */
  removeAddress(from: LinkInterface, address: IpAddress): boolean {
    return this.configure(() => this.#displace(from, address));
  }

  add(to: NetworkInterface, address: InterfaceAddress, claim: Claim | undefined, temporary: boolean): void {
    const own = this.interfaces.named(to.name);
    if (own !== undefined) this.#place(own, address, claim, temporary);
  }

  remove(from: NetworkInterface, address: IpAddress): boolean {
    const own = this.interfaces.named(from.name);
    return own !== undefined && this.#displace(own, address);
  }

  #place(
    to: LinkInterface,
    { address, prefixLength }: InterfaceAddress,
    claim: Claim | undefined,
    temporary: boolean,
  ): void {
    to.addAddress(address, prefixLength, claim, temporary);
    this.#connect(to, address, prefixLength);
    this.changed();
  }

  /** An address that is alone on its prefix has nobody on its link. */
  #connect(to: NetworkInterface, address: IpAddress, prefixLength: number): void {
    if (prefixLength < addressBits(address.family)) {
      this.#addRoute(to, address, prefixLength, undefined, address);
    }
  }

  #displace(from: LinkInterface, address: IpAddress): boolean {
    if (!from.removeAddress(address)) return false;
    this.routes.removeWhere((entry) => entry.interface === from && entry.source?.equals(address) === true);
    // Another address of the same prefix is still on that link: the route is now its own.
    for (const other of from.addresses) {
      const { prefixLength } = other;
      if (samePrefix(other.address, address, prefixLength)) this.#connect(from, other.address, prefixLength);
    }
    this.changed();
    return true;
  }

  /** Endpoints are not told, links are closed, packets go back to the pool. */
  close(): void {
    this.services.trace?.called("interface", "configure", 0, undefined);
    for (const one of [...this.interfaces.all]) {
      one.setUp(false);
      one.link.close();
    }
    for (const family of this.#families) family.close();
    this.interfaces.all.length = 0;
  }

  #addRoute(
    through: NetworkInterface,
    to: IpAddress,
    prefixLength: number,
    gateway: IpAddress | undefined,
    source: IpAddress | undefined,
  ): void {
    const destination = prefixOf(to, prefixLength);
    this.routes.add({ destination, prefixLength, gateway, interface: through, source, metric: 0 });
  }

  #attach(name: string, link: Link, mac: MacAddress, loopback: boolean): LinkInterface {
    const index = this.interfaces.nextIndex();
    const made = new LinkInterface(this.services, this, { name, index, link, mac, loopback });
    for (const family of this.#families) this.#introduce(made, family);
    this.interfaces.add(made);
    made.start();
    return made;
  }

  #introduce(one: LinkInterface, family: NetworkFamily): void {
    const ethernet = one.link.capabilities.medium === "ethernet";
    one.addFamily(family.receiver, ethernet ? family.resolver(one) : undefined);
  }

  #familyOf(address: IpAddress): NetworkFamily | undefined {
    return this.family(address.family);
  }

  /** The family of that version of IP, if there is one. */
  family(family: 4 | 6): NetworkFamily | undefined {
    const families = this.#families;
    for (let i = 0; i < families.length; i++) if (families[i]?.family === family) return families[i];
    return undefined;
  }
}
