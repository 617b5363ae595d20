/** SOCK_STREAM and SOCK_SEQPACKET sockets of AF_UNIX: unix(7), with the errors that Linux gives. */
import type { Sockaddr } from "../address.ts";
import {
  AF_UNIX,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../constants.ts";
import { errno } from "../errors.ts";
import type { Accepted, ControlMessage, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import type { Credentials } from "../options/option-value.ts";
import { NO_CREDENTIALS } from "../options/socket-places.ts";
import {
  type Chunk,
  copyOf,
  DEFAULT_BUFFER,
  describe,
  dropRights,
  type Sender,
  takeRights,
  type UnixContext,
  UnixName,
} from "./unix-core.ts";

/** Octets that Linux keeps back of SO_SNDBUF when it judges whether a message is too long. */
const MESSAGE_OVERHEAD = 32;

/**
 * An AF_UNIX socket of a connection: a stream, or messages that keep their bounds (seqpacket). For `tapstack/net`,
 * whose path sockets stand on it; programs have it as a `Socket`.
 *
 * @internal
 */
export class UnixStreamSocket implements SocketOperations, Sender {
  /** Which of the two, and for the table of options. */
  readonly kind: SocketKind;
  readonly kept: KeptOptions = new KeptOptions();
  /** AF_UNIX. */
  readonly family: number = AF_UNIX;
  readonly style: number;
  /** 0: there is only one. */
  readonly protocol: number = 0;
  readonly keepsBoundaries: boolean;
  readonly lowWater: number = 1;
  readonly linger: number = -1;
  /** Its name; undefined while it has none. */
  readonly name: UnixName;
  /** Who owns it. */
  readonly credentials: Credentials;
  /** Octets that may wait for the peer to read them. */
  sendBuffer: number = DEFAULT_BUFFER;
  /** SO_PASSCRED. */
  passCredentials = false;
  /** SO_PEERCRED; undefined before it is connected. */
  peerCredentials: Credentials = NO_CREDENTIALS;
  /** Octets that were sent and not yet read. */
  unsent = 0;
  readonly #context: UnixContext;
  #wake: (() => void) | undefined;
  #state: "idle" | "listening" | "connected" = "idle";
  #peer: UnixStreamSocket | undefined;
  /** What has come; of the first chunk, `#read` octets are taken already. */
  readonly #queue: Chunk[] = [];
  #read = 0;
  #receiveShut = false;
  #sendShut = false;
  #error = 0;
  #closed = false;
  /** Of a listener: connections that wait for `accept`, and sockets that wait for room among them. */
  readonly #pending: UnixStreamSocket[] = [];
  #backlog = 0;
  readonly #connectors: Set<UnixStreamSocket> = new Set();

  constructor(context: UnixContext, style: number) {
    this.#context = context;
    this.style = style;
    this.kind = style === SOCK_SEQPACKET ? "unix-seqpacket" : "unix-stream";
    this.keepsBoundaries = style === SOCK_SEQPACKET;
    this.credentials = context.credentials;
    this.name = new UnixName(context, this);
  }

  /** Makes `left` and `right` each other's peers. */
  static join(left: UnixStreamSocket, right: UnixStreamSocket): void {
    left.#state = "connected";
    right.#state = "connected";
    left.#peer = right;
    right.#peer = left;
    left.peerCredentials = right.credentials;
    right.peerCredentials = left.credentials;
  }

  /** It listens. */
  get listening(): boolean {
    return this.#state === "listening";
  }

  get errorPending(): boolean {
    return this.#error !== 0;
  }

  get available(): number {
    if (this.keepsBoundaries) return this.#queue[0]?.bytes.length ?? 0;
    return this.#queue.reduce((octets, { bytes }) => octets + bytes.length, 0) - this.#read;
  }

  onChange(wake: () => void): void {
    this.#wake = wake;
  }

  credited(octets: number): void {
    this.unsent -= octets;
    this.#wake?.();
  }

  /** Gives it a name. 0, or a negated errno. */
  bind(at: Sockaddr): number {
    return this.name.bind(at);
  }

  /** Lets connections in. 0, or a negated errno. */
  listen(backlog: number): number {
    if (this.name.path === undefined || this.#state === "connected") return -errno.EINVAL;
    this.#state = "listening";
    this.#backlog = backlog < 0 ? 0x7fff_ffff : backlog;
    return 0;
  }

  /** The next connection, or a negated errno. */
  accept(): Accepted | number {
    if (this.#state !== "listening") return -errno.EINVAL;
    const operations = this.#pending.shift();
    if (operations === undefined) return this.#receiveShut ? -errno.EINVAL : -errno.EAGAIN;
    this.#wakeConnectors();
    return { operations, address: operations.#peer?.name.known };
  }

  connect(to: Sockaddr | undefined): number {
    if (to?.family !== AF_UNIX || to.path === undefined || to.path === "") return -errno.EINVAL;
    if (this.passCredentials) this.name.autobind();
    const found = this.#context.namespace.find(to.path);
    if (typeof found === "number") return found;
    if (found.style !== this.style || !(found instanceof UnixStreamSocket)) return -errno.EPROTOTYPE;
    if (found.#state !== "listening" || found.#receiveShut) return -errno.ECONNREFUSED;
    if (found.#pending.length > found.#backlog) {
      found.#connectors.add(this);
      return -errno.EAGAIN;
    }
    if (this.#state !== "idle") return this.#state === "connected" ? -errno.EISCONN : -errno.EINVAL;
    const accepted = new UnixStreamSocket(found.#context, this.style);
    accepted.name.borrow(found.name.path);
    accepted.passCredentials = found.passCredentials;
    UnixStreamSocket.join(this, accepted);
    found.#pending.push(accepted);
    found.#wake?.();
    return 0;
  }

  connectOutcome(): number {
    return this.#state === "connected" ? 0 : -errno.ENOTCONN;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (this.#state !== "connected") return this.keepsBoundaries ? -errno.ENOTCONN : -errno.EINVAL;
    if (this.keepsBoundaries && this.#error !== 0) return this.takeError();
    if (start === end && !this.keepsBoundaries) return 0;
    if (this.#queue.length > 0) {
      return this.keepsBoundaries
        ? this.#receiveMessage(into, start, end, flags, details)
        : this.#receiveOctets(into, start, end, flags, details);
    }
    if (this.#error !== 0) return this.takeError();
    return this.#receiveShut ? 0 : -errno.EAGAIN;
  }

  send(
    from: Uint8Array,
    start: number,
    end: number,
    flags: number,
    to?: Sockaddr,
    control?: readonly ControlMessage[],
  ): number {
    const status = this.#maySend(flags, to);
    if (status !== 0) return status;
    const peer = this.#peer as UnixStreamSocket;
    const wanted = end - start;
    if (!this.keepsBoundaries && wanted === 0) return 0;
    if (this.keepsBoundaries && wanted > this.sendBuffer - MESSAGE_OVERHEAD) return -errno.EMSGSIZE;
    const room = this.sendBuffer - this.unsent;
    if (room <= 0 || (this.keepsBoundaries && wanted > room)) return -errno.EAGAIN;
    const rights = takeRights(control);
    if (typeof rights === "number") return rights;
    const count = Math.min(wanted, room);
    this.unsent += count;
    peer.#queue.push({ bytes: copyOf(from, start, start + count), sender: this, rights });
    peer.#wake?.();
    return count;
  }

  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  /** Never fails on AF_UNIX, connected or not. */
  shutdown(how: number): number {
    const receive = how !== SHUT_WR;
    const send = how !== SHUT_RD;
    this.#receiveShut ||= receive;
    this.#sendShut ||= send;
    const peer = this.#peer;
    if (peer !== undefined && !peer.#closed) {
      peer.#receiveShut ||= send;
      peer.#sendShut ||= receive;
      peer.#wake?.();
    }
    this.#wake?.();
    return 0;
  }

  /** Its own address. */
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
    if (this.#queue.length > 0 || this.#pending.length > 0) mask |= POLLIN;
    if (this.#state === "idle") mask |= POLLHUP;
    // unix_writable of Linux: not before three quarters of the buffer are free again.
    if (this.#state !== "listening" && this.unsent * 4 <= this.sendBuffer) mask |= POLLOUT;
    return mask;
  }

  atMark(): number {
    return -errno.EOPNOTSUPP;
  }

  finish(): void {
    this.shutdown(SHUT_WR);
  }

  close(): void {
    this.#closed = true;
    this.name.release();
    for (const pending of this.#pending.splice(0)) pending.#reset();
    this.#wakeConnectors();
    const unread = this.#queue.length > 0;
    for (const { bytes, rights, sender } of this.#queue.splice(0)) {
      dropRights(rights);
      sender.credited(bytes.length - this.#read);
      this.#read = 0;
    }
    if (unread) this.#reset();
    else this.#peerGone(0);
  }

  /** The peer learns that what it sent was never read. */
  #reset(): void {
    this.#closed = true;
    this.#peerGone(-errno.ECONNRESET);
  }

  #peerGone(error: number): void {
    const peer = this.#peer;
    if (peer === undefined || peer.#closed) return;
    if (error !== 0) peer.#error = error;
    peer.#receiveShut = true;
    peer.#sendShut = true;
    peer.#wake?.();
  }

  #wakeConnectors(): void {
    const waiting = [...this.#connectors];
    this.#connectors.clear();
    for (const connector of waiting) connector.#wake?.();
  }

  #maySend(flags: number, to: Sockaddr | undefined): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    const connected = this.#state === "connected";
    if (to !== undefined && this.style === SOCK_STREAM) return connected ? -errno.EISCONN : -errno.EOPNOTSUPP;
    if (!connected) return -errno.ENOTCONN;
    const peer = this.#peer;
    return this.#sendShut || peer === undefined || peer.#closed || peer.#receiveShut ? -errno.EPIPE : 0;
  }

  #receiveMessage(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    const chunk = this.#queue[0] as Chunk;
    const peek = (flags & MSG_PEEK) !== 0;
    const whole = chunk.bytes.length;
    const count = Math.min(whole, end - start);
    into.set(count === whole ? chunk.bytes : chunk.bytes.subarray(0, count), start);
    describe(chunk, details, this.passCredentials, peek);
    if (count < whole && details !== undefined) details.flags |= MSG_TRUNC;
    if (!peek) {
      this.#queue.shift();
      chunk.sender.credited(whole);
    }
    return (flags & MSG_TRUNC) !== 0 ? whole : count;
  }

  /** Octets of one chunk after the other, up to the end of one that has sockets with it. */
  #receiveOctets(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    const peek = (flags & MSG_PEEK) !== 0;
    let at = start;
    let index = 0;
    let skip = this.#read;
    while (at < end) {
      const chunk = this.#queue[index];
      if (chunk === undefined) break;
      const hadRights = chunk.rights.length > 0;
      if (at === start || hadRights) describe(chunk, details, this.passCredentials && at === start, peek);
      const count = Math.min(chunk.bytes.length - skip, end - at);
      into.set(chunk.bytes.subarray(skip, skip + count), at);
      at += count;
      if (peek) index++;
      else this.#consume(chunk, count);
      skip = peek ? 0 : this.#read;
      if (hadRights) break;
    }
    return at - start;
  }

  #consume(chunk: Chunk, octets: number): void {
    this.#read += octets;
    if (this.#read === chunk.bytes.length) {
      this.#queue.shift();
      this.#read = 0;
    }
    chunk.sender.credited(octets);
  }
}
