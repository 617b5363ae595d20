/**
 * IP addresses of either family, immutable, in four signed 32-bit words; IPv4 is stored as ::ffff:a.b.c.d
 * (RFC 4291 §2.5.5.2). One class and one shape for both, so code that handles addresses is monomorphic.
 */
import { formatIpv6, readDotted, readIpv6Text } from "./ipv6-text.ts";

const MAPPED = 0xffff;

/** An IP address of either family. Immutable. */
export class IpAddress {
  /** Bits 0 to 31 of the 128, as a signed integer. */
  readonly word0: number;
  /** Bits 32 to 63. */
  readonly word1: number;
  /** Bits 64 to 95. */
  readonly word2: number;
  /** Bits 96 to 127: of an IPv4 address, all of it, in host order. */
  readonly word3: number;
  /** The version of IP that it belongs to. */
  readonly family: 4 | 6;

  constructor(word0: number, word1: number, word2: number, word3: number) {
    this.word0 = word0 | 0;
    this.word1 = word1 | 0;
    this.word2 = word2 | 0;
    this.word3 = word3 | 0;
    this.family = this.word2 === MAPPED && this.word0 === 0 && this.word1 === 0 ? 4 : 6;
  }

  /** The wildcard address, 0.0.0.0 or ::, bound to every address, or not yet known. */
  get isAny(): boolean {
    return (
      this.word3 === 0 && (this.word2 === MAPPED || this.word2 === 0) && this.word1 === 0 && this.word0 === 0
    );
  }

  /** Never on a wire: 127.0.0.0/8 (RFC 1122 §3.2.1.3 (g)), ::1 (RFC 4291 §2.5.3). */
  get isLoopback(): boolean {
    if (this.family === 4) return this.word3 >>> 24 === 127;
    return this.word3 === 1 && this.word2 === 0 && this.word1 === 0 && this.word0 === 0;
  }

  /** A group address: 224.0.0.0/4 (RFC 1112 §4), ff00::/8 (RFC 4291 §2.7). */
  get isMulticast(): boolean {
    return this.family === 4 ? this.word3 >>> 28 === 14 : this.word0 >>> 24 === 0xff;
  }

  /** Whether both are the same address. */
  equals(other: IpAddress): boolean {
    return (
      this.word3 === other.word3 &&
      this.word2 === other.word2 &&
      this.word1 === other.word1 &&
      this.word0 === other.word0
    );
  }

  /** Valid on one link only: 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 §2.5.6). */
  get isLinkLocal(): boolean {
    return this.family === 4 ? this.word3 >>> 16 === 0xa9fe : this.word0 >>> 22 === 0x3fa;
  }

  /** A few bits of all of it, for spreading: nothing that an attacker could not choose. */
  get hash(): number {
    return this.word3 ^ Math.imul(this.word2 ^ Math.imul(this.word1 ^ this.word0, 0x85ebca6b), 0x9e3779b1);
  }

  /** Writes all 128 bits, in network order. */
  write(view: DataView, at: number): void {
    view.setInt32(at, this.word0);
    view.setInt32(at + 4, this.word1);
    view.setInt32(at + 8, this.word2);
    view.setInt32(at + 12, this.word3);
  }

  /** As people write it: `10.0.0.1`, `fd77::2` (RFC 5952). */
  toString(): string {
    if (this.family === 4) return formatIpv4(this.word3);
    return formatIpv6(this.word0, this.word1, this.word2, this.word3);
  }
}

/** The IPv4 address whose 32 bits are `word`, in host order: 0x7f000001 is 127.0.0.1. */
export function ipv4(word: number): IpAddress {
  return new IpAddress(0, 0, MAPPED, word);
}

