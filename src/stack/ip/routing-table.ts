/**
 * The routing table of a host, for addresses of either family: longest-prefix match (RFC 1122 §3.3.1), and the
 * choice of a source address (§3.3.4.3). There is a map for every length of prefix that is in use, so a look-up
 * takes as many steps as there are lengths, however many routes there are.
 */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { addressBits, prefixOf, samePrefix } from "../base/prefix.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";

/** The metric of routes that a redirect made: better than what was configured for the same prefix. */
export const REDIRECTED = -1;
/** As many are believed; then all are forgotten, and the gateway may tell again. */
const MAX_REDIRECTS = 256;

/** An entry of the routing table. */
export interface RouteEntry {
  /** A prefix: the bits behind its length are 0. */
  readonly destination: IpAddress;
  /** Bits: 0 (the default route) to 32 of IPv4, to 128 of IPv6. */
  readonly prefixLength: number;
  /** The next hop; undefined if the destinations are on the link themselves. */
  readonly gateway: IpAddress | undefined;
  /** The interface that it leads through. */
  readonly interface: NetworkInterface;
  /** The source address to prefer; undefined: the interface's choice. */
  readonly source: IpAddress | undefined;
  /** Of two equally long prefixes, the smaller metric wins. */
  readonly metric: number;
}

/** All prefixes of one family and length. */
interface Level {
  readonly family: 4 | 6;
  readonly length: number;
  /** By prefix: smallest metric first, then the order of `add`. */
  readonly entries: AddressMap<RouteEntry[]>;
}

/** Routes, of which the longest prefix wins. */
export class RoutingTable {
  /** Longest prefix first. */
  #levels: Level[] = [];
  #redirects = 0;
  readonly #changed: () => void;

  /** @param changed - called after every change: what was learnt from the table is void */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** All routes, IPv4 first, longest prefix first. */
  list(): readonly RouteEntry[] {
    const byFamily = [...this.#levels].sort((a, b) => a.family - b.family);
    return byFamily.flatMap(({ entries }) => [...entries.values()].flat());
  }

  /** False if the very same route is there already. */
  add(entry: RouteEntry): boolean {
    const { entries } = this.#level(entry.destination.family, entry.prefixLength);
    const group = entries.get(entry.destination);
    if (group === undefined) entries.set(entry.destination, [entry]);
    else {
      if (group.some((one) => isSame(one, entry))) return false;
      const at = group.findIndex((one) => one.metric > entry.metric);
      group.splice(at < 0 ? group.length : at, 0, entry);
    }
    if (entry.metric === REDIRECTED) this.#redirects++;
    this.#changed();
    return true;
  }

  /** Removes the first entry with this prefix (and gateway and interface, if given); false if there is none. */
  remove(
    destination: IpAddress,
    prefixLength: number,
    gateway?: IpAddress,
    through?: NetworkInterface,
  ): boolean {
    const level = this.#levels.find(
      ({ family, length }) => family === destination.family && length === prefixLength,
    );
    const prefix = prefixOf(destination, prefixLength);
    const group = level?.entries.get(prefix);
    if (level === undefined || group === undefined) return false;
    const at = group.findIndex(
      (one) =>
        (gateway === undefined || one.gateway?.equals(gateway) === true) &&
        (through === undefined || one.interface === through),
    );
    const [removed] = at < 0 ? [] : group.splice(at, 1);
    if (removed === undefined) return false;
    this.#forget(level, prefix, group, removed);
    this.#changed();
    return true;
  }

