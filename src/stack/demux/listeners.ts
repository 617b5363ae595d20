/** The listeners of one TCP. A SYN goes to the listener whose address and interface fit best. */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { SocketAddress } from "../contract/socket-address.ts";
import type { Families } from "./port-table.ts";

/** A listener, as the table looks at it. What it is bound to does not change while it listens. */
export interface Listening {
  readonly local: SocketAddress;
  /** `interfaceName`: it takes only what comes by that one; "" for all. */
  readonly options: { readonly interfaceName: string };
}

/** All listeners. A port may have very many: at an address each, or at one that they share (SO_REUSEPORT). */
export class Listeners<T extends Listening> {
  /** Each with where it stands, in the order in which they came. */
  readonly #all: Map<T, readonly Group<T>[]> = new Map();
  readonly #ports: Map<number, ListeningPort<T>> = new Map();

  /** @param families - those in which it has its port */
  add(listener: T, families: Families): void {
    const { address, port } = listener.local;
    let at = this.#ports.get(port);
    if (at === undefined) {
      at = new ListeningPort();
      this.#ports.set(port, at);
    }
    const groups = address.isAny ? families.map(at.wildcard, at) : [at.at(address)];
    for (const group of groups) group.add(listener);
    this.#all.set(listener, groups);
  }

  delete(listener: T): void {
    const { address, port } = listener.local;
    for (const group of this.#all.get(listener) ?? []) {
      group.delete(listener);
      const at = this.#ports.get(port);
      if (group.size === 0 && at?.forget(address) === true) this.#ports.delete(port);
    }
    this.#all.delete(listener);
  }

  /** In the order in which they came. */
  all(): Iterable<T> {
    return this.#all.keys();
  }

  /**
   * The listener at an address that a segment came for, else at any; of several that share it one by `spread`, always
   * the same for the same number while they are the same.
   */
  find(address: IpAddress, port: number, from: { readonly name: string }, spread: number): T | undefined {
    const at = this.#ports.get(port);
    return (
      at?.specific.get(address)?.choose(from, spread) ?? at?.wildcard(address.family).choose(from, spread)
    );
  }
}

/** The listeners of one port. */
class ListeningPort<T extends Listening> {
  readonly specific: AddressMap<Group<T>> = new AddressMap();
  readonly #ipv4: Group<T> = new Group();
  readonly #ipv6: Group<T> = new Group();

  wildcard(family: 4 | 6): Group<T> {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }

  at(address: IpAddress): Group<T> {
    let group = this.specific.get(address);
    if (group === undefined) {
      group = new Group();
      this.specific.set(address, group);
    }
    return group;
  }

  /** The group of `address` is empty. True when nobody is left. */
  forget(address: IpAddress): boolean {
    if (!address.isAny) this.specific.delete(address);
    return this.specific.size === 0 && this.#ipv4.size === 0 && this.#ipv6.size === 0;
  }
}

/** Those that share an address and port. */
class Group<T extends Listening> {
  readonly #members: T[] = [];
  /** Where in `#members` each is. */
  readonly #places: Map<T, number> = new Map();

  get size(): number {
    return this.#members.length;
  }

  add(listener: T): void {
    this.#places.set(listener, this.#members.length);
    this.#members.push(listener);
  }

  /** The last takes its place. */
  delete(listener: T): void {
    const place = this.#places.get(listener);
    const last = this.#members.pop();
    if (place === undefined || last === undefined) return;
    this.#places.delete(listener);
    if (last === listener) return;
    this.#members[place] = last;
    this.#places.set(last, place);
  }

  /** One that takes what comes by this interface. */
  choose(from: { readonly name: string }, spread: number): T | undefined {
    const { length } = this.#members;
    for (let i = 0; i < length; i++) {
      const listener = this.#members[(spread + i) % length] as T;
      const tied = listener.options.interfaceName;
      if (tied === "" || tied === from.name) return listener;
    }
    return undefined;
  }
}
