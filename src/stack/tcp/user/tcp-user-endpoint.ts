/**
 * The user's side of TCP: OPEN, SEND, RECEIVE, CLOSE, ABORT and STATUS of RFC 9293 §3.10, none of which
 * waits. One object from `open()` to `close()`, whether it connects, listens or was accepted.
 */

import { ANY_ADDRESS } from "../../base/ip-address.ts";
import type { TcpOptions } from "../../contract/endpoint-options.ts";
import type { Failure } from "../../contract/failures.ts";
import type { SocketAddress } from "../../contract/socket-address.ts";
import type { TcpEndpoint } from "../../contract/tcp-endpoint.ts";
import type { TcpInfo } from "../../contract/tcp-info.ts";
import type { TcpState } from "../../contract/tcp-state.ts";
import type { CallName } from "../../contract/trace-events.ts";
import type { PortHolder } from "../../demux/port-table.ts";
import { tellCall, tellRefused } from "../connection/calls.ts";
import { Loan } from "../connection/loan.ts";
import { isSynchronized, maySend } from "../connection/states.ts";
import { type AtRest, Tcb } from "../connection/tcb.ts";
import { abort, close, finish } from "../end/close.ts";
import { open } from "../open/handshake.ts";
import { TcpListener } from "../open/listener.ts";
import { isEnough } from "../receive/receive.ts";
import { hasUrgent, isAtMark, takeUrgent } from "../receive/urgent.ts";
import { append } from "../send/append.ts";
import { applyOptions, inheritedOptions, optionsProblem } from "./apply-options.ts";
import type { EndpointHost } from "./endpoint-host.ts";
import { connectionInfo } from "./info.ts";
import { bindingFor, ephemeralPort, routeTo } from "./port-binding.ts";
import { discardText, readText, settled, skipText } from "./receive-calls.ts";
import { isWorthWriting, roomToWrite } from "./write-room.ts";

/** What a user of TCP holds: one object from `open` to `close`. */
export class TcpUserEndpoint implements TcpEndpoint, PortHolder {
  readonly #tcp: EndpointHost;
  #options: TcpOptions;
  #connection: Tcb | AtRest | undefined = undefined;
  #bound: SocketAddress | undefined = undefined;
  #failure: Failure | undefined = undefined;
  #subscriber: (() => void) | undefined = undefined;
  listener: TcpListener | undefined = undefined;
  wakeNoted = false;
  loan: Loan | undefined = undefined;
  savedSyn: Uint8Array | undefined = undefined;

  constructor(tcp: EndpointHost, options: TcpOptions) {
    this.#tcp = tcp;
    this.#options = options;
  }

  // ── STATUS ─────────────────────────────────────────────────────────────────────────────────────────

  get options(): Readonly<TcpOptions> {
    return this.#options;
  }

  get state(): TcpState {
    if (this.listener !== undefined) return "listen";
    return this.#connection?.state ?? "closed";
  }

  get local(): SocketAddress | undefined {
    const own = this.#connection;
    return own === undefined ? this.#bound : { address: own.localAddress, port: own.localPort };
  }

  get remote(): SocketAddress | undefined {
    const own = this.#connection;
    return own === undefined ? undefined : { address: own.remoteAddress, port: own.remotePort };
  }

