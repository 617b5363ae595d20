/**
 * A table of bounded size that forgets what was not asked for lately, in constant time: two generations, of which the
 * older is dropped when the younger is full. The order of a `Map` would do as well, but for its price: the way to its
 * oldest entry leads past all that were deleted before.
 */

/** Values by a number. What is asked for stays; the last `generation` values that were stay for certain. */
export class RecentMap<T> {
  #young: Map<number, T> = new Map();
  #old: Map<number, T> = new Map();
  readonly #generation: number;

  /** @param generation - values in one of the two generations: there are never more than twice as many */
  constructor(generation: number) {
    this.#generation = generation;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: number): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: number, value: T): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