/** 0.0.0.0 */
export const IPV4_ANY: IpAddress = ipv4(0);
/** The wildcard address, for code that knows no family: where it is bound to, the wildcard that it had (see `IPV6_ONLY`). */
export const ANY_ADDRESS: IpAddress = ipv4(0);
/** 255.255.255.255, the limited broadcast (RFC 919). */
export const IPV4_BROADCAST: IpAddress = ipv4(-1);
/** 127.0.0.1 */
export const IPV4_LOOPBACK: IpAddress = ipv4(0x7f00_0001);

/** ::, which as the address of a socket takes IPv4, too (RFC 3493 §3.7). */
export const IPV6_ANY: IpAddress = new IpAddress(0, 0, 0, 0);
/** :: of a socket that takes no IPv4 (IPV6_V6ONLY, RFC 3493 §5.3): equal to `IPV6_ANY`, but another object. */
export const IPV6_ONLY: IpAddress = new IpAddress(0, 0, 0, 0);
/** ::1 */
export const IPV6_LOOPBACK: IpAddress = new IpAddress(0, 0, 0, 1);

/** The wildcard of the family of `other`. */
export function anyLike(other: IpAddress): IpAddress {
  return other.family === 4 ? IPV4_ANY : IPV6_ANY;
}

/** The 32 bits of an IPv4 address, in host order, as four decimal octets. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** Four decimal octets with dots between, as `inet_pton` takes them; undefined when `text` is none. */
export function parseIpv4(text: string): IpAddress | undefined {
  const word = readDotted(text);
  return word === undefined ? undefined : ipv4(word);
}

/**
 * An IPv6 address as `inet_pton` takes it (RFC 4291 §2.2); undefined when `text` is none. A mapped one, `::ffff:` and
 * four decimal octets, is the IPv4 address in it.
 */
export function parseIpv6(text: string): IpAddress | undefined {
  const words = readIpv6Text(text);
  return words === undefined ? undefined : new IpAddress(...words);
}

/** An address of either family; undefined when `text` is none. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** What every cache begins with: 8 KB are a third of a stack that has heard nothing yet. Never changed. */
const EMPTY_CACHE: readonly IpAddress[] = new Array<IpAddress>(1024).fill(IPV4_ANY);

/**
 * Address objects for the words of arriving packets, without one allocation per packet: a small
 * direct-mapped cache. What it returns is an ordinary immutable address that may be kept.
 */
export class AddressCache {
  #slots: readonly IpAddress[] = EMPTY_CACHE;

  ipv4(word: number): IpAddress {
    const slot = (Math.imul(word, 0x9e3779b1) >>> 22) & 1023;
    const cached = this.#slots[slot] as IpAddress;
    if (cached.word3 === (word | 0) && cached.word2 === MAPPED) return cached;
    return this.#keep(slot, ipv4(word));
  }

  /** The address whose 128 bits stand at `at`. */
  read(view: DataView, at: number): IpAddress {
    const word0 = view.getInt32(at);
    const word1 = view.getInt32(at + 4);
    const word2 = view.getInt32(at + 8);
    const word3 = view.getInt32(at + 12);
    const mixed = word3 ^ Math.imul(word2 ^ Math.imul(word1 ^ word0, 0x85ebca6b), 0xc2b2ae35);
    const slot = (Math.imul(mixed, 0x9e3779b1) >>> 22) & 1023;
    const cached = this.#slots[slot] as IpAddress;
    if (
      cached.word3 === word3 &&
      cached.word2 === word2 &&
      cached.word1 === word1 &&
      cached.word0 === word0
    ) {
      return cached;
    }
    return this.#keep(slot, new IpAddress(word0, word1, word2, word3));
  }

  #keep(slot: number, made: IpAddress): IpAddress {
    if (this.#slots === EMPTY_CACHE) this.#slots = EMPTY_CACHE.slice();
    (this.#slots as IpAddress[])[slot] = made;
    return made;
  }
}

/** This host's own address of the family of `any`, a wildcard address: what connecting to that means. */
export function loopbackFor(any: IpAddress): IpAddress {
  return any.family === 4 ? IPV4_LOOPBACK : IPV6_LOOPBACK;
}
