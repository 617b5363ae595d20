/**
 * Puts a whole program on a stack without changing it: whoever asks for `net` or `dgram`, by `require` or
 * `import`, gets ours, and Node's own modules above them (`http`, `https`, `tls`, `http2`, and `fetch`) open
 * their sockets there too.
 */
import dgram from "node:dgram";
import Module, { register } from "node:module";
import net from "node:net";
import tls from "node:tls";
import { REINITIALIZE } from "./binding.ts";
import type { Dgram } from "./dgram.ts";
import type { Net } from "./net.ts";

type Load = (request: string, parent: unknown, isMain: boolean) => unknown;

/** Where the modules that replace Node's find what they export. */
const REPLACEMENTS = Symbol.for("tapstack.replacements");

/** What `require` and `import` give for `net` and `dgram` from now on. */
export function replaceModules(replacements: { readonly net: Net; readonly dgram: Dgram }): void {
  const modules: Readonly<Record<string, unknown>> = {
    net: replacements.net,
    "node:net": replacements.net,
    dgram: replacements.dgram,
    "node:dgram": replacements.dgram,
  };
  const load = Reflect.get(Module, "_load") as Load;
  Reflect.set(
    Module,
    "_load",
    function replace(this: unknown, request: string, parent: unknown, isMain: boolean) {
      return modules[request] ?? load.call(this, request, parent, isMain);
    },
  );
  Reflect.set(globalThis, REPLACEMENTS, replacements);
  register(hooks({ net: sourceOf("net", net), dgram: sourceOf("dgram", dgram) }));
}

/** A module that exports what `replacements` has under `name`, with the names that Node's module has. */
function sourceOf(name: string, original: object): string {
  const keys = Object.keys(original).join(", ");
  const found = `globalThis[Symbol.for("tapstack.replacements")].${name}`;
  return dataUrl(`const found = ${found};\nexport default found;\nexport const { ${keys} } = found;\n`);
}

/** Customization hooks, as a module of their own: Node runs them in another thread. Our own imports are Node's. */
function hooks(sources: Readonly<Record<string, string>>): string {
  return dataUrl(`const sources = ${JSON.stringify(sources)};
const own = ${JSON.stringify(new URL(".", import.meta.url).href)};
export function resolve(specifier, context, next) {
  const url = sources[specifier.replace(/^node:/, "")];
  if (url === undefined || (context.parentURL ?? "").startsWith(own)) return next(specifier, context);
  return { url, shortCircuit: true };
}
`);
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** Makes Node's own `net.Socket` and `net.Server`, which its other modules use, open their sockets on ours. */
export function redirectNode(ours: Net): void {
  const server = net.Server.prototype;
  const socket = net.Socket.prototype;
  Reflect.set(server, "_listen2", Reflect.get(ours.Server.prototype, "_listen2"));
  Reflect.set(server, "listen", Reflect.get(ours.Server.prototype, "listen"));
  Reflect.set(socket, "connect", Reflect.get(ours.Socket.prototype, "connect"));
  Reflect.set(socket, REINITIALIZE, Reflect.get(ours.Socket.prototype, REINITIALIZE));
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
