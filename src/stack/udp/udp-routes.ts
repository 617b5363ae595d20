/** Which way a UDP datagram goes, and whether it may. */
import type { IpAddress } from "../base/ip-address.ts";
import type { DatagramWish } from "../contract/datagram-info.ts";
import type { UdpOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { Route } from "../contract/route.ts";
import type { TransportContext } from "../contract/transport.ts";
import { routeThrough } from "../datagram/route-through.ts";

/** A socket bound to a group or a broadcast address sends from an address of the host's choice. */
export function findRoute(
  context: TransportContext,
  destination: IpAddress,
  bound: IpAddress,
  options: UdpOptions,
): Route | undefined {
  const source = bound.isAny || context.isMany(bound) ? undefined : bound;
  return routeThrough(context, destination, source, options);
}

/** The route for what a socket with these options sends. */
export function routeFor(
  context: TransportContext,
  destination: IpAddress,
  bound: IpAddress,
  options: UdpOptions,
): Route | Failure {
  const route = findRoute(context, destination, bound, options);
  if (route === undefined) return "network-unreachable";
  if (route.toMany && !destination.isMulticast && !options.broadcast) return "access";
  return options.dontRoute && !route.direct ? "network-unreachable" : route;
}

/** The route of one datagram: perhaps from an address of its own; `options` have its wishes. */
export function routeWith(
  context: TransportContext,
  destination: IpAddress,
  bound: IpAddress,
  options: UdpOptions,
  { source }: DatagramWish,
): Route | Failure {
  if (source !== undefined && !options.transparent && !context.isLocal(source))
    return "address-not-available";
  return routeFor(context, destination, source ?? bound, options);
}
