/** `node:dgram` over a stack: Node's own `Socket` with a handle of ours below. */
import cluster from "node:cluster";
import dgram from "node:dgram";
import { dgramStateOf, dgramStateSymbol, setOwner } from "./binding.ts";
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
  setOwner(handle, socket);
  state.handle.close();
  state.handle = handle;
}

/** Node's own: it knows whether the program has given a lookup. */
type BoundLookup = (address: string, callback: (error: Error | null, address?: string) => void) => void;

/**
 * For a whole program that runs on the stack: every socket of Node's own class gets a handle of ours. Node makes the
 * handle within its constructor, and keeps it in a state object: whatever sets that is met here, so that the class
 * itself, and all who have imported it, stay as they are.
 */
export function redirectDgram(source: ContextSource): void {
  const { prototype } = dgram.Socket;
  const symbol = dgramStateSymbol();
  Object.defineProperty(prototype, symbol, {
    set(this: dgram.Socket, state: State) {
      Object.defineProperty(this, symbol, {
        value: state,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      const family = Reflect.get(this, "type") === "udp6" ? 6 : 4;
      const handle = new UdpHandle(source(), family, state.handle.lookup as BoundLookup);
      setOwner(handle, this);
      state.handle.close();
      state.handle = handle;
    },
    configurable: true,
  });
  Reflect.set(prototype, "bind", bindExclusively);
  // Gone from Node 26.
  if ("_createSocketHandle" in dgram) Reflect.set(dgram, "_createSocketHandle", createSocketHandle(source));
  const made = dgram.createSocket("udp4");
  const redirected = dgramStateOf<State>(made).handle instanceof UdpHandle;
  made.close();
  if (!redirected)
    throw new Error(`tapstack/register does not know how node:dgram of Node ${process.version} is made`);
}

function bindExclusively(this: dgram.Socket, ...args: unknown[]): dgram.Socket {
  return nodeBind.call(this, ...(cluster.isWorker ? exclusively(args) : args));
}

/** What Node exports under an underscore: a handle, or a negative errno. */
function createSocketHandle(source: ContextSource) {
  return (address: string, port: number, type: string, _fd?: number, flags = 0): UdpHandle | number => {
    const context = source();
    const family = type === "udp6" ? 6 : 4;
    const handle = new UdpHandle(context, family, handleLookup(family, context.lookup));
    const status = address || port ? handle.bind(address, port || 0, flags) : 0;
    if (status === 0) return handle;
    handle.close();
    return status || UV_EINVAL;
  };
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
      value: bindExclusively,
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
        // Gone from Node 26.
        ...("_createSocketHandle" in dgram && { _createSocketHandle: createSocketHandle(source) }),
      }),
    },
  ) as Dgram;
}
