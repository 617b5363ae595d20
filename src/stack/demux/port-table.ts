/**
 * Which local ports of one transport are taken, and by whom; and the choice of ephemeral ones, which an
 * outsider must not be able to guess (RFC 6056).
 *
 * A port may have very many holders: sockets bound to an address each, or sockets of one address that all reuse it. So
 * they are kept by address, and counted by the rights that they have: whether there is a conflict does not depend on how
 * many they are.
 *
 * Transports know no families of addresses, but a wildcard address may stand for one family or for both (RFC 3493
 * §3.7, §5.3): the table keeps who holds a port in each family, and an address that is asked for tells which is meant.
 */
import { AddressMap } from "../base/address-map.ts";
import { ANY_ADDRESS, IPV6_ONLY, type IpAddress } from "../base/ip-address.ts";
import { below, type Random } from "../base/random.ts";
import type { Failure } from "../contract/failures.ts";
import type { SocketAddress } from "../contract/socket-address.ts";
import { EPHEMERAL_PORTS, FIRST_EPHEMERAL, firstInNeither, PortSet } from "./port-set.ts";

/** What somebody who wants a port, or has one, grants to others. */
export interface PortRights {
  /** May share an address and port with others that say the same (UDP), or with connections that are left over (TCP). */
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  /** Excludes others even with `reuseAddress`: a TCP listener. */
  readonly exclusive: boolean;
}

/** Somebody who holds a port. After a change of any of this, `PortTable.changed` is to be called. */
export interface PortHolder extends PortRights {
  readonly local: SocketAddress | undefined;
}

/** Ports that are looked at one by one, before it pays to look at sets. */
const FEW = 64;

const REUSE_ADDRESS = 1;
const REUSE_PORT = 2;
const EXCLUSIVE = 4;
/** Sets of those rights. */
const KINDS = 8;

/** What else makes a port unfit to be chosen, besides its holders. */
export interface PortUse {
  isUsed(port: number): boolean;
  /** All ports that are, if that is known; undefined if it would have to be found out. */
  known(): PortSet | undefined;
  /** All ports that are. */
  all(): PortSet;
}

/** Families that a holder takes. */
export type Families = readonly (4 | 6)[];

const IPV4: Families = [4];
const IPV6: Families = [6];
const BOTH: Families = [4, 6];

/** The families that `address` stands for, where somebody is bound to it. */
function familiesOf(address: IpAddress): Families {
  if (address.family === 4) return IPV4;
  return address.isAny && address !== IPV6_ONLY ? BOTH : IPV6;
}

/** Whether `bound` is `address`, or a wildcard that it is among. */
export function standsFor(bound: IpAddress, address: IpAddress): boolean {
  return bound.isAny ? familiesOf(bound).includes(address.family) : bound.equals(address);
}

/** Where a holder was entered: its own `local` may have changed since. */
interface Place {
  readonly address: IpAddress;
  readonly port: number;
  readonly families: Families;
}

/** Who has which port. */
export class PortTable<T extends PortHolder> {
  readonly #ports: Map<number, HeldPort<T>> = new Map();
  readonly #places: Map<T, Place> = new Map();
  /** The families of the wildcard that a holder has been bound to, where it was not IPv4's: it may come back to it. */
  readonly #wildcards: WeakMap<T, Families> = new WeakMap();
  /** The ephemeral ones that are held; undefined until it pays to know them. */
  #held: PortSet | undefined;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether anybody holds `port`, in the family of `address` if that is given. */
  isHeld(port: number, address?: IpAddress): boolean {
    const held = this.#ports.get(port);
    return held !== undefined && (address === undefined || held.inFamily(address.family).size > 0);
  }

  /** Those who hold `port` at exactly this address, in the order in which they came. */
  holdersAt(port: number, address: IpAddress): Iterable<T> {
    return this.#ports.get(port)?.specific.get(address)?.members.keys() ?? NOBODY;
  }

  /** Those who hold `port` at a wildcard that includes this address, in the order in which they came. */
  holdersAround(port: number, address: IpAddress): Iterable<T> {
    return this.#ports.get(port)?.inFamily(address.family).wildcard.members.keys() ?? NOBODY;
  }

  /** The families in which a holder has its port. */
  familiesOf(holder: T): Families {
    return this.#places.get(holder)?.families ?? [];
  }

  /** Why `at` cannot be had by one with these rights; undefined if it can. */
  conflict(at: SocketAddress, wants: PortRights): Failure | undefined {
    const kind = kindOf(wants);
    return this.#overlaps(at, (has) => excludes(has, kind)) ? "address-in-use" : undefined;
  }

  /** Whether somebody exclusive holds `at`, or a part of it, and does not share it with one who has SO_REUSEPORT. */
  isTaken(at: SocketAddress, reusePort: boolean): boolean {
    return this.#overlaps(at, (has) => (has & EXCLUSIVE) !== 0 && !(reusePort && (has & REUSE_PORT) !== 0));
  }

