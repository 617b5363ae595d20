/**
 * Finds the way to a destination: which interface, next hop and source address (RFC 1122 §3.3.1, §3.3.4.3),
 * and keeps what it found until something changes.
 */
import type { Drop } from "../../base/drop.ts";
import { IPV4_ANY, IPV4_BROADCAST, IPV4_LOOPBACK, type IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { RecentMap } from "../../base/recent-map.ts";
import type { IpCounters } from "../../contract/counters.ts";
import type { DatagramCodec, Forwarder } from "../../contract/forwarding.ts";
import type { RouteWish } from "../../contract/network.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import type { OwnCopies } from "../own-copies.ts";
import { Destinations } from "../path.ts";
import { NO_WISH, wishOf } from "../route-wish.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { sourceAddress } from "../routing-table.ts";
import { Ipv4Route, type RouteHost } from "./route.ts";

/** Routes that are kept, and as many again. Those that were not asked for lately make room: who holds one goes on using it. */
const CACHED = 16_384;

/** Finds routes, and remembers them. */
export class RouteFinder implements RouteHost {
  readonly services: Services;
  readonly counters: IpCounters;
  readonly parts: Packet[] = [];
  generation = 0;
  router: Forwarder | undefined = undefined;
  codec: DatagramCodec | undefined = undefined;
  readonly #interfaces: Interfaces;
  readonly #policy: RoutingPolicy;
  readonly #copies: OwnCopies;
  readonly #destinations: Destinations;
  readonly #cache: RecentMap<Ipv4Route> = new RecentMap(CACHED);

  /** @param copies - where copies wait of what goes to this host besides others */
  constructor(
    services: Services,
    interfaces: Interfaces,
    policy: RoutingPolicy,
    counters: IpCounters,
    copies: OwnCopies,
  ) {
    this.services = services;
    this.counters = counters;
    this.#interfaces = interfaces;
    this.#policy = policy;
    this.#copies = copies;
    this.#destinations = new Destinations(services.random.fork("identification"), 0xffff);
  }

  /** What leaves passes the hooks of `router` from now on, while there are any. */
  setRouter(router: Forwarder, codec: DatagramCodec): void {
    this.router = router;
    this.codec = codec;
  }

  sendDropped(packet: Packet, reason: Drop): void {
    const { services, counters } = this;
    counters.ipOutDiscards++;
    counters.drops.count(reason);
    services.trace?.dropped("ipv4", packet, reason);
    services.pool.release(packet);
  }

  /** What goes through `lo` arrives by itself. */
  isForSelf(destination: IpAddress, through: NetworkInterface): boolean {
    return !through.loopback && (!destination.isMulticast || through.hasGroup(destination));
  }

  toSelf(copy: Packet, through: NetworkInterface): void {
    this.#copies.add(copy, through);
  }

  /** Addresses, interfaces or the routing table have changed. */
  invalidate(): void {
    this.generation++;
    this.#cache.clear();
  }

  /** See `NetworkProtocol.route`. */
  find(
    destination: IpAddress,
    source: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish = NO_WISH,
  ): Ipv4Route | undefined {
    // What goes to the wildcard address goes to this host, as in BSD and Linux.
    if (destination.isAny) return this.find(source.isAny ? IPV4_LOOPBACK : source, source, through, wish);
    const to = destination.word3;
    const index = through?.index ?? 0;
    const key = Math.imul(to, 0x9e3779b1) ^ Math.imul(source.word3, 0x85ebca6b) ^ index ^ (wish.mark << 8);
    const route = this.#cache.get(key);
    if (
      route !== undefined &&
      route.destination.word3 === to &&
      route.askedSource.word3 === source.word3 &&
      route.askedThrough === index &&
      route.askedWish.mark === wish.mark &&
      route.askedWish.transparent === wish.transparent &&
      route.interface.up
    )
      return route;
    const made = this.#make(destination, source, through, wishOf(wish));
    if (made !== undefined) this.#cache.set(key, made);
    return made;
  }

  #make(
    destination: IpAddress,
    source: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Ipv4Route | undefined {
    const interfaces = this.#interfaces;
    if (!source.isAny && !wish.transparent && this.#isForeign(source)) return undefined;
    if (destination.isLoopback || interfaces.isLocal(destination)) {
      return this.#toOurselves(destination, source, wish);
    }
    if (destination.isMulticast || destination.equals(IPV4_BROADCAST)) {
      return this.#toGroup(destination, source, through, wish);
    }
    const first = destination.word3 >>> 24;
    if (first === 0 || first >= 240) return undefined; // RFC 1122 §3.2.1.3
    const entry = this.#policy.find(
      destination,
      source.isAny ? undefined : source,
      through,
      undefined,
      wish.mark,
    );
    if (entry === undefined) return undefined;
    const nextHop = entry.gateway ?? destination;
    const broadcast = entry.gateway === undefined && entry.interface.isBroadcast(destination);
    const chosen = source.isAny ? (entry.source ?? sourceAddress(entry.interface, nextHop)) : source;
    if (chosen === undefined) return undefined;
    return this.#build(entry.interface, chosen, destination, nextHop, broadcast, source, through, wish);
  }

  /** Not one of this host's, which does not speak for others, either. */
  #isForeign(source: IpAddress): boolean {
    return !this.#interfaces.isLocal(source) && !this.#interfaces.transparent;
  }

  /** Datagrams to our own addresses never leave the host (RFC 1122 §3.2.1.3 (g)). */
  #toOurselves(destination: IpAddress, source: IpAddress, wish: RouteWish): Ipv4Route | undefined {
    const { loopback } = this.#interfaces;
    if (!loopback.up) return undefined;
    // As in Linux: 127.9.9.9 is reached from 127.0.0.1, an address of ours from itself.
    const own = this.#interfaces.all.some(({ addresses }) =>
      addresses.some(({ address }) => address.equals(destination)),
    );
    const chosen = source.isAny ? (own ? destination : IPV4_LOOPBACK) : source;
    return this.#build(loopback, chosen, destination, destination, false, source, undefined, wish);
  }

  /**
   * Limited broadcast and multicast know no route of their own: they leave by the interface that was asked
   * for, that of the source address, that of a route to the group, or that of the default route
   * (RFC 1122 §3.3.4.3, §3.3.7).
   */
  #toGroup(
    destination: IpAddress,
    source: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Ipv4Route | undefined {
    const { all, loopback } = this.#interfaces;
    const out =
      through ??
      (source.isAny ? undefined : all.find((one) => one.hasAddress(source))) ??
      this.#policy.find(destination, undefined, undefined, undefined, wish.mark)?.interface ??
      all.find((one) => one.up && one !== loopback);
    if (out === undefined || !out.up) return undefined;
    // Nothing leaves by `lo` but what was meant for it, by its name or by the sender's address.
    if (out === loopback && through === undefined && !source.isLoopback) return undefined;
    // A host that has no address yet may still call for one (RFC 1122 §3.2.1.3 (a), RFC 2131 §4.1).
    const chosen = source.isAny ? (sourceAddress(out, destination) ?? IPV4_ANY) : source;
    return this.#build(out, chosen, destination, destination, true, source, through, wish);
  }

  #build(
    out: NetworkInterface,
    source: IpAddress,
    destination: IpAddress,
    nextHop: IpAddress,
    toMany: boolean,
    asked: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Ipv4Route {
    const path = this.#destinations.of(destination);
    const index = through?.index ?? 0;
    return new Ipv4Route(this, out, source, destination, nextHop, path, toMany, asked, index, wish);
  }
}
