/**
 * The checksum fields of headers: fills them in (RFC 1071), and mends them where a part of what they cover has changed
 * (RFC 1624).
 */
import { addSums, finishSum, sumOctets } from "../base/checksum.ts";
import type { Packet } from "../base/packet.ts";

/**
 * Fills the field at `at` with the checksum of `[from, to)`, in which the field itself lies.
 *
 * @param seed - folded sum of a pseudo-header; 0: there is none
 * @param zero - what a checksum of 0 is written as: 0xffff where 0 means that there is none (RFC 768)
 */
export function fillChecksum(
  packet: Packet,
  at: number,
  from: number,
  to: number,
  seed: number,
  zero: 0 | 0xffff,
): void {
  packet.view.setUint16(at, 0);
  const checksum = finishSum(addSums(seed, sumOctets(packet, from, to)));
  packet.view.setUint16(at, checksum === 0 ? zero : checksum);
}

/** Fills the field at `at`, in which the folded sum of the pseudo-header stands, with the checksum of `[from, to)`. */
export function completeSum(packet: Packet, at: number, from: number, to: number, zero: 0 | 0xffff): void {
  const checksum = finishSum(sumOctets(packet, from, to));
  packet.view.setUint16(at, checksum === 0 ? zero : checksum);
}

/** The field at `at` as it stands. */
export function readChecksum(view: DataView, at: number): number {
  return view.getUint16(at);
}

/** Writes the field at `at` as it is given. */
export function writeChecksum(view: DataView, at: number, checksum: number): void {
  view.setUint16(at, checksum);
}

/** How much a sum grows when a word of 16 bits changes. */
export function changeOfWord(from: number, to: number): number {
  return addSums(~from & 0xffff, to);
}

/** How much a sum grows when 32 bits change. */
export function changeOfWords(from: number, to: number): number {
  const out = addSums(~(from >>> 16) & 0xffff, ~from & 0xffff);
  return addSums(out, addSums(to >>> 16, to & 0xffff));
}

/** RFC 1624 (eqn. 3), HC' = ~(~HC + ~m + m'): mends the checksum at `at`, whose octets' sum has grown by `change`. */
export function mendChecksum(view: DataView, at: number, change: number): void {
  view.setUint16(at, ~addSums(~view.getUint16(at) & 0xffff, change) & 0xffff);
}

/**
 * Mends a sum that is not complemented, as `mendChecksum` does: of a pseudo-header, in the field of a packet whose
 * checksum is left to the link.
 */
export function mendSum(view: DataView, at: number, change: number): void {
  view.setUint16(at, addSums(view.getUint16(at), change));
}
