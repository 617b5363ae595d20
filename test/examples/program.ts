/** A program in a network namespace, and the lines that it prints. */
import { type ChildProcess, spawn } from "node:child_process";
import { patiently } from "../support/patience.ts";

export class Program {
  output = "";
  /** Exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #process: ChildProcess;
  #waiting: (() => void)[] = [];
  #ended = false;

  constructor(namespace: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#process = spawn("ip", ["netns", "exec", namespace, ...words], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (text) => {
        this.output += text;
        this.#wake();
      });
    }
    this.exited = new Promise((resolve) => this.#process.once("close", (code) => resolve(code)));
    void this.exited.then(() => {
      this.#ended = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Waits until it has printed that. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#ended) throw new Error(`it ended without "${text}":\n${this.output}`);
      const news = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await patiently(news, `a program to say "${text}"`, () => this.output);
    }
  }

  /** Ends it as Control-C does, so that a server takes its own processes with it. */
  async end(): Promise<void> {
    this.#process.kill("SIGINT");
    await this.exited;
  }
}
