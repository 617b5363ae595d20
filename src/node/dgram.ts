/** `node:dgram` over a stack: Node's own `Socket` with a handle of ours below. */
import cluster from "node:cluster";
import dgram from "node:dgram";
import { dgramStateOf, passOwner } from "./binding.ts";
import { UV_EINVAL } from "./errno.ts";
import type { Lookup } from "./lookup.ts";
import type { ContextSource } from "./net.ts";
import { UdpHandle } from "./udp-handle.ts";

/** The surface of `node:dgram`, bound to one stack. */
export type Dgram = typeof dgram;

const nodeSocket = dgram.Socket as unknown as (...args: unknown[]) => void;

const nodeBind = dgram.Socket.prototype.bind as unknown as (
  this: dgram.Socket,
  ...args: unknown[]
) => dgram.Socket;

/** In a worker of `node:cluster`: the primary process, which Node would ask, knows nothing of this stack. */
function exclusively(args: readonly unknown[]): unknown[] {
  const [port, address] = args;
  const callback = args.at(-1);
  const options =
    typeof port === "object" && port !== null
      ? port
      : { port: Number(port) || 0, address: typeof address === "string" ? address : "" };
  if ("recvStart" in options) return [...args];
  return [{ ...options, exclusive: true }, ...(typeof callback === "function" ? [callback] : [])];
}

interface NodeHandle {
  close(): void;
  lookup: (address: string, callback: (error: Error | null, address?: string) => void) => void;
}

interface State {
  handle: UdpHandle | NodeHandle;
}

/** The lookup of a handle: the program's own if it gave one, else ours; the defaults are Node's. */
function handleLookup(family: 4 | 6, lookup: unknown): NodeHandle["lookup"] {
  const ask = lookup as (
    address: string,
    family: number,
    callback: (error: Error | null, address?: string) => void,
  ) => void;
  return (address, callback) => ask(address || (family === 4 ? "127.0.0.1" : "::1"), family, callback);
}

function replaceHandle(socket: dgram.Socket, source: ContextSource, type: unknown): void {
  const state = dgramStateOf<State>(socket);
  const context = source();
  const options = typeof type === "object" && type !== null ? (type as Record<string, unknown>) : { type };
  const family = options["type"] === "udp6" ? 6 : 4;
  const ours = (address: string, kind: number, callback: Parameters<Lookup>[2]): void =>
    context.lookup(address, { family: kind }, callback);
  const handle = new UdpHandle(context, family, handleLookup(family, options["lookup"] ?? ours));
  passOwner(socket, state.handle, handle);
  state.handle.close();
  state.handle = handle;
}

/** The whole of `node:dgram` over the stack that `source` gives. */
export function createDgramFrom(source: ContextSource): Dgram {
  function Socket(this: unknown, type: unknown, listener?: unknown): unknown {
    if (!(this instanceof (Socket as unknown as typeof dgram.Socket))) {
      return Reflect.construct(Socket, [type, listener]);
    }
    // A signal that has been aborted already closes the socket in here.
    nodeSocket.call(this, type, listener);
    if (dgramStateOf<Partial<State>>(this as dgram.Socket).handle) replaceHandle(this, source, type);
    return undefined;
  }
  Object.setPrototypeOf(Socket, dgram.Socket);
  Socket.prototype = Object.create(dgram.Socket.prototype, {
    constructor: { value: Socket, writable: true, configurable: true },
    bind: {
      value: function bind(this: dgram.Socket, ...args: unknown[]): dgram.Socket {
        return nodeBind.call(this, ...(cluster.isWorker ? exclusively(args) : args));
      },
      writable: true,
      configurable: true,
    },
  });
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(dgram),
      ...Object.getOwnPropertyDescriptors({
        Socket,
        // A function rather than an arrow: old programs call it with `new`.
        createSocket: function createSocket(type: unknown, listener?: unknown): unknown {
          return Reflect.construct(Socket, [type, listener]);
        },
        _createSocketHandle: (address: string, port: number, type: string, _fd?: number, flags = 0) => {
          const context = source();
          const family = type === "udp6" ? 6 : 4;
          const lookup = handleLookup(family, context.lookup);
          const handle = new UdpHandle(context, family, lookup);
          const status = address || port ? handle.bind(address, port || 0, flags) : 0;
          if (status === 0) return handle;
          handle.close();
          return status || UV_EINVAL;
        },
      }),
    },
  ) as Dgram;
}
