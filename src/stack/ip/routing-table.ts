/**
 * The routing table of a host: longest-prefix match (RFC 1122 §3.3.1), and the choice of a source address
 * (§3.3.4.3).
 */
import { type IpAddress, prefixMask } from "../base/ip-address.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { LinkInterface } from "../interface/link-interface.ts";

/** The metric of routes that a redirect made: better than what was configured for the same prefix. */
const REDIRECTED = -1;
/** As many are believed; then all are forgotten, and the gateway may tell again. */
const MAX_REDIRECTS = 256;

/** An entry of the routing table. */
export interface RouteEntry {
  readonly destination: IpAddress;
  /** 0 (the default route) to 32. */
  readonly prefixLength: number;
  /** The next hop; undefined if the destinations are on the link themselves. */
  readonly gateway: IpAddress | undefined;
  readonly interface: LinkInterface;
  /** The source address to prefer; undefined: the interface's choice. */
  readonly source: IpAddress | undefined;
  /** Of two equally long prefixes, the smaller metric wins. */
  readonly metric: number;
}

export class RoutingTable {
  /** Longest prefix first, then smallest metric, then the order of `add`. */
  readonly #entries: RouteEntry[] = [];
  readonly #changed: () => void;

  /** @param changed - called after every change: what was learnt from the table is void */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  list(): readonly RouteEntry[] {
    return this.#entries;
  }

  /** False if the very same route is there already. */
  add(entry: RouteEntry): boolean {
    if (this.#entries.some((one) => same(one, entry))) return false;
    const at = this.#entries.findIndex(
      (one) =>
        one.prefixLength < entry.prefixLength ||
        (one.prefixLength === entry.prefixLength && one.metric > entry.metric),
    );
    if (at < 0) this.#entries.push(entry);
    else this.#entries.splice(at, 0, entry);
    this.#changed();
    return true;
  }

  /** Removes the first entry with this prefix (and gateway and interface, if given); false if there is none. */
  remove(
    destination: IpAddress,
    prefixLength: number,
    gateway?: IpAddress,
    through?: LinkInterface,
  ): boolean {
    const at = this.#entries.findIndex(
      (one) =>
        one.prefixLength === prefixLength &&
        one.destination.word3 === (destination.word3 & prefixMask(prefixLength)) &&
        (gateway === undefined || one.gateway?.equals(gateway) === true) &&
        (through === undefined || one.interface === through),
    );
    if (at < 0) return false;
    this.#entries.splice(at, 1);
    this.#changed();
    return true;
  }

  /** Removes every entry for which `unwanted` says yes. */
  removeWhere(unwanted: (entry: RouteEntry) => boolean): void {
    const before = this.#entries.length;
    for (let i = before - 1; i >= 0; i--) {
      if (unwanted(this.#entries[i] as RouteEntry)) this.#entries.splice(i, 1);
    }
    if (this.#entries.length !== before) this.#changed();
  }

  /**
   * A router says that `gateway` is nearer to `destination` (RFC 1122 §3.2.2.2). That is believed only of the
   * gateway in use, and of one on the same link. False if it is not.
   */
  redirect(destination: IpAddress, gateway: IpAddress, by: IpAddress, from: NetworkInterface): boolean {
    const current = this.find(destination.word3, 0, undefined);
    if (current?.gateway?.equals(by) !== true || current.interface !== from) return false;
    if (!current.interface.local.onLink(gateway.word3)) return false;
    const redirected = this.#entries.filter(({ metric }) => metric === REDIRECTED).length;
    if (redirected >= MAX_REDIRECTS) this.removeWhere(({ metric }) => metric === REDIRECTED);
    return this.add({ ...current, destination, prefixLength: 32, gateway, metric: REDIRECTED });
  }

  /**
   * The best entry for `destination` whose interface is up, and is `through` if that is given. Of equally
   * good ones, that whose interface has the address `source`.
   */
  find(destination: number, source: number, through: LinkInterface | undefined): RouteEntry | undefined {
    let best: RouteEntry | undefined;
    for (const entry of this.#entries) {
      if (best !== undefined && (entry.prefixLength < best.prefixLength || entry.metric > best.metric)) break;
      if ((destination & prefixMask(entry.prefixLength)) !== entry.destination.word3) continue;
      if (!entry.interface.up || (through !== undefined && entry.interface !== through)) continue;
      if (source === 0 || entry.interface.hasAddress(source)) return entry;
      best ??= entry;
    }
    return best;
  }
}

/**
 * The address that `through` sends with to `nextHop` (RFC 1122 §3.3.4.3 (b), (c)): one on the next hop's
 * prefix, the longest such; else its first one in use. Undefined if it has none.
 */
export function sourceAddress(through: LinkInterface, nextHop: number): IpAddress | undefined {
  let best: IpAddress | undefined;
  let bestLength = -1;
  for (const { address, prefixLength, state } of through.addresses) {
    if (state !== "preferred") continue;
    const mask = prefixMask(prefixLength);
    const length = (address.word3 & mask) === (nextHop & mask) ? prefixLength : -1;
    if (best === undefined || length > bestLength) {
      best = address;
      bestLength = length;
    }
  }
  return best;
}

function same(a: RouteEntry, b: RouteEntry): boolean {
  if (a.prefixLength !== b.prefixLength || !a.destination.equals(b.destination)) return false;
  if (a.interface !== b.interface || a.metric !== b.metric) return false;
  return a.gateway === undefined ? b.gateway === undefined : b.gateway?.equals(a.gateway) === true;
}
