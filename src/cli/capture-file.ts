/** A capture file that is written in large pieces, and given up when the disk is full rather than the service. */
import { closeSync, openSync, writevSync } from "node:fs";
import { UsageError } from "./options.ts";

/** Octets that are gathered for one write. */
const PIECE = 1_048_576;

/** Milliseconds until a smaller piece is written, so that Wireshark can follow. */
const DELAY = 500;

/** A file that a capture is written to, without waiting for the disk. */
export class CaptureFile {
  readonly #path: string;
  readonly #fd: number;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingOctets = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isOpen = true;

  /** @throws the error of `openSync` */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, "w");
  }

  /** Takes the next octets of the file. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isOpen) return;
    this.#waiting.push(bytes);
    this.#waitingOctets += bytes.length;
    if (this.#waitingOctets >= PIECE) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), DELAY).unref();
  }

  close(): void {
    this.#flush();
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    const octets = this.#waitingOctets;
    this.#waiting = [];
    this.#waitingOctets = 0;
    if (waiting.length === 0 || !this.#isOpen) return;
    try {
      if (writevSync(this.#fd, waiting) < octets) throw new Error("no room left");
    } catch (error) {
      this.#isOpen = false;
      closeSync(this.#fd);
      process.stderr.write(`tapstack: ${this.#path} ends here: ${(error as Error).message}\n`);
    }
  }
}

/** @throws {@link UsageError} when there can be no such file */
export function openCapture(path: string): CaptureFile {
  try {
    return new CaptureFile(path);
  } catch (error) {
    throw new UsageError(`--pcap ${path}: ${(error as Error).message}`);
  }
}

/** Writes a whole capture. @throws {@link UsageError} when there can be no such file */
export function writeCapture(path: string, bytes: Uint8Array<ArrayBuffer>): void {
  const file = openCapture(path);
  file.write(bytes);
  file.close();
}
