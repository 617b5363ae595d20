/** What all routes of one family share, and those that were found lately: they are kept until something changes. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { RecentMap } from "../base/recent-map.ts";
import type { IpCounters } from "../contract/counters.ts";
import type { DatagramCodec, Forwarder } from "../contract/forwarding.ts";
import type { RouteWish } from "../contract/network.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import type { OwnCopies } from "./own-copies.ts";
import type { RouteHost } from "./way-out.ts";

/** Routes that are kept, and as many again. Those that were not asked for lately make room: who holds one goes on using it. */
const CACHED = 16_384;

/** A route, with what it was asked for with. */
export interface KeptRoute {
  readonly destination: IpAddress;
  readonly interface: NetworkInterface;
  readonly askedSource: IpAddress;
  /** Index of the interface; 0: of none. */
  readonly askedThrough: number;
  readonly askedWish: RouteWish;
}

/** The routes of one family. */
export class RouteState<R extends KeptRoute> implements RouteHost {
  readonly layer: "ipv4" | "ipv6";
  readonly services: Services;
  readonly counters: IpCounters;
  readonly parts: Packet[] = [];
  generation = 0;
  router: Forwarder | undefined = undefined;
  codec: DatagramCodec | undefined = undefined;
  readonly #copies: OwnCopies;
  readonly #cache: RecentMap<R> = new RecentMap(CACHED);

  /** @param copies - where copies wait of what goes to this host besides others */
  constructor(layer: "ipv4" | "ipv6", services: Services, counters: IpCounters, copies: OwnCopies) {
    this.layer = layer;
    this.services = services;
    this.counters = counters;
    this.#copies = copies;
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
    services.trace?.dropped(this.layer, packet, reason);
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

  /** A route that was found for the same question, and still leads somewhere. */
  kept(destination: IpAddress, source: IpAddress, index: number, wish: RouteWish): R | undefined {
    const route = this.#cache.get(keyOf(destination, source, index, wish));
    return route?.destination.equals(destination) &&
      route.askedSource.equals(source) &&
      route.askedThrough === index &&
      route.askedWish.mark === wish.mark &&
      route.askedWish.transparent === wish.transparent &&
      route.interface.up
      ? route
      : undefined;
  }

  /** Keeps what was found; undefined is not kept. */
  keep(route: R | undefined): R | undefined {
    if (route === undefined) return undefined;
    const { destination, askedSource, askedThrough, askedWish } = route;
    this.#cache.set(keyOf(destination, askedSource, askedThrough, askedWish), route);
    return route;
  }
}

function keyOf(destination: IpAddress, source: IpAddress, index: number, { mark }: RouteWish): number {
  return Math.imul(destination.hash, 0x9e3779b1) ^ Math.imul(source.hash, 0x85ebca6b) ^ index ^ (mark << 8);
}
