/** A SOCK_STREAM socket of AF_INET or AF_INET6, over a TCP endpoint. What the RFCs leave open is as on Linux. */
import type { TcpEndpoint } from "../../stack/index.ts";
import type { Sockaddr } from "../address.ts";
import {
  AF_INET6,
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
import type { SocketStack } from "../socket-stack.ts";
import { INET_NAMING, type Naming, tie } from "./naming.ts";
import { TcpPlace } from "./tcp-place.ts";
import { connectedReadiness, isFinUnderWay, receiveUrgent } from "./tcp-states.ts";

/** "failed": an attempt has failed, and no `connect` has told its caller so yet. */
type Phase = "idle" | "connecting" | "connected" | "listening" | "failed";

const NO_PORT = optionKey(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);

/** A SOCK_STREAM socket of AF_INET or AF_INET6. */
export class TcpSocket implements SocketOperations {
  readonly kind: SocketKind = "tcp";
  readonly kept: KeptOptions;
  readonly family: number;
  readonly style: number = SOCK_STREAM;
  readonly protocol: number = IPPROTO_TCP;
  readonly keepsBoundaries: boolean = false;
  readonly stack: SocketStack;
  readonly #naming: Naming;
  endpoint: TcpEndpoint;
  #phase: Phase = "idle";
  readonly #place: TcpPlace = new TcpPlace();
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

  constructor(
    stack: SocketStack,
    naming: Naming = INET_NAMING,
    accepted?: TcpEndpoint,
    kept: KeptOptions = new KeptOptions(),
  ) {
    this.stack = stack;
    this.#naming = naming;
    this.family = naming.family;
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

  /** With the FIN, which has a sequence number of its own. */
  get unsent(): number {
    const { state, unsent } = this.endpoint;
    return isFinUnderWay(state) ? unsent + 1 : unsent;
  }

  /** As Linux: where something is unread the connection is reset at once, and nothing waits. */
  get linger(): number {
    const { available, options } = this.endpoint;
    return options.linger > 0 && this.#phase === "connected" && available === 0 ? options.linger : -1;
  }

  onChange(wake: () => void): void {
    this.#wake = wake;
    this.endpoint.onChange(wake);
  }

  bind(at: Sockaddr): number {
    const target = this.#naming.toBind(at);
    if (typeof target === "number") return target;
    // A stream cannot be bound to a group (RFC 9293 MUST-46).
    if (target.address.isMulticast) return this.family === AF_INET6 ? -errno.EINVAL : -errno.EADDRNOTAVAIL;
    if (this.#place.isBound || this.#phase !== "idle") return -errno.EINVAL;
    const tied = tie(this.endpoint, target);
    if (tied !== 0) return tied;
    if (target.port === 0 && this.kept.isOn(NO_PORT) && this.#place.address === undefined) {
      const usable = statusOf(this.endpoint.bind(target));
      if (usable !== 0) return usable;
      this.#renew(); // the address is ours; the port is left to `connect`
      this.#place.address = target;
      this.#naming.bound(target);
      return 0;
    }
    return this.#place.bind(this.endpoint, target, this.#naming);
  }

  listen(backlog: number): number {
    if (this.#phase !== "idle" && this.#phase !== "listening") return -errno.EINVAL;
    // A negative backlog is a large unsigned one to Linux.
    const most = backlog < 0 ? SOMAXCONN : Math.min(backlog, SOMAXCONN);
    const status =
      this.#place.bindAgain(this.endpoint) || this.#bindToAny() || statusOf(this.endpoint.listen(most));
    if (status === 0) this.#phase = "listening";
    return status;
  }

  /** A listener that was not told where is at every address of its family. */
  #bindToAny(): number {
    const { wildcard } = this.#naming;
    if (wildcard === undefined || this.endpoint.local !== undefined) return 0;
    return this.#place.bind(this.endpoint, { address: wildcard, port: 0 });
  }

  accept(): Accepted | number {
    if (this.#phase !== "listening") return -errno.EINVAL;
    const accepted = this.endpoint.accept();
    if (accepted === undefined) return -errno.EAGAIN;
    const kept = this.kept.inherited();
    const naming = this.#naming.ofAccepted(kept);
    return {
      operations: new TcpSocket(this.stack, naming, accepted, kept),
      address: naming.shown(accepted.remote, this.#indexOf(accepted)),
    };
  }

  connect(to: Sockaddr | undefined): number {
    if (to === undefined) return this.#dissolve();
    const target = this.#naming.toReach(to, false);
    if (typeof target === "number") return target;
    if (this.#phase !== "idle") {
      // The first `connect` after one that did not wait tells the outcome; only then is it EISCONN.
      if (this.#phase === "listening" || this.#told) return -errno.EISCONN;
      if (this.#disconnecting) return -errno.EINVAL;
      const outcome = this.connectOutcome();
      return outcome === -errno.EAGAIN ? -errno.EALREADY : outcome;
    }
    const status =
      tie(this.endpoint, target) ||
      this.#place.bindAgain(this.endpoint) ||
      statusOf(this.endpoint.connect(target));
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
    // The queue of errors, which is empty in TCP, is there in every state.
    if ((flags & MSG_ERRQUEUE) !== 0) return -errno.EAGAIN;
    if (this.#phase !== "connected" && this.#settled() !== "connected") return this.#receiveUnconnected();
    if ((flags & (MSG_OOB | MSG_TRUNC)) !== 0) {
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
    return this.#naming.shown(this.endpoint.local ?? this.#place.address, this.#indexOf(this.endpoint));
  }

  peerAddress(): Sockaddr | number {
    this.#settled();
    const { remote, state } = this.endpoint;
    const there = this.#phase === "connected" && state !== "closed" && state !== "time-wait";
    return there && remote !== undefined
      ? this.#naming.shown(remote, this.#indexOf(this.endpoint))
      : -errno.ENOTCONN;
  }

  readiness(): number {
    const { endpoint } = this;
    switch (this.#settled()) {
      case "listening":
        return endpoint.readable ? POLLIN : 0;
      case "connecting":
        return 0;
      case "connected":
        return connectedReadiness(endpoint, this.#receiveShut, this.#sendShut);
      default: {
        const error = this.#pending === 0 ? 0 : POLLERR;
        const ended = this.#receiveShut || this.#phase === "failed";
        return POLLOUT | POLLHUP | error | (ended ? POLLIN | POLLRDHUP : 0);
      }
    }
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

  /** The interface that an endpoint is tied to, by its index; 0: to none. */
  #indexOf({ options }: TcpEndpoint): number {
    if (options.interfaceName === "") return 0;
    return this.stack.interfaces.find(({ name }) => name === options.interfaceName)?.index ?? 0;
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
    if ((flags & MSG_OOB) !== 0) return receiveUrgent(this.endpoint, into, start, end, flags, details);
    // MSG_TRUNC (tcp(7)): the octets are counted and thrown away, `into` stays as it is.
    if ((flags & MSG_PEEK) === 0) return this.endpoint.skip(end - start) ?? this.#readStatus();
    const { available } = this.endpoint;
    return available > 0 ? Math.min(end - start, available) : this.#readStatus();
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
    this.#place.moveTo(this.endpoint);
  }
}
