/** Services that send without end: the Character Generator Protocol (RFC 864) and the bulk source. */
import { type TcpEndpoint, Xoshiro128 } from "../stack/index.ts";
import { ascii } from "./ascii.ts";
import { throwAway } from "./discard.ts";
import type { Progress, Session, StreamService } from "./session.ts";

/** Sends a pattern again and again, until the peer closes. What the peer sends is thrown away. */
export class GeneratorService implements StreamService {
  /** What it is called in the log: `chargen` or `source`. */
  readonly name: string;
  readonly #pattern: Uint8Array;

  constructor(name: string, pattern: Uint8Array) {
    this.name = name;
    this.#pattern = pattern;
  }

  open(connection: TcpEndpoint): Session {
    return new GeneratorSession(connection, this.#pattern);
  }
}

class GeneratorSession implements Session {
  readonly #connection: TcpEndpoint;
  readonly #pattern: Uint8Array;
  /** Where in the pattern the next octet is. */
  #at = 0;

  constructor(connection: TcpEndpoint, pattern: Uint8Array) {
    this.#connection = connection;
    this.#pattern = pattern;
  }

  step(): Progress {
    const connection = this.#connection;
    if (throwAway(connection) === "done") return "done";
    for (;;) {
      const count = connection.write(this.#pattern, this.#at, this.#pattern.length);
      if (count === undefined || count === 0) return "wait";
      this.#at += count;
      if (this.#at === this.#pattern.length) this.#at = 0;
    }
  }
}

/** RFC 864: lines of 72 printing characters, each line starting one character later than the one before. */
export function chargenPattern(): Uint8Array {
  const printable = Array.from({ length: PRINTABLE }, (_, i) =>
    String.fromCharCode(FIRST_PRINTABLE + i),
  ).join("");
  const ring = printable + printable;
  let cycle = "";
  for (let first = 0; first < PRINTABLE; first++) cycle += `${ring.slice(first, first + LINE_LENGTH)}\r\n`;
  return ascii(cycle.repeat(CYCLES));
}

const FIRST_PRINTABLE = 0x20;
const PRINTABLE = 95;
const LINE_LENGTH = 72;
/** One cycle has 7,030 octets; so many of them make writes large enough to be cheap. */
const CYCLES = 16;

/**
 * What the bulk source sends: noise with a period of a prime number of octets, so that octets that end up
 * a power of two away from their place are seen to be wrong.
 */
export function sourcePattern(): Uint8Array {
  const random = new Xoshiro128(SOURCE_SEED);
  return Uint8Array.from({ length: SOURCE_PERIOD }, () => random.bits() >>> 24);
}

/** A fixed seed: a client can make the same octets and compare. */
export const SOURCE_SEED = 5002;
/** The largest prime below 2^18. */
export const SOURCE_PERIOD = 262_139;
