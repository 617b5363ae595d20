/** Which way datagrams go, and whether they may: sockets can be tied to an interface (SO_BINDTODEVICE, IP_MULTICAST_IF). */
import type { IpAddress } from "../base/ip-address.ts";
import type { DatagramOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { Route, RouteWish } from "../contract/network.ts";
import type { TransportContext } from "../contract/transport.ts";

/** What of a socket's options says by which interface it sends; "" for any. */
interface InterfaceChoice extends RouteWish {
  readonly interfaceName: string;
  readonly multicastInterface: string;
}

/**
 * The route to `destination` by the interface that `choice` names. None where that interface has been
 * removed: what is meant for one network must not leak into another.
 */
export function routeThrough(
  context: TransportContext,
  destination: IpAddress,
  source: IpAddress | undefined,
  choice: InterfaceChoice,
): Route | undefined {
  const { interfaceName, multicastInterface } = choice;
  const name = destination.isMulticast && multicastInterface !== "" ? multicastInterface : interfaceName;
  if (name === "") return context.route(destination, source, undefined, choice);
  const through = context.interface(name);
  return through === undefined ? undefined : context.route(destination, source, through, choice);
}

/**
 * The route for what an endpoint with these options sends; or why it may not.
 *
 * @param source - to send from; undefined: as the route says
 */
export function routeFor(
  context: TransportContext,
  destination: IpAddress,
  source: IpAddress | undefined,
  options: DatagramOptions,
): Route | Failure {
  const route = routeThrough(context, destination, source, options);
  if (route === undefined) return "network-unreachable";
  if (route.toMany && !destination.isMulticast && !options.broadcast) return "access";
  return options.dontRoute && !route.direct ? "network-unreachable" : route;
}
