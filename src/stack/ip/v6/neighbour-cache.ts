/**
 * The neighbours of IPv6 on one link (RFC 4861 §5.1). Two tables, both bounded: what we have sent to stands in `#used`,
 * least recently used first; what has only asked for us stands in `#heard`. A flood of solicitations from invented
 * senders so displaces nobody whom we talk to (RFC 6583).
 */
import { AddressMap } from "../../base/address-map.ts";
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { MacAddress } from "../../base/mac-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { Instant } from "../../base/time.ts";
import type { TimerQueue } from "../../base/timer-queue.ts";
import type { Trace } from "../../contract/trace.ts";
import type { NeighbourEntry } from "../../interface/neighbours.ts";
import type { LinkParameters } from "./link-parameters.ts";
import { Neighbour6, type NeighbourTable } from "./neighbour.ts";

const MAX_USED = 1024;
const MAX_HEARD = 256;

/** What the table needs of Neighbour Discovery. */
export interface CacheHost {
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly trace: Trace | undefined;
  readonly link: LinkParameters;
  solicit(address: IpAddress, mac: MacAddress | undefined): void;
  frame(packet: Packet, destination: MacAddress): void;
  unresolved(packet: Packet, reason: Drop): void;
  discard(packet: Packet, reason: Drop): void;
  reachabilityChanged(neighbour: Neighbour6, reachable: boolean): void;
}

/** The neighbours on one link. */
export class NeighbourCache implements NeighbourTable {
  waiting = 0;
  readonly #host: CacheHost;
  readonly #used: AddressMap<Neighbour6> = new AddressMap();
  readonly #heard: AddressMap<Neighbour6> = new AddressMap();

  constructor(host: CacheHost) {
    this.#host = host;
  }

  get now(): Instant {
    return this.#host.now;
  }

  get timers(): TimerQueue {
    return this.#host.timers;
  }

  get trace(): Trace | undefined {
    return this.#host.trace;
  }

  get link(): LinkParameters {
    return this.#host.link;
  }

  /** The neighbour with this address, made if need be. */
  find(address: IpAddress): Neighbour6 {
    const used = this.#used.get(address);
    if (used !== undefined) return used;
    const heard = this.#heard.get(address);
    if (heard !== undefined) this.#heard.delete(address);
    const neighbour = heard ?? new Neighbour6(this, address);
    if (this.#used.size >= MAX_USED) this.#evict(this.#used);
    this.#used.set(address, neighbour);
    return neighbour;
  }

  /** The neighbour with this address; undefined if there is none. */
  known(address: IpAddress): Neighbour6 | undefined {
    return this.#used.get(address) ?? this.#heard.get(address);
  }

  /** Somebody tells of itself that `address` is at `mac`: an entry is brought up to date, or made. */
  heard(address: IpAddress, mac: MacAddress): Neighbour6 {
    let neighbour = this.known(address);
    if (neighbour === undefined) {
      if (this.#heard.size >= MAX_HEARD) this.#evict(this.#heard);
      neighbour = new Neighbour6(this, address);
      this.#heard.set(address, neighbour);
    }
    neighbour.heard(mac);
    return neighbour;
  }

  list(): NeighbourEntry[] {
    const { now } = this;
    return [...this.#used.values(), ...this.#heard.values()].map((one) => ({
      address: one.address,
      mac: one.state === "incomplete" ? undefined : one.mac,
      state: one.stateAt(now),
    }));
  }

  /** Forgets everybody: the link is gone. */
  clear(): void {
    for (const one of [...this.#used.values(), ...this.#heard.values()]) this.forget(one, Drop.linkDown);
  }

  solicit(address: IpAddress, mac: MacAddress | undefined): void {
    this.#host.solicit(address, mac);
  }

  frame(packet: Packet, destination: MacAddress): void {
    this.#host.frame(packet, destination);
  }

  unresolved(packet: Packet, reason: Drop): void {
    this.#host.unresolved(packet, reason);
  }

  discard(packet: Packet, reason: Drop): void {
    this.#host.discard(packet, reason);
  }

  touch(neighbour: Neighbour6): void {
    neighbour.usedAt = this.now;
    const { address } = neighbour;
    if (this.#used.delete(address)) this.#used.set(address, neighbour);
  }

  forget(neighbour: Neighbour6, reason: Drop): void {
    const { address } = neighbour;
    if (this.#used.get(address) === neighbour) this.#used.delete(address);
    if (this.#heard.get(address) === neighbour) this.#heard.delete(address);
    neighbour.remove(reason);
  }

  reachabilityChanged(neighbour: Neighbour6, reachable: boolean): void {
    this.#host.reachabilityChanged(neighbour, reachable);
  }

  #evict(table: AddressMap<Neighbour6>): void {
    const oldest = table.oldest();
    if (oldest !== undefined) this.forget(oldest, Drop.neighbourForgotten);
  }
}
