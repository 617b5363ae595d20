/**
 * The endpoint below a SOCK_STREAM or SOCK_SEQPACKET socket of AF_UNIX: unix(7), in the shape that TCP's endpoints
 * have, so that whatever drives a stream endpoint drives this one.
 *
 * What one end does changes the other. Each call first changes both ends wholly and then notifies, never between: who
 * is woken sees the end of the change, not its middle.
 */
import type { Failure, SocketAddress, StreamEndpoint } from "../../stack/index.ts";
import { SOCK_SEQPACKET } from "../constants.ts";
import { statusOf } from "../errors.ts";
import type { ControlMessage } from "../operations.ts";
import type { Credentials } from "../options/option-value.ts";
import { NO_CREDENTIALS } from "../options/socket-places.ts";
import type { Sender } from "./chunk.ts";
import { copyOf } from "./chunk-stores.ts";
import { MessageQueue, type Wish } from "./message-queue.ts";
import { DEFAULT_BUFFER, MESSAGE_OVERHEAD, type UnixContext, UnixName } from "./names.ts";
import type { NamedSocket } from "./namespace.ts";
import { takeRights } from "./rights.ts";

type State = "idle" | "listening" | "connected";

const PLAIN: Wish = { flags: 0, details: undefined, credentials: false };

/**
 * One end of a connection, or a listener, or what will be one of them. For `tapstack/net`, whose path sockets stand on
 * it; programs have it as a `Socket`.
 *
 * @internal
 */
export class UnixStreamEndpoint implements StreamEndpoint, Sender, NamedSocket {
  readonly style: number;
  /** A write is a message, and is read as one (SOCK_SEQPACKET). */
  readonly keepsBoundaries: boolean;
  readonly credentials: Credentials;
  readonly name: UnixName;
  /** AF_UNIX has names instead: see `path`, and `peerName`. */
  readonly local: SocketAddress | undefined = undefined;
  readonly remote: SocketAddress | undefined = undefined;
  /** SO_SNDBUF, SO_PASSCRED, SO_PEERCRED. */
  sendBuffer: number = DEFAULT_BUFFER;
  passCredentials = false;
  peerCredentials: Credentials = NO_CREDENTIALS;
  /** Octets that were sent and not yet read. */
  unsent = 0;
  failure: Failure | undefined = undefined;
  readonly #context: UnixContext;
  readonly #queue: MessageQueue = new MessageQueue();
  #state: State = "idle";
  #peer: UnixStreamEndpoint | undefined;
  #subscriber: (() => void) | undefined;
  #receiveShut = false;
  #sendShut = false;
  #closed = false;
  /** Of a listener: connections that wait for `accept`, and sockets that wait for room among them. */
  readonly #pending: UnixStreamEndpoint[] = [];
  #backlog = 0;
  readonly #connectors: Set<UnixStreamEndpoint> = new Set();
  /** Where a `connect` goes that waits for room. */
  #target: string | undefined;

  /** @param style - SOCK_STREAM or SOCK_SEQPACKET */
  constructor(context: UnixContext, style: number) {
    this.#context = context;
    this.style = style;
    this.keepsBoundaries = style === SOCK_SEQPACKET;
    this.credentials = context.credentials;
    this.name = new UnixName(context, this);
  }

  /** Makes `left` and `right` each other's peers. */
  static join(left: UnixStreamEndpoint, right: UnixStreamEndpoint): void {
    left.#state = "connected";
    right.#state = "connected";
    left.#peer = right;
    right.#peer = left;
    left.peerCredentials = right.credentials;
    right.peerCredentials = left.credentials;
  }

  // ── status ──────────────────────────────────────────────────────────────────────────────────────────

  get path(): string | undefined {
    return this.name.path;
  }

  /** The name of the peer's end; undefined where there is no peer. */
  get peerName(): UnixName | undefined {
    return this.#peer?.name;
  }

