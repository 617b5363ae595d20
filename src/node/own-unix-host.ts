/** Path sockets of a single program: a namespace of its own. By itself, so that it is loaded only when it is used. */
import { UnixNamespace } from "../api/index.ts";
import type { UnixHost } from "./net-context.ts";
import { unixHost } from "./unix-host.ts";

/** Path sockets in a namespace that nobody else has. */
export function ownUnixHost(): UnixHost {
  return unixHost(new UnixNamespace());
}
