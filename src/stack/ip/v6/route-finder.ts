/**
 * Finds the way to an IPv6 destination: which interface, next hop (RFC 4861 §5.2) and source address (RFC 6724 §5),
 * and keeps what it found until something changes.
 */
import type { Drop } from "../../base/drop.ts";
import { IPV6_LOOPBACK, type IpAddress } from "../../base/ip-address.ts";
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
import { chooseSource } from "./address-selection.ts";
import type { LinkParameters } from "./link-parameters.ts";
import { Ipv6Route, type RouteHost } from "./route.ts";

/** Routes that are kept, and as many again. Those that were not asked for lately make room: who holds one goes on using it. */
const CACHED = 16_384;

/** What the finder needs of its family. */
export interface FinderHost {
  readonly services: Services;
  readonly interfaces: Interfaces;
  readonly policy: RoutingPolicy;
  readonly counters: IpCounters;
  /** Where copies wait of what goes to this host besides others. */
  readonly ownCopies: OwnCopies;
  /** What is known of the link behind an interface. */
  parametersOf(on: NetworkInterface): LinkParameters;
}

/** Finds routes, and remembers them. */
export class RouteFinder implements RouteHost {
  readonly services: Services;
  readonly parts: Packet[] = [];
  generation = 0;
  router: Forwarder | undefined = undefined;
  codec: DatagramCodec | undefined = undefined;
  readonly #host: FinderHost;
  readonly #destinations: Destinations;
  readonly #flowSecret: number;
  readonly #cache: RecentMap<Ipv6Route> = new RecentMap(CACHED);

  constructor(host: FinderHost) {
    this.#host = host;
    this.services = host.services;
    this.#destinations = new Destinations(host.services.random.fork("identification6"), -1);
    this.#flowSecret = host.services.random.fork("flow label").bits();
  }

  get counters(): IpCounters {
    return this.#host.counters;
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
    services.trace?.dropped("ipv6", packet, reason);
    services.pool.release(packet);
  }

  /** What goes through `lo` arrives by itself. */
  isForSelf(destination: IpAddress, through: NetworkInterface): boolean {
    return !through.loopback && through.hasGroup(destination);
  }

  toSelf(copy: Packet, through: NetworkInterface): void {
    this.#host.ownCopies.add(copy, through);
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
  ): Ipv6Route | undefined {
    // What goes to the wildcard address goes to this host, as in BSD and Linux.
    if (destination.isAny) return this.find(source.isAny ? IPV6_LOOPBACK : source, source, through, wish);
    const index = through?.index ?? 0;
    const key =
      Math.imul(destination.hash, 0x9e3779b1) ^ Math.imul(source.hash, 0x85ebca6b) ^ index ^ (wish.mark << 8);
    const route = this.#cache.get(key);
    if (
      route?.destination.equals(destination) &&
      route.askedSource.equals(source) &&
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
  ): Ipv6Route | undefined {
    const { interfaces, policy } = this.#host;
    if (destination.isMulticast) return this.#toGroup(destination, source, through, wish);
    if (interfaces.isLocal(destination)) return this.#toOurselves(destination, source, wish);
    if (destination.isLoopback) return undefined;
    const entry = policy.find(destination, source.isAny ? undefined : source, through, undefined, wish.mark);
    if (entry === undefined) return undefined;
    const nextHop = entry.gateway ?? destination;
    const wanted = entry.gateway === undefined ? undefined : entry.source;
    const chosen = source.isAny ? (wanted ?? chooseSource(entry.interface.addresses, destination)) : source;
    if (chosen === undefined) return undefined;
    return this.#build(entry.interface, chosen, destination, nextHop, source, through, wish);
  }

  /** Datagrams to our own addresses never leave the host. */
  #toOurselves(destination: IpAddress, source: IpAddress, wish: RouteWish): Ipv6Route | undefined {
    const { loopback } = this.#host.interfaces;
    if (!loopback.up) return undefined;
    const chosen = source.isAny ? destination : source;
    return this.#build(loopback, chosen, destination, destination, source, undefined, wish);
  }

  /**
   * A group leaves by the interface that was asked for, that of the source address, that of a route to it, or the
   * first that has an address.
   */
  #toGroup(
    destination: IpAddress,
    source: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Ipv6Route | undefined {
    const { interfaces, policy } = this.#host;
    const { all, loopback } = interfaces;
    const speaks = (one: NetworkInterface): boolean =>
      one.up && one !== loopback && chooseSource(one.addresses, destination) !== undefined;
    const out =
      through ??
      (source.isAny ? undefined : all.find((one) => one.hasAddress(source))) ??
      policy.find(destination, undefined, undefined, undefined, wish.mark)?.interface ??
      all.find(speaks);
    if (out === undefined || !out.up) return undefined;
    if (out === loopback && through === undefined && !source.isLoopback) return undefined;
    const chosen = source.isAny ? chooseSource(out.addresses, destination) : source;
    if (chosen === undefined) return undefined;
    return this.#build(out, chosen, destination, destination, source, through, wish);
  }

  #build(
    out: NetworkInterface,
    source: IpAddress,
    destination: IpAddress,
    nextHop: IpAddress,
    askedSource: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
  ): Ipv6Route {
    return new Ipv6Route(this, {
      through: out,
      link: this.#host.parametersOf(out),
      source,
      destination,
      nextHop,
      path: this.#destinations.of(destination),
      askedSource,
      askedThrough: through?.index ?? 0,
      askedWish: wish,
      flowSecret: this.#flowSecret,
    });
  }
}
