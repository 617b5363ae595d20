/**
 * Which local ports of one transport are taken, and by whom; and the choice of ephemeral ones, which an
 * outsider must not be able to guess (RFC 6056).
 */
import type { IpAddress } from "../base/ip-address.ts";
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

/** Who has which port. */
export class PortTable<T extends PortHolder> {
  readonly #holders: Map<number, T[]> = new Map();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Everybody who holds `port`. Lent. */
  holders(port: number): readonly T[] {
    return this.#holders.get(port) ?? NOBODY;
  }

  /** Why `at` cannot be had by one with these rights; undefined if it can. */
  conflict(at: SocketAddress, wants: Omit<PortHolder, "local">): Failure | undefined {
    for (const holder of this.holders(at.port)) {
      const has = holder.local?.address as IpAddress;
      if (!(has.isAny || at.address.isAny || has.equals(at.address))) continue;
      if (wants.reusePort && holder.reusePort) continue;
      if (wants.reuseAddress && holder.reuseAddress && !wants.exclusive && !holder.exclusive) continue;
      return "address-in-use";
    }
    return undefined;
  }

  /** Enters a holder under `holder.local`, which must be set and free of conflict. */
  add(holder: T): void {
    const port = holder.local?.port as number;
    const holders = this.#holders.get(port);
    if (holders === undefined) this.#holders.set(port, [holder]);
    else holders.push(holder);
  }

  remove(holder: T): void {
    const port = holder.local?.port as number;
    const holders = this.#holders.get(port);
    const index = holders?.indexOf(holder) ?? -1;
    if (holders === undefined || index < 0) return;
    holders.splice(index, 1);
    if (holders.length === 0) this.#holders.delete(port);
  }

  /**
   * An ephemeral port for which `isFree` says yes; 0 if there is none. RFC 6056 §3.3.2: each choice starts
   * at a random place, and goes on from there.
   */
  ephemeral(isFree: (port: number) => boolean): number {
    const start = below(this.#random, EPHEMERAL_PORTS);
    for (let i = 0; i < EPHEMERAL_PORTS; i++) {
      const port = FIRST_EPHEMERAL + ((start + i) % EPHEMERAL_PORTS);
      if (isFree(port)) return port;
    }
    return 0;
  }
}

const NOBODY: readonly never[] = [];
