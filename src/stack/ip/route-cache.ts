/**
 * The routes that were asked for lately, in buckets of eight. The table keeps no order, so a new destination costs no
 * more where there were very many before. It grows with its contents, up to a bound.
 */
import type { IpAddress } from "../base/ip-address.ts";
import type { RouteWish } from "../contract/network.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";

/** A route, with what it was asked for by. */
export interface CachedRoute {
  readonly destination: IpAddress;
  readonly interface: NetworkInterface;
  /** The source that was asked for; the wildcard: any. */
  readonly askedSource: IpAddress;
  /** The index of the interface that was asked for; 0: any. */
  readonly askedThrough: number;
  /** Whatever else was asked for. */
  readonly askedWish: RouteWish;
}

/** Routes of a bucket: their hashes share a line of the processor's cache. */
const WAYS = 8;
const FEWEST = 16;
/** With what belongs to it, a route takes some 300 octets: so many are 40 MB. Who holds one goes on using it. */
const MOST = 131_072;

/** Routes by destination, source and interface. */
export class RouteCache<T extends CachedRoute> {
  #slots: (T | undefined)[] = [];
  /** Of what is in the slots: most routes of a bucket are told apart by these, without a look at them. */
  #hashes: Int32Array = new Int32Array(0);
  #size = 0;
  /** Which of a full bucket gives way next. */
  #turn = 0;

  get size(): number {
    return this.#size;
  }

  /** @param through - the index of an interface, 0 for any */
  get(destination: IpAddress, source: IpAddress, through: number, wish: RouteWish): T | undefined {
    const hash = hashOf(destination, source, through, wish);
    const hashes = this.#hashes;
    const first = hash & (hashes.length - WAYS);
    for (let at = first; at < first + WAYS; at++) {
      if (hashes[at] !== hash) continue;
      const route = this.#slots[at];
      if (route === undefined || !isFor(route, destination, source, through, wish)) continue;
      return route;
    }
    return undefined;
  }

  /** Takes the place of one that was asked for by the same. */
  set(route: T): void {
    if (this.#slots.length === 0) this.#resize(FEWEST);
    const { destination, askedSource, askedThrough, askedWish } = route;
    const hash = hashOf(destination, askedSource, askedThrough, askedWish);
    const first = hash & (this.#slots.length - WAYS);
    let at = first;
    for (; at < first + WAYS; at++) {
      const old = this.#slots[at];
      if (old === undefined) this.#size++;
      else if (this.#hashes[at] !== hash || !isFor(old, destination, askedSource, askedThrough, askedWish))
        continue;
      break;
    }
    if (at === first + WAYS) {
      if (this.#slots.length < MOST && this.#size > this.#slots.length / 2) {
        this.#resize(this.#slots.length * 2);
        this.set(route);
        return;
      }
      at = first + (this.#turn++ & (WAYS - 1)); // one gives way: it is made again, if it is asked for
    }
    this.#slots[at] = route;
    this.#hashes[at] = hash;
  }

  clear(): void {
    this.#slots = [];
    this.#hashes = new Int32Array(0);
    this.#size = 0;
  }

  #resize(slots: number): void {
    const old = this.#slots;
    this.#slots = new Array<T | undefined>(slots).fill(undefined);
    this.#hashes = new Int32Array(slots);
    this.#size = 0;
    for (const route of old) if (route !== undefined) this.set(route);
  }
}

function isFor(
  route: CachedRoute,
  destination: IpAddress,
  source: IpAddress,
  through: number,
  wish: RouteWish,
): boolean {
  return (
    route.destination.equals(destination) &&
    route.askedThrough === through &&
    route.askedSource.equals(source) &&
    route.askedWish.mark === wish.mark &&
    route.askedWish.transparent === wish.transparent
  );
}

function hashOf(destination: IpAddress, source: IpAddress, through: number, { mark }: RouteWish): number {
  const asked = Math.imul(source.hash, 0x85ebca6b) ^ through ^ Math.imul(mark, 0xc2b2ae35);
  let hash = Math.imul(destination.hash, 0x9e3779b1) ^ asked;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 16);
}
