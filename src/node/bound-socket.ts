/**
 * `net.BoundSocket` (Node 24.21 and 26): a handle that is bound and neither listens nor connects until a `Server` or a
 * `Socket` takes it over. Node's own would bind a socket of the kernel, and the kernel would answer. Ours is one of
 * Node's class by `instanceof`, and gives the handle away by the method that Node asks for it, so that what takes it
 * over is Node's own code.
 */
import net from "node:net";
import { findSymbol } from "./binding.ts";
import { argumentError, bindError } from "./node-errors.ts";
import { guardTransfer } from "./transfer.ts";

/** As Node's: a numeric address and a port, or a path. */
export interface BoundSocketOptions {
  readonly host?: string | null;
  readonly port?: number | string;
  readonly ipv6Only?: boolean;
  readonly reusePort?: boolean;
  readonly path?: string;
}

/** What of a handle is used. */
interface BindHandle {
  getsockname?: ((out: Record<string, unknown>) => number) | undefined;
  close(): void;
}

/** Makes a handle of the stack that is bound: by path, or by address, port and options. */
export interface BindMaker {
  path(path: string): { readonly handle: BindHandle; readonly status: number };
  tcp(
    host: string,
    port: number,
    options: { readonly reusePort: boolean; readonly ipv6: boolean; readonly ipv6Only: boolean },
  ): { readonly handle: BindHandle; readonly status: number };
}

type Constructor = new (options?: BoundSocketOptions) => object;

const NodeBoundSocket = Reflect.get(net, "BoundSocket") as Constructor | undefined;
/** Of Node 26: makes one that is not bound, and which knows that it may be posted to a worker. */
const NodeShell = Reflect.get(net, "_TransferredBoundSocket") as Constructor | undefined;

/** The class for one stack; undefined where Node has none. */
export function createBoundSocketClass(maker: BindMaker): Constructor | undefined {
  if (NodeBoundSocket === undefined) return undefined;
  const nodes: object = NodeBoundSocket.prototype;

  function Shell(this: object): object {
    return NodeShell === undefined ? this : new NodeShell();
  }
  Shell.prototype = nodes;

  class BoundSocket extends (Shell as unknown as Constructor) {
    readonly #bound: Bound;

    constructor(options: BoundSocketOptions = {}) {
      super();
      Object.setPrototypeOf(this, BoundSocket.prototype);
      this.#bound = bind(maker, options);
    }

    /** Where it is bound: address, family and port, or the path. */
    address(): unknown {
      mustHave(this.#bound);
      return this.#bound.path ?? this.#bound.address;
    }

    /** There is no descriptor. */
    fd(): number {
      mustHave(this.#bound);
      return -1;
    }

    close(): void {
      this.take().close();
    }

    /** Gives the handle away. */
    take(): BindHandle {
      const handle = mustHave(this.#bound);
      this.#bound.handle = null;
      return handle;
    }

    /** For `using`: closes what nobody has taken over. */
    dispose(): void {
      if (this.#bound.handle !== null) this.close();
    }

    get path(): string | undefined {
      return this.#bound.path;
    }

    get isPipe(): boolean {
      return this.#bound.path !== undefined;
    }
  }

  giveSymbols(BoundSocket.prototype, nodes);
  guardTransfer(BoundSocket.prototype, nodes, "net.BoundSocket");
  return BoundSocket;
}

interface Bound {
  /** Null once it was given away or closed. */
  handle: BindHandle | null;
  readonly address: Record<string, unknown>;
  readonly path: string | undefined;
}

function mustHave({ handle }: Bound): BindHandle {
  if (handle !== null) return handle;
  const error = new Error("The bound socket was taken over by a server or a socket, or closed");
  throw Object.assign(error, { code: "ERR_SOCKET_HANDLE_ADOPTED" });
}

function bind(maker: BindMaker, options: BoundSocketOptions): Bound {
  if (options === null || typeof options !== "object") throw argumentError("options", "object", options);
  return options.path === undefined ? bindTcp(maker, options) : bindPath(maker, options, options.path);
}

function bindTcp(maker: BindMaker, options: BoundSocketOptions): Bound {
  // Node's own check, and error, of a port.
  const { port } = new net.SocketAddress({ port: (options.port ?? 0) as number });
  const ipv6Only = flag(options, "ipv6Only");
  const reusePort = flag(options, "reusePort");
  const host = options.host ?? (ipv6Only ? "::" : "0.0.0.0");
  if (typeof host !== "string") throw argumentError("options.host", "string", host);
  const family = net.isIP(host);
  if (family === 0) {
    const why = "must be a numeric IP address; net.BoundSocket does not perform DNS resolution";
    throw argumentError("options.host", why, host, "ERR_INVALID_ARG_VALUE");
  }
  const { handle, status } = maker.tcp(host, port, { reusePort, ipv6: family === 6, ipv6Only });
  const address = {};
  // A port that is taken shows in the name, as with libuv.
  const failed = status || (handle.getsockname?.(address) ?? 0);
  if (failed === 0) return { handle, address, path: undefined };
  handle.close();
  throw bindError(failed, { address: host, port });
}

function flag(options: BoundSocketOptions, name: "ipv6Only" | "reusePort"): boolean {
  const value = options[name] ?? false;
  if (typeof value !== "boolean") throw argumentError(`options.${name}`, "boolean", value);
  return value;
}

function bindPath(maker: BindMaker, options: BoundSocketOptions, path: string): Bound {
  const others = [options.host, options.port, options.ipv6Only, options.reusePort];
  if (others.some((one) => one !== undefined)) {
    const why = "path is mutually exclusive with host, port, ipv6Only, and reusePort";
    throw argumentError("options", why, options, "ERR_INVALID_ARG_VALUE");
  }
  if (typeof path !== "string") throw argumentError("options.path", "string", path);
  const { handle, status } = maker.path(path);
  if (status === 0) return { handle, address: {}, path };
  handle.close();
  throw bindError(status);
}

/** Puts methods of ours under the names by which Node asks for them. */
function giveSymbols(ours: object, nodes: object): void {
  for (const [name, method] of [
    ["kBoundSocketPath", "path"],
    ["kBoundSocketConsume", "take"],
    ["Symbol.dispose", "dispose"],
  ] as const) {
    const symbol = findSymbol(nodes, name);
    const descriptor = Object.getOwnPropertyDescriptor(ours, method);
    if (symbol === undefined || descriptor === undefined) {
      throw new Error(
        `tapstack/net needs "${name}" of Node's net.BoundSocket, which ${process.version} has not`,
      );
    }
    Object.defineProperty(ours, symbol, descriptor);
  }
}
