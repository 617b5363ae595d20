/** A SOCK_STREAM socket of AF_INET, over a TCP endpoint. What the RFCs leave open is as on Linux. */
import { IPV4_LOOPBACK, type TcpEndpoint, type TcpState } from "../../stack/index.ts";
import { fromEndpoint, type InetSockaddr, type Sockaddr, toEndpoint } from "../address.ts";
import {
  AF_INET,
  INADDR_ANY,
  IPPROTO_TCP,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SOCK_STREAM,
  SOMAXCONN,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { Accepted, Received, SocketKind, SocketOperations } from "../operations.ts";
import { KeptOptions } from "../options/kept.ts";
import type { SocketStack } from "../stack.ts";

type Phase = "idle" | "connecting" | "connected" | "listening";

/** A SOCK_STREAM socket of AF_INET. */
export class TcpSocket implements SocketOperations {
  readonly kind: SocketKind = "tcp";
  readonly kept: KeptOptions;
  readonly family: number = AF_INET;
  readonly style: number = SOCK_STREAM;
  readonly protocol: number = IPPROTO_TCP;
  readonly keepsBoundaries: boolean = false;
  readonly stack: SocketStack;
  endpoint: TcpEndpoint;
  #phase: Phase = "idle";
  /** The address that `bind` was given, for the endpoint that follows one whose connection failed. */
  #bound: InetSockaddr | undefined;
  #wake: (() => void) | undefined;
  #receiveShut = false;
  #sendShut = false;
  /** The connection's failure has been reported: from now on reads give the end, writes EPIPE. */
  #ended = false;
  /** The outcome of `connect` was told to its caller. */
  #told = true;
  /** The last send had MSG_MORE: the connection is corked until one without. */
  #more = false;

  constructor(stack: SocketStack, accepted?: TcpEndpoint, kept: KeptOptions = new KeptOptions()) {
    this.stack = stack;
    this.kept = kept;
    this.endpoint = accepted ?? stack.openTcp();
    if (accepted !== undefined) this.#phase = "connected";
  }

  get listening(): boolean {
    return this.#phase === "listening";
  }

  get lowWater(): number {
    return this.endpoint.options.receiveLowWater;
  }

  get errorPending(): boolean {
    return this.endpoint.failure !== undefined;
  }

  get available(): number {
    return this.endpoint.available;
  }

  get unsent(): number {
    return this.endpoint.unsent;
  }

  get linger(): number {
    const { linger } = this.endpoint.options;
    return linger > 0 && this.#phase === "connected" ? linger : -1;
  }

  onChange(wake: () => void): void {
    this.#wake = wake;
    this.endpoint.onChange(wake);
  }

  bind(at: Sockaddr): number {
    if (at.family !== AF_INET) return -errno.EAFNOSUPPORT;
    if (this.#bound !== undefined || this.#phase !== "idle") return -errno.EINVAL;
    const status = statusOf(this.endpoint.bind(toEndpoint(at)));
    if (status === 0) this.#bound = fromEndpoint(this.endpoint.local);
    return status;
  }

  listen(backlog: number): number {
    if (this.#phase !== "idle" && this.#phase !== "listening") return -errno.EINVAL;
    // A negative backlog is a large unsigned one to Linux.
    const most = backlog < 0 ? SOMAXCONN : Math.min(backlog, SOMAXCONN);
    const status = statusOf(this.endpoint.listen(most));
    if (status === 0) this.#phase = "listening";
    return status;
  }

  accept(): Accepted | number {
    if (this.#phase !== "listening") return -errno.EINVAL;
    const accepted = this.endpoint.accept();
    if (accepted === undefined) return -errno.EAGAIN;
    return {
      operations: new TcpSocket(this.stack, accepted, this.kept.inherited()),
      address: fromEndpoint(accepted.remote),
    };
  }

  connect(to: Sockaddr | undefined): number {
    if (to === undefined) return this.#dissolve();
    if (to.family !== AF_INET) return -errno.EAFNOSUPPORT;
    if (this.#phase !== "idle") {
      // The first `connect` after one that did not wait tells the outcome; only then is it EISCONN.
      if (this.#phase === "listening" || this.#told) return -errno.EISCONN;
      const outcome = this.connectOutcome();
      return outcome === -errno.EAGAIN ? -errno.EALREADY : outcome;
    }
    // Connecting to the wildcard address means this host (RFC 1122 §3.2.1.3 leaves it to the system).
    const here = to.address === INADDR_ANY;
    const peer = here ? { address: IPV4_LOOPBACK, port: to.port } : toEndpoint(to);
    const status = statusOf(this.endpoint.connect(peer));
    if (status !== 0) return status;
    // Even if the loopback interface has answered by now: a socket that does not wait always learns it later.
    this.#phase = "connecting";
    this.#told = false;
    return -errno.EINPROGRESS;
  }

  connectOutcome(): number {
    const outcome = this.#outcome();
    if (outcome === 0) this.#told = true;
    return outcome;
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if (this.#phase !== "connected") {
      const status = this.#connectedOr(-errno.ENOTCONN);
      if (status !== 0) return status;
    }
    if ((flags & (MSG_OOB | MSG_TRUNC | MSG_ERRQUEUE)) !== 0) {
      return this.#receiveSpecially(into, start, end, flags, details);
    }
    // As in BSD: nothing is asked for, nothing is waited for. (Linux waits for an octet, and leaves it.)
    if (start === end) return 0;
    return this.endpoint.read(into, start, end, (flags & MSG_PEEK) !== 0) ?? this.#readStatus();
  }

  lend(into: Uint8Array, start: number, end: number): void {
    this.endpoint.lend(into, start, end);
  }

  withdraw(): void {
    this.endpoint.withdraw();
  }

  send(from: Uint8Array, start: number, end: number, flags: number): number {
    if (this.#phase !== "connected") {
      const status = this.#connectedOr(-errno.EPIPE);
      if (status !== 0) return status;
    }
    if (this.#sendShut) return -errno.EPIPE;
    if (start === end) return 0;
    if (((flags & MSG_MORE) !== 0) !== this.#more) this.#cork(!this.#more);
    const urgent = (flags & MSG_OOB) !== 0;
    const count = urgent
      ? this.endpoint.writeUrgent(from, start, end)
      : this.endpoint.write(from, start, end);
    if (count !== undefined) return count;
    if (this.endpoint.failure !== undefined) return this.takeError();
    return this.#ended ? -errno.EPIPE : -errno.EAGAIN;
  }

  takeError(): number {
    if (this.#phase === "connecting") {
      const outcome = this.#outcome();
      return outcome === -errno.EAGAIN ? 0 : outcome;
    }
    // What `failure` does not show is a soft error (RFC 1122 §4.2.3.9): told here, but the connection lives.
    if (this.endpoint.failure !== undefined) this.#ended = true;
    return statusOf(this.endpoint.takeFailure());
  }

  shutdown(how: number): number {
    if (this.#phase === "listening") {
      // Linux stops listening when the receiving half of a listener is shut down.
      if (how !== SHUT_WR) this.#renew();
      return 0;
    }
    if (this.#phase !== "connected") {
      const status = this.#connectedOr(-errno.ENOTCONN);
      if (status !== 0) return -errno.ENOTCONN;
    }
    const { state } = this.endpoint;
    if (state === "closed" || state === "time-wait") return -errno.ENOTCONN;
    if (how !== SHUT_WR && !this.#receiveShut) {
      this.#receiveShut = true;
      this.endpoint.discard();
    }
    if (how !== SHUT_RD && !this.#sendShut) {
      this.#sendShut = true;
      this.endpoint.finish();
    }
    this.#wake?.();
    return 0;
  }

  localAddress(): Sockaddr {
    return fromEndpoint(this.endpoint.local);
  }

  peerAddress(): Sockaddr | number {
    if (this.#phase === "connecting") this.#outcome();
    const { remote, state } = this.endpoint;
    const gone = state === "closed" || state === "time-wait";
    return this.#phase !== "connected" || gone || remote === undefined
      ? -errno.ENOTCONN
      : fromEndpoint(remote);
  }

  readiness(): number {
    const { endpoint } = this;
    if (this.#phase === "listening") return endpoint.readable ? POLLIN : 0;
    if (this.#phase === "idle") return POLLOUT | POLLHUP;
    const error = endpoint.failure === undefined ? 0 : POLLERR;
    if (this.#phase === "connecting" && !endpoint.connected) {
      return error === 0 ? 0 : error | POLLIN | POLLOUT | POLLHUP | POLLRDHUP;
    }
    const mask = error | this.#halvesClosed();
    const readable = endpoint.readable || mask !== 0 ? POLLIN : 0;
    const writes = endpoint.writable || this.#sendShut || (mask & (POLLERR | POLLHUP)) !== 0;
    return mask | readable | (writes ? POLLOUT : 0) | (endpoint.urgentPending ? POLLPRI : 0);
  }

  atMark(): number {
    return this.#phase === "connected" && this.endpoint.atMark ? 1 : 0;
  }

  finish(): void {
    this.endpoint.finish();
  }

  close(): void {
    this.endpoint.onChange(undefined);
    this.endpoint.close();
  }

  /** 0 when connected by now; -EAGAIN while connecting; else `otherwise`, the failure of the attempt first. */
  #connectedOr(otherwise: number): number {
    return this.#phase === "connecting" ? this.#outcome() : otherwise;
  }

  /** What has become of a connection attempt: see `connectOutcome`. */
  #outcome(): number {
    if (this.#phase === "connected") return 0;
    if (this.#phase !== "connecting") return -errno.ENOTCONN;
    if (this.endpoint.connected) {
      this.#phase = "connected";
      return 0;
    }
    if (this.endpoint.failure === undefined) return -errno.EAGAIN;
    const failure = this.endpoint.takeFailure();
    this.#renew();
    return statusOf(failure);
  }

  /** Why a read gave nothing. */
  #readStatus(): number {
    if (this.endpoint.failure !== undefined) return this.takeError();
    return this.#ended || this.#receiveShut ? 0 : -errno.EAGAIN;
  }

  #receiveSpecially(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_ERRQUEUE) !== 0) return -errno.EAGAIN;
    if ((flags & MSG_OOB) !== 0) return this.#receiveUrgent(into, start, end, flags, details);
    // MSG_TRUNC (tcp(7)): the octets are counted and thrown away, `into` stays as it is.
    if ((flags & MSG_PEEK) === 0) return this.endpoint.skip(end - start) ?? this.#readStatus();
    const { available } = this.endpoint;
    return available > 0 ? Math.min(end - start, available) : this.#readStatus();
  }

  #receiveUrgent(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    const { endpoint } = this;
    if (endpoint.options.oobInline) return -errno.EINVAL;
    const octet = endpoint.readUrgent((flags & MSG_PEEK) !== 0);
    if (octet < 0) return endpoint.urgentPending ? -errno.EAGAIN : -errno.EINVAL;
    if (details !== undefined) details.flags |= MSG_OOB;
    if (start === end) return 0;
    into[start] = octet;
    return 1;
  }

  /** POLLRDHUP when nothing more will come, POLLHUP when nothing will go either. */
  #halvesClosed(): number {
    const { state } = this.endpoint;
    const ended = state === "closed" || state === "time-wait" || (this.#receiveShut && this.#sendShut);
    if (ended) return POLLHUP | POLLRDHUP;
    return this.#receiveShut || peerHasFinished(state) ? POLLRDHUP : 0;
  }

  /** MSG_MORE holds back a partial segment as TCP_CORK does, but only until the next send without it. */
  #cork(on: boolean): void {
    this.#more = on;
    this.endpoint.configure({ cork: on });
  }

  /** connect to AF_UNSPEC: the connection is given up, and the socket may be used anew. */
  #dissolve(): number {
    if (this.#phase !== "idle") this.#renew();
    return 0;
  }

  /** A new endpoint with the same options and, if it was bound, at the same address. */
  #renew(): void {
    const old = this.endpoint;
    const { options } = old;
    old.onChange(undefined);
    old.abort();
    this.endpoint = this.stack.openTcp();
    this.endpoint.configure(options);
    this.endpoint.onChange(this.#wake);
    this.#phase = "idle";
    this.#told = true;
    this.#ended = false;
    this.#receiveShut = false;
    this.#sendShut = false;
    if (this.#bound !== undefined && this.endpoint.bind(toEndpoint(this.#bound)) !== undefined) {
      this.#bound = undefined;
    }
  }
}

function peerHasFinished(state: TcpState): boolean {
  return state === "close-wait" || state === "last-ack" || state === "closing";
}