  /** Enters a holder under `holder.local`, which must be set and free of conflict. */
  add(holder: T): void {
    const { address, port } = holder.local as SocketAddress;
    const comesBack = address === ANY_ADDRESS;
    const families = (comesBack ? this.#wildcards.get(holder) : undefined) ?? familiesOf(address);
    if (address.isAny && families !== IPV4) this.#wildcards.set(holder, families);
    let held = this.#ports.get(port);
    if (held === undefined) {
      held = new HeldPort();
      this.#ports.set(port, held);
      this.#held?.add(port);
    }
    const place = { address, port, families };
    this.#places.set(holder, place);
    held.add(holder, place);
  }

  /** Nothing happens if it holds no port. */
  remove(holder: T): void {
    const place = this.#places.get(holder);
    if (place === undefined) return;
    this.#places.delete(holder);
    const held = this.#ports.get(place.port);
    held?.remove(holder, place);
    if (held?.isEmpty !== true) return;
    this.#ports.delete(place.port);
    this.#held?.delete(place.port);
  }

  /** What a holder grants has changed, or the address at which it holds its port. Nothing happens if it holds none. */
  changed(holder: T): void {
    const place = this.#places.get(holder);
    if (place === undefined) return;
    // Wildcards are equal whose families differ.
    const address = holder.local?.address;
    if (address === place.address || (address?.isAny === false && address.equals(place.address))) {
      this.#ports.get(place.port)?.count(holder, place);
      return;
    }
    this.remove(holder);
    this.add(holder);
  }

  /**
   * An ephemeral port that nobody holds and that is not in use otherwise; 0 if there is none. RFC 6056 §3.3.2: each
   * choice starts at a random place, and goes on from there.
   */
  ephemeral(use: PortUse): number {
    const start = below(this.#random, EPHEMERAL_PORTS);
    const known = use.known();
    if (known === undefined) {
      for (let i = 0; i < FEW; i++) {
        const port = FIRST_EPHEMERAL + ((start + i) % EPHEMERAL_PORTS);
        if (!this.#ports.has(port) && !use.isUsed(port)) return port;
      }
    }
    return firstInNeither(FIRST_EPHEMERAL + start, this.#allHeld(), known ?? use.all());
  }

  #allHeld(): PortSet {
    if (this.#held === undefined) {
      this.#held = new PortSet();
      for (const port of this.#ports.keys()) this.#held.add(port);
    }
    return this.#held;
  }

  /** Whether one of the kinds that `matters` is among the holders of `at`: of its address, and of what includes it. */
  #overlaps({ address, port }: SocketAddress, matters: (kind: number) => boolean): boolean {
    const held = this.#ports.get(port);
    if (held === undefined) return false;
    for (const family of familiesOf(address)) {
      const { wildcard, kinds } = held.inFamily(family);
      if (hasKind(address.isAny ? kinds : wildcard.kinds, matters)) return true;
    }
    const exact = held.specific.get(address);
    return exact !== undefined && hasKind(exact.kinds, matters);
  }
}

/** Those who hold one port. */
class HeldPort<T extends PortHolder> {
  readonly specific: AddressMap<Group<T>> = new AddressMap();
  readonly #ipv4: InFamily<T> = new InFamily();
  readonly #ipv6: InFamily<T> = new InFamily();

  inFamily(family: 4 | 6): InFamily<T> {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }

  get isEmpty(): boolean {
    return this.#ipv4.size === 0 && this.#ipv6.size === 0;
  }

  add(holder: T, { address, families }: Place): void {
    const kind = kindOf(holder);
    for (const family of families) {
      const all = this.inFamily(family);
      all.size++;
      const group = address.isAny ? all.wildcard : this.#groupAt(address);
      group.members.set(holder, kind);
      change(group, all, kind, 1);
    }
  }

  remove(holder: T, { address, families }: Place): void {
    for (const family of families) {
      const all = this.inFamily(family);
      const group = address.isAny ? all.wildcard : this.#groupAt(address);
      const kind = group.members.get(holder);
      if (kind === undefined) continue;
      all.size--;
      group.members.delete(holder);
      change(group, all, kind, -1);
      if (group !== all.wildcard && group.members.size === 0) this.specific.delete(address);
    }
  }

  /** Counts a holder by what it is now. */
  count(holder: T, { address, families }: Place): void {
    const kind = kindOf(holder);
    for (const family of families) {
      const all = this.inFamily(family);
      const group = address.isAny ? all.wildcard : this.#groupAt(address);
      change(group, all, group.members.get(holder) ?? kind, -1);
      change(group, all, kind, 1);
      group.members.set(holder, kind);
    }
  }

  #groupAt(address: IpAddress): Group<T> {
    let group = this.specific.get(address);
    if (group === undefined) {
      group = new Group();
      this.specific.set(address, group);
    }
    return group;
  }
}

/** Of one port, those who hold it in one family. */
class InFamily<T> {
  size = 0;
  readonly wildcard: Group<T> = new Group();
  /** How many there are of each kind, at any address. */
  readonly kinds: number[] = new Array<number>(KINDS).fill(0);
}

/** Those who hold one port at one address. */
class Group<T> {
  /** In the order in which they came, each with the kind that it was counted as. */
  readonly members: Map<T, number> = new Map();
  readonly kinds: number[] = new Array<number>(KINDS).fill(0);
}

function change<T>(group: Group<T>, all: InFamily<T>, kind: number, by: number): void {
  group.kinds[kind] = (group.kinds[kind] as number) + by;
  all.kinds[kind] = (all.kinds[kind] as number) + by;
}

function kindOf({ reuseAddress, reusePort, exclusive }: PortRights): number {
  return (reuseAddress ? REUSE_ADDRESS : 0) | (reusePort ? REUSE_PORT : 0) | (exclusive ? EXCLUSIVE : 0);
}

/** Whether one of kind `wants` may not join one of kind `has`. */
function excludes(has: number, wants: number): boolean {
  if ((has & wants & REUSE_PORT) !== 0) return false;
  return (has & wants & REUSE_ADDRESS) === 0 || ((has | wants) & EXCLUSIVE) !== 0;
}

function hasKind(kinds: readonly number[], matters: (kind: number) => boolean): boolean {
  for (let kind = 0; kind < KINDS; kind++) if ((kinds[kind] as number) > 0 && matters(kind)) return true;
  return false;
}

const NOBODY: readonly never[] = [];
