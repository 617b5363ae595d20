/**
 * `node:net` over a stack: Node's own `Socket` and `Server`, with handles of ours below. All of Node's stream
 * behaviour, argument checks and errors are therefore Node's; what is replaced is what libuv did.
 */
import cluster from "node:cluster";
import { channel } from "node:diagnostics_channel";
import { fstatSync } from "node:fs";
import net from "node:net";
import {
  isNodeTcp,
  type Listen2,
  type NativeStream,
  type NodeHandle,
  normalizeArguments,
  REINITIALIZE,
  type ServerInside,
  type SocketInside,
  TCP_IPV6ONLY,
  TCP_REUSEPORT,
} from "./binding.ts";
import { createBoundSocketClass } from "./bound-socket.ts";
import { UV_EINVAL, UV_ENOTSUP } from "./errno.ts";
import type { NetContext } from "./net-context.ts";
import { PipeHandle } from "./pipe-handle.ts";
import type { StreamHandle } from "./stream-handle.ts";
import { TcpHandle } from "./tcp-handle.ts";
import { guardTransfer } from "./transfer.ts";

type NodeNet = typeof net;

/** The surface of `node:net`, bound to one stack. */
export interface Net extends NodeNet {
  /**
   * Puts a server that Node made (of `node:http`, `node:https`, `node:tls`, `node:http2`) on this stack: its
   * `listen` from then on listens here. Gives the server back.
   */
  adopt<T extends net.Server>(server: T): T;
}

/** Where handles are made: asked at each use, so that the stack may be chosen after the module was loaded. */
export type ContextSource = () => NetContext;

const clientSockets = channel("net.client.socket");
/** Whether it is `net.connect` that tells of a new socket (Node 20), and not `Socket.prototype.connect`. */
const publishes = String(net.connect).includes("publish");
const nodeSocket = net.Socket as unknown as (...args: unknown[]) => void;
const nodeServer = net.Server as unknown as (...args: unknown[]) => void;
const nodeConnect = net.Socket.prototype.connect as unknown as (
  this: net.Socket,
  args: unknown,
) => net.Socket;
const nodeListen = net.Server.prototype.listen as unknown as (
  this: net.Server,
  ...args: unknown[]
) => net.Server;
const nodeEmit = net.Server.prototype.emit as (
  this: net.Server,
  event: string,
  ...args: unknown[]
) => boolean;
const nodeListen2 = Reflect.get(net.Server.prototype, "_listen2") as Listen2;
const nodeReinitialize = Reflect.get(net.Socket.prototype, REINITIALIZE) as (
  this: net.Socket,
  handle: NodeHandle | StreamHandle,
) => void;

/** What a server without an address binds to: as Node's own, both families where there are two. */
const NO_ADDRESS = { 4: "0.0.0.0", 6: "::" } as const;

/** `net.Socket.prototype.connect`, with a handle of ours in place before Node would make one of libuv's. */
function connectSocket(this: SocketInside, source: ContextSource, args: readonly unknown[]): net.Socket {
  const given =
    Array.isArray(args[0]) && args.length === 1 && Object.getOwnPropertySymbols(args[0]).length > 0;
  const normalized = given ? (args[0] as ReturnType<typeof normalizeArguments>) : normalizeArguments(args);
  const options = normalized[0];
  if (options["port"] === undefined && options["path"] == null) return nodeConnect.call(this, normalized);
  const context = source();
  if (this.destroyed) {
    this._handle = null;
    this._peername = null;
    this._sockname = null;
  }
  if (this._handle === null) {
    nodeReinitialize.call(this, options["path"] ? new PipeHandle(context) : new TcpHandle(context));
  }
  if (options["lookup"] === undefined) normalized[0] = { ...options, lookup: context.lookup };
  return nodeConnect.call(this, normalized);
}

