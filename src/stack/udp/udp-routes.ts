/** From where a UDP datagram is sent, and which way it goes. */
import type { IpAddress } from "../base/ip-address.ts";
import type { DatagramWish } from "../contract/datagram-info.ts";
import type { UdpOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { Route } from "../contract/route.ts";
import type { TransportContext } from "../contract/transport.ts";
import { routeFor } from "../datagram/route-through.ts";

/** A socket bound to a group or a broadcast address sends from an address of the host's choice, as one that is not bound. */
export function sourceOf(context: TransportContext, bound: IpAddress): IpAddress | undefined {
  return bound.isAny || context.isMany(bound) ? undefined : bound;
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
  return routeFor(context, destination, sourceOf(context, source ?? bound), options);
}
