/**
 * Puts a whole program on a stack without changing it. Node's own classes are changed, not the modules that export
 * them: whoever has them, by `require`, `import` of any form, `process.getBuiltinModule`, or inside of Node (`http`,
 * `https`, `tls`, `http2`, `fetch`), before or after this, opens sockets of the stack, and `instanceof` holds. No hook
 * of the module loader is needed, so those of other tools are not in the way.
 */
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import tls from "node:tls";
import { REINITIALIZE } from "./binding.ts";
import { redirectDgram } from "./dgram.ts";
import { redirectBindings } from "./handles-by-binding.ts";
import type { ContextSource, Net } from "./net.ts";

/** All sockets of this thread are the stack's from now on. */
export function takeOver(ours: Net, source: ContextSource): void {
  redirectNode(ours);
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
function redirectNode(ours: Net): void {
  const server = net.Server.prototype;
  const socket = net.Socket.prototype;
  Reflect.set(server, "_listen2", Reflect.get(ours.Server.prototype, "_listen2"));
  Reflect.set(server, "listen", Reflect.get(ours.Server.prototype, "listen"));
  Reflect.set(socket, "connect", Reflect.get(ours.Socket.prototype, "connect"));
  Reflect.set(socket, REINITIALIZE, Reflect.get(ours.Socket.prototype, REINITIALIZE));
  for (const [name, value] of Object.entries(ours)) {
    if (!KEPT.has(name) && Reflect.get(net, name) !== value) Reflect.set(net, name, value);
  }
  const connect = tls.connect as (...args: unknown[]) => tls.TLSSocket;
  // Without a socket below, TLS would make a handle of libuv's by itself.
  Reflect.set(tls, "connect", function connectOver(...args: unknown[]): tls.TLSSocket {
    const [options, callback] = tlsArguments(args);
    if (options.socket !== undefined) return connect(options, callback);
    return connect({ ...options, socket: ours.connect(below(options)) }, callback);
  });
}

type TlsOptions = tls.ConnectionOptions & { readonly path?: string };

/** `(options, callback)`, `(port, host, options, callback)` or `(path, options, callback)`, with parts left out. */
function tlsArguments(args: readonly unknown[]): [TlsOptions, unknown] {
  const options = Object.assign({}, ...args.filter((one) => typeof one === "object")) as TlsOptions;
  const [first, second] = args;
  const place =
    typeof first === "object"
      ? {}
      : Number.isInteger(Number(first))
        ? { port: Number(first), ...(typeof second === "string" && { host: second }) }
        : { path: String(first) };
  return [{ ...options, ...place }, args.findLast((one) => typeof one === "function")];
}

/** The part of the options that says where to. */
function below(options: TlsOptions): net.NetConnectOpts {
  const { host, port, path, lookup, timeout } = options;
  const given = path ? { path, timeout } : { host, port, lookup, timeout };
  const kept = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as unknown as net.NetConnectOpts;
}
