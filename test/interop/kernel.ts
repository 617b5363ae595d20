/** A network namespace with the main job behind a TAP in it, and the kernel's clients in front. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { patiently } from "../support/patience.ts";

const run = promisify(execFile);

/** The command, as it was compiled. */
export const MAIN = "build/src/cli/main.js";

let namespaces = 0;

/** Gathers what is written to a pipe while it is written. */
export class LiveReader {
  readonly #pieces: Buffer[] = [];
  #stream: Readable | undefined = undefined;
  #news: () => void = () => {};

  constructor(stream: Readable | undefined) {
    if (stream !== undefined) this.read(stream);
  }

  read(stream: Readable): void {
    this.#stream = stream;
    stream.on("data", (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#news();
    });
  }

  /** All that has come. */
  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** Waits for enough to come. */
  async until(enough: (bytes: Buffer) => boolean): Promise<void> {
    while (this.#pieces.length === 0 || !enough(this.bytes())) {
      const news = new Promise<void>((resolve) => {
        this.#news = resolve;
      });
      await patiently(news, "packets of a live capture", () => `${this.bytes().length} octets have come`);
    }
  }

  /** Goes away. */
  close(): void {
    this.#stream?.destroy();
  }
}

/** One run of the main job. Ours is 10.77.0.2, the kernel's 10.77.0.1, as by default. */
export class Kernel {
  readonly #namespace: string;
  #server: ChildProcess | undefined;
  /** Reads standard output where that is no text. */
  #octets: LiveReader | undefined;
  /** All that the main job has printed. */
  readonly lines: string[] = [];

  constructor() {
    this.#namespace = `tapstack-${process.pid}-${namespaces++}`;
  }

  /** Starts the main job, and waits until it serves. */
  async start(...options: readonly string[]): Promise<void> {
    await run("ip", ["netns", "add", this.#namespace]);
    await this.exec("ip", "link", "set", "lo", "up");
    const server = spawn(
      "ip",
      ["netns", "exec", this.#namespace, process.execPath, MAIN, "serve", ...options],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#server = server;
    const ready = new Promise<void>((resolve, reject) => {
      server.on("exit", (status, signal) =>
        reject(new Error(`ended by ${status ?? signal}: ${this.lines.join("\n")}`)),
      );
      this.#octets?.read(server.stdout);
      for (const stream of this.#octets === undefined ? [server.stdout, server.stderr] : [server.stderr]) {
        createInterface(stream).on("line", (line) => {
          this.lines.push(line);
          if (line.startsWith("tapstack: ready")) resolve();
        });
      }
    });
    await patiently(ready, "the main job to be ready", () => this.lines.join("\n"));
  }

  /** Starts the main job with a live capture to `path`, "-" for standard output, and reads that. */
  async live(path: string, options: readonly string[]): Promise<LiveReader> {
    const reader = new LiveReader(path === "-" ? undefined : createReadStream(path));
    this.#octets = path === "-" ? reader : undefined;
    await this.start("--pcap", path, ...options);
    return reader;
  }

  /** Runs a program in the namespace; what it printed. Rejects when it fails. */
  async exec(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run("ip", ["netns", "exec", this.#namespace, program, ...args], {
      maxBuffer: 64 * 1024 * 1024,
      timeout: 100_000,
    });
    return stdout;
  }

  /** Runs a command of client.py; its answer. */
  async python(command: string, ...args: readonly unknown[]): Promise<Record<string, unknown>> {
    const answer = await this.exec("python3", "test/interop/client.py", command, JSON.stringify(args));
    return JSON.parse(answer) as Record<string, unknown>;
  }

  /** Waits until the main job ends by itself; its exit status. */
  async ended(): Promise<number | null> {
    const server = this.#server;
    server?.removeAllListeners("exit");
    return server === undefined || server.exitCode !== null
      ? (server?.exitCode ?? null)
      : await new Promise((resolve) => server.on("close", resolve));
  }

  /** Ends the main job as an administrator would; its exit status. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const ended = this.ended();
    this.#server?.kill(signal);
    return await ended;
  }

  /** Whatever happened, nothing is left behind. */
  async remove(): Promise<void> {
    this.#server?.removeAllListeners("exit");
    this.#server?.kill("SIGKILL");
    if (existsSync(`/var/run/netns/${this.#namespace}`)) await run("ip", ["netns", "del", this.#namespace]);
  }
}
