/**
 * The Internet checksum (RFC 1071): the one's-complement sum of 16-bit words, complemented.
 *
 * A sum travels as a *folded partial sum*: 16 bits, big-endian value, not complemented. Sums of pieces add
 * up with `addSums` in any order; `finishSum` makes the checksum field of it. A datagram whose checksum is
 * right sums to 0xffff, field included.
 */
import type { IpAddress } from "./ip-address.ts";
import type { Packet } from "./packet.ts";

/** Whether this machine stores the low octet of a word first: then a sum of its words comes out swapped. */
const LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Octets whose word sums surely fit into a 32-bit integer: 2^15 words of at most 2^16 - 1 each. */
const CHUNK_WORDS = 1 << 15;

/**
 * Sum of the octets `[from, to)` of `packet`, as a folded partial sum. The first octet is the high half of
 * a 16-bit word, whatever its address; an odd octet at the end is padded with a zero (RFC 1071 §1).
 *
 * The sum goes by 32-bit words in the machine's order, the two 16-bit halves of a word adding up apart, and
 * is swapped once at the end: one's-complement addition does not care (RFC 1071 §2 (B), (C)).
 */
export function sumOctets(packet: Packet, from: number, to: number): number {
  if (to - from < 8) return sumFew(packet.view, from, to);
  const { view } = packet;
  const firstWord = (from + 3) >> 2;
  const endWord = to >> 2;
  // The sum by address: the octet at an even address is the high half, wherever the region begins.
  let sum = sumWords(packet.words, firstWord, endWord);
  if (LITTLE_ENDIAN) sum = swapSum(sum);
  for (let at = from; at < firstWord << 2; at++) sum += octetByAddress(view, at);
  for (let at = endWord << 2; at < to; at++) sum += octetByAddress(view, at);
  sum = fold(sum);
  return (from & 1) === 0 ? sum : swapSum(sum);
}

/** The sum of two folded partial sums, folded. */
export function addSums(a: number, b: number): number {
  const sum = a + b;
  return sum > 0xffff ? sum - 0xffff : sum;
}

/**
 * A sum with its two octets exchanged: what a piece adds to a datagram in which it begins at an odd position
 * (RFC 1071 §2 (B)).
 */
export function swapSum(sum: number): number {
  return ((sum & 0xff) << 8) | (sum >>> 8);
}

/** The checksum field that `sum` gives: its complement, 16 bits. UDP sends 0 as 0xffff; that is UDP's to do. */
export function finishSum(sum: number): number {
  return ~sum & 0xffff;
}

/**
 * A checksum after one 16-bit word under it has changed from `old` to `now` (RFC 1624 eq. 3), for fields such
 * as the time to live that change after the sum was made.
 */
export function adjustChecksum(checksum: number, old: number, now: number): number {
  return finishSum(addSums(addSums(finishSum(checksum), finishSum(old)), now));
}

/**
 * Folded sum of the pseudo-header of RFC 9293 §3.1 and RFC 768 (IPv4), or RFC 8200 §8.1 (IPv6). Both families
 * go one way: the ::ffff of two mapped addresses adds 0xffff twice, which in one's complement is nothing.
 *
 * @param octets - transport header and data
 */
export function pseudoHeaderSum(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  octets: number,
): number {
  return fold(addressSum(source) + addressSum(destination) + protocol + (octets >>> 16) + (octets & 0xffff));
}

function addressSum(address: IpAddress): number {
  return halves(address.word0) + halves(address.word1) + halves(address.word2) + halves(address.word3);
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

function octetByAddress(view: DataView, at: number): number {
  return (at & 1) === 0 ? view.getUint8(at) << 8 : view.getUint8(at);
}

/** For regions of a few octets, where setting up the word loop would cost more than it saves. */
function sumFew(view: DataView, from: number, to: number): number {
  let sum = 0;
  let at = from;
  for (; at + 1 < to; at += 2) sum += view.getUint16(at);
  if (at < to) sum += view.getUint8(at) << 8;
  return fold(sum);
}

/** Folded sum of `words[first..end)` in the machine's order. */
function sumWords(words: Uint32Array, first: number, end: number): number {
  let total = 0;
  for (let at = first; at < end; at += CHUNK_WORDS) {
    total = addSums(total, sumChunk(words, at, Math.min(end, at + CHUNK_WORDS)));
  }
  return total;
}

function sumChunk(words: Uint32Array, first: number, end: number): number {
  let low = 0;
  let high = 0;
  let at = first;
  for (const last = end - 3; at < last; at += 4) {
    const a = words[at] as number;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const d = words[at + 3] as number;
    low += (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff);
    high += (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16);
  }
  for (; at < end; at++) {
    const word = words[at] as number;
    low += word & 0xffff;
    high += word >>> 16;
  }
  return addSums(fold(low), fold(high));
}

/** Any non-negative 32-bit sum with its carries added back in, 16 bits. */
function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}
