/** The name of one AF_UNIX socket, and what all sockets of one set have in common. */
import type { Failure } from "../../stack/index.ts";
import { type Sockaddr, unixSockaddr } from "../address.ts";
import type { Credentials } from "../options/option-value.ts";
import type { NamedSocket, UnixNamespace } from "./namespace.ts";

/** Linux's net.core.wmem_default: octets on their way from one socket. */
export const DEFAULT_BUFFER = 212_992;

/** Octets that Linux keeps back of SO_SNDBUF when it judges whether a message is too long. */
export const MESSAGE_OVERHEAD = 32;

/** What is the same for every AF_UNIX socket of one `createSockets`. */
export interface UnixContext {
  readonly namespace: UnixNamespace;
  /** Who the sockets' owner is, for SO_PEERCRED. */
  readonly credentials: Credentials;
}

/** The name of one socket. */
export class UnixName {
  readonly #context: UnixContext;
  readonly #owner: NamedSocket;
  path: string | undefined;
  /** Another socket's name, as accepted sockets have: not ours to release. */
  #borrowed = false;

  constructor(context: UnixContext, owner: NamedSocket) {
    this.#context = context;
    this.#owner = owner;
  }

  /** Without a path, an abstract name that nobody has (autobind). */
  bind(path: string | undefined): Failure | undefined {
    if (path === undefined || path === "") return this.autobind();
    // A path is made, and then found to be one too many, as on Linux: that it is taken is told first.
    if (this.path !== undefined)
      return path.startsWith("\0") || !this.#context.namespace.has(path) ? "invalid" : "address-in-use";
    const failure = this.#context.namespace.bind(path, this.#owner);
    if (failure === undefined) this.path = path;
    return failure;
  }

  autobind(): Failure | undefined {
    this.path ??= this.#context.namespace.autobind(this.#owner);
    return this.path === undefined ? "address-in-use" : undefined;
  }

  borrow(path: string | undefined): void {
    this.path = path;
    this.#borrowed = true;
  }

  release(): void {
    if (this.path !== undefined && !this.#borrowed) this.#context.namespace.closed(this.path, this.#owner);
  }

  /** For getsockname: an unnamed socket has an address, without a path. */
  get address(): Sockaddr {
    return unixSockaddr(this.path);
  }

  /** For received messages: undefined if there is no name. */
  get known(): Sockaddr | undefined {
    return this.path === undefined ? undefined : this.address;
  }
}
