/**
 * Sockets are ports: a Node `Duplex` over a socket of `tapstack` (Guile's calls), with back-pressure in both
 * directions and half-open behaviour. Unbuffered at first, as in Guile: what is read was asked for, and a
 * write is done when the socket has taken it.
 */
import { Duplex } from "node:stream";
import type { Socket, Sockets } from "../api/index.ts";
import { checkSettings, FLAG, integer } from "../stack/index.ts";

/** How a port is made. */
export interface PortOptions {
  /** Octets that may be buffered in either direction (Guile: `duplicate-port` with a buffer); 0 by default. */
  readonly buffer?: number | undefined;
  /** Stay writable when the peer has ended; `false` by default, as with Node's sockets. */
  readonly allowHalfOpen?: boolean | undefined;
}

/** Octets of one read of an unbuffered port. */
const CHUNK = 65_536;
/** The manual's numbers for `shutdown`: no more will be sent. */
const SHUT_WR = 1;

/**
 * A port for a connected stream socket. Ending it shuts down the sending half; destroying it closes the
 * socket, which ends calls that wait on it.
 *
 * @throws TypeError for an option that there is not, RangeError for a value that cannot be
 */
export function openPort(sockets: Sockets, socket: Socket, options: PortOptions = {}): Duplex {
  checkSettings("openPort", options, { buffer: integer(0), allowHalfOpen: FLAG });
  const buffer = options.buffer ?? 0;
  const chunk = Buffer.allocUnsafeSlow(Math.max(buffer, CHUNK));
  let closed = false;

  /** Ends as the stream does: an error of a call that `destroy` has cut short is nobody's. */
  async function attempt(action: () => Promise<void>, done: (error?: Error | null) => void): Promise<void> {
    try {
      await action();
      done();
    } catch (error) {
      if (!closed) done(error as Error);
    }
  }

  async function sendAll(octets: Uint8Array): Promise<void> {
    let sent = 0;
    while (sent < octets.length) sent += await sockets.send(socket, octets, 0, sent);
  }

  return new Duplex({
    readableHighWaterMark: buffer,
    writableHighWaterMark: buffer,
    allowHalfOpen: options.allowHalfOpen ?? false,
    read(): void {
      const pull = async (): Promise<void> => {
        const count = await sockets.recvInto(socket, chunk);
        if (!closed) this.push(count === 0 ? null : Buffer.from(chunk.subarray(0, count)));
      };
      void attempt(pull, (error) => {
        if (error) this.destroy(error);
      });
    },
    write(octets: Buffer, _encoding, done): void {
      void attempt(() => sendAll(octets), done);
    },
    final(done): void {
      void attempt(async () => sockets.shutdown(socket, SHUT_WR), done);
    },
    destroy(error, done): void {
      closed = true;
      void attempt(
        async () => {
          await sockets.close(socket);
        },
        () => done(error),
      );
    },
  });
}
