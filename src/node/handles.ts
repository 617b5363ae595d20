/**
 * The handles by themselves, for whoever puts them in the place of libuv's before Node loads net and dgram: a
 * simulated program. What the entry points of this folder do above them, Node's own modules then do.
 */
import { UnixNamespace } from "../api/index.ts";
import type { EndpointHost, NetContext } from "./host.ts";
import { createLookup, LOCALHOST } from "./lookup.ts";
import { unixHost } from "./unix-endpoint.ts";

export type { EndpointHost, HostInterface, NetContext } from "./host.ts";
export { PipeHandle } from "./pipe-handle.ts";
export { TcpHandle } from "./tcp-handle.ts";
export { UdpHandle } from "./udp-handle.ts";

/**
 * What handles on `host` share. Names are looked up by Node's own `dns.lookup`.
 *
 * @param keeper - counts what keeps the process alive
 */
export function createContextOf(host: EndpointHost, keeper: NetContext["keeper"]): NetContext {
  const unix = unixHost(new UnixNamespace());
  return { host, unix, keeper, table: LOCALHOST, lookup: createLookup(LOCALHOST) };
}
