/**
 * Where datagrams go, by source, destination, interface and mark: one look-up for the route, the choice among equal
 * ones, the reverse path and the neighbour. Direct-mapped: a pair that falls into another's place displaces it.
 */
import { Drop } from "../base/drop.ts";
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import { type Instant, NEVER } from "../base/time.ts";
import type { Way } from "../contract/forwarding.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";

/** A power of 2. Each place is some 100 octets once it was used. */
const PLACES = 8192;

/** What was found out about datagrams from here to there. */
export class ForwardPath {
  source: IpAddress = ANY_ADDRESS;
  destination: IpAddress = ANY_ADDRESS;
  from: NetworkInterface | undefined = undefined;
  mark = 0;
  /** Of the routes from which it was made. */
  generation = -1;
  /** `Drop.none`, or why nothing goes this way. */
  reason: Drop = Drop.none;
  /** More than one where routes cost the same. */
  ways: readonly Way[] = [];
  /** From when on the sender may be told again of a better gateway; `NEVER` where there is none. */
  redirectAt: Instant = NEVER;
  /** How often it was told. */
  redirects = 0;

  is(source: IpAddress, destination: IpAddress, from: NetworkInterface | undefined, mark: number): boolean {
    return (
      this.destination.equals(destination) &&
      this.source.equals(source) &&
      this.from === from &&
      this.mark === mark
    );
  }
}

/** The paths that were used last. */
export class PathCache {
  readonly #places: (ForwardPath | undefined)[] = [];
  readonly #secret: number;

  /** @param secret - random bits: nobody outside shall choose pairs that displace one another */
  constructor(secret: number) {
    this.#secret = secret | 1;
  }

  /** The place for it; `is` and `generation` tell whether it is what was asked for, and still holds. */
  place(source: IpAddress, destination: IpAddress): ForwardPath {
    const { length } = this.#places;
    if (length === 0) for (let i = 0; i < PLACES; i++) this.#places.push(undefined);
    const mixed = Math.imul(source.hash ^ Math.imul(destination.hash, 0x9e3779b1), this.#secret);
    const index = (mixed ^ (mixed >>> 15)) & (PLACES - 1);
    let found = this.#places[index];
    if (found === undefined) {
      found = new ForwardPath();
      this.#places[index] = found;
    }
    return found;
  }
}
