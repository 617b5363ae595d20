/**
 * The phases of a TCP socket: attempts to connect, what has become of each, and who was told. After an attempt that has
 * failed a socket may try again, which takes another endpoint. What the RFCs leave open is as on Linux.
 */
import type { SocketAddress, TcpEndpoint } from "../../stack/index.ts";
import { errno, statusOf } from "../errors.ts";
import type { SocketStack } from "../socket-stack.ts";
import { TcpPlace } from "./tcp-place.ts";

/** "failed": an attempt has failed, and no `connect` has told its caller so yet. */
export type TcpPhase = "idle" | "connecting" | "connected" | "listening" | "failed";

/** The endpoints of one socket, one after the other. */
export class TcpAttempts {
  /** The present one. */
  endpoint: TcpEndpoint;
  /** As it was when somebody last looked: see `settled`. */
  phase: TcpPhase = "idle";
  /** Nothing more will be read, or written. */
  receiveShut = false;
  sendShut = false;
  /** The connection's failure has been reported: from now on reads give the end, writes EPIPE. */
  ended = false;
  /** A failed attempt was shut down: no further one is possible before AF_UNSPEC. */
  disconnecting = false;
  /** Where the socket is bound. */
  readonly place: TcpPlace = new TcpPlace();
  readonly #stack: SocketStack;
  /** What follows a connection that has ended, where `bind` has named its place already. */
  #next: TcpEndpoint | undefined;
  #wake: (() => void) | undefined;
  /** The outcome of `connect` was told to its caller. */
  #told = true;
  /** How an attempt has failed, until somebody is told: a negated errno, or 0. */
  #pending = 0;

  /** @param accepted - the connection of a socket that `accept` makes */
  constructor(stack: SocketStack, accepted: TcpEndpoint | undefined) {
    this.#stack = stack;
    this.endpoint = accepted ?? stack.openTcp();
    if (accepted !== undefined) this.phase = "connected";
  }

  /** An attempt has failed, and nobody was told. */
  get hasFailed(): boolean {
    return this.#pending !== 0;
  }

  onChange(wake: () => void): void {
    this.#wake = wake;
    this.endpoint.onChange(wake);
  }

  /** Where `bind` may put the socket: the endpoint that is to be bound; undefined: it has its place already. */
  toBind(): TcpEndpoint | undefined {
    const phase = this.settled();
    if (phase === "idle" || phase === "failed") return this.place.isBound ? undefined : this.endpoint;
    const { state, options } = this.endpoint;
    const over = phase === "connected" && (state === "closed" || state === "time-wait");
    if (!over || this.place.isHeld || this.#next !== undefined) return undefined;
    const next = this.#stack.openTcp();
    next.configure(options);
    return next;
  }

  /** `endpoint`, which `toBind` gave, was bound: 0; or not. */
  bound(endpoint: TcpEndpoint, status: number): number {
    if (endpoint !== this.endpoint && status === 0) this.#next = endpoint;
    return status;
  }

  /** Where the socket is bound. */
  get local(): SocketAddress | undefined {
    return (this.#next ?? this.endpoint).local ?? this.place.address;
  }

  /** An attempt has begun. */
  began(): void {
    this.#pending = 0;
    this.receiveShut = false;
    this.sendShut = false;
    // Even if the loopback interface has answered by now: a socket that does not wait always learns it later.
    this.phase = "connecting";
    this.#told = false;
  }

  /** What another `connect` answers: the first after one that did not wait tells the outcome; only then is it EISCONN. */
  answerAgain(): number {
    if (this.phase === "listening" || this.#told) return -errno.EISCONN;
    if (this.disconnecting) return -errno.EINVAL;
    const outcome = this.outcome();
    return outcome === -errno.EAGAIN ? -errno.EALREADY : outcome;
  }

  /** How the attempt has ended: 0, or a negated errno; EAGAIN while it has not. */
  outcome(): number {
    switch (this.settled()) {
      case "connected":
        this.#told = true;
        return 0;
      case "connecting":
        return -errno.EAGAIN;
      case "failed":
        this.phase = "idle";
        this.#told = true;
        return this.takePending() || -errno.ECONNABORTED;
      default:
        return this.takePending() || -errno.ENOTCONN;
    }
  }

  /** The phase, after looking at what has become of a connection attempt. */
  settled(): TcpPhase {
    if (this.phase !== "connecting") return this.phase;
    if (this.endpoint.connected) this.phase = "connected";
    else if (this.endpoint.failure !== undefined) {
      const status = statusOf(this.endpoint.takeFailure());
      this.renew();
      this.phase = "failed";
      this.#told = false;
      this.#pending = status;
    }
    return this.phase;
  }

  /** Takes how an attempt has failed: a negated errno, or 0. */
  takePending(): number {
    const status = this.#pending;
    this.#pending = 0;
    return status;
  }

  /** connect to AF_UNSPEC: the connection is given up, and the socket may be used anew. */
  dissolve(): void {
    const phase = this.settled();
    const pending = this.#pending;
    if (phase === "connecting") this.giveUp();
    else if (phase !== "idle") this.renew();
    this.receiveShut = false;
    this.sendShut = false;
    if (phase === "failed") this.#pending = pending;
  }

  /** Ends an attempt: its waiting calls are told of a reset. */
  giveUp(): void {
    this.renew();
    this.#pending = -errno.ECONNRESET;
  }

  /** A new endpoint with the same options and, if it was bound, at the same address. */
  renew(): void {
    const old = this.endpoint;
    const { options } = old;
    old.onChange(undefined);
    old.abort();
    const next = this.#next;
    this.#next = undefined;
    this.endpoint = next ?? this.#stack.openTcp();
    this.endpoint.configure(options);
    this.endpoint.onChange(this.#wake);
    this.phase = "idle";
    this.#told = true;
    this.ended = false;
    this.receiveShut = false;
    this.sendShut = false;
    this.disconnecting = false;
    if (next === undefined) this.place.moveTo(this.endpoint);
  }

  close(): void {
    this.endpoint.onChange(undefined);
    this.endpoint.close();
    this.#next?.close();
  }
}
