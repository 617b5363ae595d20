/** SOCK_DGRAM sockets of AF_UNIX: reliable and in order, with the errors that Linux gives (unix(7)). */
import type { Sockaddr, UnixSockaddr } from "../address.ts";
import {
  AF_UNIX,
  MSG_OOB,
  MSG_PEEK,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SOCK_DGRAM,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Accepted, ControlMessage, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import type { Credentials } from "../options/option-value.ts";
import { NO_CREDENTIALS } from "../options/socket-places.ts";
import type { Sender } from "./chunk.ts";
import { copyOf } from "./chunk-stores.ts";
import { MessageQueue } from "./message-queue.ts";
import { DEFAULT_BUFFER, MESSAGE_OVERHEAD, type UnixContext, UnixName } from "./names.ts";
import { takeRights } from "./rights.ts";

/** net.unix.max_dgram_qlen of Linux: one more than this waits for a receiver that is not connected to the sender. */
const MOST_QUEUED = 10;

/** A SOCK_DGRAM socket of AF_UNIX. */
export class UnixDatagramSocket implements SocketOperations, Sender {
  readonly kind: SocketKind = "unix-datagram";
  readonly kept: KeptOptions = new KeptOptions();
  readonly listening: boolean = false;
  readonly family: number = AF_UNIX;
  readonly style: number = SOCK_DGRAM;
  readonly protocol: number = 0;
  readonly keepsBoundaries: boolean = true;
  readonly lowWater: number = 1;
  readonly linger: number = -1;
  readonly name: UnixName;
  readonly credentials: Credentials;
  readonly peerCredentials: Credentials = NO_CREDENTIALS;
  sendBuffer: number = DEFAULT_BUFFER;
  passCredentials = false;
  unsent = 0;
  readonly #context: UnixContext;
  #wake: (() => void) | undefined;
  #peer: UnixDatagramSocket | undefined;
  readonly #queue: MessageQueue = new MessageQueue();
  #receiveShut = false;
  #sendShut = false;
  #error = 0;
  #closed = false;
  /** Senders that found the queue full. */
  readonly #waiting: Set<UnixDatagramSocket> = new Set();

  constructor(context: UnixContext) {
    this.#context = context;
    this.credentials = context.credentials;
    this.name = new UnixName(context, this);
  }

  /** Makes `left` and `right` each other's peers. */
  static join(left: UnixDatagramSocket, right: UnixDatagramSocket): void {
    left.#peer = right;
    right.#peer = left;
  }

  get errorPending(): boolean {
    return this.#error !== 0;
  }

  get available(): number {
    return this.#queue.first;
  }

  onChange(wake: () => void): void {
    this.#wake = wake;
  }

  get path(): string | undefined {
    return this.name.path;
  }

  notify(): void {
    this.#wake?.();
  }

  bind(at: Sockaddr): number {
    return at.family === AF_UNIX ? statusOf(this.name.bind(at.path)) : -errno.EINVAL;
  }

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): Accepted | number {
    return -errno.EOPNOTSUPP;
  }

  connect(to: Sockaddr | undefined): number {
    if (to === undefined) {
      this.#moveTo(undefined);
      return 0;
    }
    if (this.passCredentials) this.name.autobind();
    const other = this.#find(to);
    if (typeof other === "number") return other;
    if (!other.#admits(this)) return -errno.EPERM;
    this.#moveTo(other);
    return 0;
  }

  connectOutcome(): number {
    return 0;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (this.#error !== 0) return this.takeError();
    if (this.#queue.count === 0) return this.#receiveShut ? 0 : -errno.EAGAIN;
    const wish = {
      flags,
      details,
      credentials: this.passCredentials,
      skip: Math.max(0, this.kept.peekOffset),
    };
    const count = this.#queue.message(into, start, end, wish);
    if ((flags & MSG_PEEK) === 0) this.#notifySenders();
    return count;
  }

  send(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to?: Sockaddr,
    control?: readonly ControlMessage[],
  ): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (this.passCredentials) this.name.autobind();
    const octets = end - start;
    // As on Linux, what is wrong with the call and here comes before what is wrong there.
    if (to !== undefined && !isName(to)) return -errno.EINVAL;
    const refused = this.#refusal(octets);
    if (refused !== 0) return refused;
    const other = to === undefined ? this.#connectedPeer() : this.#find(to);
    if (typeof other === "number") return other;
    const status = this.#reach(other);
    if (status !== 0) return status;
    const rights = takeRights(control);
    if (typeof rights === "string") return statusOf(rights);
    other.#queue.push({ bytes: copyOf(from, start, end), sender: this, rights });
    other.notify();
    return octets;
  }

  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  /** Never fails on AF_UNIX, connected or not, and concerns only this end. */
  shutdown(how: number): number {
    this.#receiveShut ||= how !== SHUT_WR;
    this.#sendShut ||= how !== SHUT_RD;
    this.#notifySenders();
    return 0;
  }

  localAddress(): Sockaddr {
    return this.name.address;
  }

  peerAddress(): Sockaddr | number {
    return this.#peer === undefined ? -errno.ENOTCONN : this.#peer.name.address;
  }

  readiness(): number {
    let mask = this.#error === 0 ? 0 : POLLERR;
    if (this.#receiveShut && this.#sendShut) mask |= POLLHUP;
    if (this.#receiveShut) mask |= POLLRDHUP | POLLIN;
    if (this.#queue.count > 0) mask |= POLLIN;
    const peer = this.#peer;
    const peerHasRoom = peer === undefined || peer.#peer === this || peer.#queue.count <= MOST_QUEUED;
    if (this.unsent * 4 <= this.sendBuffer && peerHasRoom) mask |= POLLOUT;
    return mask;
  }

  atMark(): number {
    return -errno.EOPNOTSUPP;
  }

  finish(): void {
    // What was sent is in the receiver's queue already: nothing has to be waited for.
  }

  close(): void {
    this.#closed = true;
    this.name.release();
    for (const sender of this.#queue.clear()) sender.notify();
    this.#notifySenders();
  }

  /** Whether it takes messages of `sender`: a connected socket only those of its peer. */
  #admits(sender: UnixDatagramSocket): boolean {
    return this.#peer === undefined || this.#peer === sender;
  }

  #find(to: Sockaddr): UnixDatagramSocket | number {
    if (!isName(to)) return -errno.EINVAL;
    const found = this.#context.namespace.find(to.path);
    if (typeof found === "string") return statusOf(found);
    return found instanceof UnixDatagramSocket ? found : -errno.EPROTOTYPE;
  }

  /** The peer; one that was closed refuses once, and is forgotten then. */
  #connectedPeer(): UnixDatagramSocket | number {
    const peer = this.#peer;
    if (peer === undefined) return -errno.ENOTCONN;
    if (!peer.#closed) return peer;
    this.#peer = undefined;
    return -errno.ECONNREFUSED;
  }

  /** Why this end sends nothing to anybody: a negated errno, or 0. */
  #refusal(octets: number): number {
    if (octets > this.sendBuffer - MESSAGE_OVERHEAD) return -errno.EMSGSIZE;
    if (this.#sendShut) return -errno.EPIPE;
    return this.unsent > 0 && this.unsent + octets > this.sendBuffer ? -errno.EAGAIN : 0;
  }

  /** Why `other` takes nothing from this end: a negated errno, or 0. */
  #reach(other: UnixDatagramSocket): number {
    if (!other.#admits(this)) return -errno.EPERM;
    if (other.#receiveShut) return -errno.EPIPE;
    if (other !== this && other.#peer !== this && other.#queue.count > MOST_QUEUED) {
      other.#waiting.add(this);
      return -errno.EAGAIN;
    }
    return 0;
  }

  /** Another peer, or none: what the old one has sent is forgotten, and that one learns of it. */
  #moveTo(next: UnixDatagramSocket | undefined): void {
    const peer = this.#peer;
    this.#peer = next;
    if (peer === undefined || peer === next || this.#queue.count === 0) return;
    const touched = this.#queue.clear();
    if (peer.#peer === this && !peer.#closed) {
      peer.#error = -errno.ECONNRESET;
      touched.add(peer);
    }
    for (const sender of touched) sender.notify();
  }

  #notifySenders(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const sender of waiting) sender.notify();
  }
}

/** Whether the address names anybody. */
function isName(to: Sockaddr): to is UnixSockaddr & { readonly path: string } {
  return to.family === AF_UNIX && to.path !== undefined && to.path !== "";
}
