/**
 * The routes that routers of one link tell of: the default router list and the prefix list of RFC 4861 §5.1, and more
 * specific routes (RFC 4191). They stand in the routing table, and go with their lifetimes.
 */
import type { IpAddress } from "../../base/ip-address.ts";
import { prefixOf } from "../../base/prefix.ts";
import { type Duration, type Instant, later, NEVER } from "../../base/time.ts";
import { Timer, type TimerOwner } from "../../base/timer-queue.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import type { RouteEntry, RoutingTable } from "../routing-table.ts";

/** Routes of one link; more are not believed, lest a flood of advertisements fill the table. */
const MAX_ROUTES = 64;
/** Of a prefix on the link, and of what leads through routers: as Linux has them, so that configured routes come first. */
const ON_LINK_METRIC = 256;
const ROUTER_METRIC = 1024;
/** Added for a router that does not answer: others are preferred (RFC 4861 §6.3.6). */
const UNREACHABLE = 1000;

interface Learned {
  entry: RouteEntry;
  readonly preference: number;
  expires: Instant;
}

/** The routes that were learnt on one interface. */
export class LearnedRoutes implements TimerOwner {
  readonly #services: Services;
  readonly #on: NetworkInterface;
  readonly #table: RoutingTable;
  readonly #timer: Timer;
  readonly #all: Learned[] = [];

  constructor(services: Services, on: NetworkInterface, table: RoutingTable) {
    this.#services = services;
    this.#on = on;
    this.#table = table;
    this.#timer = new Timer(services.timers, this, true);
  }

  /**
   * A router has told of a route; with a lifetime of 0, that there is none any more.
   *
   * @param gateway - undefined: the prefix is on the link
   * @param preference - 1, 0 or -1 (RFC 4191 §2.1)
   * @param lifetime - Infinity for ever
   */
  learn(
    prefix: IpAddress,
    prefixLength: number,
    gateway: IpAddress | undefined,
    preference: number,
    lifetime: Duration,
  ): void {
    const destination = prefixOf(prefix, prefixLength);
    const known = this.#all.find(({ entry }) => isSame(entry, destination, prefixLength, gateway));
    if (known !== undefined && (lifetime === 0 || known.preference !== preference)) this.#forget(known);
    else if (known !== undefined) {
      known.expires = later(this.#services.now, lifetime);
      this.#arm();
      return;
    }
    if (lifetime === 0 || this.#all.length >= MAX_ROUTES) return;
    const metric = gateway === undefined ? ON_LINK_METRIC : ROUTER_METRIC - preference;
    const entry = { destination, prefixLength, gateway, interface: this.#on, source: undefined, metric };
    this.#all.push({ entry, preference, expires: later(this.#services.now, lifetime) });
    this.#table.add(entry);
    this.#arm();
  }

  /** A neighbour answers, or does not: routes through it are put before or behind those through others. */
  reachabilityChanged(gateway: IpAddress, reachable: boolean): void {
    for (const learned of this.#all) {
      const { entry, preference } = learned;
      if (entry.gateway?.equals(gateway) !== true) continue;
      const metric = ROUTER_METRIC - preference + (reachable ? 0 : UNREACHABLE);
      // One that fails once more goes to the end of its equals: so all are tried, one after the other.
      if (reachable && metric === entry.metric) continue;
      this.#remove(entry);
      learned.entry = { ...entry, metric };
      this.#table.add(learned.entry);
    }
  }

  /** Who was a router is none any more (RFC 4861 §7.2.5). */
  noRouter(gateway: IpAddress): void {
    for (const learned of [...this.#all]) {
      if (learned.entry.gateway?.equals(gateway) === true) this.#forget(learned);
    }
  }

  clear(): void {
    for (const learned of [...this.#all]) this.#forget(learned);
  }

  expired(now: Instant): void {
    this.#services.trace?.fired("nd", this, "router");
    for (const learned of [...this.#all]) if (learned.expires <= now) this.#forget(learned);
    this.#arm();
  }

  #forget(learned: Learned): void {
    this.#all.splice(this.#all.indexOf(learned), 1);
    this.#remove(learned.entry);
    this.#arm();
  }

  #remove(entry: RouteEntry): void {
    this.#table.removeWhere((one) => one === entry);
  }

  #arm(): void {
    let first: Instant = NEVER;
    for (const { expires } of this.#all) if (expires < first) first = expires;
    if (first === NEVER) this.#timer.cancel();
    else this.#timer.set(first);
    this.#services.trace?.armed("nd", this, "router", first);
  }
}

function isSame(
  entry: RouteEntry,
  destination: IpAddress,
  prefixLength: number,
  gateway: IpAddress | undefined,
): boolean {
  if (entry.prefixLength !== prefixLength || !entry.destination.equals(destination)) return false;
  return gateway === undefined ? entry.gateway === undefined : entry.gateway?.equals(gateway) === true;
}
