/**
 * Finds the way to an IPv6 destination: which interface, next hop (RFC 4861 §5.2) and source address (RFC 6724 §5),
 * and keeps what it found until something changes.
 */
import { IPV6_LOOPBACK, type IpAddress } from "../../base/ip-address.ts";
import { PLAIN } from "../../contract/datagram-shape.ts";
import type { RouteWish } from "../../contract/network.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";
import { wholeOptionsHeader } from "../../wire/ipv6-extensions.ts";
import { Destinations } from "../path.ts";
import type { RouteState } from "../route-state.ts";
import { NO_WISH, wishOf } from "../route-wish.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { chooseSource, sourceOfHost } from "./address-selection.ts";
import type { LinkParameters } from "./link-parameters.ts";
import { isOurs6 } from "./martians.ts";
import { Ipv6Route } from "./route.ts";

/** What the finder needs of its family. */
export interface FinderHost {
  readonly interfaces: Interfaces;
  readonly policy: RoutingPolicy;
  /** What is known of the link behind an interface. */
  parametersOf(on: NetworkInterface): LinkParameters;
}

/** Finds routes. */
export class RouteFinder {
  readonly #state: RouteState<Ipv6Route>;
  readonly #host: FinderHost;
  readonly #destinations: Destinations;
  readonly #flowSecret: number;

  constructor(state: RouteState<Ipv6Route>, host: FinderHost) {
    const { random } = state.services;
    this.#state = state;
    this.#host = host;
    this.#destinations = new Destinations(random.fork("identification6"), -1);
    this.#flowSecret = random.fork("flow label").bits();
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
    // Few have a shape, and each keeps its route: those in the cache are for all.
    const { shape } = wish;
    if (shape !== PLAIN) {
      const whole = isHeader(shape.hopByHop) && isHeader(shape.destination);
      return whole ? this.#make(destination, source, through, wishOf(wish)) : undefined;
    }
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
  ): Ipv6Route | undefined {
    const { interfaces, policy } = this.#host;
    if (destination.isMulticast) return this.#toGroup(destination, source, through, wish);
    if (isOurs6(interfaces, destination, through ?? interfaces.loopback))
      return this.#toOurselves(destination, source, wish);
    if (destination.isLoopback) return undefined;
    const entry = policy.find(destination, source.isAny ? undefined : source, through, undefined, wish.mark);
    if (entry === undefined) return undefined;
    const nextHop = entry.gateway ?? destination;
    const wanted = entry.gateway === undefined ? undefined : entry.source;
    const chosen = source.isAny
      ? (wanted ?? sourceOfHost(entry.interface, interfaces.all, destination, entry.gateway))
      : source;
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
    return new Ipv6Route(this.#state, {
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

/** A whole options header, or none. */
function isHeader(octets: Uint8Array): boolean {
  return octets.length === 0 || wholeOptionsHeader(octets)?.length === octets.length;
}
