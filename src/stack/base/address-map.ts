/**
 * Address → value, for addresses of either family, in the order in which they were set. The key of the table is
 * an integer, which for IPv4 is the address itself; the few IPv6 addresses that share one are chained.
 */
import type { IpAddress } from "./ip-address.ts";

interface Entry<T> {
  readonly address: IpAddress;
  value: T;
  next: Entry<T> | undefined;
}

/** Values by address. */
export class AddressMap<T> {
  readonly #entries: Map<number, Entry<T>> = new Map();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(address: IpAddress): T | undefined {
    return this.#find(address)?.value;
  }

  has(address: IpAddress): boolean {
    return this.#find(address) !== undefined;
  }

  /** A new address comes last in the order; one that is there keeps its place. */
  set(address: IpAddress, value: T): void {
    const known = this.#find(address);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    const key = keyOf(address);
    this.#entries.set(key, { address, value, next: this.#entries.get(key) });
    this.#size++;
  }

  /** False if it was not there. */
  delete(address: IpAddress): boolean {
    const key = keyOf(address);
    let previous: Entry<T> | undefined;
    for (let at = this.#entries.get(key); at !== undefined; at = at.next) {
      if (at.address.equals(address)) {
        if (previous !== undefined) previous.next = at.next;
        else if (at.next !== undefined) this.#entries.set(key, at.next);
        else this.#entries.delete(key);
        this.#size--;
        return true;
      }
      previous = at;
    }
    return false;
  }

  /** The value that was set first of those that are left; undefined if none is. */
  oldest(): T | undefined {
    for (const entry of this.#entries.values()) return entry.value;
    return undefined;
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }

  *values(): IterableIterator<T> {
    for (const entry of this.#entries.values()) {
      for (let at: Entry<T> | undefined = entry; at !== undefined; at = at.next) yield at.value;
    }
  }

  *keys(): IterableIterator<IpAddress> {
    for (const entry of this.#entries.values()) {
      for (let at: Entry<T> | undefined = entry; at !== undefined; at = at.next) yield at.address;
    }
  }

  #find(address: IpAddress): Entry<T> | undefined {
    let entry = this.#entries.get(keyOf(address));
    while (entry !== undefined && !entry.address.equals(address)) entry = entry.next;
    return entry;
  }
}

function keyOf(address: IpAddress): number {
  const { word0, word1, word2, word3 } = address;
  // Of IPv4 all but the last word are constant, so no two have one key.
  return word3 ^ Math.imul(word2, 0x9e3779b1) ^ Math.imul(word1, 0x85ebca6b) ^ Math.imul(word0, 0xc2b2ae35);
}
