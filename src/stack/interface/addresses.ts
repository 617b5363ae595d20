/** The addresses and groups of one interface, in the form that every arriving datagram is compared with. */
import { type IpAddress, prefixMask } from "../base/ip-address.ts";
import type { InterfaceAddress } from "../contract/network-interface.ts";

/** 224.0.0.1, all hosts: everybody is a member, always (RFC 1112 §4). */
const ALL_HOSTS = 0xe000_0001 | 0;

/** An address of ours, and whether it may be used yet (RFC 5227). */
export class LocalAddress implements InterfaceAddress {
  readonly address: IpAddress;
  /** 0 to 32. */
  readonly prefixLength: number;
  /** "tentative" while it is probed; "duplicate" once somebody else was found to have it. */
  state: "tentative" | "preferred" | "duplicate" = "preferred";

  constructor(address: IpAddress, prefixLength: number) {
    this.address = address;
    this.prefixLength = prefixLength;
  }
}

export class InterfaceAddresses {
  readonly list: LocalAddress[] = [];
  readonly #loopback: boolean;
  /** The addresses in use, and the broadcast addresses of their prefixes, as words. */
  #words: readonly number[] = [];
  #broadcasts: readonly number[] = [];
  /** Group → how often it was joined. */
  readonly #groups: Map<number, number> = new Map();

  constructor(loopback: boolean) {
    this.#loopback = loopback;
  }

  /** An address of this interface that may be used; the whole prefix on loopback (RFC 1122 §3.2.1.3 (g)). */
  has(word: number): boolean {
    const words = this.#words;
    for (let i = 0; i < words.length; i++) if (words[i] === word) return true;
    return this.#loopback && word >>> 24 === 127;
  }

  /** RFC 919 §7, RFC 922 §7. A prefix of 31 or 32 bits has no broadcast address (RFC 3021 §2.2). */
  isBroadcast(word: number): boolean {
    if (word === -1) return true;
    const broadcasts = this.#broadcasts;
    for (let i = 0; i < broadcasts.length; i++) if (broadcasts[i] === word) return true;
    return false;
  }

  hasGroup(word: number): boolean {
    return word === ALL_HOSTS || this.#groups.has(word);
  }

  /** Whether `word` is on this link by one of our prefixes. */
  onLink(word: number): boolean {
    return this.list.some(({ address, prefixLength }) => {
      const mask = prefixMask(prefixLength);
      return (address.word3 & mask) === (word & mask);
    });
  }

  add(address: LocalAddress): void {
    this.list.push(address);
    this.changed();
  }

  remove(address: IpAddress): LocalAddress | undefined {
    const index = this.list.findIndex((one) => one.address.equals(address));
    const [removed] = index < 0 ? [] : this.list.splice(index, 1);
    this.changed();
    return removed;
  }

  /** The state of an address has changed. */
  changed(): void {
    const usable = this.list.filter(({ state }) => state === "preferred");
    this.#words = usable.map(({ address }) => address.word3);
    this.#broadcasts = this.#loopback
      ? []
      : usable
          .filter(({ prefixLength }) => prefixLength < 31)
          .map(({ address, prefixLength }) => address.word3 | ~prefixMask(prefixLength));
  }

  /** Joins a group; true when it is new to this interface. Every `join` needs its `leave`. */
  join(word: number): boolean {
    const times = this.#groups.get(word) ?? 0;
    this.#groups.set(word, times + 1);
    return times === 0;
  }

  /** True when nobody is left in the group. */
  leave(word: number): boolean {
    const times = this.#groups.get(word);
    if (times === undefined) return false;
    if (times > 1) this.#groups.set(word, times - 1);
    else this.#groups.delete(word);
    return times === 1;
  }

  groups(): readonly number[] {
    return [...this.#groups.keys()];
  }
}