  get connected(): boolean {
    return this.#connection !== undefined && isSynchronized(this.#connection.state);
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  takeFailure(): Failure | undefined {
    const failure = this.#failure ?? this.#tcb?.softFailure;
    this.#failure = undefined;
    if (this.#tcb !== undefined) this.#tcb.softFailure = undefined;
    return failure;
  }

  get readable(): boolean {
    if (this.#failure !== undefined) return true;
    if (this.listener !== undefined) return this.listener.queue.length > 0;
    if (this.#connection?.resting) return false; // and asked of very many, one after the other
    const tcb = this.#tcb;
    return tcb !== undefined && isEnough(tcb, this.available);
  }

  get writable(): boolean {
    if (this.#failure !== undefined) return true;
    const tcb = this.#tcb;
    if (tcb === undefined) return this.listener === undefined;
    if (tcb.state === "syn-sent" || tcb.state === "syn-received") return false;
    return !maySend(tcb.state) || isWorthWriting(tcb, this.#options);
  }

  /** Octets that a read would find. */
  get available(): number {
    const tcb = this.#tcb;
    if (tcb === undefined) return 0;
    const length = tcb.rcv.ring.length + (this.loan?.octets ?? 0);
    return length > 0 && isAtMark(tcb) && hasUrgent(tcb) && !this.#options.oobInline ? length - 1 : length;
  }

  get unsent(): number {
    return this.#tcb?.snd.ring.length ?? 0;
  }

  get pathMtu(): number | undefined {
    return this.#connection?.route.mtu;
  }

  info(): TcpInfo {
    return connectionInfo(this.#tcb, this.#options, this.state);
  }

  configure(changes: Partial<TcpOptions>): Failure | undefined {
    const problem = optionsProblem(changes);
    if (problem !== undefined) return problem;
    if (changes.congestion !== undefined && !this.#tcp.hasCongestion(changes.congestion)) return "invalid";
    this.#enter("configure");
    try {
      // Connections share their listener's options until one of them changes its own.
      const options: TcpOptions = { ...this.#options, ...changes };
      this.#options = options;
      this.#tcp.ports.changed(this);
      if (this.listener !== undefined) this.listener.options = inheritedOptions(options);
      if (this.#tcb !== undefined) applyOptions(this.#tcb, options, changes);
    } finally {
      this.#tcp.context.leave();
    }
    return undefined;
  }

  get reuseAddress(): boolean {
    return this.#options.reuseAddress;
  }

  get reusePort(): boolean {
    return this.#options.reusePort;
  }

  /** For the table of ports: a listener shares its port with nobody but those that share it too. */
  get exclusive(): boolean {
    return this.listener !== undefined;
  }

  // ── OPEN ───────────────────────────────────────────────────────────────────────────────────────────

  bind(at: SocketAddress): Failure | undefined {
    if (this.#bound !== undefined || this.#tcb !== undefined || this.listener !== undefined) return "invalid";
    const bound = bindingFor(this.#tcp, at, this.#options);
    if (typeof bound === "string") return bound;
    this.#bound = bound;
    this.#tcp.ports.add(this);
    return undefined;
  }

  connect(to: SocketAddress): Failure | undefined {
    if (this.listener !== undefined) return "already-connected";
    const old = this.#tcb;
    if (old !== undefined && old.state !== "closed") {
      return isSynchronized(old.state) ? "already-connected" : "in-progress";
    }
    const route = routeTo(this.#tcp.context, to.address, this.#bound?.address, this.#options);
    if (route === undefined) return "network-unreachable";
    const port = this.#bound?.port ?? ephemeralPort(this.#tcp, route, to.port);
    if (port === 0 || !this.#tcp.isFree(route, port, to.port)) return "address-not-available";
    this.#enter("connect");
    try {
      const iss = this.#tcp.initialSequence(route, port, to.port, undefined);
      const tcb = new Tcb(this.#tcp, route, port, to.port, iss, this.#options);
      tcb.tsOffset = this.#tcp.timestampOffset(route, port, to.port);
      this.adopt(tcb);
      this.#tcp.addFlow(tcb);
      this.#tcp.ports.changed(this);
      this.#failure = undefined;
      open(tcb);
    } finally {
      this.#tcp.context.leave();
    }
    return undefined;
  }

  listen(backlog: number): Failure | undefined {
    if (this.#tcb !== undefined && this.#tcb.state !== "closed") return "invalid";
    const most = this.#tcp.config.maxBacklog;
    const limit = backlog < 0 || backlog > most ? most : backlog;
    if (this.listener !== undefined) {
      this.listener.backlog = limit;
      return undefined;
    }
    if (this.#bound === undefined) {
      const failure = this.bind({ address: ANY_ADDRESS, port: 0 });
      if (failure !== undefined) return failure;
    }
    const local = this.#bound as SocketAddress;
    if (this.#tcp.ports.isTaken(local, this.reusePort)) return "address-in-use";
    this.#connection = undefined;
    this.listener = new TcpListener(this.#tcp, local, inheritedOptions(this.#options), limit, () => {
      this.#tcp.context.noteWake(this);
    });
    this.#tcp.ports.changed(this);
    this.#tcp.listeners.add(this.listener, this.#tcp.ports.familiesOf(this));
    tellCall(this.#tcp.context, undefined, "listen", 0, 0);
    return undefined;
  }

  accept(): TcpEndpoint | undefined {
    const accepted = this.listener?.queue.shift();
    const found = accepted instanceof TcpUserEndpoint ? accepted.#connection : undefined;
    const connection = found?.resting === true ? undefined : found; // to tell of it is no reason to wake it
    tellCall(this.#tcp.context, connection, "accept", 0, accepted === undefined ? -1 : 0);
    return accepted;
  }

  /** Makes this the socket's connection. */
  adopt(connection: Tcb | AtRest): void {
    this.#connection = connection;
    if (!connection.resting) connection.user = this;
  }

  /** The connection, woken if it rests: not to be kept across the end of an entry, when it may rest again. */
  get #tcb(): Tcb | undefined {
    const connection = this.#connection;
    return connection?.resting ? this.#tcp.wakeUp(connection) : connection;
  }

  // ── SEND ───────────────────────────────────────────────────────────────────────────────────────────

  writeUrgent(from: Uint8Array, start = 0, end: number = from.length): number | undefined {
    return this.#write(from, start, end, true, false);
  }

  write(from: Uint8Array, start = 0, end: number = from.length, more = false): number | undefined {
    return this.#write(from, start, end, false, more);
  }

  #write(from: Uint8Array, start: number, end: number, urgent: boolean, more: boolean): number | undefined {
    const tcb = this.#tcb;
    if (tcb === undefined || this.#failure !== undefined || !maySend(tcb.state)) return undefined;
    const room = roomToWrite(tcb, this.#options);
    if (room <= 0 && end > start) return tellRefused(this.#tcp.context, tcb, end - start);
    const octets = Math.min(room, end - start);
    this.#enter("write", end - start, octets);
    try {
      append(tcb, from, start, start + octets, urgent && octets === end - start, more);
    } finally {
      this.#tcp.context.leave();
    }
    return octets;
  }

  finish(): void {
    const tcb = this.#tcb;
    if (tcb === undefined) return;
    this.#enter("finish");
    try {
      finish(tcb);
    } finally {
      this.#tcp.context.leave();
    }
  }

  // ── RECEIVE ────────────────────────────────────────────────────────────────────────────────────────

  read(into: Uint8Array, start = 0, end: number = into.length, peek = false): number | undefined {
    const { context } = this.#tcp;
    return readText(context, this.#tcb, this.loan, this.#failure !== undefined, into, start, end, peek);
  }

  skip(most: number): number | undefined {
    return skipText(this.#tcp.context, this.#tcb, this.loan, this.#failure !== undefined, most);
  }

  lend(into: Uint8Array, start: number, end: number): void {
    if (this.#settle() === undefined) return;
    this.loan ??= new Loan();
    this.loan.begin(into, start, end);
  }

  withdraw(): void {
    this.#settle();
  }

  #settle(): Tcb | undefined {
    return settled(this.#tcb, this.loan);
  }

  readUrgent(peek = false): number {
    const tcb = this.#settle();
    return tcb === undefined || this.#options.oobInline ? -1 : takeUrgent(tcb, peek);
  }

  get atMark(): boolean {
    const tcb = this.#settle();
    return tcb !== undefined && isAtMark(tcb);
  }

  get urgentPending(): boolean {
    return this.#tcb !== undefined && hasUrgent(this.#tcb);
  }

  discard(): void {
    const tcb = this.#settle();
    if (tcb === undefined) return;
    this.#tcp.context.noteWake(this);
    discardText(this.#tcp.context, tcb);
  }

  // ── CLOSE and ABORT ────────────────────────────────────────────────────────────────────────────────

  close(): void {
    this.#end(close, "close");
  }

  abort(): void {
    this.#end(abort, "abort");
  }

  #end(how: (tcb: Tcb) => void, call: CallName): void {
    this.#enter(call);
    try {
      this.#subscriber = undefined;
      if (this.#bound !== undefined) this.#tcp.ports.remove(this);
      const { listener } = this;
      if (listener !== undefined) this.#tcp.listeners.delete(listener);
      listener?.end();
      this.listener = undefined;
      const tcb = this.#settle();
      if (tcb !== undefined) how(tcb);
      this.#connection = undefined;
      this.#bound = undefined;
    } finally {
      this.#tcp.context.leave();
    }
  }

  onChange(wake: (() => void) | undefined): void {
    this.#subscriber = wake;
  }

  wake(): void {
    this.#tcp.trace?.woken(this.#tcb);
    this.#subscriber?.();
    // What the reader has left in the buffer that it lent is not the connection's to keep there any longer.
    if (this.loan !== undefined && this.loan.octets > 0) this.withdraw();
  }

  connectionFailed(failure: Failure): void {
    this.#failure = failure;
    this.#tcp.context.noteWake(this);
  }

  #enter(call: CallName, octets = 0, done: number = octets): void {
    this.#tcp.context.enter();
    tellCall(this.#tcp.context, this.#tcb, call, octets, done);
  }
}
