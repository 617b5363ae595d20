/**
 * IPv6 with all that belongs to it, as one family that is plugged into the core: IP itself, its routes, ICMPv6, and
 * Neighbour Discovery on each Ethernet interface. On an interface without an IPv6 address it does nothing.
 */
import type { Drop } from "../../base/drop.ts";
import { AddressCache, IPV6_ANY, IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { type IcmpCounters, type IpCounters, MldCounters } from "../../contract/counters.ts";
import type { Forwarder, TransitError } from "../../contract/forwarding.ts";
import type { SourceWish } from "../../contract/multicast.ts";
import type { DatagramTap, Route, RouteWish } from "../../contract/network.ts";
import type { Claim, Interfaces, NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import type { TransportProtocol, UnreachableReport } from "../../contract/transport.ts";
import { Icmpv6, type Icmpv6Network } from "../../icmp/icmpv6.ts";
import { QuotedDatagram6 } from "../../icmp/quoted6.ts";
import { UnresolvedReports } from "../../icmp/unresolved.ts";
import type { OwnAddress } from "../../interface/interface-addresses.ts";
import type { AddressResolver, FrameReceiver, ResolverInterface } from "../../interface/resolver.ts";
import { ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { IPV6_SOURCE_OFFSET } from "../../wire/ipv6.ts";
import type { FamilyParts, FamilySettings, NetworkFamily } from "../family.ts";
import { OwnCopies } from "../own-copies.ts";
import { RouteState } from "../route-state.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import type { AdvertisementOptions } from "./advertisement-options.ts";
import { ControlMessages } from "./control-messages.ts";
import { Ipv6Codec } from "./datagram.ts";
import { InterfaceIdentifiers } from "./interface-identifiers.ts";
import { type ErrorSender, Ipv6, type Ipv6Error } from "./ipv6.ts";
import { LearnedRoutes } from "./learned-routes.ts";
import { LinkParameters } from "./link-parameters.ts";
import { ListenerDiscovery } from "./listener-discovery.ts";
import { type DiscoveryHost, NeighbourDiscovery } from "./neighbour-discovery.ts";
import { listenToRouters, type OnInterface } from "./on-interface.ts";
import { forgetRedirects, Redirects, sendRedirect6 } from "./redirects.ts";
import type { Ipv6Route } from "./route.ts";
import { type FinderHost, RouteFinder } from "./route-finder.ts";
import { RouterSide } from "./router-side.ts";

/** fe80::/64 */
const LINK_LOCAL: IpAddress = new IpAddress(0xfe80_0000, 0, 0, 0);
const LINK_LOCAL_BITS = 64;
/** IDGEN_RETRIES (RFC 7217 §6). */
const MAX_CONFLICTS = 3;

/** IPv6 itself listens to the solicited-node groups of its addresses, whoever asks. */
const OWN_WISH: SourceWish = { mode: "exclude", sources: [] };

/** IPv6, with all that is its own. */
export class Ipv6Family implements NetworkFamily, ErrorSender, Icmpv6Network, FinderHost, DiscoveryHost {
  readonly name: string = "ipv6";
  readonly family: 6 = 6;
  readonly etherType: number = ETHERTYPE_IPV6;
  readonly icmpv6: Icmpv6;
  readonly mld: MldCounters = new MldCounters();
  readonly ownCopies: OwnCopies;
  readonly services: Services;
  readonly interfaces: Interfaces;
  readonly policy: RoutingPolicy;
  readonly #parts: FamilyParts;
  readonly #ipv6: Ipv6;
  readonly #routes: RouteState<Ipv6Route>;
  readonly #finder: RouteFinder;
  readonly #unresolved: UnresolvedReports;
  readonly #identifiers: InterfaceIdentifiers;
  /** By index of the interface. */
  readonly #on: Map<number, OnInterface> = new Map();
  readonly #parameters: Map<number, LinkParameters> = new Map();
  readonly #addresses: AddressCache = new AddressCache();
  readonly #asRouter: RouterSide = new RouterSide(this, this.#on);

  constructor(parts: FamilyParts) {
    const services = parts.services.fork("ipv6");
    this.services = services;
    this.interfaces = parts.interfaces;
    this.policy = parts.policy;
    this.#parts = parts;
    this.#ipv6 = new Ipv6(services, parts.interfaces, this);
    this.ownCopies = new OwnCopies(services, this.#ipv6);
    this.#routes = new RouteState("ipv6", services, this.#ipv6.counters, this.ownCopies);
    this.#finder = new RouteFinder(this.#routes, this);
    const chance = services.random.fork("interface identifiers");
    this.#identifiers = new InterfaceIdentifiers(chance, parts.stableSecret);
    this.icmpv6 = new Icmpv6(services.fork("icmpv6"), parts.interfaces, this);
    this.icmpv6.addControl(
      new ControlMessages({
        services,
        icmpv6: this.icmpv6,
        mld: this.mld,
        redirects: new Redirects(parts.routes, parts.interfaces),
        arrival: this.#ipv6.arrival,
        on: this.#on,
      }),
    );
    this.#unresolved = new UnresolvedReports(this.#ipv6.upper, new QuotedDatagram6());
    this.register(this.icmpv6);
  }

  get counters(): IpCounters {
    return this.#ipv6.counters;
  }

  // ── For the core ───────────────────────────────────────────────────────────────────────────────────

  get receiver(): FrameReceiver {
    return this.#ipv6;
  }

  route(
    destination: IpAddress,
    source?: IpAddress,
    through?: NetworkInterface,
    wish?: RouteWish,
  ): Route | undefined {
    const from = source === undefined || source.isAny ? IPV6_ANY : source;
    return from.family === 6 ? this.#finder.find(destination, from, through, wish) : undefined;
  }

  register(transport: TransportProtocol): void {
    this.#ipv6.upper.register(transport);
  }

  tap(protocol: number, tap: DatagramTap): void {
    this.#ipv6.upper.tap(protocol, tap);
  }

  untap(protocol: number, tap: DatagramTap): void {
    this.#ipv6.upper.untap(protocol, tap);
  }

  resolver(on: ResolverInterface): AddressResolver {
    const services = this.services.fork(`nd ${on.name}`);
    const discovery = new NeighbourDiscovery(services, on, this.parametersOf(on), this);
    const routes = new LearnedRoutes(services, on, this.#parts.routes);
    const groups = new ListenerDiscovery(services.fork("mld"), on, this.mld);
    this.#on.set(on.index, {
      discovery,
      groups,
      routes,
      routers: undefined,
      advertiser: undefined,
      isRouter: false,
      addresses: undefined,
      conflicts: 0,
    });
    return discovery;
  }

  changed(): void {
    for (const index of [...this.#on.keys()]) {
      if (this.interfaces.all.some((one) => one.index === index)) continue;
      this.#on.delete(index);
      this.#parameters.delete(index);
    }
    this.#routes.invalidate();
  }

  unresolved(packet: Packet): void {
    packet.network = packet.start;
    const source = this.#addresses.read(packet.view, packet.start + IPV6_SOURCE_OFFSET);
    const passedOn = this.forwards && !this.interfaces.isLocal(source);
    if (passedOn) this.sendTransitError("host", packet, 0, undefined);
    else this.#unresolved.report(packet);
  }

  joined(group: IpAddress, on: NetworkInterface, member: SourceWish): void {
    this.#on.get(on.index)?.groups.joined(group, member);
  }

  wishChanged(group: IpAddress, on: NetworkInterface): void {
    this.#on.get(on.index)?.groups.wishChanged(group);
  }

  wentUp(on: NetworkInterface): void {
    this.#on.get(on.index)?.groups.resume();
  }

  left(group: IpAddress, on: NetworkInterface, member: SourceWish): void {
    this.#on.get(on.index)?.groups.left(group, member);
  }

  attached(on: NetworkInterface, { autoconfigure, temporaryAddresses }: FamilySettings): void {
    const state = this.#on.get(on.index);
    if (autoconfigure !== true || state === undefined) return;
    const { on: ours } = state.discovery;
    const routers = listenToRouters(state, {
      addressing: this.#parts.addressing,
      identifiers: this.#identifiers,
      temporary: temporaryAddresses === true,
      parametersChanged: () => this.#routes.invalidate(),
    });
    const linkLocal = on.addresses.find(({ address }) => isLinkLocal6(address));
    if (linkLocal === undefined) this.addLinkLocal(ours, undefined);
    else if (linkLocal.state === "preferred") routers.start();
  }

  /** The name servers that routers have told of (RFC 8106), while they last. */
  nameServers(): readonly IpAddress[] {
    return [...this.#on.values()].flatMap(({ routers }) => routers?.nameServers() ?? []);
  }

  setRouter(router: Forwarder): void {
    const codec = new Ipv6Codec(this.services, this);
    this.#asRouter.setRouter(router);
    this.#ipv6.setRouter(router, codec);
    this.#routes.setRouter(router, codec);
  }

  close(): void {
    this.#ipv6.reassembly.clear();
    this.ownCopies.clear();
  }

  // ── As a router ────────────────────────────────────────────────────────────────────────────────────

  get forwards(): boolean {
    return this.#asRouter.forwards;
  }

  /** See `RouterSide.advertise`. */
  advertise(on: NetworkInterface, options: AdvertisementOptions | undefined): void {
    this.#asRouter.advertise(on, options);
  }

  // ── For the router ─────────────────────────────────────────────────────────────────────────────────

  sendTransitError(
    error: TransitError,
    packet: Packet,
    detail: number,
    from: NetworkInterface | undefined,
  ): void {
    this.icmpv6.sendTransitError(error, packet, detail, from);
  }

  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void {
    const sender = this.#on.get(on.index)?.discovery.sender;
    if (sender !== undefined) sendRedirect6(sender, this.#addresses, packet, gateway, on);
  }

  // ── For IP, routes and ICMPv6 ──────────────────────────────────────────────────────────────────────

  sendError(
    error: Ipv6Error,
    packet: Packet,
    from: NetworkInterface,
    toMany: boolean,
    code: number,
    pointer: number,
    evenToMany: boolean,
  ): void {
    this.icmpv6.sendError(error, packet, from, toMany, code, pointer, evenToMany);
  }

  unreachable(protocol: number, report: UnreachableReport): Drop {
    return this.#ipv6.upper.unreachable(protocol, report);
  }

  parametersOf(on: NetworkInterface): LinkParameters {
    let found = this.#parameters.get(on.index);
    if (found === undefined) {
      found = new LinkParameters(on, this.services.random.fork(`reachable time ${on.name}`));
      this.#parameters.set(on.index, found);
    }
    return found;
  }

  // ── For Neighbour Discovery on an interface ────────────────────────────────────────────────────────

  get ip(): IpCounters {
    return this.#ipv6.counters;
  }

  get icmp(): IcmpCounters {
    return this.icmpv6.counters;
  }

  /** RFC 4291 §2.1: an interface has a link-local address, if it has any. */
  claimed(own: OwnAddress, on: ResolverInterface, claim: Claim | undefined): void {
    if (own.address.isLinkLocal || on.addresses.some(({ address }) => isLinkLocal6(address))) {
      this.#asRouter.listen(on);
    } else this.addLinkLocal(on, claim);
  }

  /** Routers can be asked once there is an address to ask from. */
  unique(own: OwnAddress, on: ResolverInterface): void {
    if (isLinkLocal6(own.address)) this.#linkLocalReady(on);
  }

  #linkLocalReady(on: NetworkInterface): void {
    const state = this.#on.get(on.index);
    state?.routers?.start();
    state?.advertiser?.start();
  }

  /** RFC 7217 §6: another one is tried, a few times. */
  duplicate(own: OwnAddress, on: ResolverInterface): void {
    const state = this.#on.get(on.index);
    state?.addresses?.duplicate(own);
    if (state === undefined || !isLinkLocal6(own.address) || state.conflicts >= MAX_CONFLICTS) return;
    const ours = this.#identifiers.stable(LINK_LOCAL, on.mac, state.conflicts);
    if (!ours.equals(own.address)) return; // its user has chosen it
    state.conflicts++;
    this.#parts.addressing.remove(on, own.address);
    this.addLinkLocal(on, "probe");
  }

  listen(group: IpAddress, on: ResolverInterface): void {
    if (on.join(group)) this.joined(group, on, OWN_WISH);
  }

  unlisten(group: IpAddress, on: ResolverInterface): void {
    if (on.leave(group)) this.left(group, on, OWN_WISH);
  }

  reachabilityChanged(address: IpAddress, reachable: boolean, on: ResolverInterface): void {
    this.#on.get(on.index)?.routes.reachabilityChanged(address, reachable);
    // What a redirect has led to and is not there was a bad advice (RFC 4861 §7.3.3).
    if (!reachable) forgetRedirects(this.#parts.routes, address, on);
  }

  noRouter(address: IpAddress, on: ResolverInterface): void {
    this.#on.get(on.index)?.routes.noRouter(address);
    forgetRedirects(this.#parts.routes, address, on);
  }

  stopped(on: ResolverInterface): void {
    const state = this.#on.get(on.index);
    state?.routers?.stop();
    state?.advertiser?.down();
    state?.groups.suspend();
  }

  /** What had waited for the link-local address goes on at once where that was not asked for anew. */
  started(on: ResolverInterface): void {
    const own = on.addresses.find(({ address, state }) => isLinkLocal6(address) && state === "preferred");
    if (own !== undefined) this.#linkLocalReady(on);
  }

  /** An address of the link's own, that is not anybody else's. */
  addLinkLocal(on: ResolverInterface, claim: Claim | undefined): void {
    const conflicts = this.#on.get(on.index)?.conflicts ?? 0;
    const address = this.#identifiers.stable(LINK_LOCAL, on.mac, conflicts);
    this.#parts.addressing.add(on, { address, prefixLength: LINK_LOCAL_BITS }, claim, false);
  }
}

function isLinkLocal6(address: IpAddress): boolean {
  return address.family === 6 && address.isLinkLocal;
}
