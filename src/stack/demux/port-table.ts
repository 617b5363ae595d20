/**
 * Which local ports of one transport are taken, and by whom; and the choice of ephemeral ones, which an
 * outsider must not be able to guess (RFC 6056).
 *
 * Transports know no families of addresses, but a wildcard address may stand for one family or for both (RFC 3493
 * §3.7, §5.3): the table keeps who holds a port in each family, and shows those of the family that is being served.
 */
import { ANY_ADDRESS, IPV6_ONLY, type IpAddress } from "../base/ip-address.ts";
import { below, type Random } from "../base/random.ts";
import type { Failure, SocketAddress } from "../contract/endpoint.ts";

/** Somebody who holds a port. */
export interface PortHolder {
  readonly local: SocketAddress | undefined;
  /** May share an address and port with others that say the same (UDP), or with connections that are left over (TCP). */
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  /** Excludes others even with `reuseAddress`: a TCP listener. */
  readonly exclusive: boolean;
}

/** RFC 6335 §6: the dynamic ports. Below them Linux's 32768 has become customary; RFC 6056 §3.2 wants many. */
const FIRST_EPHEMERAL = 32_768;
const LAST_EPHEMERAL = 60_999;
const EPHEMERAL_PORTS = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1;

/** Families that a holder takes, as bits. */
const IPV4 = 1;
const IPV6 = 2;

/** The families that `address` stands for, where somebody is bound to it. */
function familiesOf(address: IpAddress): number {
  if (address.family === 4) return IPV4;
  return address.isAny && address !== IPV6_ONLY ? IPV4 | IPV6 : IPV6;
}

/** Who has which port. */
export class PortTable<T extends PortHolder> {
  /**
   * The family whose holders `holders` shows; 0: those of both. Whoever delivers datagrams of IPv6 sets it, and sets it
   * back: IPv4, which most of what arrives is of, has nothing to do.
   */
  serving: 0 | 4 | 6 = 4;
  readonly #ipv4: Map<number, T[]> = new Map();
  readonly #ipv6: Map<number, T[]> = new Map();
  /** The families of the wildcard that a holder has been bound to, where it was not IPv4's: it may come back to it. */
  readonly #wildcards: WeakMap<T, number> = new WeakMap();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Everybody who holds `port` in the family that is served. Lent. */
  holders(port: number): readonly T[] {
    if (this.serving === 4) return this.#ipv4.get(port) ?? NOBODY;
    const ipv6 = this.#ipv6.get(port) ?? NOBODY;
    if (this.serving === 6) return ipv6;
    const ipv4 = this.#ipv4.get(port) ?? NOBODY;
    return ipv6.length === 0 ? ipv4 : [...new Set([...ipv4, ...ipv6])];
  }

  /** Why `at` cannot be had by one with these rights; undefined if it can. */
  conflict(at: SocketAddress, wants: Omit<PortHolder, "local">): Failure | undefined {
    const families = familiesOf(at.address);
    const here = ((families & IPV4) !== 0 && this.#ipv4.get(at.port)) || NOBODY;
    const there = ((families & IPV6) !== 0 && this.#ipv6.get(at.port)) || NOBODY;
    return conflictAmong(here, at, wants) ?? conflictAmong(there, at, wants);
  }

  /** Enters a holder under `holder.local`, which must be set and free of conflict. */
  add(holder: T): void {
    const { address, port } = holder.local as SocketAddress;
    const comesBack = address === ANY_ADDRESS;
    const families = (comesBack ? this.#wildcards.get(holder) : undefined) ?? familiesOf(address);
    if (address.isAny && families !== IPV4) this.#wildcards.set(holder, families);
    if ((families & IPV4) !== 0) enter(this.#ipv4, port, holder);
    if ((families & IPV6) !== 0) enter(this.#ipv6, port, holder);
  }

  remove(holder: T): void {
    const port = holder.local?.port as number;
    strike(this.#ipv4, port, holder);
    strike(this.#ipv6, port, holder);
  }

  /**
   * An ephemeral port for which `isFree` says yes; 0 if there is none. RFC 6056 §3.3.2: each choice starts
   * at a random place, and goes on from there.
   */
  ephemeral(isFree: (port: number) => boolean): number {
    const start = below(this.#random, EPHEMERAL_PORTS);
    const served = this.serving;
    this.serving = 0; // nobody's at all
    let found = 0;
    for (let i = 0; i < EPHEMERAL_PORTS && found === 0; i++) {
      const port = FIRST_EPHEMERAL + ((start + i) % EPHEMERAL_PORTS);
      if (isFree(port)) found = port;
    }
    this.serving = served;
    return found;
  }
}

/** Why `at` cannot be had beside `holders`, who have its port in one family. */
function conflictAmong(
  holders: readonly PortHolder[],
  at: SocketAddress,
  wants: Omit<PortHolder, "local">,
): Failure | undefined {
  for (const holder of holders) {
    const has = holder.local?.address as IpAddress;
    if (!(has.isAny || at.address.isAny || has.equals(at.address))) continue;
    if (wants.reusePort && holder.reusePort) continue;
    if (wants.reuseAddress && holder.reuseAddress && !wants.exclusive && !holder.exclusive) continue;
    return "address-in-use";
  }
  return undefined;
}

function enter<T>(table: Map<number, T[]>, port: number, holder: T): void {
  const holders = table.get(port);
  if (holders === undefined) table.set(port, [holder]);
  else holders.push(holder);
}

function strike<T>(table: Map<number, T[]>, port: number, holder: T): void {
  const holders = table.get(port);
  const index = holders?.indexOf(holder) ?? -1;
  if (holders === undefined || index < 0) return;
  holders.splice(index, 1);
  if (holders.length === 0) table.delete(port);
}

const NOBODY: readonly never[] = [];
