/**
 * The reads of a handle: whether what has arrived may be handed on now, and to whom. `net.Socket` gets it by `onread`,
 * without a copy. C++ (TLS, HTTP/2, the parser of HTTP) gets it by way of Node's JSStream.
 */
import type { StreamEndpoint } from "../stack/index.ts";
import { endForNative, type NativeReader, readForNative } from "./native-read.ts";
import { endForScript, readForScript, type ScriptReader } from "./script-read.ts";
import type { WriteQueue } from "./write-queue.ts";

/** Reads in one event before writes have their turn: libuv's number. */
const READS = 32;

/** Octets of a read after which libuv looks for more at once; after fewer it does not. */
const WHOLE = 65_536;

/**
 * Whether libuv tells of the end in the same event as of the last octets, where the kernel says that the connection is
 * over in both directions (POLLHUP). It does so for a reset too, which is then an end like any other. Up to 1.51.
 */
const [MAJOR = 0, MINOR = 0] = (process.versions["uv"] ?? "").split(".").map(Number);
const ENDS_AT_ONCE = MAJOR === 1 && MINOR < 52;

/** What Node wants to read of an endpoint. */
export class StreamReads {
  /** Between `readStart` and `readStop`. */
  wanted = false;
  /** C++ may have taken over: what arrives goes by way of it. */
  native = false;
  /** Where the program wants the next octets; undefined: in a buffer of ours. */
  userBuffer: Uint8Array | undefined;
  /** Reads that the present event still has. */
  #left = READS;
  /** What was read last is followed by the end, in the same event. */
  #endsNow = false;

  /**
   * As libuv, a handle reads before it writes: what came before a reset, which a write would meet, is read. But a
   * write has its turn although there is still something to read.
   */
  mayRead(endpoint: StreamEndpoint | undefined, writes: WriteQueue): boolean {
    if (!this.wanted || endpoint?.readable !== true) return false;
    return this.#left > 0 || !writes.isReady(endpoint);
  }

  /**
   * Hands over what has arrived, or the end.
   *
   * @param finished - no more is to be written
   * @returns 0, or the negative errno of a failure that the socket above is to be told of (`failAbove`)
   */
  read(handle: ScriptReader & NativeReader, endpoint: StreamEndpoint, finished: boolean): number {
    if (this.#endsNow) {
      this.#endsNow = false;
      endpoint.takeFailure();
      if (this.native) endForNative(handle);
      else endForScript(handle);
      return 0;
    }
    const before = handle.bytesRead;
    const failed = endpoint.failure !== undefined;
    const room = this.userBuffer?.length ?? WHOLE;
    let status = 0;
    if (this.native) status = readForNative(handle, endpoint);
    else this.userBuffer = readForScript(handle, endpoint, this.userBuffer) ?? this.userBuffer;
    const count = handle.bytesRead - before;
    if (this.native || count === room) this.#left -= 1;
    else this.#left = 0;
    if (ENDS_AT_ONCE && count > 0 && count < room) this.#lookForEnd(endpoint, finished, failed);
    return status;
  }

  /** A reset that the program has brought about just now, in this event, is one of the next. */
  #lookForEnd(endpoint: StreamEndpoint, finished: boolean, failed: boolean): void {
    if (!this.wanted || endpoint.available > 0 || !endpoint.readable) return;
    this.#endsNow = failed || (finished && endpoint.failure === undefined);
    if (this.#endsNow) this.#left = 1;
  }

  /** Whether more is to be read in the same event. */
  goesOn(endpoint: StreamEndpoint): boolean {
    return this.wanted && endpoint.readable && this.#left > 0;
  }

  /** An event begins, or a write had its turn. */
  reset(): void {
    this.#endsNow = false;
    this.#left = READS;
  }
}
