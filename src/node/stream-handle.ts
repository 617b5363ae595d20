/**
 * What stands below a `net.Socket` instead of libuv: a handle that Node's own lib/net.js drives, and which
 * moves octets between it and a `StreamEndpoint` of the stack. Node's side of the contract is written down in
 * lib/net.js and lib/internal/stream_base_commons.js; libuv's behaviour (what is done at once, what later,
 * what keeps the process alive) is kept.
 *
 * Two ways out of one handle. `net.Socket` calls the methods, and gets what arrives by `onread`, without a
 * copy. C++ (TLS, HTTP/2, the parser of HTTP) calls the `on…` methods of Node's `JSStream` and takes what
 * arrives from there, which costs a copy; Node asks `isStreamBase` before it puts any of that on a handle.
 */
import { AsyncResource } from "node:async_hooks";
import { setImmediate } from "../drivers/node/own-timers.ts";
import type { StreamEndpoint } from "../stack/index.ts";
import { JSStream, type Request, reportRead, setNativeOnRead, setNativeUserBuffer } from "./binding.ts";
import { UV_EBADF, UV_ECANCELED, UV_ENOTCONN, UV_EOF, UV_EPIPE, uvError } from "./errno.ts";
import type { Keeper } from "./keeper.ts";
import { readForNative } from "./native-read.ts";
import { ReadSlab } from "./read-slab.ts";
import { WriteQueue } from "./write-queue.ts";

interface PendingShutdown {
  readonly request: Request;
  readonly native: boolean;
}

type OnRead = (buffer?: ArrayBuffer) => Uint8Array | undefined;

const slab = new ReadSlab();

/** What the handles of TCP and of path sockets have in common: Node's stream contract over an endpoint. */
export abstract class StreamHandle extends JSStream {
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
  readonly #keeper: Pick<Keeper, "hold" | "release">;
  /** Carries the asynchronous context (AsyncLocalStorage) in which the handle was made to its callbacks. */
  readonly #context = new AsyncResource("TAPSTACKSTREAM");
  readonly #wake = (): void => {
    if (this.#ready()) this.#schedule();
  };
  #onread: OnRead | undefined;
  #wantsRead = false;
  /** C++ may have taken over: what arrives goes by way of it. */
  #native = false;
  #userBuffer: Uint8Array | undefined;
  readonly #writes: WriteQueue = new WriteQueue(this);
  #shutdown: PendingShutdown | undefined;
  #scheduled = false;
  #referenced = true;
  #held = false;
  #closing = false;
  #onClosed: (() => void) | undefined;

  constructor(keeper: Pick<Keeper, "hold" | "release">, endpoint: StreamEndpoint | undefined) {
    super();
    this.#keeper = keeper;
    if (endpoint !== undefined) this.attach(endpoint);
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
    this.#native = true;
    return true;
  }

  /** Octets of writes that still wait for room. */
  get writeQueueSize(): number {
    return this.#writes.octets;
  }

