/** What stream, seqpacket and datagram sockets of AF_UNIX have in common: names, messages, ancillary data. */
import { type Sockaddr, unixSockaddr } from "../address.ts";
import { AF_UNIX, SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from "../constants.ts";
import { errno } from "../errors.ts";
import { type ControlMessage, Received } from "../operations.ts";
import type { Credentials } from "../options/option-value.ts";
import { type Description, Socket } from "../socket.ts";
import type { NamedSocket, UnixNamespace } from "./namespace.ts";

/** Linux's net.core.wmem_default: octets on their way from one socket. */
export const DEFAULT_BUFFER = 212_992;

/** SCM_MAX_FD of Linux: sockets in one message. */
const MOST_PASSED = 253;

/** What is the same for every AF_UNIX socket of one `createSockets`. */
export interface UnixContext {
  readonly namespace: UnixNamespace;
  /** Who the sockets' owner is, for SO_PEERCRED. */
  readonly credentials: Credentials;
}

/** Whoever sent octets that are not yet read: they count against its SO_SNDBUF. */
export interface Sender {
  readonly name: UnixName;
  readonly credentials: Credentials;
  /** `octets` of what it sent were read, or thrown away. */
  credited(octets: number): void;
}

/** Octets on their way: a message, or what one write put into a stream. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly sender: Sender;
  /** Open sockets that travel with the first octet; each holds one reference. */
  rights: readonly Description[];
}

/** A copy of `from[start..end)`. Not `from.slice`, which on Node's Buffer copies nothing. */
export function copyOf(from: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(start === 0 && end === from.length ? from : from.subarray(start, end));
  return copy;
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

  /** Status of `bind`: an address without a path asks for an abstract name (autobind). */
  bind(at: Sockaddr): number {
    if (at.family !== AF_UNIX) return -errno.EINVAL;
    if (at.path === undefined || at.path === "") return this.autobind();
    if (this.path !== undefined) return -errno.EINVAL;
    const status = this.#context.namespace.bind(at.path, this.#owner);
    if (status === 0) this.path = at.path;
    return status;
  }

  autobind(): number {
    if (this.path !== undefined) return 0;
    this.path = this.#context.namespace.autobind(this.#owner);
    return this.path === undefined ? -errno.EADDRINUSE : 0;
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

/** The open sockets that `control` passes, one reference each; or a negated errno. */
export function takeRights(control: readonly ControlMessage[] | undefined): readonly Description[] | number {
  if (control === undefined || control.length === 0) return NO_RIGHTS;
  const rights: Description[] = [];
  for (const { level, type, data } of control) {
    // Everybody here is one process: credentials that are sent are ignored in favour of the true ones.
    if (level === SOL_SOCKET && type === SCM_CREDENTIALS) continue;
    if (level !== SOL_SOCKET || type !== SCM_RIGHTS || !Array.isArray(data)) return -errno.EINVAL;
    if (!collect(data as readonly unknown[], rights)) return -errno.EBADF;
  }
  if (rights.length > MOST_PASSED) return -errno.EINVAL;
  for (const description of rights) description.retain();
  return rights;
}

/** Appends the open sockets of `sockets` to `rights`; false if one is not open. */
function collect(sockets: readonly unknown[], rights: Description[]): boolean {
  for (const socket of sockets) {
    const description = Socket.of(socket);
    if (description === undefined) return false;
    rights.push(description);
  }
  return true;
}

/** Gives up references that nobody received. */
export function dropRights(rights: readonly Description[]): void {
  for (const description of rights) {
    if (description.release()) description.operations.close();
  }
}

/** No passed sockets. */
export const NO_RIGHTS: readonly Description[] = [];

/** Tells a receiver who sent `chunk`, and gives it the sockets that came with it. */
export function describe(
  chunk: Chunk,
  details: Received | undefined,
  wantsCredentials: boolean,
  peek: boolean,
): void {
  const { rights, sender } = chunk;
  if (details?.wantsControl !== true) {
    if (rights.length > 0 && !peek) {
      dropRights(rights);
      if (details !== undefined) details.flags |= Received.CONTROL_CUT_OFF;
    }
  } else if (rights.length > 0) {
    // MSG_PEEK gives sockets of its own, and leaves those in the message where they are.
    const data = rights.map((description) => new Socket(peek ? description.retain() : description));
    details.control.push({ level: SOL_SOCKET, type: SCM_RIGHTS, data });
  }
  if (!peek) chunk.rights = NO_RIGHTS;
  if (details === undefined) return;
  details.address ??= sender.name.known;
  if (wantsCredentials && details.wantsControl) {
    details.control.push({ level: SOL_SOCKET, type: SCM_CREDENTIALS, data: sender.credentials });
  }
}
