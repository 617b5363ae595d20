/**
 * The reads of a handle: whether what has arrived may be handed on now, and to whom. `net.Socket` gets it by `onread`,
 * without a copy. C++ (TLS, HTTP/2, the parser of HTTP) gets it by way of Node's JSStream.
 */
import type { StreamEndpoint } from "../stack/index.ts";
import { type NativeReader, readForNative } from "./native-read.ts";
import { readForScript, type ScriptReader } from "./script-read.ts";
import type { WriteQueue } from "./write-queue.ts";

/** Reads in a row before writes have their turn: libuv's number. */
const READS_IN_A_ROW = 32;

/** What Node wants to read of an endpoint. */
export class StreamReads {
  /** Between `readStart` and `readStop`. */
  wanted = false;
  /** C++ may have taken over: what arrives goes by way of it. */
  native = false;
  /** Where the program wants the next octets; undefined: in a buffer of ours. */
  userBuffer: Uint8Array | undefined;
  #inARow = 0;

  /**
   * As libuv, a handle reads before it writes: what came before a reset, which a write would meet, is read. But after
   * a while a write has its turn although there is still something to read.
   */
  mayRead(endpoint: StreamEndpoint | undefined, writes: WriteQueue): boolean {
    if (!this.wanted || endpoint?.readable !== true) return false;
    return this.#inARow < READS_IN_A_ROW || !writes.isReady(endpoint);
  }

  /**
   * Hands over what has arrived, or the end.
   *
   * @returns 0, or the negative errno of a failure that the socket above is to be told of (`failAbove`)
   */
  read(handle: ScriptReader & NativeReader, endpoint: StreamEndpoint): number {
    this.#inARow += 1;
    if (this.native) return readForNative(handle, endpoint);
    this.userBuffer = readForScript(handle, endpoint, this.userBuffer) ?? this.userBuffer;
    return 0;
  }

  /** A write had its turn. */
  wrote(): void {
    this.#inARow = 0;
  }
}
