/**
 * Whose datagram it is (RFC 768, RFC 1122 §4.1.3.6). Connected sockets are found by both ends, the others by port and
 * address: so it does not matter how many others have the port.
 */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { type Flow, FlowTable } from "./flow-table.ts";
import type { Families } from "./port-table.ts";

/** A socket that is bound, as the table looks at it. It is removed before any of this changes, and entered anew. */
export interface Receiver {
  /** What it is bound to; the wildcard takes what comes for any address. */
  readonly boundAddress: IpAddress;
  readonly local: { readonly port: number } | undefined;
  /** With whom it is connected: then it takes nothing from others. */
  readonly remote: { readonly address: IpAddress; readonly port: number } | undefined;
  /** `interfaceName`: it takes only what comes by that one; "" for all. */
  readonly options: { readonly interfaceName: string; readonly reusePort: boolean };
}

/** The ends and the interface of a datagram. */
export interface Ends {
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
  /** Where it came in; undefined: not asked for. */
  readonly interfaceName: string | undefined;
}

/** All bound sockets of one UDP. */
export class Receivers<T extends Receiver> {
  readonly #connected: FlowTable<ConnectedGroup<T>>;
  /** Groups in it whose port is 0: they take what comes from any port of their address, as on Linux. */
  #withoutPort = 0;
  readonly #open: Map<number, OpenPort<T>> = new Map();
  /** Where each was entered. */
  readonly #groups: Map<T, Group<T>[]> = new Map();

  /** @param secret - 32 random bits: nobody outside shall choose flows that fall into one place */
  constructor(secret: number) {
    this.#connected = new FlowTable(secret);
  }

  /**
   * Enters a socket that is bound: among its equals it is the last.
   *
   * @param families - those in which it has its port
   */
  add(socket: T, families: Families): void {
    const groups =
      socket.remote === undefined
        ? families.map((family) => this.#openGroup(socket, family))
        : [this.#connectedGroup(socket)];
    for (const group of groups) group.add(socket);
    this.#groups.set(socket, groups);
  }

  remove(socket: T): void {
    const groups = this.#groups.get(socket) ?? [];
    this.#groups.delete(socket);
    for (const group of groups) {
      group.remove(socket);
      if (group.members.length > 0) continue;
      if (group instanceof ConnectedGroup) this.#forget(group);
      else if (this.#open.get(group.port)?.forget(group) === true) this.#open.delete(group.port);
    }
  }

  /**
   * The socket that fits best: one that is connected with the sender, else one bound to the address, else one bound to
   * any; of those, one that is bound to the interface. Of equals the one that came last, as in BSD; with
   * SO_REUSEPORT one by `spread`, always the same for the same number.
   */
  find(ends: Ends, spread: number): T | undefined {
    const { local, localPort, remote, remotePort, interfaceName } = ends;
    if (this.#connected.size > 0) {
      const connected = this.#connected.find(local, localPort, remote, remotePort);
      const found = connected?.choose(interfaceName, spread);
      if (found !== undefined) return found;
      if (this.#withoutPort > 0) {
        const anyPort = this.#connected.find(local, localPort, remote, 0)?.choose(interfaceName, spread);
        if (anyPort !== undefined) return anyPort;
      }
    }
    const open = this.#open.get(localPort);
    return (
      open?.specific.get(local)?.choose(interfaceName, spread) ??
      open?.wildcard(local.family).choose(interfaceName, spread)
    );
  }

  #connectedGroup({ boundAddress, local, remote }: T): Group<T> {
    const localPort = local?.port ?? 0;
    const remoteAddress = remote?.address ?? boundAddress;
    const remotePort = remote?.port ?? 0;
    const known = this.#connected.find(boundAddress, localPort, remoteAddress, remotePort);
    if (known !== undefined) return known;
    const made = new ConnectedGroup<T>(boundAddress, localPort, remoteAddress, remotePort);
    this.#connected.add(made);
    if (remotePort === 0) this.#withoutPort++;
    return made;
  }

  #forget(group: ConnectedGroup<T>): void {
    this.#connected.remove(group);
    if (group.remotePort === 0) this.#withoutPort--;
  }

  #openGroup({ boundAddress, local }: T, family: 4 | 6): Group<T> {
    const port = local?.port ?? 0;
    let open = this.#open.get(port);
    if (open === undefined) {
      open = new OpenPort(port);
      this.#open.set(port, open);
    }
    return boundAddress.isAny ? open.wildcard(family) : open.at(boundAddress);
  }
}

/** Sockets that nothing tells apart but the interface that some of them are bound to. */
class Group<T extends Receiver> {
  readonly port: number;
  /** Undefined: the wildcard. */
  readonly address: IpAddress | undefined;
  readonly members: T[] = [];
  /** How many are bound to an interface. */
  #tied = 0;

  constructor(port: number, address?: IpAddress) {
    this.port = port;
    this.address = address;
  }

  add(socket: T): void {
    this.members.push(socket);
    if (isTied(socket)) this.#tied++;
  }

  remove(socket: T): void {
    this.members.splice(this.members.lastIndexOf(socket), 1);
    if (isTied(socket)) this.#tied--;
  }

  /** @param interfaceName - undefined: any will do */
  choose(interfaceName: string | undefined, spread: number): T | undefined {
    if (this.#tied === 0 || interfaceName === undefined) return pick(this.members, spread);
    const bound = this.members.filter(({ options }) => options.interfaceName === interfaceName);
    if (bound.length > 0) return pick(bound, spread);
    return pick(
      this.members.filter(({ options }) => options.interfaceName === ""),
      spread,
    );
  }
}

/** Connected sockets with the same two ends. */
class ConnectedGroup<T extends Receiver> extends Group<T> implements Flow {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  flowHash = 0;
  flowNext: Flow | undefined = undefined;

  constructor(localAddress: IpAddress, localPort: number, remoteAddress: IpAddress, remotePort: number) {
    super(localPort);
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }
}

/** The sockets of one port that are not connected. */
class OpenPort<T extends Receiver> {
  readonly specific: AddressMap<Group<T>> = new AddressMap();
  readonly #port: number;
  readonly #ipv4: Group<T>;
  readonly #ipv6: Group<T>;

  constructor(port: number) {
    this.#port = port;
    this.#ipv4 = new Group(port);
    this.#ipv6 = new Group(port);
  }

  wildcard(family: 4 | 6): Group<T> {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }

  at(address: IpAddress): Group<T> {
    let group = this.specific.get(address);
    if (group === undefined) {
      group = new Group<T>(this.#port, address);
      this.specific.set(address, group);
    }
    return group;
  }

  /** Of an empty group. True when nobody is left. */
  forget({ address }: Group<T>): boolean {
    if (address !== undefined) this.specific.delete(address);
    return this.specific.size === 0 && this.#ipv4.members.length === 0 && this.#ipv6.members.length === 0;
  }
}

function isTied({ options }: Receiver): boolean {
  return options.interfaceName !== "";
}

function pick<T extends Receiver>(members: readonly T[], spread: number): T | undefined {
  const last = members.at(-1);
  return last?.options.reusePort === true ? members[spread % members.length] : last;
}
