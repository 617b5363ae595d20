/**
 * A stream socket as a pair of web streams. The constructors are handed in, since the web's types are no
 * part of the language: on Node and in browsers, `globalThis` has them.
 */
import { close } from "./connecting.ts";
import { SHUT_RD, SHUT_WR } from "./constants.ts";
import { SocketError } from "./errors.ts";
import { shutdown } from "./immediate.ts";
import { recvInto } from "./receiving.ts";
import { send } from "./sending.ts";
import { checkBuffer, type Socket } from "./socket.ts";

/** What is used of the web's `ReadableStreamDefaultController`. */
export interface ReadableController {
  /** Hands a chunk to the stream. */
  enqueue(chunk: Uint8Array): void;
  /** Ends the stream. */
  close(): void;
}

/** What is used of the web's `UnderlyingSource`. */
export interface OctetSource {
  /** The stream wants a chunk. */
  pull(controller: ReadableController): Promise<void>;
  /** Nobody will read any more. */
  cancel(reason: unknown): Promise<void>;
}

/** What is used of the web's `UnderlyingSink`. */
export interface OctetSink {
  /** Sends a chunk; settles when the socket has taken it. */
  write(chunk: Uint8Array): Promise<void>;
  /** Sends the end. */
  close(): Promise<void>;
  /** Gives up. */
  abort(reason: unknown): Promise<void>;
}

/** The web's constructors, `R` and `W` being what they make. */
export interface WebStreamConstructors<R, W> {
  /** The web's `ReadableStream`. */
  readonly ReadableStream: new (
    source: OctetSource,
    strategy: { highWaterMark: number },
  ) => R;
  /** The web's `WritableStream`. */
  readonly WritableStream: new (
    sink: OctetSink,
    strategy: { highWaterMark: number },
  ) => W;
}

/** How streams over a socket are made. */
export interface WebStreamOptions {
  /** Octets of the largest chunk that is read; 65,536 by default. */
  readonly chunkSize?: number | undefined;
}

const DEFAULT_CHUNK = 65_536;

/**
 * Streams over `socket`, which they own from now on. Nothing is read before somebody reads, and a write is
 * done when the socket has taken it: back-pressure goes through in both directions. The halves are
 * independent: the end of the readable leaves the writable open, closing the writable sends the end. The
 * socket is closed when both have ended.
 */
export function webStreams<R, W>(
  socket: Socket,
  constructors: WebStreamConstructors<R, W>,
  options: WebStreamOptions = {},
): { readonly readable: R; readonly writable: W } {
  const { chunkSize = DEFAULT_CHUNK } = options;
  if (!Number.isInteger(chunkSize) || chunkSize < 1) throw new SocketError("EINVAL", "webStreams");
  const halves = new Halves(socket);
  const { ReadableStream, WritableStream } = constructors;
  // 0: the stream itself buffers nothing beyond the chunk that a reader has asked for.
  const readable = new ReadableStream(source(socket, halves, chunkSize), { highWaterMark: 0 });
  const writable = new WritableStream(sink(socket, halves), { highWaterMark: 1 });
  return { readable, writable };
}

/** Closes the socket once both of its halves have ended. */
class Halves {
  readonly #socket: Socket;
  #reads = true;
  #writes = true;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  async readEnded(): Promise<void> {
    this.#reads = false;
    await this.#closeIfDone();
  }

  async writeEnded(): Promise<void> {
    this.#writes = false;
    await this.#closeIfDone();
  }

  async #closeIfDone(): Promise<void> {
    if (!this.#reads && !this.#writes && !this.#socket.closed) await close(this.#socket);
  }
}

function source(socket: Socket, halves: Halves, chunkSize: number): OctetSource {
  return {
    async pull(controller) {
      const chunk = new Uint8Array(chunkSize);
      let count = 0;
      try {
        count = await recvInto(socket, chunk);
      } catch (error) {
        // A connection that is broken is so in both directions.
        await halves.readEnded();
        throw error;
      }
      if (count > 0) controller.enqueue(count === chunkSize ? chunk : chunk.slice(0, count));
      else {
        controller.close();
        await halves.readEnded();
      }
    },
    async cancel() {
      stop(socket, SHUT_RD);
      await halves.readEnded();
    },
  };
}

function sink(socket: Socket, halves: Halves): OctetSink {
  return {
    async write(chunk) {
      if (checkBuffer(chunk, 0, chunk?.length ?? 0) !== 0) {
        await halves.writeEnded();
        throw new SocketError("EFAULT", "write");
      }
      let sent = 0;
      try {
        while (sent < chunk.length) sent += await send(socket, chunk, 0, sent);
      } catch (error) {
        await halves.writeEnded();
        throw error;
      }
    },
    async close() {
      stop(socket, SHUT_WR);
      await halves.writeEnded();
    },
    async abort() {
      stop(socket, SHUT_WR);
      await halves.writeEnded();
    },
  };
}

/** Shuts one half down. ENOTCONN and EBADF say that there is nothing left to shut down. */
function stop(socket: Socket, how: number): void {
  try {
    shutdown(socket, how);
  } catch (error) {
    const over = error instanceof SocketError && (error.code === "ENOTCONN" || error.code === "EBADF");
    if (!over) throw error;
  }
}
