/**
 * Lines to standard output, gathered to few writes, and bounded where nobody reads. A script may take the ready
 * line from a pipe, and then nothing more: that must neither stop the stack nor fill its memory.
 */

/** Characters that may wait for a slow reader; lines beyond that are dropped, and counted. */
const MAX_WAITING = 1_048_576;

/** Milliseconds between a line and its appearing: what comes in the meantime goes out in the same write. */
const DELAY = 50;

/** Milliseconds that the end waits for a slow reader. */
const PATIENCE = 500;

/** Where lines for people go: not where a capture goes. */
export function standardFor({ pcap }: { readonly pcap: string | undefined }): NodeJS.WriteStream {
  return pcap === "-" ? process.stderr : process.stdout;
}

/** Lines for people, of which too many are dropped rather than waited for. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #most: number;
  #lines: string[] = [];
  #waiting = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isBroken = false;

  /** @param most - characters that may wait for a slow reader */
  constructor(stream: NodeJS.WriteStream = process.stdout, most: number = MAX_WAITING) {
    this.#stream = stream;
    this.#most = most;
    // A reader that has gone away (EPIPE) is no reason to stop serving.
    stream.on("error", () => {
      this.#isBroken = true;
    });
  }

  /** Prints a line, soon. */
  line(text: string): void {
    if (this.#isBroken) return;
    if (this.#waiting + this.#stream.writableLength > this.#most) {
      this.#dropped++;
      return;
    }
    this.#lines.push(text);
    this.#waiting += text.length;
    this.#timer ??= setTimeout(() => this.flush(), DELAY);
  }

  /** Prints what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#dropped > 0) this.#lines.push(`(${this.#dropped} lines dropped: nobody reads them)`);
    if (this.#lines.length > 0 && !this.#isBroken) this.#stream.write(`${this.#lines.join("\n")}\n`);
    this.#dropped = 0;
    this.#waiting = 0;
    this.#lines = [];
  }

  /** Prints what waits, and gives the reader a moment to take it. */
  async close(): Promise<void> {
    this.flush();
    if (this.#isBroken || this.#stream.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, PATIENCE);
      this.#stream.write("", () => {
        clearTimeout(timeout);
        resolve();
      });
    });
  }
}
