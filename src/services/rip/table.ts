/** The routes that RIP knows: RFC 2453 §3.5 to §3.9, RFC 2080 §2.3 to §2.5, for addresses of either family. */
import type { Instant, IpAddress, NetworkInterface } from "../../stack/index.ts";
import { INFINITY } from "./messages.ts";

/** A route, and what is known of it. */
export interface RipRoute {
  readonly destination: IpAddress;
  readonly prefixLength: number;
  /** 1 to 16, of which the last is "unreachable". */
  metric: number;
  readonly tag: number;
  /** Who told us; undefined: it is our own. */
  gateway: IpAddress | undefined;
  interface: NetworkInterface;
  /** It has changed since the last update. */
  changed: boolean;
  /** When it becomes unreachable, or, if it is, when it is forgotten. */
  expires: Instant;
}

/** The routes of one router. Bounded: what comes beyond that is not learnt. */
export class RipTable {
  readonly #routes: Map<string, RipRoute> = new Map();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get all(): readonly RipRoute[] {
    return [...this.#routes.values()];
  }

  find(destination: IpAddress, prefixLength: number): RipRoute | undefined {
    return this.#routes.get(`${destination}/${prefixLength}`);
  }

  /** False if there is no room. */
  add(route: RipRoute): boolean {
    if (this.#routes.size >= this.#most) return false;
    this.#routes.set(`${route.destination}/${route.prefixLength}`, route);
    return true;
  }

  remove({ destination, prefixLength }: RipRoute): void {
    this.#routes.delete(`${destination}/${prefixLength}`);
  }

  /** When the next one expires. */
  get nextExpiry(): number {
    return Math.min(
      ...this.all.filter(({ gateway }) => gateway !== undefined).map(({ expires }) => expires),
      Infinity,
    );
  }
}

/** What an interface is told of a route: RFC 2453 §3.4.3, split horizon with poisoned reverse. */
export function metricFor({ metric, gateway, interface: learntBy }: RipRoute, to: NetworkInterface): number {
  return gateway !== undefined && learntBy === to ? INFINITY : metric;
}
