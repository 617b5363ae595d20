/** Asks a worker for runs. One that takes too long is ended, and the next question gets a new one. */
import type { RunRecord } from "../record/run-record.ts";
import type { Waits } from "./answers.ts";
import type { About, Answer, Request, Source } from "./messages.ts";
import type { RunWish } from "./run-scenario.ts";

/** After so many milliseconds an answer is given up. */
const PATIENCE = 60_000;

/** The reader has stopped it, or wants something else. */
export class Stopped extends Error {
  constructor() {
    super("stopped");
  }
}

/** A question that is open. */
interface Open {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A run, and the number by which it can be asked about. */
export interface Ran {
  readonly record: RunRecord;
  readonly number: number;
  readonly milliseconds: number;
}

/** Runs scenarios in a worker of its own. */
export class Runner {
  #worker: Worker | undefined = undefined;
  #questions = 0;
  readonly #open: Map<number, Open> = new Map();

  /** What a scenario is about. @throws Error with what is wrong with it */
  async about(source: Source): Promise<About> {
    const answer = await this.#ask({ ask: "about", source });
    return "about" in answer ? answer.about : fail(answer);
  }

  /** A run. @throws Error with what is wrong with the scenario */
  async run(source: Source, wish: RunWish): Promise<Ran> {
    const answer = await this.#ask({ ask: "run", source, wish });
    if (!("run" in answer)) return fail(answer);
    return { record: answer.run, number: answer.number, milliseconds: answer.milliseconds };
  }

  /** Why an event of a run is; "" if nobody knows any more. */
  async why(run: number, event: number): Promise<string> {
    return textOf(await this.#ask({ ask: "why", run, event }));
  }

  /** Why nothing more was sent just after an event; "" if that cannot be said. */
  async whyNot(run: number, connection: number, host: number, event: number): Promise<string> {
    return textOf(await this.#ask({ ask: "why not", run, connection, host, event }));
  }

  /** Where the time of one direction went; undefined if nobody knows. */
  async waits(run: number, connection: number, side: 0 | 1): Promise<Waits | undefined> {
    const answer = await this.#ask({ ask: "waits", run, connection, side });
    return "waits" in answer ? answer.waits : undefined;
  }

  /** Ends what is under way, if anything is: who waits for it is told so. */
  stop(): void {
    if (this.#open.size > 0) this.#giveUp(new Stopped());
  }

  #ask(request: Request): Promise<Answer> {
    const worker = this.#start();
    const question = ++this.#questions;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#giveUp(new Error("it took longer than a minute, and was ended")),
        PATIENCE,
      );
      this.#open.set(question, { resolve, reject, timer });
      worker.postMessage({ ...request, question });
    });
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<Answer & { readonly question: number }>) => {
      const open = this.#open.get(event.data.question);
      this.#open.delete(event.data.question);
      clearTimeout(open?.timer);
      open?.resolve(event.data);
    };
    worker.onerror = (event) => this.#giveUp(new Error(event.message || "the worker could not be loaded"));
    this.#worker = worker;
    return worker;
  }

  /** Ends the worker: it may be in a circle. */
  #giveUp(reason: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject, timer } of this.#open.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#open.clear();
  }
}

function fail(answer: Answer): never {
  throw new Error("failure" in answer ? answer.failure : "no answer");
}

function textOf(answer: Answer): string {
  return "text" in answer ? answer.text : "";
}
