/**
 * Which local addresses and ports a socket may have, beside those of the others, and by which route it
 * reaches its peer (RFC 9293 §3.9.1.1, RFC 6056).
 */
import { type IpAddress, loopbackFor } from "../../base/ip-address.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Failure } from "../../contract/failures.ts";
import type { Route } from "../../contract/network.ts";
import type { SocketAddress } from "../../contract/socket-address.ts";
import type { TransportContext } from "../../contract/transport.ts";
import type { EndpointHost } from "./endpoint-host.ts";

/** What a socket that asks for `at` is bound to, port 0 being any that is free; or why it cannot be. */
export function bindingFor(
  tcp: EndpointHost,
  at: SocketAddress,
  { reuseAddress, reusePort, freeBind, transparent }: TcpOptions,
): SocketAddress | Failure {
  const { ports, context } = tcp;
  const { address, port } = at;
  if (!address.isAny && !freeBind && !transparent && !context.isLocal(address))
    return "address-not-available";
  if (port === 0) {
    const chosen = ports.ephemeral(tcp.portUse());
    return chosen === 0 ? "address-in-use" : { address, port: chosen };
  }
  const failure = ports.conflict(at, { reuseAddress, reusePort, exclusive: false });
  if (failure !== undefined) return failure;
  // Connections that are left over hold the port, unless the application says that they may (SO_REUSEADDR).
  if (!reuseAddress && !reusePort && tcp.usesAt(at)) return "address-in-use";
  return { address, port };
}

/** A port that no socket is bound to; connections may share it if their peers differ. */
export function ephemeralPort(tcp: EndpointHost, route: Route, remotePort: number): number {
  return tcp.ports.ephemeral(tcp.portUse(route, remotePort));
}

/** The route to a peer, from the address that the socket is bound to and by the interface that it is tied to. */
export function routeTo(
  context: TransportContext,
  address: IpAddress,
  bound: IpAddress | undefined,
  options: TcpOptions,
): Route | undefined {
  const { interfaceName, dontRoute } = options;
  // To connect to the wildcard address is to connect to this host, as everywhere.
  const destination = address.isAny ? loopbackFor(address) : address;
  if (context.isMany(destination)) return undefined; // MUST-46
  const through = interfaceName === "" ? undefined : context.interface(interfaceName);
  if (interfaceName !== "" && through === undefined) return undefined;
  const route = context.route(destination, bound, through, options);
  return route !== undefined && dontRoute && !route.direct ? undefined : route;
}
