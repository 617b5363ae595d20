/**
 * A TCP endpoint whose stack stands in another thread. The handles of src/node drive it as they drive a stack's
 * own. What it shows is brought up to date whenever the program is woken; as virtual time stands still while
 * the program runs, that is exact, and only what needs the host's tables (bind, listen, connect) has to ask.
 */
import type {
  Failure,
  SocketAddress,
  TcpEndpoint,
  TcpInfo,
  TcpOptions,
  TcpState,
} from "../../stack/index.ts";
import { CALL, type End, FAILURE_SHIFT, FLAG, failureOf } from "../channel/index.ts";
import { addressOf } from "./addresses.ts";
import { type KernelClient, type Mirror, octetsOf, textOf } from "./kernel-client.ts";

/** Octets of one message: much less than a mailbox holds. */
const PIECE = 1 << 19;

/** A TCP endpoint in the program's thread, which mirrors one of the world's. */
export class TcpMirror implements TcpEndpoint, Mirror {
  local: SocketAddress | undefined = undefined;
  remote: SocketAddress | undefined = undefined;
  connected = false;
  failure: Failure | undefined = undefined;
  options: TcpOptions;
  state: TcpState = "closed";
  /** There is no urgent data in a simulated program: Node has no call for it. */
  readonly atMark: boolean = false;
  readonly urgentPending: boolean = false;
  readonly #kernel: KernelClient;
  readonly #id: number;
  readonly #accepted: TcpMirror[] = [];
  #room: number;
  #maySend = false;
  #ended = false;
  /** Octets that the program has not read yet, from `#at` on. */
  #arrived: Uint8Array | undefined = undefined;
  #at = 0;
  #wake: (() => void) | undefined = undefined;

