/**
 * Finds the way to a destination: which interface, next hop and source address (RFC 1122 §3.3.1, §3.3.4.3),
 * and keeps what it found until something changes.
 */
import { IPV4_ANY, IPV4_BROADCAST, IPV4_LOOPBACK, type IpAddress } from "../../base/ip-address.ts";
import type { RouteWish } from "../../contract/network.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";
import { Destinations } from "../path.ts";
import type { RouteState } from "../route-state.ts";
import { NO_WISH, wishOf } from "../route-wish.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { sourceAddress, sourceAddressOf } from "../routing-table.ts";
import type { HeaderOptionsPart } from "./options-of-sockets.ts";
import { Ipv4Route } from "./route.ts";
import type { SentOptions } from "./sent-options.ts";

/** Finds routes. */
export class RouteFinder {
  readonly #state: RouteState<Ipv4Route>;
  readonly #interfaces: Interfaces;
  readonly #policy: RoutingPolicy;
  readonly #destinations: Destinations;
  readonly #options: HeaderOptionsPart | undefined;

  constructor(
    state: RouteState<Ipv4Route>,
    interfaces: Interfaces,
    policy: RoutingPolicy,
    options: HeaderOptionsPart | undefined,
  ) {
    this.#options = options;
    this.#state = state;
    this.#interfaces = interfaces;
    this.#policy = policy;
    this.#destinations = new Destinations(state.services.random.fork("identification"), 0xffff);
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
    if (wish.shape.ipv4Options.length > 0)
      return this.#options?.route(this, destination, source, through, wish);
    return (
      this.#state.kept(destination, source, through?.index ?? 0, wish) ??
      this.#state.keep(this.#make(destination, source, through, wishOf(wish)))
    );
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
    const chosen = source.isAny
      ? (entry.source ?? sourceAddressOf(entry.interface, interfaces.all, nextHop))
      : source;
    if (chosen === undefined) return undefined;
    return this.build(entry.interface, chosen, destination, nextHop, broadcast, source, through, wish);
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
    return this.build(loopback, chosen, destination, destination, false, source, undefined, wish);
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
    return this.build(out, chosen, destination, destination, true, source, through, wish);
  }

  /** A route that is not kept. */
  build(
    out: NetworkInterface,
    source: IpAddress,
    destination: IpAddress,
    nextHop: IpAddress,
    toMany: boolean,
    asked: IpAddress,
    through: NetworkInterface | undefined,
    wish: RouteWish,
    options?: SentOptions,
  ): Ipv4Route {
    const path = this.#destinations.of(destination);
    const index = through?.index ?? 0;
    return new Ipv4Route(
      this.#state,
      out,
      source,
      destination,
      nextHop,
      path,
      toMany,
      asked,
      index,
      wish,
      options,
    );
  }
}
