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
import { TcpAttempts } from "./tcp-attempts.ts";
import type { TcpPlace } from "./tcp-place.ts";
import { connectedReadiness, isFinUnderWay, receiveUrgent } from "./tcp-states.ts";

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
  readonly #attempts: TcpAttempts;
  /** Where it is bound. */
  readonly #place: TcpPlace;

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
    this.#attempts = new TcpAttempts(stack, accepted);
    this.#place = this.#attempts.place;
  }

  /** The present one: after an attempt to connect that has failed there is another. */
  get endpoint(): TcpEndpoint {
    return this.#attempts.endpoint;
  }

  get listening(): boolean {
    return this.#attempts.phase === "listening";
  }

  get lowWater(): number {
    return this.endpoint.options.receiveLowWater;
  }

  get errorPending(): boolean {
    return this.#attempts.hasFailed || this.endpoint.failure !== undefined;
  }

  get available(): number {
    return this.endpoint.available;
  }

  /** As Linux: up to the mark, and nothing while the reader stands there. */
  get unread(): number {
    const { available, atMark, urgentPending, options } = this.endpoint;
    if (options.oobInline) return available;
    return atMark ? 0 : urgentPending ? (this.#look(available) ?? 0) : available;
  }

  /** With the FIN, which has a sequence number of its own. */
  get unsent(): number {
    const { state, unsent } = this.endpoint;
    return isFinUnderWay(state) ? unsent + 1 : unsent;
  }

  /** As Linux: where something is unread the connection is reset at once, and nothing waits. */
  get linger(): number {
    const { available, options } = this.endpoint;
    return options.linger > 0 && this.#attempts.phase === "connected" && available === 0
      ? options.linger
      : -1;
  }

  onChange(wake: () => void): void {
    this.#attempts.onChange(wake);
  }

  bind(at: Sockaddr): number {
    const target = this.#naming.toBind(at);
    if (typeof target === "number") return target;
    // A stream cannot be bound to a group (RFC 9293 MUST-46).
    if (target.address.isMulticast) return this.family === AF_INET6 ? -errno.EINVAL : -errno.EADDRNOTAVAIL;
    const endpoint = this.#attempts.toBind();
    if (endpoint === undefined) return -errno.EINVAL;
    const tied = tie(endpoint, target);
    if (tied !== 0) return tied;
    if (target.port === 0 && this.kept.isOn(NO_PORT) && this.#place.address === undefined) {
      const usable = this.#attempts.bound(endpoint, statusOf(endpoint.bind(target)));
      if (usable !== 0) return usable;
      this.#attempts.renew(); // the address is ours; the port is left to `connect`
      this.#place.address = target;
      this.#naming.bound(target);
      return 0;
    }
    return this.#attempts.bound(endpoint, this.#place.bind(endpoint, target, this.#naming));
  }

  listen(backlog: number): number {
    if (this.#attempts.phase !== "idle" && this.#attempts.phase !== "listening") return -errno.EINVAL;
    // A negative backlog is a large unsigned one to Linux.
    const most = backlog < 0 ? SOMAXCONN : Math.min(backlog, SOMAXCONN);
    const status =
      this.#place.bindAgain(this.endpoint) || this.#bindToAny() || statusOf(this.endpoint.listen(most));
    if (status === 0) this.#attempts.phase = "listening";
    return status;
  }

  /** A listener that was not told where is at every address of its family. */
  #bindToAny(): number {
    const { wildcard } = this.#naming;
    if (wildcard === undefined || this.endpoint.local !== undefined) return 0;
    return this.#place.bind(this.endpoint, { address: wildcard, port: 0 });
  }

  accept(): Accepted | number {
    if (this.#attempts.phase !== "listening") return -errno.EINVAL;
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
    if (to === undefined) {
      this.#attempts.dissolve();
      return 0;
    }
    if (this.#attempts.phase !== "idle") return this.#attempts.answerAgain();
    const target = this.#naming.toReach(to, false);
    if (typeof target === "number") return target;
    const status =
      tie(this.endpoint, target) ||
      this.#place.bindAgain(this.endpoint) ||
      statusOf(this.endpoint.connect(target));
    if (status !== 0) return status;
    this.#attempts.began();
    return -errno.EINPROGRESS;
  }

  connectOutcome(): number {
    return this.#attempts.outcome();
  }

  receive(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    // The queue of errors, which is empty in TCP, is there in every state.
    if ((flags & MSG_ERRQUEUE) !== 0) return -errno.EAGAIN;
    if (this.#attempts.phase !== "connected" && this.#attempts.settled() !== "connected")
      return this.#receiveUnconnected(flags);
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
    const attempts = this.#attempts;
    if (attempts.phase !== "connected" && attempts.settled() !== "connected") {
      return attempts.phase === "connecting" ? -errno.EAGAIN : attempts.takePending() || -errno.EPIPE;
    }
    if (attempts.sendShut) return this.endpoint.failure === undefined ? -errno.EPIPE : this.takeError();
    if (start === end && this.endpoint.failure === undefined && !attempts.ended) return 0;
    const urgent = (flags & MSG_OOB) !== 0;
    const count = urgent
      ? this.endpoint.writeUrgent(from, start, end)
      : this.endpoint.write(from, start, end, (flags & MSG_MORE) !== 0);
    if (count !== undefined) return count;
    if (this.endpoint.failure !== undefined) return this.takeError();
    return attempts.ended ? -errno.EPIPE : -errno.EAGAIN;
  }

  takeError(): number {
    this.#attempts.settled();
    if (this.#attempts.hasFailed) return this.#attempts.takePending();
    // What `failure` does not show is a soft error (RFC 1122 §4.2.3.9): told here, but the connection lives.
    if (this.endpoint.failure !== undefined) this.#attempts.ended = true;
    return statusOf(this.endpoint.takeFailure());
  }

  shutdown(how: number): number {
    const attempts = this.#attempts;
    if (attempts.settled() === "connecting") {
      // As on Linux, whatever half it is: the attempt is given up.
      attempts.giveUp();
      return 0;
    }
    if (attempts.phase === "listening") {
      // Linux stops listening when the receiving half of a listener is shut down.
      if (how !== SHUT_WR) attempts.renew();
      return 0;
    }
    if (attempts.phase !== "connected") {
      // As on Linux, it is shut all the same.
      attempts.disconnecting ||= attempts.phase === "failed";
      attempts.receiveShut ||= how !== SHUT_WR;
      attempts.sendShut ||= how !== SHUT_RD;
      return -errno.ENOTCONN;
    }
    const { state } = this.endpoint;
    if (state === "closed" || state === "time-wait") return -errno.ENOTCONN;
    if (how !== SHUT_WR && !attempts.receiveShut) {
      attempts.receiveShut = true;
      this.endpoint.discard();
    }
    if (how !== SHUT_RD && !attempts.sendShut) {
      attempts.sendShut = true;
      this.endpoint.finish();
    }
    return 0;
  }

  localAddress(): Sockaddr {
    return this.#naming.shown(this.#attempts.local, this.#indexOf(this.endpoint));
  }

  peerAddress(): Sockaddr | number {
    this.#attempts.settled();
    const { remote, state } = this.endpoint;
    const there = this.#attempts.phase === "connected" && state !== "closed" && state !== "time-wait";
    return there && remote !== undefined
      ? this.#naming.shown(remote, this.#indexOf(this.endpoint))
      : -errno.ENOTCONN;
  }

  readiness(): number {
    const { endpoint } = this;
    switch (this.#attempts.settled()) {
      case "listening":
        return endpoint.readable ? POLLIN : 0;
      case "connecting":
        return 0;
      case "connected":
        return connectedReadiness(endpoint, this.#attempts.receiveShut, this.#attempts.sendShut);
      default: {
        const error = this.#attempts.hasFailed ? POLLERR : 0;
        const ended = this.#attempts.receiveShut || this.#attempts.phase === "failed";
        return POLLOUT | POLLHUP | error | (ended ? POLLIN | POLLRDHUP : 0);
      }
    }
  }

  atMark(): number {
    return this.#attempts.phase === "connected" && this.endpoint.atMark ? 1 : 0;
  }

  finish(): void {
    this.endpoint.finish();
  }

  close(): void {
    this.#attempts.close();
  }

  /** The interface that an endpoint is tied to, by its index; 0: to none. */
  #indexOf({ options }: TcpEndpoint): number {
    if (options.interfaceName === "") return 0;
    return this.stack.interfaces.find(({ name }) => name === options.interfaceName)?.index ?? 0;
  }

  /** What a receive gives where there is no connection. */
  #receiveUnconnected(flags: number): number {
    if (this.#attempts.phase === "listening") return -errno.ENOTCONN;
    if ((flags & MSG_OOB) !== 0) return -errno.EINVAL; // no urgent octet has come: asked first, as on Linux
    if (this.#attempts.phase === "connecting") return -errno.EAGAIN;
    const status = this.#attempts.takePending();
    if (status !== 0) return status;
    return this.#attempts.phase === "failed" || this.#attempts.receiveShut ? 0 : -errno.ENOTCONN;
  }

  /** Why a read gave nothing. */
  #readStatus(): number {
    if (this.endpoint.failure !== undefined) return this.takeError();
    return this.#attempts.ended || this.#attempts.receiveShut ? 0 : -errno.EAGAIN;
  }

  /** How many octets a read of `most` would give; undefined: none yet. */
  #look(most: number): number | undefined {
    const octets = Math.min(most, this.endpoint.available);
    return this.endpoint.read(new Uint8Array(octets), 0, octets, true);
  }

  #receiveSpecially(into: Uint8Array, start: number, end: number, flags: number, details?: Received): number {
    if ((flags & MSG_OOB) !== 0) return receiveUrgent(this.endpoint, into, start, end, flags, details);
    // MSG_TRUNC (tcp(7)): the octets are counted and thrown away, `into` stays as it is.
    if ((flags & MSG_PEEK) === 0) return this.endpoint.skip(end - start) ?? this.#readStatus();
    return this.#look(end - start) ?? this.#readStatus();
  }
}
