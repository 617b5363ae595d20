/**
 * What stands below a `net.Socket` instead of libuv: a handle that Node's own lib/net.js drives, and which
 * moves octets between it and a `StreamEndpoint` of the stack. Node's side of the contract is written down in
 * lib/net.js and lib/internal/stream_base_commons.js; libuv's behaviour (what is done at once, what later,
 * what keeps the process alive) is kept.
 *
 * Two ways out of one handle. `net.Socket` calls the methods, and gets what arrives by `onread`. C++ (TLS, HTTP/2, the
 * parser of HTTP) calls the `on…` methods of Node's `JSStream` and takes what arrives from there; Node asks
 * `isStreamBase` before it puts any of that on a handle.
 */
import { AsyncResource } from "node:async_hooks";
import { setImmediate } from "../drivers/node/own-timers.ts";
import type { StreamEndpoint } from "../stack/index.ts";
import { type Request, setNativeOnRead, setNativeUserBuffer } from "./binding.ts";
import { UV_EBADF, UV_ECANCELED, UV_ENOTCONN, UV_ENOTSUP, UV_EPIPE, uvError } from "./errno.ts";
import { queueClose, queueDone, queueTurn, tellNative } from "./event-turns.ts";
import { Hold, type ProcessHolder } from "./keeper.ts";
import { failAbove } from "./native-read.ts";
import type { OnRead } from "./script-read.ts";
import { StreamReads } from "./stream-reads.ts";
import { StreamWrites } from "./stream-writes.ts";
import { tlsAbove } from "./tls-above.ts";
import { type WriteAnswer, WriteQueue } from "./write-queue.ts";

interface PendingShutdown {
  readonly request: Request;
  readonly native: boolean;
}

/** An accepted connection belongs to no context of a program's. Made before one runs; no handle, and not named like one. */
const NO_CONTEXT = new AsyncResource("NOCONTEXT");

/** What the handles of TCP and of path sockets have in common: Node's stream contract over an endpoint. */
export abstract class StreamHandle extends StreamWrites {
  /** Set by Node on a handle that listens. */
  onconnection: ((status: number, client?: StreamHandle) => void) | undefined;
  /** Node's own note of whether it has called `readStart`. */
  reading = false;
  bytesRead = 0;
  bytesWritten = 0;
  /** There is no descriptor. */
  readonly fd: number = -1;

  #endpoint: StreamEndpoint | undefined;
  #listening = false;
  #connect: Request | undefined;
  readonly #hold: Hold;
  /** Carries the asynchronous context (AsyncLocalStorage) in which the handle was made to its callbacks. */
  #context = new AsyncResource("TAPSTACKSTREAM");
  readonly #wake = (): void => {
    if (this.#ready()) this.#schedule();
  };
  #onread: OnRead | undefined;
  readonly #reads: StreamReads = new StreamReads();
  readonly #writes: WriteQueue = new WriteQueue(this);
  #shutdown: PendingShutdown | undefined;
  /** No more may be written: its end is asked for, or done. */
  #shut = false;
  #scheduled = false;
  /** There is more to tell in the present event. */
  #goesOn = false;
  #referenced = true;
  #closing = false;
  #onClosed: (() => void) | undefined;

  constructor(keeper: ProcessHolder, endpoint: StreamEndpoint | undefined) {
    super();
    this.#hold = new Hold(keeper);
    if (endpoint !== undefined) this.attach(endpoint);
  }

  /** Whether it is one of ours; `instanceof` does not tell, since ours inherit from Node's. */
  static isOne(object: unknown): boolean {
    return typeof object === "object" && object !== null && #hold in object;
  }

  /** The next connection of a handle that listens, as a handle; undefined when there is none. */
  protected abstract acceptOne(): StreamHandle | undefined;
  /** Lets go of the endpoint: orderly, or at once with a reset. */
  protected abstract release(endpoint: StreamEndpoint, abort: boolean): void;

  protected get endpoint(): StreamEndpoint | undefined {
    return this.#endpoint;
  }

  protected get closing(): boolean {
    return this.#closing;
  }

  protected get connecting(): boolean {
    return this.#connect !== undefined;
  }

