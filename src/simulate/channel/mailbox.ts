/**
 * Messages in order, in memory that two threads share. Only one of the two runs at any time (channel.ts), so
 * nothing here needs a lock: one fills the box and then sleeps, the other empties it.
 */

/** Words before a message's octets: what it is, which socket it is about, two numbers, how many octets follow. */
const HEADER = 5;

/** Words: how many are in use; and the first message. */
const USED = 0;
const FIRST = 1;

const NOTHING = new Uint8Array(0);

/** Takes one message; `payload` is lent until it returns. */
export type Take = (what: number, socket: number, a: number, b: number, payload: Uint8Array) => void;

/** One direction of a channel. */
export class Mailbox {
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;

  /** @param memory - a multiple of four octets; empty at first */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#octets = new Uint8Array(memory);
  }

  get empty(): boolean {
    return this.#used === 0;
  }

  /** Whether one more message with `octets` has room. */
  fits(octets: number): boolean {
    return (FIRST + this.#used + HEADER) * 4 + octets + 3 <= this.#octets.length;
  }

  /** @throws RangeError when it does not fit: ask first */
  put(what: number, socket: number, a = 0, b = 0, payload: Uint8Array = NOTHING): void {
    const words = this.#words;
    const at = FIRST + this.#used;
    words[at] = what;
    words[at + 1] = socket;
    words[at + 2] = a;
    words[at + 3] = b;
    words[at + 4] = payload.length;
    if (payload.length > 0) this.#octets.set(payload, (at + HEADER) * 4);
    words[USED] = this.#used + HEADER + wordsOf(payload.length);
  }

  /** Empties the box, in order. What is put while it is being emptied is lost. */
  drain(take: Take): void {
    const words = this.#words;
    const end = FIRST + this.#used;
    for (let at = FIRST; at < end; ) {
      const octets = word(words, at + 4);
      const from = (at + HEADER) * 4;
      const payload = this.#octets.subarray(from, from + octets);
      take(word(words, at), word(words, at + 1), word(words, at + 2), word(words, at + 3), payload);
      at += HEADER + wordsOf(octets);
    }
    words[USED] = 0;
  }

  get #used(): number {
    return word(this.#words, USED);
  }
}

function word(words: Int32Array, at: number): number {
  return words[at] as number;
}

/** The words that hold so many octets. */
function wordsOf(octets: number): number {
  return (octets + 3) >> 2;
}
