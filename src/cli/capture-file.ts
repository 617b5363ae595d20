/**
 * Where captures go. A file is written in large pieces; when the disk is full, it is given up, and the service goes
 * on. A pipe that somebody reads gets each packet as it passes.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  createWriteStream,
  openSync,
  statSync,
  type WriteStream,
  writevSync,
} from "node:fs";
import { asPcap, type CaptureFilter, captureFilter, readCapture } from "../drivers/observe/index.ts";
import { UsageError } from "./usage-error.ts";

/** Octets that are gathered for one write. */
const PIECE = 1_048_576;

/** Milliseconds until a smaller piece is written, so that Wireshark can follow. */
const DELAY = 500;

/** Octets that may wait for a reader that is slower than the network. */
const MOST_WAITING = 16 * 1_048_576;

/** Milliseconds that the end waits for such a reader. */
const PATIENCE = 500;

/** What takes the octets of a capture, a block or record at a time, and never makes anybody wait. */
export interface CaptureSink {
  /** Takes the next octets. */
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** What was given is written, as far as that is possible soon. */
  close(): Promise<void> | void;
}

/** A file that a capture is written to, without waiting for the disk. */
class CaptureFile implements CaptureSink {
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

/**
 * A pipe with a reader at its other end: each block is written as it comes. A reader that is too slow loses whole
 * packets, which is told at the end; one that has gone ends the capture, and nothing else.
 */
class LiveCapture implements CaptureSink {
  readonly #stream: NodeJS.WriteStream | WriteStream;
  readonly #name: string;
  #isOpen = true;
  #lost = 0;

  constructor(name: string, stream: NodeJS.WriteStream | WriteStream) {
    this.#name = name;
    this.#stream = stream;
    stream.on("error", (error) => {
      if (this.#isOpen)
        process.stderr.write(`tapstack: the capture to ${name} ends here: ${error.message}\n`);
      this.#isOpen = false;
    });
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isOpen) return;
    if (this.#stream.writableLength > MOST_WAITING) this.#lost++;
    else this.#stream.write(bytes);
  }

  async close(): Promise<void> {
    if (this.#lost > 0) {
      process.stderr.write(`tapstack: the reader of ${this.#name} was too slow for ${this.#lost} packets\n`);
    }
    if (!this.#isOpen) return;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, PATIENCE);
      this.#stream.once("error", () => resolve());
      this.#stream.write("", () => {
        clearTimeout(timeout);
        resolve();
      });
    });
    this.#isOpen = false;
    if (this.#stream !== process.stdout) this.#release();
  }

  /** A pipe that nobody reads would keep a thread in its opening, and with that the process: so it is read, once. */
  #release(): void {
    const stream = this.#stream as WriteStream;
    const reader = stream.pending ? openSync(this.#name, constants.O_RDONLY | constants.O_NONBLOCK) : -1;
    stream.once("close", () => {
      if (reader >= 0) closeSync(reader);
    });
    stream.destroy();
  }
}

/** Whether a capture of that name is a classic pcap file, rather than pcapng. */
export function isClassic(path: string): boolean {
  return /\.(pcap|cap|dmp)$/i.test(path);
}

/**
 * Opens what is called `path`: "-" is standard output.
 *
 * @throws {@link UsageError} when there can be no such file
 */
export function openCapture(path: string, option = "pcap"): CaptureSink {
  try {
    if (path === "-") return new LiveCapture("standard output", process.stdout);
    if (statSync(path, { throwIfNoEntry: false })?.isFIFO() === true) {
      return new LiveCapture(path, createWriteStream(path));
    }
    return new CaptureFile(path);
  } catch (error) {
    throw new UsageError(`--${option} ${path}: ${(error as Error).message}`);
  }
}

/** Writes a whole capture in pcapng, as what the name of the file asks for. @throws {@link UsageError} when it cannot */
export async function writeCapture(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = openCapture(path);
  file.write(isClassic(path) ? asPcap(readCapture(bytes)) : bytes);
  await file.close();
}

/** What `tcpdump` makes of a filter for Ethernet. @throws {@link UsageError} when it makes nothing of it */
export function compileFilter(text: string): CaptureFilter {
  try {
    const printed = execFileSync("tcpdump", ["-ddd", "-y", "EN10MB", "--", text], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return captureFilter(text, printed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new UsageError("--filter is compiled by tcpdump, which is not installed");
    }
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    const [line = ""] = (stderr ?? message).trim().split("\n").slice(-1);
    throw new UsageError(`--filter "${text}": ${line.replace(/^tcpdump: /, "")}`);
  }
}