  get listening(): boolean {
    return this.#state === "listening";
  }

  get connected(): boolean {
    return this.#state === "connected";
  }

  get receiveShut(): boolean {
    return this.#receiveShut;
  }

  get sendShut(): boolean {
    return this.#sendShut;
  }

  /** Octets that reads would find, of all messages. */
  get available(): number {
    return this.#queue.octets;
  }

  /** A message or octets of a stream have come, or a connection. */
  get hasInput(): boolean {
    return this.#queue.count > 0 || this.#pending.length > 0;
  }

  get readable(): boolean {
    return this.hasInput || this.#receiveShut || this.failure !== undefined;
  }

  /** unix_writable of Linux: not before three quarters of the buffer are free again. */
  get writable(): boolean {
    const room = this.#state !== "listening" && this.unsent * 4 <= this.sendBuffer;
    return room || this.failure !== undefined || (this.connected && this.#isBroken);
  }

  /** There is room as `writable` has it; nothing is said of errors. */
  get hasRoom(): boolean {
    return this.#state !== "listening" && this.unsent * 4 <= this.sendBuffer;
  }

  /** Nothing can be sent any more. */
  get #isBroken(): boolean {
    const peer = this.#peer;
    return this.#sendShut || peer === undefined || peer.#closed || peer.#receiveShut;
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  onChange(wake: (() => void) | undefined): void {
    this.#subscriber = wake;
  }

  /** Something that it may wait for has changed. */
  notify(): void {
    if (this.#target !== undefined) {
      const failure = this.connect(this.#target);
      if (failure !== undefined) this.failure = failure;
    }
    this.#subscriber?.();
  }

  // ── open ────────────────────────────────────────────────────────────────────────────────────────────

  /** Without a path, an abstract name that nobody has. */
  bind(path: string | undefined): Failure | undefined {
    return this.name.bind(path);
  }

  listen(backlog: number): Failure | undefined {
    if (this.name.path === undefined || this.#state === "connected") return "invalid";
    this.#state = "listening";
    this.#backlog = backlog < 0 ? 0x7fff_ffff : backlog;
    this.#notifyConnectors();
    return undefined;
  }

  /** The next connection; undefined if there is none. */
  accept(): UnixStreamEndpoint | undefined {
    const accepted = this.#pending.shift();
    if (accepted !== undefined) this.#notifyConnectors();
    return accepted;
  }

  /** Connects, or begins to: the outcome then shows in `connected` or `failure`, after `onChange`. */
  connect(path: string): Failure | undefined {
    const failure = this.tryConnect(path);
    this.#target = failure === "would-wait" ? path : undefined;
    return failure === "would-wait" ? undefined : failure;
  }

  /** As `connect`; "would-wait" while the listener's queue is full, and `onChange` tells when to try again. */
  tryConnect(path: string): Failure | undefined {
    if (this.passCredentials) this.name.autobind();
    const found = this.#context.namespace.find(path);
    if (typeof found === "string") return found;
    if (found.style !== this.style || !(found instanceof UnixStreamEndpoint)) return "wrong-type";
    if (found.#state !== "listening" || found.#receiveShut) return "refused";
    if (found.#pending.length > found.#backlog) {
      found.#connectors.add(this);
      return "would-wait";
    }
    if (this.#state !== "idle") return this.#state === "connected" ? "already-connected" : "invalid";
    const accepted = new UnixStreamEndpoint(found.#context, this.style);
    accepted.name.borrow(found.name.path);
    accepted.passCredentials = found.passCredentials;
    UnixStreamEndpoint.join(this, accepted);
    found.#pending.push(accepted);
    found.notify();
    return undefined;
  }

  // ── octets and messages ─────────────────────────────────────────────────────────────────────────────

  read(into: Uint8Array, start = 0, end: number = into.length): number | undefined {
    return this.receive(into, start, end, PLAIN);
  }

  /** As `read`, with what else can be told of what has come. */
  receive(into: Uint8Array, start: number, end: number, wish: Wish): number | undefined {
    if (this.#queue.count > 0) {
      return this.keepsBoundaries
        ? this.#queue.message(into, start, end, wish)
        : this.#queue.stream(into, start, end, wish);
    }
    return this.failure === undefined && this.#receiveShut ? 0 : undefined;
  }

  write(from: Uint8Array, start = 0, end: number = from.length): number | undefined {
    const sent = this.send(from, start, end, undefined);
    return typeof sent === "number" ? sent : undefined;
  }

  /** As `write`, with sockets to be passed. Octets sent, or why not: "would-wait" when there is no room. */
  send(
    from: Uint8Array,
    start: number,
    end: number,
    control: readonly ControlMessage[] | undefined,
  ): number | Failure {
    const wanted = end - start;
    if (!this.connected) return "not-connected";
    if (this.#isBroken) return "broken-pipe";
    if (this.keepsBoundaries && wanted > this.sendBuffer - MESSAGE_OVERHEAD) return "message-too-long";
    // Of a stream nothing is not a message: a reader would take it for the end.
    if (wanted === 0 && !this.keepsBoundaries) return 0;
    const room = this.sendBuffer - this.unsent;
    if (room <= 0 || (this.keepsBoundaries && wanted > room)) return "would-wait";
    const rights = takeRights(control);
    if (typeof rights === "string") return rights;
    const octets = Math.min(wanted, room);
    const peer = this.#peer as UnixStreamEndpoint;
    peer.#queue.push({ bytes: copyOf(from, start, start + octets), sender: this, rights });
    peer.notify();
    return octets;
  }

  // ── end ─────────────────────────────────────────────────────────────────────────────────────────────

  finish(): void {
    this.shutdown(false, true);
  }

  /** What has come stays to be read; nothing more comes. */
  discard(): void {
    this.shutdown(true, false);
  }

  /** Shuts halves of the connection, at both ends. */
  shutdown(receive: boolean, send: boolean): void {
    this.#receiveShut ||= receive;
    this.#sendShut ||= send;
    const peer = this.#peer;
    if (peer !== undefined && !peer.#closed) {
      peer.#receiveShut ||= send;
      peer.#sendShut ||= receive;
      peer.notify();
    }
    this.#notifyConnectors();
    this.notify();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#target = undefined;
    this.#subscriber = undefined;
    this.name.release();
    const connections = this.#pending.splice(0);
    const unread = this.#queue.octets > 0; // empty messages alone are no loss, as on Linux
    const touched = this.#queue.clear();
    if (this.#leavePeer(unread)) touched.add(this.#peer as UnixStreamEndpoint);
    for (const connection of connections) connection.#reset();
    for (const sender of touched) sender.notify();
    this.#notifyConnectors();
  }

  /** AF_UNIX has no reset of its own: the peer gets one for what was not read. */
  abort(): void {
    this.close();
  }

  /** A connection that nobody accepted: its peer is told of a reset. */
  #reset(): void {
    this.#closed = true;
    if (this.#leavePeer(true)) this.#peer?.notify();
  }

  /** The peer's connection ends, with a reset if something that it had sent was never read. Whether it was there. */
  #leavePeer(reset: boolean): boolean {
    const peer = this.#peer;
    if (peer === undefined || peer.#closed) return false;
    if (reset) peer.failure = "reset";
    peer.#receiveShut = true;
    peer.#sendShut = true;
    return true;
  }

  #notifyConnectors(): void {
    const waiting = [...this.#connectors];
    this.#connectors.clear();
    for (const connector of waiting) connector.notify();
  }
}

/** The negated errno for what `tryConnect`, `send` and their kin give; a count stays itself. */
export function resultOf(result: number | Failure | undefined): number {
  return typeof result === "number" ? result : statusOf(result);
}