/** `net.Server.prototype._listen2`: makes our handle, and leaves the rest to Node. */
function listenServer(source: ContextSource): Listen2 {
  return function (this: ServerInside, address, port, addressType, backlog, fd, flags): void {
    if (this._handle !== null) {
      nodeListen2.call(this, address, port, addressType, backlog, fd, flags);
      return;
    }
    const context = source();
    const where = placeOf(context, address, port, addressType);
    // A descriptor is the kernel's: a server on it would be past the stack. What is no socket, Node says is invalid.
    const made =
      typeof fd === "number" && fd >= 0
        ? { handle: new TcpHandle(context), status: isSocket(fd) ? UV_ENOTSUP : UV_EINVAL }
        : createHandle(context, where.host, port ?? 0, where.family, flags);
    this._handle = made.handle;
    // The number of a bind that failed goes to Node through `listen`: Node then makes the error of it.
    if (made.status !== 0) made.handle.listen = (): number => made.status;
    const type = address === null ? where.family : addressType;
    nodeListen2.call(this, where.host, port, type, backlog, undefined, flags);
  };
}

/** Where a server listens; without an address, at all. */
function placeOf(
  { host }: NetContext,
  address: string | null,
  port: number | null,
  addressType: number | null,
): { host: string; family: Family } {
  if (address !== null) return { host: address, family: familyOf(port, addressType) };
  const family = host.hasIpv6 === true ? 6 : 4;
  return { host: NO_ADDRESS[family], family };
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

function familyOf(port: number | null, addressType: number | null): Family {
  if (port === -1 && addressType === -1) return -1;
  return addressType === 6 ? 6 : 4;
}

/** IPv4 or IPv6; -1 for a path, as Node has it. */
type Family = 4 | 6 | -1;

interface Made {
  readonly handle: TcpHandle | PipeHandle;
  /** 0, or why it could not be bound. */
  readonly status: number;
}

/** @param flags - of Node's `TCP`, such as TCP_REUSEPORT */
function createHandle(context: NetContext, address: string, port: number, family: Family, flags = 0): Made {
  if (family === -1) {
    const handle = new PipeHandle(context);
    return { handle, status: handle.bind(address) };
  }
  const handle = new TcpHandle(context);
  const status = family === 6 ? handle.bind6(address, port, flags) : handle.bind(address, port, flags);
  return { handle, status };
}

/**
 * A name that the stack's own table knows becomes its address; Node asks `dns.lookup` for others. In a worker
 * of `node:cluster` a port is never shared: the primary process knows nothing of this stack.
 */
function listenArguments(args: readonly unknown[], context: NetContext): readonly unknown[] {
  const [options, callback] = normalizeArguments(args);
  const host = options["host"];
  const known = typeof host === "string" ? context.table.get(host.toLowerCase()) : undefined;
  const shared = cluster.isWorker && "port" in options;
  if (known === undefined && !shared) return args;
  const backlog = args.slice(1, 3).find((argument) => Number(argument) >= 0);
  const exclusive = shared || options["exclusive"];
  const changed = { backlog, ...options, exclusive, ...(known && { host: known }) };
  return callback === null ? [changed] : [changed, callback];
}

function createSocketClass(source: ContextSource): NodeNet["Socket"] {
  function Socket(this: unknown, options?: unknown): unknown {
    if (!(this instanceof (Socket as unknown as NodeNet["Socket"])))
      return Reflect.construct(Socket, [options]);
    nodeSocket.call(this, options);
    return undefined;
  }
  Object.setPrototypeOf(Socket, net.Socket);
  Socket.prototype = Object.create(net.Socket.prototype, {
    constructor: { value: Socket, writable: true, configurable: true },
    connect: {
      value: function connect(this: SocketInside, ...args: unknown[]): net.Socket {
        return connectSocket.call(this, source, args);
      },
      writable: true,
      configurable: true,
    },
    [REINITIALIZE]: {
      // Node tries a further address with a handle of libuv's (`autoSelectFamily`).
      value: function reinitialize(this: net.Socket, handle: NodeHandle): void {
        const ours = isNodeTcp(handle) ? new TcpHandle(source()) : handle;
        if (ours !== handle) handle.close();
        nodeReinitialize.call(this, ours);
      },
      writable: true,
      configurable: true,
    },
  });
  guardTransfer(Socket.prototype, net.Socket.prototype, "net.Socket", handleOf);
  return Socket as unknown as NodeNet["Socket"];
}

function createServerClass(source: ContextSource, Socket: NodeNet["Socket"]): NodeNet["Server"] {
  function Server(this: unknown, ...args: unknown[]): unknown {
    if (!(this instanceof (Server as unknown as NodeNet["Server"]))) return Reflect.construct(Server, args);
    nodeServer.call(this, ...args);
    return undefined;
  }
  Object.setPrototypeOf(Server, net.Server);
  Server.prototype = Object.create(net.Server.prototype, {
    constructor: { value: Server, writable: true, configurable: true },
    listen: {
      value: function listen(this: net.Server, ...args: unknown[]): net.Server {
        return nodeListen.call(this, ...listenArguments(args, source()));
      },
      writable: true,
      configurable: true,
    },
    _listen2: { value: listenServer(source), writable: true, configurable: true },
    emit: {
      value: function emit(this: net.Server, event: string, ...args: unknown[]): boolean {
        // Node makes accepted sockets with its own class: they become of this one, which can connect again.
        const [socket] = args;
        if (event === "connection" && socket instanceof net.Socket && isNodes(socket)) {
          Object.setPrototypeOf(socket, Socket.prototype);
        }
        return nodeEmit.call(this, event, ...args);
      },
      writable: true,
      configurable: true,
    },
  });
  guardTransfer(Server.prototype, net.Server.prototype, "net.Server", handleOf);
  return Server as unknown as NodeNet["Server"];
}

function handleOf(object: object): unknown {
  return (object as SocketInside | ServerInside)._handle;
}

function isNodes(socket: net.Socket): boolean {
  return Object.getPrototypeOf(socket) === net.Socket.prototype;
}

/** A handle of the stack for a socket that will connect: of a path socket, or of TCP. */
export function createClientHandle(context: NetContext, pipe: boolean): NativeStream {
  return pipe ? new PipeHandle(context) : new TcpHandle(context);
}

/** The whole of `node:net` over the stack that `source` gives. */
export function createNetFrom(source: ContextSource): Net {
  const Socket = createSocketClass(source);
  const Server = createServerClass(source, Socket);
  function connect(...args: unknown[]): net.Socket {
    const normalized = normalizeArguments(args);
    const options = normalized[0];
    const socket = new Socket(options as net.SocketConstructorOpts);
    if (publishes && clientSockets.hasSubscribers) clientSockets.publish({ socket });
    if (options["timeout"]) socket.setTimeout(options["timeout"] as number);
    return (socket.connect as unknown as (this: net.Socket, args: unknown) => net.Socket).call(
      socket,
      normalized,
    );
  }
  const BoundSocket = createBoundSocketClass({
    path: (path) => createHandle(source(), path, 0, -1),
    tcp: (host, port, { ipv6, ipv6Only, reusePort }) => {
      const flags = (reusePort ? TCP_REUSEPORT : 0) | (ipv6Only ? TCP_IPV6ONLY : 0);
      return createHandle(source(), host, port, ipv6 ? 6 : 4, flags);
    },
  });
  const surface = {
    ...Object.getOwnPropertyDescriptors(net),
    ...(BoundSocket && Object.getOwnPropertyDescriptors({ BoundSocket })),
    ...Object.getOwnPropertyDescriptors({
      Socket,
      Stream: Socket,
      Server,
      connect,
      createConnection: connect,
      createServer: function createServer(...args: unknown[]): unknown {
        return Reflect.construct(Server, args);
      },
      adopt: <T extends net.Server>(server: T): T => {
        Object.defineProperty(server, "_listen2", { value: listenServer(source), configurable: true });
        return server;
      },
      _createServerHandle: (address: string, port: number, type: number, _fd?: number, flags?: number) => {
        const made = createHandle(source(), address, port, type === 6 || type === -1 ? type : 4, flags);
        if (made.status === 0) return made.handle;
        made.handle.close();
        return made.status;
      },
    }),
  };
  return Object.defineProperties({}, surface) as Net;
}