  /** Removes every entry for which `unwanted` says yes. */
  removeWhere(unwanted: (entry: RouteEntry) => boolean): void {
    let changed = false;
    for (const level of [...this.#levels]) {
      for (const group of [...level.entries.values()]) {
        for (let i = group.length - 1; i >= 0; i--) {
          const entry = group[i] as RouteEntry;
          if (!unwanted(entry)) continue;
          group.splice(i, 1);
          this.#forget(level, entry.destination, group, entry);
          changed = true;
        }
      }
    }
    if (changed) this.#changed();
  }

  /**
   * A router says that `gateway` is nearer to `destination` (RFC 1122 §3.2.2.2). That is believed only of the
   * gateway in use, and of one on the same link. False if it is not.
   */
  redirect(destination: IpAddress, gateway: IpAddress, by: IpAddress, from: NetworkInterface): boolean {
    const current = this.find(destination, undefined, undefined);
    if (current?.gateway?.equals(by) !== true || current.interface !== from) return false;
    // Of IPv6 a router may also say that the destination itself is on the link (RFC 4861 §8.3).
    const direct = gateway.family === 6 && gateway.equals(destination);
    if (!direct && !from.isOnLink(gateway)) return false;
    if (this.#redirects >= MAX_REDIRECTS) this.removeWhere(({ metric }) => metric === REDIRECTED);
    const prefixLength = addressBits(destination.family);
    const nextHop = direct ? undefined : gateway;
    return this.add({ ...current, destination, prefixLength, gateway: nextHop, metric: REDIRECTED });
  }

  /**
   * The best entry for `destination` whose interface is up, and is `through` if that is given. Of equally
   * good ones, that whose interface has the address `source`.
   */
  find(
    destination: IpAddress,
    source: IpAddress | undefined,
    through: NetworkInterface | undefined,
  ): RouteEntry | undefined {
    for (const { family, length, entries } of this.#levels) {
      if (family !== destination.family) continue;
      const group = entries.get(prefixOf(destination, length));
      const best = group === undefined ? undefined : bestOf(group, source, through);
      if (best !== undefined) return best;
    }
    return undefined;
  }

  /** The usable routes with the prefix and metric of `entry`. */
  equals(entry: RouteEntry): readonly RouteEntry[] {
    const { family } = entry.destination;
    const level = this.#levels.find((one) => one.family === family && one.length === entry.prefixLength);
    const group = level?.entries.get(entry.destination) ?? [];
    return group.filter((one) => one.metric === entry.metric && one.interface.up);
  }

  #level(family: 4 | 6, length: number): Level {
    const known = this.#levels.find((one) => one.family === family && one.length === length);
    if (known !== undefined) return known;
    const made: Level = { family, length, entries: new AddressMap() };
    this.#levels.push(made);
    this.#levels.sort((a, b) => b.length - a.length);
    return made;
  }

  /** `entry` has been taken out of its group. */
  #forget(level: Level, prefix: IpAddress, group: readonly RouteEntry[], entry: RouteEntry): void {
    if (entry.metric === REDIRECTED) this.#redirects--;
    if (group.length > 0) return;
    level.entries.delete(prefix);
    if (level.entries.size === 0) this.#levels = this.#levels.filter((one) => one !== level);
  }
}

/** Of one prefix's routes, the usable one with the smallest metric; of several such, one that `source` is on. */
function bestOf(
  group: readonly RouteEntry[],
  source: IpAddress | undefined,
  through: NetworkInterface | undefined,
): RouteEntry | undefined {
  let best: RouteEntry | undefined;
  for (const entry of group) {
    if (best !== undefined && entry.metric > best.metric) break;
    if (!entry.interface.up || (through !== undefined && entry.interface !== through)) continue;
    if (source === undefined || entry.interface.hasAddress(source)) return entry;
    best ??= entry;
  }
  return best;
}

/**
 * The address that `through` sends with to `nextHop` (RFC 1122 §3.3.4.3 (b), (c)): one on the next hop's
 * prefix, the longest such; else its first one in use. Undefined if it has none of that family.
 */
export function sourceAddress(through: NetworkInterface, nextHop: IpAddress): IpAddress | undefined {
  let best: IpAddress | undefined;
  let bestLength = -1;
  for (const { address, prefixLength, state } of through.addresses) {
    if (state !== "preferred" || address.family !== nextHop.family) continue;
    const length = samePrefix(address, nextHop, prefixLength) ? prefixLength : -1;
    if (best === undefined || length > bestLength) {
      best = address;
      bestLength = length;
    }
  }
  return best;
}

/**
 * The address to send from by an interface that may have none, as a line between two routers often has none: then one of
 * another interface, which an answer finds as well (RFC 1812 §4.3.2.4, as Linux's inet_select_addr).
 */
export function sourceAddressOf(
  through: NetworkInterface,
  all: readonly NetworkInterface[],
  nextHop: IpAddress,
): IpAddress | undefined {
  const own = sourceAddress(through, nextHop);
  if (own !== undefined) return own;
  for (const one of all) {
    const other = one.up && !one.loopback ? sourceAddress(one, nextHop) : undefined;
    if (other !== undefined && !other.isLinkLocal) return other;
  }
  return undefined;
}

function isSame(a: RouteEntry, b: RouteEntry): boolean {
  if (a.interface !== b.interface || a.metric !== b.metric) return false;
  if (a.gateway === undefined || b.gateway === undefined) return a.gateway === b.gateway;
  return a.gateway.equals(b.gateway);
}
