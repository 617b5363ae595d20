/**
 * All chance of a program comes from the seed: Math.random, and whatever node:crypto and WebCrypto draw by
 * way of Node. What OpenSSL draws by itself (keys, handshakes of TLS) does not: docs/simulation.md.
 */
import { setImmediate } from "../../drivers/node/own-timers.ts";
import { fraction, Xoshiro128 } from "../../stack/base/index.ts";
import { replaceClass } from "./inside.ts";

/** How Node's crypto asks for a job: answered by `run` itself, or later by `ondone`. */
const SYNCHRONOUS = 1;

/** Has all chance of the program come from the seed. */
export function seedChance(seed: number): void {
  const random = new Xoshiro128(seed);
  const octets = random.fork("crypto");
  Math.random = (): number => fraction(random);
  const fill = (view: Uint8Array): void => {
    for (let i = 0; i < view.length; i++) view[i] = octets.bits() & 0xff;
  };
  replaceClass("crypto", "RandomBytesJob", "internal/crypto/random", (mode, buffer, offset, size) => {
    const memory = ArrayBuffer.isView(buffer) ? buffer.buffer : (buffer as ArrayBuffer);
    const base = ArrayBuffer.isView(buffer) ? buffer.byteOffset : 0;
    const view = new Uint8Array(memory, base + (offset as number), size as number);
    return new RandomJob(mode === SYNCHRONOUS, () => fill(view));
  });
}

class RandomJob {
  /** Set by Node. */
  ondone: ((error?: Error) => void) | undefined = undefined;
  readonly #now: boolean;
  readonly #fill: () => void;

  constructor(now: boolean, fill: () => void) {
    this.#now = now;
    this.#fill = fill;
  }

  run(): [undefined, undefined] | undefined {
    this.#fill();
    if (this.#now) return [undefined, undefined];
    setImmediate(() => this.ondone?.());
    return undefined;
  }
}