  protected attach(endpoint: StreamEndpoint): void {
    this.#endpoint = endpoint;
    endpoint.onChange(this.#wake);
  }

  /** The outcome of a connect that has begun goes to `request`. */
  protected expectConnect(request: Request): void {
    this.#connect = request;
    this.#changed();
  }

  protected startListening(): void {
    this.#listening = true;
    this.#changed();
  }

  /** Asked by Node just before C++ is put on top. Where it then is not, C++ still calls `onread`. */
  get isStreamBase(): boolean {
    this.#reads.native = true;
    return true;
  }

  /** Octets of writes that still wait for room. */
  get writeQueueSize(): number {
    return this.#writes.octets;
  }

  get onread(): OnRead | undefined {
    return this.#onread;
  }

  set onread(take: OnRead | undefined) {
    this.#onread = take;
    setNativeOnRead(this, take);
  }

  // ── called by lib/net.js ────────────────────────────────────────────────────────────────────────────

  readStart(): number {
    if (this.#endpoint === undefined) return this.#closing ? UV_EBADF : UV_ENOTCONN;
    this.#reads.wanted = true;
    this.#changed();
    return 0;
  }

  readStop(): number {
    this.#reads.wanted = false;
    this.#changed();
    return 0;
  }

  /** Reads go to this buffer until `onread` returns another. */
  useUserBuffer(buffer: Uint8Array): void {
    this.#reads.userBuffer = buffer;
    setNativeUserBuffer(this, buffer);
  }

  /** FIN after what is queued; `request` completes when it is on its way, as with libuv. */
  shutdown(request: Request): number {
    return this.#beginShutdown(request, false);
  }

  /** Closes in order; `callback` comes later, after every request that still waits has been cancelled. */
  close(callback?: () => void): void {
    this.#close(callback, false);
  }

  /** Closes with a reset (TCP: RST). */
  reset(callback?: () => void): number {
    if (this.#closing) return UV_EBADF;
    this.#close(callback, true);
    return 0;
  }

  ref(): void {
    this.#referenced = true;
    this.#changed();
  }

  unref(): void {
    this.#referenced = false;
    this.#changed();
  }

  hasRef(): boolean {
    return this.#referenced && !this.#closing;
  }

  /** A stack inside the process cannot wait for the peer while the process stands still. */
  setBlocking(enable: boolean): number {
    return enable ? UV_ENOTSUP : 0;
  }

  /** Octets, an end or a failure that no event has told of yet: of Node 26.12, for connections that `http.Agent` keeps. */
  hasPendingRead(): boolean {
    return this.#endpoint?.readable ?? false;
  }

  /** `http.Agent` gives a connection to another request: from now on its events belong to that one's context. */
  override asyncReset(resource?: object): void {
    super.asyncReset(resource);
    this.#context = new AsyncResource("TAPSTACKSTREAM");
  }

  // ── called by Node's C++ when TLS has been put on top ───────────────────────────────────────────────

  isClosing(): boolean {
    return this.#closing;
  }

  onreadstart(): number {
    this.#reads.native = true;
    return this.readStart();
  }

  onreadstop(): number {
    return this.readStop();
  }

  onwrite(request: Request, chunks: readonly Uint8Array[]): number {
    const endpoint = this.#endpoint;
    if (endpoint === undefined || this.#shut) return this.#closing ? UV_EBADF : UV_EPIPE;
    const octets = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    this.#reads.native = true;
    const status = this.#writes.writeNative(endpoint, request, octets, tlsAbove(this) === undefined);
    if (status === 0) this.bytesWritten += octets.length;
    this.#changed();
    return status;
  }

  onshutdown(request: Request): number {
    return this.#beginShutdown(request, true);
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────

  protected override write(request: Request | null, octets: Uint8Array): WriteAnswer {
    const endpoint = this.#endpoint;
    if (endpoint === undefined || this.#shut) return this.#closing ? UV_EBADF : UV_EPIPE;
    const answer = this.#writes.write(endpoint, request, octets);
    if (typeof answer !== "number" || answer === 0) this.bytesWritten += octets.length;
    this.#changed();
    return answer;
  }

  #beginShutdown(request: Request, native: boolean): number {
    if (this.#endpoint === undefined || this.#connect !== undefined || this.#shut) return UV_ENOTCONN;
    this.#shut = true;
    this.#shutdown = { request, native };
    this.#changed();
    return 0;
  }

  #close(callback: (() => void) | undefined, abort: boolean): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#onClosed = callback;
    const endpoint = this.#endpoint;
    this.#endpoint = undefined;
    if (endpoint !== undefined) {
      endpoint.onChange(undefined);
      this.release(endpoint, abort);
    }
    queueClose(this);
    this.#changed();
  }

  /** After every change of what is waited for: holds the process or lets go, and acts on what is ready. */
  #changed(): void {
    const requests = this.#connect !== undefined || !this.#writes.empty || this.#shutdown !== undefined;
    const active = this.#listening || this.#reads.wanted;
    const hold =
      this.#onClosed !== undefined || (!this.#closing && (requests || (active && this.#referenced)));
    this.#hold.change(hold);
    if (this.#ready()) this.#schedule();
  }

  #ready(): boolean {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return false;
    if (this.#connect !== undefined) return endpoint.connected || endpoint.failure !== undefined;
    if (this.#listening) return endpoint.readable;
    if (this.#writes.isReady(endpoint)) return true;
    if (this.#shutdown !== undefined && this.#writes.empty) return true;
    return this.#reads.wanted && endpoint.readable;
  }

  /**
   * Node's events never come in the middle of the program's own calls, while the stack's do (a write over
   * the loopback interface arrives at once): so each event gets a turn of its own, after which Node runs
   * what was queued by `process.nextTick` and promises, as after a callback of libuv. C++ makes several
   * callbacks of one event, each with a context of its own: it gets its turn outside of ours.
   */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const native = this.#nextIsNative();
    if (!native && this.#shutdown !== undefined && this.#writes.empty) queueDone(this);
    else queueTurn(this, native);
  }

  /** Whether the next event goes to C++. */
  #nextIsNative(): boolean {
    if (!this.#reads.native || this.#closing || this.#connect !== undefined || this.#listening) return false;
    if (this.#shutdown !== undefined && this.#writes.empty) return this.#shutdown.native;
    return this.#reads.mayRead(this.#endpoint, this.#writes) || this.#writes.nextIsNative;
  }

  /** For `queueTurn` and the probe only. */
  bareTurn(): void {
    tellNative(this);
  }

  /** For `tellNative` only. */
  nativeTurn(): void {
    this.#scheduled = false;
    if (this.#ready() && this.#nextIsNative()) this.#oneEvent();
    this.#goesOn = false;
    this.#changed();
  }

  /** For `queueClose` only. */
  closed(): void {
    this.#context.runInAsyncScope(StreamHandle.#finishClosing, undefined, this);
  }

  /** An event of JavaScript's, or a further part of one, if there is any. For `queueTurn` and the probe only. */
  turn(): boolean {
    if (!this.#goesOn) this.#reads.reset();
    this.#goesOn = false;
    if (this.#ready() && !this.#nextIsNative()) {
      this.#context.runInAsyncScope(StreamHandle.#step, undefined, this);
    } else {
      this.#scheduled = false;
      this.#changed();
    }
    return this.#goesOn;
  }

  /** One part of an event; a turn for the next event, if that is ready. */
  static #step(handle: StreamHandle): void {
    try {
      handle.#oneEvent();
    } finally {
      handle.#scheduled = handle.#goesOn;
      handle.#changed();
    }
  }

  #oneEvent(): void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return;
    if (this.#connect !== undefined) {
      this.#finishConnect(endpoint, this.#connect);
    } else if (this.#listening) {
      const client = NO_CONTEXT.runInAsyncScope(this.acceptOne, this);
      if (client !== undefined) this.onconnection?.(0, client);
    } else if (this.#shutdown !== undefined && this.#writes.empty) {
      endpoint.finish();
      this.#finishShutdown(0);
    } else {
      this.#readOrWrite(endpoint);
    }
  }

  #readOrWrite(endpoint: StreamEndpoint): void {
    if (this.#reads.mayRead(endpoint, this.#writes)) {
      const status = this.#reads.read(this, endpoint, this.#shut && this.#shutdown === undefined);
      if (status < 0) setImmediate(() => this.#context.runInAsyncScope(failAbove, undefined, this, status));
      const more = this.#reads.goesOn(endpoint) || this.#writes.isReady(endpoint);
      this.#goesOn = more && this.#endpoint !== undefined;
    } else if (this.#writes.isReady(endpoint)) {
      this.#reads.reset();
      this.#writes.proceed(endpoint);
      this.#goesOn = this.#endpoint !== undefined && this.#shutdown !== undefined && this.#writes.empty;
    }
  }

  #finishConnect(endpoint: StreamEndpoint, request: Request): void {
    this.#connect = undefined;
    const status = endpoint.connected ? 0 : uvError(endpoint.takeFailure());
    request.oncomplete?.(status, this, request, true, true);
  }

  #finishShutdown(status: number): void {
    const shutdown = this.#shutdown;
    this.#shutdown = undefined;
    if (shutdown?.native === true) this.finishShutdown(shutdown.request, status);
    else shutdown?.request.oncomplete?.(status);
  }

  static #finishClosing(handle: StreamHandle): void {
    const connect = handle.#connect;
    const callback = handle.#onClosed;
    handle.#connect = undefined;
    handle.#onClosed = undefined;
    try {
      connect?.oncomplete?.(UV_ECANCELED, handle, connect, false, false);
      handle.#writes.cancel();
      handle.#finishShutdown(UV_ECANCELED);
      callback?.();
    } finally {
      handle.#changed(); // whatever the program has thrown, it holds the process no more
    }
  }
}
