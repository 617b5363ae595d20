/**
 * Puts a whole program on a stack without changing it. Node's own classes are changed, not the modules that export
 * them: whoever has them, by `require`, `import` of any form, `process.getBuiltinModule`, or inside of Node (`http`,
 * `https`, `tls`, `http2`, `fetch`), before or after this, opens sockets of the stack, and `instanceof` holds. No hook
 * of the module loader is needed, so those of other tools are not in the way.
 */
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { REINITIALIZE } from "./binding.ts";
import { redirectDgram } from "./dgram.ts";
import { redirectBindings } from "./handles-by-binding.ts";
import { type ContextSource, createClientHandle, type Net } from "./net.ts";
import { makeHandlesForTls } from "./tls-above.ts";
import { guardTransfer } from "./transfer.ts";

/** All sockets of this thread are the stack's from now on. */
export function takeOver(ours: Net, source: ContextSource): void {
  redirectNode(ours, source);
  redirectDgram(source);
  redirectBindings(source);
  // Names that have been imported already get what has been put in their places.
  syncBuiltinESMExports();
}

/** What need not be replaced, since the classes are changed themselves; and what Node has not. */
const KEPT: ReadonlySet<string> = new Set([
  "Socket",
  "Stream",
  "Server",
  "connect",
  "createConnection",
  "createServer",
  "adopt",
]);

/** Makes Node's own `net.Socket` and `net.Server`, which its other modules use, open their sockets on ours. */
function redirectNode(ours: Net, source: ContextSource): void {
  const server = net.Server.prototype;
  const socket = net.Socket.prototype;
  Reflect.set(server, "_listen2", Reflect.get(ours.Server.prototype, "_listen2"));
  Reflect.set(server, "listen", Reflect.get(ours.Server.prototype, "listen"));
  Reflect.set(socket, "connect", Reflect.get(ours.Socket.prototype, "connect"));
  Reflect.set(socket, REINITIALIZE, Reflect.get(ours.Socket.prototype, REINITIALIZE));
  for (const [name, value] of Object.entries(ours)) {
    if (!KEPT.has(name) && Reflect.get(net, name) !== value) Reflect.set(net, name, value);
  }
  for (const part of ["Socket", "Server"] as const) {
    const nodes = net[part].prototype;
    guardTransfer(nodes, nodes, `net.${part}`, (object) => Reflect.get(object, "_handle"));
  }
  // Without a socket below, TLS makes a handle by itself.
  makeHandlesForTls((pipe) => createClientHandle(source(), pipe));
}
