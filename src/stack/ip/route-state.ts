/** What all routes of one family share; and the routes that were found lately, until something changes. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { IpCounters } from "../contract/counters.ts";
import type { DatagramCodec, Forwarder } from "../contract/forwarding.ts";
import type { RouteWish } from "../contract/network.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import type { OwnCopies } from "./own-copies.ts";
import { type CachedRoute, RouteCache } from "./route-cache.ts";
import type { RouteHost } from "./way-out.ts";

/** The routes of one family. */
export class RouteState<R extends CachedRoute> implements RouteHost {
  readonly layer: "ipv4" | "ipv6";
  readonly services: Services;
  readonly counters: IpCounters;
  readonly parts: Packet[] = [];
  generation = 0;
  router: Forwarder | undefined = undefined;
  codec: DatagramCodec | undefined = undefined;
  readonly #copies: OwnCopies;
  readonly #cache: RouteCache<R> = new RouteCache();

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
    const route = this.#cache.get(destination, source, index, wish);
    return route?.interface.up ? route : undefined;
  }

  /** Keeps what was found; undefined is not kept. */
  keep(route: R | undefined): R | undefined {
    if (route !== undefined) this.#cache.set(route);
    return route;
  }
}
