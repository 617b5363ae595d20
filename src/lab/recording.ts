/** The capture of one host, in memory. */
import { Capture, eventBlocks } from "../drivers/observe/index.ts";
import type { EventRing } from "../events/index.ts";
import type { Clock, Link, Tracer } from "../stack/index.ts";

/** The capture of one host, in memory: pcapng, with the reason of each frame that it has sent. */
export class Recording {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #capture: Capture;
  #links = 0;

  readonly #events: EventRing | undefined;

  /**
   * @param host - whose it is
   * @param events - of all hosts, which go into the file as well
   */
  constructor(clock: Clock, host: string, events: EventRing | undefined) {
    this.#events = events;
    this.#capture = new Capture({
      clock,
      write: (bytes) => this.#pieces.push(bytes),
      application: "tapstack lab",
      hardware: host,
    });
  }

  /** A link that does what `link` does, and is recorded. */
  watch(link: Link): Link {
    return this.#capture.watch(`eth${this.#links++}`, link);
  }

  /** What the stack is to be given: it tells why. `also` hears of everything, too. */
  tracer(also: Tracer | undefined): Tracer {
    return this.#capture.tracer(also);
  }

  /** Keys of TLS, of what follows. */
  secrets(keyLog: string): void {
    this.#capture.secrets(keyLog);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    this.#capture.settle();
    const pieces = [...this.#pieces, ...(this.#events === undefined ? [] : eventBlocks(this.#events))];
    const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}
