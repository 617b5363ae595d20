/**
 * What is remembered per destination, whatever the route: the path MTU (RFC 1191, RFC 8201) and the next IP
 * identification (RFC 6864, RFC 7739).
 */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Random } from "../base/random.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../base/time.ts";

/**
 * No path MTU below this is believed: an attacker could otherwise have us send datagrams of a few octets
 * each. Linux's `min_pmtu`; below it, datagrams are sent without DF and the routers may fragment.
 */
export const MIN_PATH_MTU = 552;

/** RFC 1191 §6.3: ten minutes after a decrease, the larger MTU may be tried again. */
const EXPIRY: Duration = seconds(600);

/** Destinations of one generation: as many in two as there are routes. */
const GENERATION = 65_536;

/** What is known of the path to one destination. */
export class Destination {
  /** Octets of the largest IP datagram that the path is known to take; 0 while nothing is known. */
  mtu = 0;
  /** A router reported less than the floor: DF would lose what is sent. */
  mayFragment = false;
  expires: Instant = NEVER;
  #identification: number;
  readonly #mask: number;

  /** @param mask - of an identification: 16 bits of IPv4, 32 of IPv6 */
  constructor(random: Random, mask: number) {
    this.#mask = mask;
    this.#identification = random.bits() & mask;
  }

  /**
   * Reserves `count` identifications, returns the first. A counter per destination that starts at random:
   * what one peer sees tells it nothing about another's, and none comes twice before 65536 datagrams
   * (RFC 6864 §4.3, RFC 7739 §5.3).
   */
  identifications(count: number): number {
    const first = this.#identification;
    this.#identification = (first + count) & this.#mask;
    return first;
  }

  /** @param floor - what is believed at least, in octets */
  reduce(mtu: number, floor: number, now: Instant): void {
    this.mayFragment = mtu < floor;
    this.mtu = Math.max(mtu, floor);
    this.expires = later(now, EXPIRY);
  }

  forget(): void {
    this.mtu = 0;
    this.mayFragment = false;
    this.expires = NEVER;
  }
}

/** The destinations that something is known of, bounded: those that nothing was sent to lately are forgotten. */
export class Destinations {
  /** Two generations: the older is dropped whole, since to look for the oldest entry of a `Map` is a long way. */
  #young: AddressMap<Destination> = new AddressMap();
  #old: AddressMap<Destination> = new AddressMap();
  readonly #random: Random;
  readonly #mask: number;

  constructor(random: Random, identificationMask: number) {
    this.#random = random;
    this.#mask = identificationMask;
  }

  of(address: IpAddress): Destination {
    const young = this.#young.get(address);
    if (young !== undefined) return young;
    const found = this.#old.get(address) ?? new Destination(this.#random, this.#mask);
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new AddressMap();
    }
    this.#young.set(address, found);
    return found;
  }
}
