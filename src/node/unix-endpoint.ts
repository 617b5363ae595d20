/**
 * A stream socket of AF_UNIX with the shape of an endpoint, for the handles of this folder. Its calls are
 * those of src/api, whose negated errnos are just what libuv gives.
 */
import {
  errno,
  POLLIN,
  POLLOUT,
  SHUT_RD,
  SOCK_STREAM,
  type UnixNamespace,
  UnixStreamSocket,
  unixSockaddr,
} from "../api/index.ts";
import type { Failure, SocketAddress } from "../stack/index.ts";
import type { UnixHost, UnixStream } from "./host.ts";

/** The owner of every path socket of this process. */
const CREDENTIALS = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

const FAILURES: ReadonlyMap<number, Failure> = new Map<number, Failure>([
  [-errno.ECONNRESET, "reset"],
  [-errno.ECONNREFUSED, "refused"],
  [-errno.EPIPE, "broken-pipe"],
  [-errno.ENOTCONN, "not-connected"],
]);

/** Path sockets in one namespace, which several stacks may share. */
export function unixHost(namespace: UnixNamespace): UnixHost {
  return {
    openStream: () => {
      const context = { namespace, credentials: CREDENTIALS };
      return new UnixEndpoint(namespace, new UnixStreamSocket(context, SOCK_STREAM));
    },
  };
}

class UnixEndpoint implements UnixStream {
  readonly local: SocketAddress | undefined = undefined;
  readonly remote: SocketAddress | undefined = undefined;
  failure: Failure | undefined = undefined;
  connected: boolean;
  readonly #namespace: UnixNamespace;
  readonly #socket: UnixStreamSocket;
  #path: string | undefined;
  /** Where a connect goes that waits for room among those that wait for `accept`. */
  #target: string | undefined;
  #wake: (() => void) | undefined;

  constructor(namespace: UnixNamespace, socket: UnixStreamSocket, connected = false) {
    this.#namespace = namespace;
    this.#socket = socket;
    this.connected = connected;
    socket.onChange(() => this.#changed());
  }

  get readable(): boolean {
    return this.failure !== undefined || (this.#socket.readiness() & POLLIN) !== 0;
  }

  get writable(): boolean {
    return this.failure !== undefined || (this.#socket.readiness() & POLLOUT) !== 0;
  }

  get available(): number {
    return this.#socket.available;
  }

  get unsent(): number {
    return this.#socket.unsent;
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  onChange(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }

  bindPath(path: string): number {
    if (this.#path !== undefined) return -errno.EINVAL;
    const status = this.#socket.bind(unixSockaddr(path));
    if (status === 0) this.#path = path;
    return status;
  }

  listen(backlog: number): number {
    return this.#socket.listen(backlog);
  }

  accept(): UnixStream | undefined {
    const accepted = this.#socket.accept();
    if (typeof accepted === "number") return undefined;
    return new UnixEndpoint(this.#namespace, accepted.operations as UnixStreamSocket, true);
  }

  connectPath(path: string): number {
    const status = this.#socket.connect(unixSockaddr(path));
    this.#target = status === -errno.EAGAIN ? path : undefined;
    if (status === 0) this.connected = true;
    return status === -errno.EAGAIN ? 0 : status;
  }

  read(into: Uint8Array, start = 0, end: number = into.length): number | undefined {
    return this.#result(this.#socket.receive(into, start, end, 0));
  }

  write(from: Uint8Array, start = 0, end: number = from.length): number | undefined {
    return this.#result(this.#socket.send(from, start, end, 0));
  }

  finish(): void {
    this.#socket.finish();
  }

  discard(): void {
    this.#socket.shutdown(SHUT_RD);
  }

  /** As libuv: the path of a server goes with it. */
  close(): void {
    if (this.#path !== undefined) this.#namespace.unlink(this.#path);
    this.#socket.close();
  }

  /** AF_UNIX has no reset of its own; Linux gives one for what was not read. */
  abort(): void {
    this.close();
  }

  #result(count: number): number | undefined {
    if (count >= 0) return count;
    if (count !== -errno.EAGAIN) this.failure = FAILURES.get(count) ?? "invalid";
    return undefined;
  }

  #changed(): void {
    if (this.#target !== undefined) {
      const status = this.connectPath(this.#target);
      if (status !== 0) this.failure = FAILURES.get(status) ?? "invalid";
    }
    this.#wake?.();
  }
}
