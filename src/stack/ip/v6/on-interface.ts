/** What IPv6 keeps of one Ethernet interface: one of everything that is about a link. */
import { Autoconfiguration, type AutoconfigurationParts } from "./autoconfiguration.ts";
import type { LearnedRoutes } from "./learned-routes.ts";
import type { ListenerDiscovery } from "./listener-discovery.ts";
import type { NeighbourDiscovery } from "./neighbour-discovery.ts";
import type { RouterAdvertiser } from "./router-advertiser.ts";
import { RouterDiscovery, type RouterDiscoveryParts } from "./router-discovery.ts";

/** What the family keeps of one Ethernet interface. */
export interface OnInterface {
  readonly discovery: NeighbourDiscovery;
  /** What routers are heard of; undefined while they are not. */
  routers: RouterDiscovery | undefined;
  /** What this host, as a router, tells the others; undefined while it does not. */
  advertiser: RouterAdvertiser | undefined;
  /** It listens to what is for all routers. */
  isRouter: boolean;
  readonly groups: ListenerDiscovery;
  readonly routes: LearnedRoutes;
  addresses: Autoconfiguration | undefined;
  /** How often a link-local address of ours was somebody else's. */
  conflicts: number;
}

/** The interface makes addresses, and has routes, as routers say, once it asks them. */
export function listenToRouters(
  state: OnInterface,
  parts: Pick<AutoconfigurationParts, "addressing" | "identifiers" | "temporary"> &
    Pick<RouterDiscoveryParts, "parametersChanged">,
): RouterDiscovery {
  const { discovery, routes } = state;
  const { services, on } = discovery;
  const { parametersChanged } = parts;
  const addresses = new Autoconfiguration({ services, on, ...parts });
  const routers = new RouterDiscovery({ services, on, discovery, routes, addresses, parametersChanged });
  state.addresses = addresses;
  state.routers = routers;
  return routers;
}
