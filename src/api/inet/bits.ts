/** The bits of addresses: integers and bigints, as Guile has them, to the stack's addresses and back. */
import { formatIpv4, IpAddress, ipv4 } from "../../stack/index.ts";

/** 2^128 - 1. */
export const LARGEST_IPV6: bigint = (1n << 128n) - 1n;

const WORD = 0xffff_ffffn;

/** The address whose 128 bits these are; one of ::ffff:0:0/96 is the IPv4 address in it. */
export function ipOfBits(bits: bigint): IpAddress {
  const word = (shift: bigint): number => Number((bits >> shift) & WORD) | 0;
  return new IpAddress(word(96n), word(64n), word(32n), word(0n));
}

/** The address of an integer in host order. */
export function ipOfWord(word: number): IpAddress {
  return ipv4(word | 0);
}

/** The 128 bits of an address; of an IPv4 address those of ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). */
export function bitsOf({ word0, word1, word2, word3 }: IpAddress): bigint {
  const high = (BigInt(word0 >>> 0) << 32n) | BigInt(word1 >>> 0);
  return (high << 64n) | (BigInt(word2 >>> 0) << 32n) | BigInt(word3 >>> 0);
}

/** An IPv4 address as an integer in host order. */
export function wordOf({ word3 }: IpAddress): number {
  return word3 >>> 0;
}

/** An address as a socket of that family shows it: an IPv4 address of an AF_INET6 socket is `::ffff:1.2.3.4`. */
export function formatAddress(address: IpAddress, family: 4 | 6): string {
  if (address.family === 6) return address.toString();
  return `${family === 6 ? "::ffff:" : ""}${formatIpv4(address.word3)}`;
}