  /** @param made - id of a socket that the kernel has accepted, or the line of the program that opens a new one */
  constructor(kernel: KernelClient, options: TcpOptions, made: number | string | undefined) {
    this.#kernel = kernel;
    this.options = options;
    this.#room = options.sendBuffer;
    const isAccepted = typeof made === "number";
    this.#id = isAccepted ? made : kernel.newId();
    if (!isAccepted) kernel.open(CALL.openTcp, this.#id, made);
    kernel.remember(this.#id, this);
  }

  // ── asked of the kernel ─────────────────────────────────────────────────────────────────────────────

  bind(at: SocketAddress): Failure | undefined {
    return this.#askAndLearn(CALL.bind, at.port, at);
  }

  listen(backlog: number): Failure | undefined {
    const failure = this.#askAndLearn(CALL.listen, backlog);
    if (failure === undefined) this.state = "listen";
    return failure;
  }

  connect(to: SocketAddress): Failure | undefined {
    const failure = this.#askAndLearn(CALL.connect, to.port, to);
    if (failure === undefined) {
      this.remote = to;
      this.state = "syn-sent";
    }
    return failure;
  }

  configure(changes: Partial<TcpOptions>): Failure | undefined {
    const payload = octetsOf(JSON.stringify(changes));
    if (Object.values(changes).every((value) => typeof value === "boolean")) {
      this.options = { ...this.options, ...changes };
      this.#kernel.queue(CALL.set, this.#id, 0, 0, payload);
      return undefined;
    }
    const { failure, value } = this.#kernel.ask(CALL.configure, this.#id, 0, 0, payload);
    this.options = value as TcpOptions;
    return failure;
  }

  info(): TcpInfo {
    return this.#kernel.ask(CALL.info, this.#id).value as TcpInfo;
  }

  // ── answered from the mirror, told to the kernel at the end of the turn ─────────────────────────────

  get available(): number {
    return this.#arrived === undefined ? 0 : this.#arrived.length - this.#at;
  }

  get unsent(): number {
    return this.options.sendBuffer - this.#room;
  }

  get readable(): boolean {
    return this.failure !== undefined || this.#accepted.length > 0 || this.available > 0 || this.#ended;
  }

  /** As the stack's: a third of the buffer is free, or a write would fail. */
  get writable(): boolean {
    if (this.failure !== undefined) return true;
    if (!this.#maySend) return this.connected;
    return this.#room * 3 >= this.options.sendBuffer;
  }

  read(into: Uint8Array, start = 0, end: number = into.length, peek = false): number | undefined {
    if (this.#arrived === undefined) return this.#ended && this.failure === undefined ? 0 : undefined;
    const count = Math.min(this.available, end - start);
    into.set(this.#arrived.subarray(this.#at, this.#at + count), start);
    if (!peek) this.#consume(count);
    return count;
  }

  skip(most: number): number | undefined {
    if (this.#arrived === undefined) return this.#ended && this.failure === undefined ? 0 : undefined;
    const count = Math.min(this.available, most);
    this.#consume(count);
    return count;
  }

  write(from: Uint8Array, start = 0, end: number = from.length): number | undefined {
    if (!this.#maySend || this.failure !== undefined || this.#room <= 0) return undefined;
    const count = Math.min(this.#room, end - start);
    for (let at = start; at < start + count; at += PIECE) {
      const piece = from.subarray(at, Math.min(at + PIECE, start + count));
      this.#kernel.queue(CALL.write, this.#id, 0, 0, piece);
    }
    this.#room -= count;
    return count;
  }

  finish(): void {
    this.#maySend = false;
    this.#kernel.queue(CALL.finish, this.#id);
  }

  discard(): void {
    this.#arrived = undefined;
    this.#kernel.queue(CALL.discard, this.#id);
  }

  close(): void {
    this.#kernel.forget(this.#id);
    this.#kernel.queue(CALL.close, this.#id);
  }

  abort(): void {
    this.#kernel.forget(this.#id);
    this.#kernel.queue(CALL.abort, this.#id);
  }

  accept(): TcpMirror | undefined {
    return this.#accepted.shift();
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  onChange(wake: (() => void) | undefined): void {
    this.#wake = wake;
  }

  /** Nobody's buffer is written to from another thread: what comes is found by `read`. */
  lend(): void {}
  withdraw(): void {}

  writeUrgent(): number | undefined {
    this.failure = "not-supported";
    return undefined;
  }

  readUrgent(): number {
    return -1;
  }

  // ── news ────────────────────────────────────────────────────────────────────────────────────────────

  hasState(bits: number, room: number): void {
    this.connected = (bits & FLAG.connected) !== 0;
    this.#maySend = (bits & FLAG.maySend) !== 0;
    this.#ended = (bits & FLAG.ended) !== 0;
    this.#room = room;
    this.state = this.connected ? "established" : this.state;
    const failure = failureOf(bits >> FAILURE_SHIFT);
    if (failure !== undefined) this.failure = failure;
    this.#wake?.();
  }

  hasData(octets: Uint8Array): void {
    this.#arrived = octets.slice();
    this.#at = 0;
    this.#wake?.();
  }

  hasConnection(id: number, payload: Uint8Array): void {
    const [local, remote] = JSON.parse(textOf(payload)) as [End, End];
    const accepted = new TcpMirror(this.#kernel, this.options, id);
    accepted.local = { address: addressOf(local.address), port: local.port };
    accepted.remote = { address: addressOf(remote.address), port: remote.port };
    this.#accepted.push(accepted);
    this.#wake?.();
  }

  hasDatagram(): void {
    throw new Error("a datagram came for a TCP socket");
  }

  #consume(count: number): void {
    if (count === this.available) this.#arrived = undefined;
    else this.#at += count;
    this.#kernel.queue(CALL.consumed, this.#id, count);
  }

  #askAndLearn(
    call: typeof CALL.bind | typeof CALL.listen | typeof CALL.connect,
    number: number,
    at?: SocketAddress,
  ): Failure | undefined {
    const payload = at === undefined ? undefined : octetsOf(at.address.toString());
    const { failure, value } = this.#kernel.ask(call, this.#id, number, 0, payload);
    const local = value as End | undefined;
    if (local !== undefined) this.local = { address: addressOf(local.address), port: local.port };
    return failure;
  }
}
