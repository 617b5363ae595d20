/** A SOCK_STREAM socket of AF_INET, over a TCP endpoint. What the RFCs leave open is as on Linux. */
import { IPV4_LOOPBACK, type TcpEndpoint } from "../../stack/index.ts";
import { fromEndpoint, type InetSockaddr, type Sockaddr, toEndpoint } from "../address.ts";
import {
  AF_INET,
  INADDR_ANY,
  IP_BIND_ADDRESS_NO_PORT,
  IPPROTO_IP,
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
import { optionKey } from "../options/option-value.ts";
import type { SocketStack } from "../stack.ts";
import { peerHasFinished, receiveUrgent } from "./tcp-states.ts";

/** "failed": an attempt has failed, and no `connect` has told its caller so yet. */
type Phase = "idle" | "connecting" | "connected" | "listening" | "failed";

const NO_PORT = optionKey(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);

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
  /** How an attempt has failed, until somebody is told. */
  #pending = 0;
  /** A failed attempt was shut down: no further one is possible before AF_UNSPEC, as on Linux. */
  #disconnecting = false;
  /** The port of `bind` was the system's choice: it goes with the connection, only the address stays. */
  #portChosen = false;
  #address: InetSockaddr | undefined;

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
    return this.#pending !== 0 || this.endpoint.failure !== undefined;
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
    if (at.port === 0 && this.kept.isOn(NO_PORT) && this.#address === undefined) {
      const usable = statusOf(this.endpoint.bind(toEndpoint(at)));
      if (usable !== 0) return usable;
      this.#renew(); // the address is ours; the port is left to `connect`
      this.#address = at;
      return 0;
    }
    const status = statusOf(this.endpoint.bind(toEndpoint(at)));
    if (status !== 0) return status;
    this.#bound = fromEndpoint(this.endpoint.local);
    this.#portChosen = at.port === 0;
    this.#address = undefined;
    return 0;
  }

  /** Where only an address is left of `bind`: a new port there. */
  #bindAgain(): number {
    return this.#address === undefined ? 0 : this.bind(this.#address);
  }

  listen(backlog: number): number {
    if (this.#phase !== "idle" && this.#phase !== "listening") return -errno.EINVAL;
    // A negative backlog is a large unsigned one to Linux.
    const most = backlog < 0 ? SOMAXCONN : Math.min(backlog, SOMAXCONN);
    const status = this.#bindAgain() || statusOf(this.endpoint.listen(most));
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
      if (this.#disconnecting) return -errno.EINVAL;
      const outcome = this.connectOutcome();
      return outcome === -errno.EAGAIN ? -errno.EALREADY : outcome;
    }
    // Connecting to the wildcard address means this host (RFC 1122 §3.2.1.3 leaves it to the system).
    const here = to.address === INADDR_ANY;
    const peer = here ? { address: IPV4_LOOPBACK, port: to.port } : toEndpoint(to);
    const status = this.#bindAgain() || statusOf(this.endpoint.connect(peer));
    if (status !== 0) return status;
    this.#pending = 0;
    this.#receiveShut = false;
    this.#sendShut = false;
    // Even if the loopback interface has answered by now: a socket that does not wait always learns it later.
    this.#phase = "connecting";
    this.#told = false;
    return -errno.EINPROGRESS;
  }

  connectOutcome(): number {
    switch (this.#settled()) {
      case "connected":
        this.#told = true;
        return 0;
      case "connecting":
        return -errno.EAGAIN;
      case "failed":
        this.#phase = "idle";
        this.#told = true;
        return this.#takePending() || -errno.ECONNABORTED;
      default:
        return this.#takePending() || -errno.ENOTCONN;
    }
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if (this.#phase !== "connected" && this.#settled() !== "connected") return this.#receiveUnconnected();
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
    if (this.#phase !== "connected" && this.#settled() !== "connected") {
      return this.#phase === "connecting" ? -errno.EAGAIN : this.#takePending() || -errno.EPIPE;
    }
    if (this.#sendShut) return this.endpoint.failure === undefined ? -errno.EPIPE : this.takeError();
    if (start === end) return 0;
    const urgent = (flags & MSG_OOB) !== 0;
    const count = urgent
      ? this.endpoint.writeUrgent(from, start, end)
      : this.endpoint.write(from, start, end, (flags & MSG_MORE) !== 0);
    if (count !== undefined) return count;
    if (this.endpoint.failure !== undefined) return this.takeError();
    return this.#ended ? -errno.EPIPE : -errno.EAGAIN;
  }

  takeError(): number {
    this.#settled();
    if (this.#pending !== 0) return this.#takePending();
    // What `failure` does not show is a soft error (RFC 1122 §4.2.3.9): told here, but the connection lives.
    if (this.endpoint.failure !== undefined) this.#ended = true;
    return statusOf(this.endpoint.takeFailure());
  }

  shutdown(how: number): number {
    if (this.#settled() === "connecting") {
      // As on Linux, whatever half it is: the attempt is given up.
      this.#giveUp();
      return 0;
    }
    if (this.#phase === "listening") {
      // Linux stops listening when the receiving half of a listener is shut down.
      if (how !== SHUT_WR) this.#renew();
      return 0;
    }
    if (this.#phase !== "connected") {
      // As on Linux, it is shut all the same.
      this.#disconnecting ||= this.#phase === "failed";
      this.#receiveShut ||= how !== SHUT_WR;
      this.#sendShut ||= how !== SHUT_RD;
      return -errno.ENOTCONN;
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
    return 0;
  }

  localAddress(): Sockaddr {
    return this.endpoint.local === undefined && this.#address !== undefined
      ? this.#address
      : fromEndpoint(this.endpoint.local);
  }

  peerAddress(): Sockaddr | number {
    this.#settled();
    const { remote, state } = this.endpoint;
    const there = this.#phase === "connected" && state !== "closed" && state !== "time-wait";
    return there && remote !== undefined ? fromEndpoint(remote) : -errno.ENOTCONN;
  }

  readiness(): number {
    const { endpoint } = this;
    switch (this.#settled()) {
      case "listening":
        return endpoint.readable ? POLLIN : 0;
      case "connecting":
        return 0;
      case "connected":
        return this.#connectedReadiness();
      default: {
        const error = this.#pending === 0 ? 0 : POLLERR;
        const ended = this.#receiveShut || this.#phase === "failed";
        return POLLOUT | POLLHUP | error | (ended ? POLLIN | POLLRDHUP : 0);
      }
    }
  }

  #connectedReadiness(): number {
    const { endpoint } = this;
    const error = endpoint.failure === undefined ? 0 : POLLERR;
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

  /** The phase, after looking at what has become of a connection attempt. */
  #settled(): Phase {
    if (this.#phase !== "connecting") return this.#phase;
    if (this.endpoint.connected) this.#phase = "connected";
    else if (this.endpoint.failure !== undefined) {
      const status = statusOf(this.endpoint.takeFailure());
      this.#renew();
      this.#phase = "failed";
      this.#told = false;
      this.#pending = status;
    }
    return this.#phase;
  }

  /** Takes how an attempt has failed: a negated errno, or 0. */
  #takePending(): number {
    const status = this.#pending;
    this.#pending = 0;
    return status;
  }

  /** What a receive gives where there is no connection. */
  #receiveUnconnected(): number {
    if (this.#phase === "connecting") return -errno.EAGAIN;
    const status = this.#takePending();
    if (status !== 0) return status;
    return this.#phase === "failed" || this.#receiveShut ? 0 : -errno.ENOTCONN;
  }

  /** Why a read gave nothing. */
  #readStatus(): number {
    if (this.endpoint.failure !== undefined) return this.takeError();
    return this.#ended || this.#receiveShut ? 0 : -errno.EAGAIN;
  }

  #receiveSpecially(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_ERRQUEUE) !== 0) return -errno.EAGAIN;
    if ((flags & MSG_OOB) !== 0) return receiveUrgent(this.endpoint, into, start, end, flags, details);
    // MSG_TRUNC (tcp(7)): the octets are counted and thrown away, `into` stays as it is.
    if ((flags & MSG_PEEK) === 0) return this.endpoint.skip(end - start) ?? this.#readStatus();
    const { available } = this.endpoint;
    return available > 0 ? Math.min(end - start, available) : this.#readStatus();
  }

  /** POLLRDHUP when nothing more will come, POLLHUP when nothing will go either. */
  #halvesClosed(): number {
    const { state } = this.endpoint;
    const ended = state === "closed" || state === "time-wait" || (this.#receiveShut && this.#sendShut);
    if (ended) return POLLHUP | POLLRDHUP;
    return this.#receiveShut || peerHasFinished(state) ? POLLRDHUP : 0;
  }

  /** connect to AF_UNSPEC: the connection is given up, and the socket may be used anew. */
  #dissolve(): number {
    const phase = this.#settled();
    const pending = this.#pending;
    if (phase === "connecting") this.#giveUp();
    else if (phase !== "idle") this.#renew();
    if (phase === "failed") this.#pending = pending;
    return 0;
  }

  /** Ends an attempt: its waiting calls are told of a reset. */
  #giveUp(): void {
    this.#renew();
    this.#pending = -errno.ECONNRESET;
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
    this.#disconnecting = false;
    if (this.#bound !== undefined && this.#portChosen) {
      this.#address = { ...this.#bound, port: 0 };
      this.#bound = undefined;
    }
    if (this.#bound !== undefined && this.endpoint.bind(toEndpoint(this.#bound)) !== undefined) {
      this.#bound = undefined;
    }
  }
}
