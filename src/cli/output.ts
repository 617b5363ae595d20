/**
 * Lines to standard output that never stop the stack. Node writes to a pipe and waits until somebody
 * reads; a script that reads the ready line and then nothing more would so stop the whole stack after 64 KB.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";

/** Text that waits for a slow reader; what comes beyond that is dropped, and counted. */
const MAX_WAITING = 1_048_576;

/** Milliseconds between a line and its appearing: lines that come in the meantime go out in the same write. */
const DELAY = 50;

export class Output {
  readonly #fd: number;
  readonly #isOwn: boolean;
  #waiting: string[] = [];
  #waitingLength = 0;
  #dropped = 0;
  /** Octets of a write that was cut short. */
  #rest: Uint8Array | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isBroken = false;

  constructor(fd = 1) {
    const opened = openWithoutWaiting(fd);
    this.#fd = opened ?? fd;
    this.#isOwn = opened !== undefined;
  }

  /** Prints a line, soon. */
  line(text: string): void {
    if (this.#isBroken) return;
    if (this.#waitingLength > MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(text);
    this.#waitingLength += text.length + 1;
    this.#timer ??= setTimeout(() => this.flush(), DELAY);
  }

  /** Prints what waits, as far as the reader takes it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (!this.#isBroken) {
      const bytes = this.#rest ?? this.#gather();
      if (bytes === undefined) return;
      const written = this.#write(bytes);
      this.#rest = written < bytes.length ? bytes.subarray(written) : undefined;
      if (this.#rest === undefined) continue;
      this.#timer ??= setTimeout(() => this.flush(), DELAY);
      return;
    }
  }

  /** Prints what the reader still takes; nothing can be printed afterwards. */
  close(): void {
    this.flush();
    clearTimeout(this.#timer);
    this.#isBroken = true;
    if (this.#isOwn) closeSync(this.#fd);
  }

  #gather(): Uint8Array | undefined {
    if (this.#dropped > 0) {
      this.#waiting.push(`(${this.#dropped} lines dropped: nobody reads them)`);
      this.#dropped = 0;
    }
    if (this.#waiting.length === 0) return undefined;
    const bytes = Buffer.from(`${this.#waiting.join("\n")}\n`);
    this.#waiting = [];
    this.#waitingLength = 0;
    return bytes;
  }

  /** Octets that were taken. A reader that has gone away is no reason to stop serving. */
  #write(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.#isBroken = true;
      return 0;
    }
  }
}

/**
 * A descriptor of our own for the pipe behind `fd`, on which writes do not wait; to set that on `fd` itself
 * would set it for every process that shares it. Undefined where it is no pipe, or cannot be opened again.
 */
function openWithoutWaiting(fd: number): number | undefined {
  try {
    if (!fstatSync(fd).isFIFO()) return undefined;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined; // no /proc: then writes wait, as they do everywhere in Node
  }
}
