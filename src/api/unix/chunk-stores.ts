/**
 * Memory for octets on their way between AF_UNIX sockets, which is used again. A new array of 64 KB would cost more
 * than all else of a write and its read: it is cleared, and later collected. Nobody outside ever sees these arrays.
 */

/** What is smaller costs nothing that matters. */
const LEAST_BITS = 12;
/** What is larger is rare. */
const MOST_BITS = 20;
/** Octets of free stores that are kept, of each size. */
const KEPT_PER_SIZE = 1024 * 1024;

/** Free stores by size: views of powers of two, the one that was given back last on top. */
const free: Uint8Array[][] = Array.from({ length: MOST_BITS + 1 }, () => []);

/** A copy of `from[start..end)`: to be given back when it has been read. */
export function copyOf(from: Uint8Array, start: number, end: number): Uint8Array {
  const copy = takeStore(end - start);
  copy.set(start === 0 && end === from.length ? from : from.subarray(start, end));
  return copy;
}

function takeStore(octets: number): Uint8Array {
  const bits = bitsFor(octets);
  if (bits < LEAST_BITS || bits > MOST_BITS) return new Uint8Array(octets);
  const store = free[bits]?.pop();
  // Writes often are as long as the last one: then its view will do as it is.
  if (store?.length === octets) return store;
  return new Uint8Array(store?.buffer ?? new ArrayBuffer(2 ** bits), 0, octets);
}

/** What `copyOf` gave is not needed any more, and nobody holds it. */
export function giveBack(copy: Uint8Array): void {
  const bits = bitsFor(copy.length);
  if (bits < LEAST_BITS || bits > MOST_BITS) return;
  const stores = free[bits] as Uint8Array[];
  if (stores.length * 2 ** bits < KEPT_PER_SIZE) stores.push(copy);
}

/** The power of two that `octets` fit in. */
function bitsFor(octets: number): number {
  return octets <= 1 ? 0 : 32 - Math.clz32(octets - 1);
}
