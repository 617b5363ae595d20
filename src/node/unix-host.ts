/** Where the path sockets of `node:net` live: stream endpoints of AF_UNIX in one namespace. */
import { SOCK_STREAM, type UnixNamespace, UnixStreamEndpoint } from "../api/index.ts";
import type { UnixHost } from "./net-context.ts";

/** The owner of every path socket of this process. */
const CREDENTIALS = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** Path sockets in one namespace, which several stacks may share. */
export function unixHost(namespace: UnixNamespace): UnixHost {
  const context = { namespace, credentials: CREDENTIALS };
  return {
    openStream: () => new UnixStreamEndpoint(context, SOCK_STREAM),
    unlink: (path) => {
      namespace.unlink(path);
    },
  };
}
