/**
 * Buffered ports. A socket is an unbuffered port: `recv!` and `send` go straight to it. `duplicatePort` makes a
 * buffered port for a duplicate of the socket. Calls on the socket do not know what the port has buffered.
 */

import { encodeUtf8 } from "../stack/base/utf8.ts";
import { close } from "./connecting.ts";
import { SHUT_WR } from "./constants.ts";
import { SocketError } from "./errors.ts";
import { dup, shutdown } from "./immediate.ts";
import { rejected } from "./outcomes.ts";
import { recvInto } from "./receiving.ts";
import { type Message, send } from "./sending.ts";
import { checkBuffer, Socket } from "./socket.ts";
import type { WaitOptions } from "./wait.ts";

/** Octets of a port's buffer in each direction, as in Guile. */
const DEFAULT_BUFFER = 4096;

const NEWLINE = 10;

/** How a port buffers, and what it is for: Guile's modes of `open-file`. */
interface Modes {
  readonly reads: boolean;
  readonly writes: boolean;
  /** What is written goes at once, at the end of a line, or when the buffer is full. */
  readonly holds: "none" | "line" | "block";
}

/** A buffered, two-way port over a stream socket. One read and one write may be under way at a time. */
export class Port {
  /** The socket that it is buffered over. */
  readonly socket: Socket;
  readonly #modes: Modes;
  readonly #input: Uint8Array;
  #inputStart = 0;
  #inputEnd = 0;
  readonly #output: Uint8Array;
  #outputEnd = 0;
  #closed = false;

  /**
   * @param size - octets of the buffer in each direction, at least 1
   * @param modes - as `duplicatePort`
   */
  constructor(socket: Socket, size: number = DEFAULT_BUFFER, modes = "r+") {
    if (!Number.isInteger(size) || size < 1) throw new SocketError("EINVAL", "duplicate-port");
    this.#modes = modesOf(modes);
    this.socket = socket;
    this.#input = new Uint8Array(size);
    this.#output = new Uint8Array(size);
  }

  /** It has been closed: every call on it fails with EBADF. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Octets that are buffered for reading. */
  get buffered(): number {
    return this.#inputEnd - this.#inputStart;
  }

  /** Reads to `into[start..end)`, at least one octet; 0 at the end. */
  async read(into: Uint8Array, start = 0, end: number = into.length, options?: WaitOptions): Promise<number> {
    if (checkBuffer(into, start, end) !== 0) throw new SocketError("EINVAL", "read");
    if (start === end) return 0;
    if (this.buffered === 0 && !(await this.#fill(options))) return 0;
    const count = Math.min(this.buffered, end - start);
    into.set(this.#input.subarray(this.#inputStart, this.#inputStart + count), start);
    this.#inputStart += count;
    return count;
  }

  /** The next octet; undefined at the end. */
  async readOctet(options?: WaitOptions): Promise<number | undefined> {
    if (this.buffered === 0 && !(await this.#fill(options))) return undefined;
    return this.#input[this.#inputStart++];
  }

  /** The octets up to the next newline, without it, or up to the end; undefined at the end. */
  async readLine(options?: WaitOptions): Promise<Uint8Array | undefined> {
    let line = new Uint8Array(0);
    for (;;) {
      if (this.buffered === 0 && !(await this.#fill(options))) return line.length > 0 ? line : undefined;
      const found = this.#input.subarray(this.#inputStart, this.#inputEnd).indexOf(NEWLINE);
      const count = found < 0 ? this.buffered : found;
      const longer = new Uint8Array(line.length + count);
      longer.set(line);
      longer.set(this.#input.subarray(this.#inputStart, this.#inputStart + count), line.length);
      line = longer;
      this.#inputStart += count;
      if (found < 0) continue;
      this.#inputStart++;
      return line;
    }
  }

  /** Writes all of `data`, a string in UTF-8; it is sent when the buffer is full, and by `flush`. */
  async write(data: Message, options?: WaitOptions): Promise<void> {
    const octets = typeof data === "string" ? encodeUtf8(data) : data;
    if (!this.#modes.writes) throw new SocketError("EBADF", "write", "the port is not for writing");
    if (checkBuffer(octets, 0, octets?.length ?? 0) !== 0) throw new SocketError("EFAULT", "write");
    let at = 0;
    while (at < octets.length) {
      const count = Math.min(octets.length - at, this.#output.length - this.#outputEnd);
      this.#output.set(octets.subarray(at, at + count), this.#outputEnd);
      this.#outputEnd += count;
      at += count;
      if (this.#outputEnd === this.#output.length) await this.flush(options);
    }
    const { holds } = this.#modes;
    if (holds === "none" || (holds === "line" && octets.includes(NEWLINE))) await this.flush(options);
  }

  /** Sends what is buffered (Guile's `force-output`). */
  async flush(options?: WaitOptions): Promise<void> {
    let sent = 0;
    const end = this.#outputEnd;
    try {
      while (sent < end) sent += await send(this.socket, this.#output, 0, sent, end, options);
    } finally {
      this.#output.copyWithin(0, sent, end);
      this.#outputEnd = end - sent;
    }
  }

  /** Flushes, and says that no more will be written: the peer reads the end. */
  async finish(options?: WaitOptions): Promise<void> {
    await this.flush(options);
    shutdown(this.socket, SHUT_WR);
  }

  /** `close-port`: flushes and closes. The socket is closed even when flushing fails. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.flush();
    } finally {
      await close(this.socket);
    }
  }

  async #fill(options: WaitOptions | undefined): Promise<boolean> {
    if (!this.#modes.reads) throw new SocketError("EBADF", "read", "the port is not for reading");
    this.#inputStart = 0;
    this.#inputEnd = 0;
    this.#inputEnd = await recvInto(this.socket, this.#input, 0, 0, this.#input.length, options);
    return this.#inputEnd > 0;
  }
}

/**
 * Guile's `duplicate-port`: a buffered port over a duplicate of `socket`.
 *
 * @param modes - "r" to read, "w" to write, "r+" or "w+" for both; with "0" what is written goes at once, with "l" at
 * the end of each line; "b" means nothing: ports are of octets
 * @param size - octets of the buffer in each direction
 * @throws EBADF, ENOTSOCK, EINVAL
 */
export function duplicatePort(socket: Socket, modes?: string, size?: number): Port;
export function duplicatePort(socket: Socket, size?: number): Port;
export function duplicatePort(socket: Socket, modes: string | number = "r+", size?: number): Port {
  if (typeof modes === "number") return new Port(dup(socket), modes);
  modesOf(modes); // a bad one must not leave a duplicate behind
  return new Port(dup(socket), size, modes);
}

function modesOf(given: unknown): Modes {
  if (typeof given !== "string" || !/^[rwa][+b0l]*$/.test(given)) {
    throw new SocketError("EINVAL", "duplicate-port", `there are no modes ${JSON.stringify(given)}`);
  }
  const both = given.includes("+");
  const holds = given.includes("0") ? "none" : given.includes("l") ? "line" : "block";
  return { reads: both || given.startsWith("r"), writes: both || !given.startsWith("r"), holds };
}

/** Guile's `close-port`, of a socket or of a port. */
export function closePort(port: Socket | Port): Promise<void> {
  if (port instanceof Port)
    return port.closed
      ? rejected(Socket.turnsOf(port.socket), new SocketError("EBADF", "close-port"))
      : port.close();
  return close(port);
}
