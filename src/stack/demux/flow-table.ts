/**
 * (local address, local port, remote address, remote port) → whatever handles that flow. A hash table with
 * integer keys and chained entries: a string key per packet would cost twenty times as much.
 */
import type { IpAddress } from "../base/ip-address.ts";

/** What an entry must have; its four key fields must not change while it is in a table. */
export interface Flow {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  /** For the table only: the key's hash, and the next entry in the same bucket. */
  flowHash: number;
  flowNext: Flow | undefined;
}

const SMALLEST = 64;

/** Whatever belongs to four numbers: two addresses and two ports. */
export class FlowTable<T extends Flow> {
  #buckets: (Flow | undefined)[] = new Array<Flow | undefined>(SMALLEST).fill(undefined);
  #size = 0;
  /** Keyed, so that nobody outside can choose flows that all fall into one bucket. */
  readonly #secret: number;

  /** @param secret - 32 random bits */
  constructor(secret: number) {
    this.#secret = secret | 0;
  }

  get size(): number {
    return this.#size;
  }

  find(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
  ): T | undefined {
    const hash = this.#hash(localAddress, localPort, remoteAddress, remotePort);
    let flow = this.#buckets[hash & (this.#buckets.length - 1)];
    while (flow !== undefined) {
      if (
        flow.flowHash === hash &&
        flow.localPort === localPort &&
        flow.remotePort === remotePort &&
        flow.remoteAddress.equals(remoteAddress) &&
        flow.localAddress.equals(localAddress)
      ) {
        return flow as T;
      }
      flow = flow.flowNext;
    }
    return undefined;
  }

  /** Adds `flow`; one with the same key must not be there. */
  add(flow: T): void {
    if (this.#size >= this.#buckets.length) this.#grow();
    flow.flowHash = this.#hash(flow.localAddress, flow.localPort, flow.remoteAddress, flow.remotePort);
    this.#insert(flow);
    this.#size++;
  }

  /** Removes exactly this entry; false if it is not there. */
  remove(flow: T): boolean {
    const slot = flow.flowHash & (this.#buckets.length - 1);
    let previous: Flow | undefined;
    for (let at = this.#buckets[slot]; at !== undefined; at = at.flowNext) {
      if (at === flow) {
        if (previous === undefined) this.#buckets[slot] = flow.flowNext;
        else previous.flowNext = flow.flowNext;
        flow.flowNext = undefined;
        this.#size--;
        return true;
      }
      previous = at;
    }
    return false;
  }

  /** Puts `next` in the place of `old`, which has the same key. */
  replace(old: T, next: T): void {
    this.remove(old);
    this.add(next);
  }

  /** Visits every entry; `visit` may remove the one that it is given. */
  forEach(visit: (flow: T) => void): void {
    for (const head of this.#buckets) {
      for (let flow = head; flow !== undefined; ) {
        const next: Flow | undefined = flow.flowNext;
        visit(flow as T);
        flow = next;
      }
    }
  }

  /** Whether `test` holds of any flow. */
  some(test: (flow: T) => boolean): boolean {
    for (const head of this.#buckets) {
      for (let flow = head; flow !== undefined; flow = flow.flowNext) if (test(flow as T)) return true;
    }
    return false;
  }

  #insert(flow: Flow): void {
    const slot = flow.flowHash & (this.#buckets.length - 1);
    flow.flowNext = this.#buckets[slot];
    this.#buckets[slot] = flow;
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = new Array<Flow | undefined>(old.length * 2).fill(undefined);
    for (const head of old) {
      for (let flow = head; flow !== undefined; ) {
        const next: Flow | undefined = flow.flowNext;
        this.#insert(flow);
        flow = next;
      }
    }
  }

  #hash(localAddress: IpAddress, localPort: number, remoteAddress: IpAddress, remotePort: number): number {
    let hash = mix(this.#secret, remoteAddress.word3 ^ localAddress.word2);
    hash = mix(hash, (remotePort << 16) | localPort);
    hash = mix(hash, localAddress.word3 ^ remoteAddress.word2);
    hash = mix(hash, remoteAddress.word0 ^ Math.imul(remoteAddress.word1, 0x9e3779b1));
    hash ^= hash >>> 16;
    return Math.imul(hash, 0x85ebca6b) ^ (hash >>> 13);
  }
}

/** One round of MurmurHash3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
