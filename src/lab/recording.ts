/** The capture of one host, in memory. */
import { ObservedLink, PcapWriter } from "../drivers/observe/index.ts";
import type { Clock, Link } from "../stack/index.ts";

/** The capture of one host, in memory. */
export class Recording {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #writer: PcapWriter;

  constructor(clock: Clock) {
    this.#writer = new PcapWriter({ clock, write: (bytes) => this.#pieces.push(bytes) });
  }

  /** A link that does what `link` does, and is recorded. */
  watch(link: Link): Link {
    return new ObservedLink(link, this.#writer);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}
