/**
 * The handles by themselves, for whoever puts them in the place of libuv's before Node loads net and dgram: a
 * simulated program. What the entry points of this folder do above them, Node's own modules then do. Neither the
 * stack nor the socket calls are loaded by this, since a program's thread comes up in a third of the time without.
 */
import { createRequire } from "node:module";
import { extname } from "node:path";
import { createLookup, LOCALHOST } from "./lookup.ts";
import type { EndpointHost, NetContext, UnixHost } from "./net-context.ts";

export type { EndpointHost, HostInterface, NetContext } from "./net-context.ts";
export { PipeHandle } from "./pipe-handle.ts";
export { TcpHandle } from "./tcp-handle.ts";
export { UdpHandle } from "./udp-handle.ts";

/**
 * What handles on `host` share. Names are looked up by Node's own `dns.lookup`; path sockets see each other and
 * no others.
 *
 * @param keeper - counts what keeps the process alive
 */
export function createContextOf(host: EndpointHost, keeper: NetContext["keeper"]): NetContext {
  let unix: UnixHost | undefined;
  const loaded = (): UnixHost => {
    unix ??= loadUnixHost();
    return unix;
  };
  const lazy: UnixHost = { openStream: () => loaded().openStream(), unlink: (path) => loaded().unlink(path) };
  return { host, unix: lazy, keeper, table: LOCALHOST, lookup: createLookup(LOCALHOST, host) };
}

type UnixModule = typeof import("./own-unix-host.ts");

/** At the first use, which cannot wait. The name ends as this file's own: compiled or not. */
function loadUnixHost(): UnixHost {
  const require = createRequire(import.meta.url);
  const { emitWarning } = process;
  process.emitWarning = () => undefined; // Node 20 warns of a module that is loaded by `require`
  try {
    const module = require(`./own-unix-host${extname(import.meta.url)}`) as UnixModule;
    return module.ownUnixHost();
  } finally {
    process.emitWarning = emitWarning;
  }
}
