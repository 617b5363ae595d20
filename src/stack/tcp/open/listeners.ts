/** The listeners of one TCP, and whose a SYN is: the one whose address and interface fit best. */
import { AddressMap } from "../../base/address-map.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Arrival } from "../../contract/transport.ts";
import type { Families } from "../../demux/port-table.ts";
import type { TcpHeader } from "../../wire/tcp.ts";
import type { TcpListener } from "./listener.ts";

/** All listeners. A port may have very many: at an address each, or at one that they share (SO_REUSEPORT). */
export class Listeners {
  /** Each with where it stands, in the order in which they came. */
  readonly #all: Map<TcpListener, readonly Group[]> = new Map();
  readonly #ports: Map<number, ListeningPort> = new Map();

  /** @param families - those in which it has its port */
  add(listener: TcpListener, families: Families): void {
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

  delete(listener: TcpListener): void {
    const { address, port } = listener.local;
    for (const group of this.#all.get(listener) ?? []) {
      group.delete(listener);
      const at = this.#ports.get(port);
      if (group.size === 0 && at?.forget(address) === true) this.#ports.delete(port);
    }
    this.#all.delete(listener);
  }

  /** In the order in which they came. */
  all(): Iterable<TcpListener> {
    return this.#all.keys();
  }

  /** The listener at the address that a segment came for, else at any; of several that share it, one by the peer. */
  find(arrival: Arrival, { destinationPort, sourcePort }: TcpHeader): TcpListener | undefined {
    const at = this.#ports.get(destinationPort);
    if (at === undefined) return undefined;
    const { destination, source, from } = arrival;
    const spread = (sourcePort ^ source.hash) >>> 0;
    return (
      at.specific.get(destination)?.choose(from.name, spread) ??
      at.wildcard(destination.family).choose(from.name, spread)
    );
  }
}

/** The listeners of one port. */
class ListeningPort {
  readonly specific: AddressMap<Group> = new AddressMap();
  readonly #ipv4: Group = new Group();
  readonly #ipv6: Group = new Group();

  wildcard(family: 4 | 6): Group {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }

  at(address: IpAddress): Group {
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
class Group {
  readonly #members: TcpListener[] = [];
  /** Where in `#members` each is. */
  readonly #places: Map<TcpListener, number> = new Map();

  get size(): number {
    return this.#members.length;
  }

  add(listener: TcpListener): void {
    this.#places.set(listener, this.#members.length);
    this.#members.push(listener);
  }

  /** The last takes its place. */
  delete(listener: TcpListener): void {
    const place = this.#places.get(listener);
    const last = this.#members.pop();
    if (place === undefined || last === undefined) return;
    this.#places.delete(listener);
    if (last === listener) return;
    this.#members[place] = last;
    this.#places.set(last, place);
  }

  /** One that takes what comes by this interface: for the same number the same, while they are the same. */
  choose(interfaceName: string, spread: number): TcpListener | undefined {
    const { length } = this.#members;
    for (let i = 0; i < length; i++) {
      const listener = this.#members[(spread + i) % length] as TcpListener;
      const tied = listener.options.interfaceName;
      if (tied === "" || tied === interfaceName) return listener;
    }
    return undefined;
  }
}
