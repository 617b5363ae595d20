/** The Echo Protocol over TCP: whatever comes is sent back (RFC 862). */
import type { TcpEndpoint } from "../stack/index.ts";
import { type Progress, type Session, type StreamService, writeRoom } from "./session.ts";

/** Echo (RFC 862): sends back what it receives. */
export class EchoService implements StreamService {
  /** `echo`. */
  readonly name: string = "echo";
  readonly #scratch: Uint8Array;

  /** @param scratch - for the duration of a step only; services may share one */
  constructor(scratch: Uint8Array) {
    this.#scratch = scratch;
  }

  open(connection: TcpEndpoint): Session {
    return new EchoSession(connection, this.#scratch);
  }
}

/**
 * Reads no more than can be written at once. So a peer that sends without reading fills first its own
 * receive window, then our send buffer, then our receive buffer, and is then held by TCP; nothing is kept
 * here. Closes once the peer has, and everything is on its way back.
 */
export class EchoSession implements Session {
  readonly #connection: TcpEndpoint;
  readonly #scratch: Uint8Array;
  /** What a write left over, which the room it reported says that it never does; then undefined. */
  #held: Uint8Array | undefined = undefined;

  constructor(connection: TcpEndpoint, scratch: Uint8Array) {
    this.#connection = connection;
    this.#scratch = scratch;
  }

  step(): Progress {
    const connection = this.#connection;
    const scratch = this.#scratch;
    for (;;) {
      if (this.#held !== undefined && !this.#writeHeld(this.#held)) return "wait";
      if (!connection.writable) return "wait";
      const count = connection.read(scratch, 0, Math.min(scratch.length, writeRoom(connection)));
      if (count === undefined) return "wait";
      if (count === 0) return "done";
      const written = connection.write(scratch, 0, count) ?? 0;
      if (written < count) this.#held = scratch.slice(written, count);
    }
  }

  #writeHeld(held: Uint8Array): boolean {
    const written = this.#connection.write(held) ?? 0;
    this.#held = written < held.length ? held.slice(written) : undefined;
    return this.#held === undefined;
  }
}
