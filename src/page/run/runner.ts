/** Asks a worker for runs. One that takes too long is ended, and the next question gets a new one. */

import type { RunRecord } from "../record/run-record.ts";
import type { About, Answer, Request, Source } from "./messages.ts";
import type { RunWish } from "./run-scenario.ts";

/** After so many milliseconds a run is given up. */
const PATIENCE = 60_000;

/** Runs scenarios in a worker of its own. */
export class Runner {
  #worker: Worker | undefined = undefined;
  #reject: ((reason: Error) => void) | undefined = undefined;

  /** What a scenario is about. @throws Error with what is wrong with it */
  async about(source: Source): Promise<About> {
    const answer = await this.#ask({ ask: "about", source });
    if ("about" in answer) return answer.about;
    throw new Error("failure" in answer ? answer.failure : "no answer");
  }

  /** A run. @throws Error with what is wrong with the scenario */
  async run(
    source: Source,
    wish: RunWish,
  ): Promise<{ readonly record: RunRecord; readonly milliseconds: number }> {
    const answer = await this.#ask({ ask: "run", source, wish });
    if ("run" in answer) return { record: answer.run, milliseconds: answer.milliseconds };
    throw new Error("failure" in answer ? answer.failure : "no answer");
  }

  /** Gives up what is being done. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#reject?.(new Error("stopped"));
    this.#reject = undefined;
  }

  #ask(request: Request): Promise<Answer> {
    if (this.#reject !== undefined) this.stop();
    this.#worker ??= new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.stop(), PATIENCE);
      this.#reject = reject;
      const done = (): void => {
        clearTimeout(timer);
        this.#reject = undefined;
      };
      worker.onmessage = (event: MessageEvent<Answer>) => {
        done();
        resolve(event.data);
      };
      worker.onerror = (event) => {
        done();
        reject(new Error(event.message));
      };
      worker.postMessage(request);
    });
  }
}
