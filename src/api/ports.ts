/**
 * Buffered ports. A socket is an unbuffered port: `recv!` and `send` go straight to it. `duplicatePort` makes
 * a buffered one for a duplicate of it; what a port has buffered, calls on the socket know nothing of.
 */
import { close } from "./connecting.ts";
import { SHUT_WR } from "./constants.ts";
import { SocketError } from "./errors.ts";
import { dup, shutdown } from "./immediate.ts";
import { rejected } from "./outcomes.ts";
import { recvInto } from "./receiving.ts";
import { send } from "./sending.ts";
import { checkBuffer, Socket } from "./socket.ts";
import type { WaitOptions } from "./wait.ts";

/** Octets of a port's buffer in each direction, as in Guile. */
const DEFAULT_BUFFER = 4096;

const NEWLINE = 10;

/** A buffered, two-way port over a stream socket. One read and one write may be under way at a time. */
export class Port {
  /** The socket that it is buffered over. */
  readonly socket: Socket;
  readonly #input: Uint8Array;
  #inputStart = 0;
  #inputEnd = 0;
  readonly #output: Uint8Array;
  #outputEnd = 0;
  #closed = false;

  /** @param size - octets of the buffer in each direction, at least 1 */
  constructor(socket: Socket, size: number = DEFAULT_BUFFER) {
    if (!Number.isInteger(size) || size < 1) throw new SocketError("EINVAL", "duplicate-port");
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

  /** Writes all of `octets`; they are sent when the buffer is full, and by `flush`. */
  async write(octets: Uint8Array, options?: WaitOptions): Promise<void> {
    if (checkBuffer(octets, 0, octets?.length ?? 0) !== 0) throw new SocketError("EFAULT", "write");
    let at = 0;
    while (at < octets.length) {
      const count = Math.min(octets.length - at, this.#output.length - this.#outputEnd);
      this.#output.set(octets.subarray(at, at + count), this.#outputEnd);
      this.#outputEnd += count;
      at += count;
      if (this.#outputEnd === this.#output.length) await this.flush(options);
    }
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
    this.#inputStart = 0;
    this.#inputEnd = 0;
    this.#inputEnd = await recvInto(this.socket, this.#input, 0, 0, this.#input.length, options);
    return this.#inputEnd > 0;
  }
}

/** Guile's `duplicate-port`: a buffered port over a duplicate of `socket`. @throws EBADF, ENOTSOCK, EINVAL */
export function duplicatePort(socket: Socket, size?: number): Port {
  return new Port(dup(socket), size);
}

/** Guile's `close-port`, of a socket or of a port. */
export function closePort(port: Socket | Port): Promise<void> {
  if (port instanceof Port)
    return port.closed
      ? rejected(Socket.turnsOf(port.socket), new SocketError("EBADF", "close-port"))
      : port.close();
  return close(port);
}
