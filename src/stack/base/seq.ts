/**
 * Sequence numbers: 32 bits, and they wrap (RFC 9293 §3.4). They are kept as *signed* integers because V8
 * stores those unboxed in objects; only `formatSeq` shows the unsigned number that is on the wire.
 *
 * Two sequence numbers are never compared with `<`: which of them comes first depends on which way round
 * the circle is shorter, and that is the sign of their 32-bit difference.
 */
export type SeqNum = number & { readonly unit: "sequence number" };

/** The sequence number with these 32 bits. */
export function seqNum(n: number): SeqNum {
  return (n | 0) as SeqNum;
}

/** `a` and `octets` more, around 2^32. */
export function seqAdd(a: SeqNum, octets: number): SeqNum {
  return ((a + octets) | 0) as SeqNum;
}

/** Octets from `from` forward to `to`; negative when `to` comes first. */
export function seqDistance(from: SeqNum, to: SeqNum): number {
  return (to - from) | 0;
}

/** Whether `a` comes before `b`. */
export function seqBefore(a: SeqNum, b: SeqNum): boolean {
  return ((a - b) | 0) < 0;
}

/** Whether `a` is one of the `size` sequence numbers that start at `first`. */
export function seqWithin(a: SeqNum, first: SeqNum, size: number): boolean {
  return (a - first) >>> 0 < size;
}

/** The later of the two. */
export function seqMax(a: SeqNum, b: SeqNum): SeqNum {
  return ((a - b) | 0) < 0 ? b : a;
}

/** The earlier of the two. */
export function seqMin(a: SeqNum, b: SeqNum): SeqNum {
  return ((a - b) | 0) < 0 ? a : b;
}

/** As people and tcpdump write it: without sign. */
export function formatSeq(a: SeqNum): string {
  return String(a >>> 0);
}
