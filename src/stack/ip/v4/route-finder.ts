/**
 * Finds the way to a destination: which interface, next hop and source address (RFC 1122 §3.3.1, §3.3.4.3),
 * and keeps what it found until something changes.
 */
import type { Drop } from "../../base/drop.ts";
import { IPV4_ANY, type IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { PacketPool } from "../../base/packet-pool.ts";
import type { Random } from "../../base/random.ts";
import type { Instant } from "../../base/time.ts";
import type { IpCounters } from "../../contract/counters.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { LinkInterface } from "../../interface/link-interface.ts";
import { type RoutingTable, sourceAddress } from "../routing-table.ts";
import { Destinations } from "./path.ts";
import { Ipv4Route, type RouteHost } from "./route.ts";

/** Routes that are kept. The oldest make room: who holds one goes on using it. */
const MAX_CACHED = 4096;

const LIMITED_BROADCAST = -1;

/** What finding a route needs of the stack. */
export interface RouteFinderHost {
  readonly entry: { readonly now: Instant };
  readonly pool: PacketPool;
  readonly table: RoutingTable;
  readonly interfaces: readonly LinkInterface[];
  readonly loopback: LinkInterface;
  isLocalWord(word: number): boolean;
  sendDropped(packet: Packet, reason: Drop): void;
  toSelf(copy: Packet, through: NetworkInterface): void;
}

export class RouteFinder implements RouteHost {
  readonly counters: IpCounters;
  readonly parts: Packet[] = [];
  generation = 0;
  readonly #host: RouteFinderHost;
  readonly #destinations: Destinations;
  readonly #cache: Map<number, Ipv4Route> = new Map();
  #cached = 0;

  constructor(host: RouteFinderHost, counters: IpCounters, random: Random) {
    this.#host = host;
    this.counters = counters;
    this.#destinations = new Destinations(random);
  }

  get now(): Instant {
    return this.#host.entry.now;
  }

  get pool(): PacketPool {
    return this.#host.pool;
  }

  sendDropped(packet: Packet, reason: Drop): void {
    this.#host.sendDropped(packet, reason);
  }

  /** What goes through `lo` arrives by itself. */
  isForSelf(destination: IpAddress, through: NetworkInterface): boolean {
    if (through === this.#host.loopback) return false;
    return !destination.isMulticast || through.hasGroup(destination.word3);
  }

  toSelf(copy: Packet, through: NetworkInterface): void {
    this.#host.toSelf(copy, through);
  }

  /** Addresses, interfaces or the routing table have changed. */
  invalidate(): void {
    this.generation++;
    this.#cache.clear();
    this.#cached = 0;
  }

  /** See `NetworkProtocol.route`. */
  find(destination: IpAddress, source: IpAddress, through: LinkInterface | undefined): Ipv4Route | undefined {
    const to = destination.word3;
    const from = source.word3;
    const index = through?.index ?? 0;
    const key = Math.imul(to, 0x9e3779b1) ^ Math.imul(from, 0x85ebca6b) ^ index;
    for (let route = this.#cache.get(key); route !== undefined; route = route.cacheNext) {
      if (
        route.destination.word3 === to &&
        route.askedSource === from &&
        route.askedThrough === index &&
        route.interface.up
      ) {
        return route;
      }
    }
    const made = this.#make(destination, source, through);
    if (made !== undefined) this.#keep(key, made);
    return made;
  }

  #keep(key: number, route: Ipv4Route): void {
    if (this.#cached >= MAX_CACHED) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest);
        break;
      }
    } else this.#cached++;
    route.cacheNext = this.#cache.get(key);
    this.#cache.set(key, route);
  }

  #make(
    destination: IpAddress,
    source: IpAddress,
    through: LinkInterface | undefined,
  ): Ipv4Route | undefined {
    const to = destination.word3;
    if (source.word3 !== 0 && !this.#host.isLocalWord(source.word3)) return undefined;
    const first = to >>> 24;
    if (first === 127 || this.#host.isLocalWord(to)) return this.#toOurselves(destination, source);
    if (to === LIMITED_BROADCAST || first >>> 4 === 14) return this.#toGroup(destination, source, through);
    if (first === 0 || first >= 240) return undefined; // RFC 1122 §3.2.1.3
    const entry = this.#host.table.find(to, source.word3, through);
    if (entry === undefined) return undefined;
    const nextHop = entry.gateway ?? destination;
    const broadcast = entry.gateway === undefined && entry.interface.isBroadcast(to);
    const chosen =
      source.word3 !== 0 ? source : (entry.source ?? sourceAddress(entry.interface, nextHop.word3));
    if (chosen === undefined) return undefined;
    return this.#build(entry.interface, chosen, destination, nextHop, broadcast, source, through);
  }

  /** Datagrams to our own addresses never leave the host (RFC 1122 §3.2.1.3 (g)). */
  #toOurselves(destination: IpAddress, source: IpAddress): Ipv4Route | undefined {
    const { loopback } = this.#host;
    if (!loopback.up) return undefined;
    const chosen = source.word3 !== 0 ? source : destination;
    return this.#build(loopback, chosen, destination, destination, false, source, undefined);
  }

  /**
   * Limited broadcast and multicast know no route of their own: they leave by the interface that was asked
   * for, that of the source address, that of a route to the group, or that of the default route
   * (RFC 1122 §3.3.4.3, §3.3.7).
   */
  #toGroup(
    destination: IpAddress,
    source: IpAddress,
    through: LinkInterface | undefined,
  ): Ipv4Route | undefined {
    const { interfaces, table, loopback } = this.#host;
    const out =
      through ??
      (source.word3 !== 0 ? interfaces.find((one) => one.hasAddress(source.word3)) : undefined) ??
      table.find(destination.word3, 0, undefined)?.interface ??
      interfaces.find((one) => one.up && one !== loopback);
    if (out === undefined || !out.up || (out === loopback && through === undefined)) return undefined;
    // A host that has no address yet may still call for one (RFC 1122 §3.2.1.3 (a), RFC 2131 §4.1).
    const chosen = source.word3 !== 0 ? source : (sourceAddress(out, destination.word3) ?? IPV4_ANY);
    return this.#build(out, chosen, destination, destination, true, source, through);
  }

  #build(
    out: LinkInterface,
    source: IpAddress,
    destination: IpAddress,
    nextHop: IpAddress,
    toMany: boolean,
    asked: IpAddress,
    through: LinkInterface | undefined,
  ): Ipv4Route {
    const path = this.#destinations.of(destination.word3);
    const index = through?.index ?? 0;
    return new Ipv4Route(this, out, source, destination, nextHop, path, toMany, asked.word3, index);
  }
}