  /** Set by Node: takes what was read. It may return the buffer for the next read (`onread` of net.Socket). */
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
    this.#wantsRead = true;
    this.#changed();
    return 0;
  }

  readStop(): number {
    this.#wantsRead = false;
    this.#changed();
    return 0;
  }

  /** Reads go to this buffer until `onread` returns another. */
  useUserBuffer(buffer: Uint8Array): void {
    this.#userBuffer = buffer;
    setNativeUserBuffer(this, buffer);
  }

  writeBuffer(request: Request, octets: Uint8Array): number {
    return this.#write(request, octets, false);
  }

  writeUtf8String(request: Request, text: string): number {
    return this.#write(request, Buffer.from(text, "utf8"), false);
  }

  writeAsciiString(request: Request, text: string): number {
    return this.#write(request, Buffer.from(text, "latin1"), false);
  }

  writeLatin1String(request: Request, text: string): number {
    return this.#write(request, Buffer.from(text, "latin1"), false);
  }

  writeUcs2String(request: Request, text: string): number {
    return this.#write(request, Buffer.from(text, "utf16le"), false);
  }

  /** @param chunks - buffers; or, unless `allBuffers`, pairs of a buffer or string and its encoding */
  writev(request: Request, chunks: readonly unknown[], allBuffers: boolean): number {
    const parts: Uint8Array[] = [];
    for (let index = 0; index < chunks.length; index += allBuffers ? 1 : 2) {
      const chunk = chunks[index];
      const encoding = chunks[index + 1] as BufferEncoding;
      parts.push(typeof chunk === "string" ? Buffer.from(chunk, encoding) : (chunk as Uint8Array));
    }
    return this.#write(request, Buffer.concat(parts), false);
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

  // ── called by Node's C++ when TLS has been put on top ───────────────────────────────────────────────

  isClosing(): boolean {
    return this.#closing;
  }

  onreadstart(): number {
    this.#native = true;
    return this.readStart();
  }

  onreadstop(): number {
    return this.readStop();
  }

  onwrite(request: Request, chunks: readonly Uint8Array[]): number {
    return this.#write(
      request,
      chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks),
      true,
    );
  }

  onshutdown(request: Request): number {
    return this.#beginShutdown(request, true);
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────

  #write(request: Request, octets: Uint8Array, native: boolean): number {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return this.#closing ? UV_EBADF : UV_EPIPE;
    const status = this.#writes.write(endpoint, request, octets, native);
    if (status === 0) this.bytesWritten += octets.length;
    this.#changed();
    return status;
  }

  #beginShutdown(request: Request, native: boolean): number {
    if (this.#endpoint === undefined || this.#connect !== undefined) return UV_ENOTCONN;
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
    this.#schedule();
    this.#changed();
  }

  /** After every change of what is waited for: holds the process or lets go, and acts on what is ready. */
  #changed(): void {
    const requests = this.#connect !== undefined || !this.#writes.empty || this.#shutdown !== undefined;
    const active = this.#listening || this.#wantsRead;
    const hold =
      this.#onClosed !== undefined || (!this.#closing && (requests || (active && this.#referenced)));
    if (hold !== this.#held) {
      this.#held = hold;
      if (hold) this.#keeper.hold();
      else this.#keeper.release();
    }
    if (this.#ready()) this.#schedule();
  }

  #ready(): boolean {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return this.#closing && this.#onClosed !== undefined;
    if (this.#connect !== undefined) return endpoint.connected || endpoint.failure !== undefined;
    if (this.#listening) return endpoint.readable;
    if (this.#writes.isReady(endpoint)) return true;
    if (this.#shutdown !== undefined && this.#writes.empty) return true;
    return this.#wantsRead && endpoint.readable;
  }

  /**
   * Node's events never come in the middle of the program's own calls, while the stack's do (a write over
   * the loopback interface arrives at once): so each event gets a turn of its own, after which Node runs
   * what was queued by `process.nextTick` and promises, as after a callback of libuv.
   */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(StreamHandle.#turn, this);
  }

  static #turn(handle: StreamHandle): void {
    handle.#scheduled = false;
    if (handle.#ready()) handle.#context.runInAsyncScope(StreamHandle.#step, undefined, handle);
    else if (handle.#closing) handle.#context.runInAsyncScope(StreamHandle.#finishClosing, undefined, handle);
  }

  /** One event, and a turn for the next if that is ready. */
  static #step(handle: StreamHandle): void {
    try {
      handle.#oneEvent();
    } finally {
      handle.#changed();
    }
  }

  #oneEvent(): void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) {
      StreamHandle.#finishClosing(this);
    } else if (this.#connect !== undefined) {
      this.#finishConnect(endpoint, this.#connect);
    } else if (this.#listening) {
      const client = this.acceptOne();
      if (client !== undefined) this.onconnection?.(0, client);
    } else if (endpoint.failure !== undefined && this.#wantsRead) {
      this.#read(endpoint);
    } else if (this.#writes.isReady(endpoint)) {
      this.#writes.proceed(endpoint);
    } else if (this.#shutdown !== undefined && this.#writes.empty) {
      endpoint.finish();
      this.#finishShutdown(0);
    } else {
      this.#read(endpoint);
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
    handle.#connect = undefined;
    connect?.oncomplete?.(UV_ECANCELED, handle, connect, false, false);
    handle.#writes.cancel();
    handle.#finishShutdown(UV_ECANCELED);
    const callback = handle.#onClosed;
    handle.#onClosed = undefined;
    callback?.();
    handle.#changed();
  }

  #read(endpoint: StreamEndpoint): void {
    if (this.#native) {
      readForNative(this, endpoint);
      return;
    }
    const user = this.#userBuffer;
    if (user === undefined) slab.prepare(endpoint.available);
    const start = user === undefined ? slab.start : 0;
    const into = user ?? slab.octets;
    const count = endpoint.read(into, start, user === undefined ? slab.end : user.length);
    if (count === undefined || count === 0) {
      this.#readNothing(endpoint, count);
      return;
    }
    this.bytesRead += count;
    if (user === undefined) slab.consume(count);
    reportRead(count, start);
    const next = this.#onread?.(user === undefined ? (into.buffer as ArrayBuffer) : undefined);
    if (next !== undefined) this.#userBuffer = next;
  }

  /** The end of the stream, or a failure; neither comes twice. */
  #readNothing(endpoint: StreamEndpoint, count: 0 | undefined): void {
    const failure = count === 0 ? undefined : endpoint.takeFailure();
    if (count === undefined && failure === undefined) return;
    this.#wantsRead = false;
    reportRead(failure === undefined ? UV_EOF : uvError(failure), 0);
    this.#onread?.(undefined);
  }
}
