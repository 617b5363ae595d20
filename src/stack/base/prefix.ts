/**
 * Prefixes of addresses of either family. A length counts bits of the family's own address: 0 to 32 of IPv4, 0 to
 * 128 of IPv6. Since an IPv4 address stands in the last of four words, its prefix is one of 96 bits more.
 */
import { IpAddress, ipv4 } from "./ip-address.ts";

const MAPPED_BITS = 96;

/** Bits of an address of that family. */
export function addressBits(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** The mask of a prefix of 0 to 32 bits, as a signed 32-bit integer. */
export function prefixMask(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length);
}

/** The first `length` bits of an address, the others 0: the network that it is in. */
export function prefixOf(address: IpAddress, length: number): IpAddress {
  if (address.family === 4) return ipv4(address.word3 & prefixMask(length));
  return new IpAddress(
    address.word0 & wordMask(length, 0),
    address.word1 & wordMask(length, 1),
    address.word2 & wordMask(length, 2),
    address.word3 & wordMask(length, 3),
  );
}

/** Whether two addresses are of one family, and their first `length` bits are the same. */
export function samePrefix(a: IpAddress, b: IpAddress, length: number): boolean {
  if (a.family !== b.family) return false;
  const bits = a.family === 4 ? length + MAPPED_BITS : length;
  return (
    ((a.word3 ^ b.word3) & wordMask(bits, 3)) === 0 &&
    ((a.word2 ^ b.word2) & wordMask(bits, 2)) === 0 &&
    ((a.word1 ^ b.word1) & wordMask(bits, 1)) === 0 &&
    ((a.word0 ^ b.word0) & wordMask(bits, 0)) === 0
  );
}

/** Of a mask of `bits` one bits out of 128, the word of that index. */
function wordMask(bits: number, index: number): number {
  const here = bits - 32 * index;
  return here >= 32 ? -1 : prefixMask(Math.max(here, 0));
}
