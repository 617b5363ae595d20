/**
 * The reads of a handle: whether what has arrived may be handed on now, and to whom. `net.Socket` gets it by `onread`,
 * without a copy. C++ (TLS, HTTP/2, the parser of HTTP) gets it by way of Node's JSStream.
 */
import type { StreamEndpoint } from "../stack/index.ts";
import { type NativeReader, readForNative } from "./native-read.ts";
import { readForScript, type ScriptReader } from "./script-read.ts";
import type { WriteQueue } from "./write-queue.ts";

/** Reads in one event before writes have their turn: libuv's number. */
const READS = 32;

/** Octets of a read after which libuv looks for more at once; after fewer it does not. */
const WHOLE = 65_536;

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
   * @returns 0, or the negative errno of a failure that the socket above is to be told of (`failAbove`)
   */
  read(handle: ScriptReader & NativeReader, endpoint: StreamEndpoint): number {
    const before = handle.bytesRead;
    if (this.native) {
      this.#left -= 1;
      return readForNative(handle, endpoint);
    }
    const room = this.userBuffer?.length ?? WHOLE;
    this.userBuffer = readForScript(handle, endpoint, this.userBuffer) ?? this.userBuffer;
    this.#left = handle.bytesRead - before < room ? 0 : this.#left - 1;
    return 0;
  }

  /** Whether more is to be read in the same event. */
  goesOn(endpoint: StreamEndpoint): boolean {
    return this.wanted && endpoint.readable && this.#left > 0;
  }

  /** An event begins, or a write had its turn. */
  reset(): void {
    this.#left = READS;
  }
}
