/**
 * The buffer of one direction of a stream: octets in order, in a ring that grows on use and is given back
 * when it is empty, so an idle connection holds no buffer at all.
 *
 * Positions are counted from the first octet that is held. Beyond the `length` octets that count, a receiver
 * may already store octets that came too early (`writeAt`), at the place where they belong; `commit` makes
 * them count once the gap is filled.
 */

const SMALLEST_BITS = 12;
const LARGEST_BITS = 30;

/** Octets of free stores that are kept for the next ring, of each size. */
const KEPT_PER_SIZE = 4 * 1024 * 1024;

/** Stores for rings: powers of two from 4 KiB up, used again and again. One pool serves a whole stack. */
export class RingPool {
  readonly #free: Uint8Array<ArrayBuffer>[][] = [];
  #outstanding = 0;

  constructor() {
    for (let bits = 0; bits <= LARGEST_BITS; bits++) this.#free.push([]);
  }

  /** Stores in use: 0 when no connection holds an octet. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** A store of at least `octets`. Its contents are undefined. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    const bits = Math.max(SMALLEST_BITS, 32 - Math.clz32(octets - 1));
    this.#outstanding++;
    return this.#free[bits]?.pop() ?? new Uint8Array(2 ** bits);
  }

  release(store: Uint8Array<ArrayBuffer>): void {
    this.#outstanding--;
    const free = this.#free[31 - Math.clz32(store.length)];
    if (free !== undefined && free.length * store.length < KEPT_PER_SIZE) free.push(store);
  }
}

const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** Octets in order, in one store that is used round and round. */
export class ByteRing {
  /** Octets that count. */
  length = 0;
  /** Where in the store the first of them is. */
  #head = 0;
  #store: Uint8Array<ArrayBuffer> = NOTHING;
  readonly #pool: RingPool;

  constructor(pool: RingPool) {
    this.#pool = pool;
  }

  /** Octets that are allocated at present. */
  get capacity(): number {
    return this.#store.length;
  }

  /** Stores `from[start..end)` at position `at`, which may be beyond `length`; `length` stays as it is. */
  writeAt(at: number, from: Uint8Array, start: number, end: number): void {
    const octets = end - start;
    if (at + octets > this.#store.length) this.#grow(at + octets);
    const store = this.#store;
    const place = (this.#head + at) & (store.length - 1);
    const room = store.length - place;
    if (octets <= room) copy(store, place, from, start, end);
    else {
      copy(store, place, from, start, start + room);
      copy(store, 0, from, start + room, end);
    }
  }

  /** Makes `octets` more count, which `writeAt` has stored. */
  commit(octets: number): void {
    this.length += octets;
  }

  /** Adds `from[start..end)` at the end. */
  append(from: Uint8Array, start: number, end: number): void {
    this.writeAt(this.length, from, start, end);
    this.length += end - start;
  }

  /** Puts `from[start..end)` in front of all that is held. Rare: everything is copied into a new store. */
  prepend(from: Uint8Array, start: number, end: number): void {
    const octets = end - start;
    const store = this.#store;
    const grown = this.#pool.take(octets + store.length);
    copy(grown, 0, from, start, end);
    copy(grown, octets, store, this.#head, store.length);
    copy(grown, octets + store.length - this.#head, store, 0, this.#head);
    if (store.length > 0) this.#pool.release(store);
    this.#store = grown;
    this.#head = 0;
    this.length += octets;
  }

  /** Copies `octets` from position `at` to `into[start..)`. They must be there. */
  copyOut(at: number, octets: number, into: Uint8Array, start: number): void {
    const store = this.#store;
    const place = (this.#head + at) & (store.length - 1);
    const room = store.length - place;
    if (octets <= room) copy(into, start, store, place, place + octets);
    else {
      copy(into, start, store, place, store.length);
      copy(into, start + room, store, 0, octets - room);
    }
  }

  /** The octet at position `at`, which must be there. */
  octetAt(at: number): number {
    return this.#store[(this.#head + at) & (this.#store.length - 1)] as number;
  }

  /** Forgets the first `octets`. What was stored early keeps its place in the stream. */
  consume(octets: number): void {
    this.length -= octets;
    this.#head = (this.#head + octets) & (this.#store.length - 1);
  }

  /** Gives the store back if nothing counts; the caller knows that nothing is stored early either. */
  trim(): void {
    if (this.length > 0 || this.#store.length === 0) return;
    this.#pool.release(this.#store);
    this.#store = NOTHING;
    this.#head = 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.length = 0;
    this.trim();
  }

  #grow(octets: number): void {
    const old = this.#store;
    const grown = this.#pool.take(octets);
    // All of the old store goes along, since octets that came early lie behind `length`.
    const tail = old.length - this.#head;
    copy(grown, 0, old, this.#head, old.length);
    copy(grown, tail, old, 0, this.#head);
    if (old.length > 0) this.#pool.release(old);
    this.#store = grown;
    this.#head = 0;
  }
}

/** Below this a loop is faster than `set` with a `subarray`, which costs some 50 ns by itself. */
const FEW = 48;

function copy(into: Uint8Array, at: number, from: Uint8Array, start: number, end: number): void {
  if (end - start > FEW) {
    into.set(end - start === from.length ? from : from.subarray(start, end), at);
    return;
  }
  for (let i = start, to = at; i < end; i++, to++) into[to] = from[i] as number;
}
