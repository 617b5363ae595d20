/** The thread in which scenarios run: the whole stack, in virtual time, beside the page. */
import type { Scenario } from "../scenario.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import type { Kept } from "./answers.ts";
import { failureWords } from "./failure-words.ts";
import type { Answer, Request, Source } from "./messages.ts";
import { runWithLog } from "./run-scenario.ts";

/** Runs that can be asked about: the one that is shown, the one beside it, and the ones before. */
const MOST_KEPT = 4;
const kept = new Map<number, Kept>();
let runs = 0;

async function find(source: Source): Promise<Scenario> {
  if ("code" in source) {
    const { loadScenario } = await import("./load-scenario.ts"); // only now: most readers never edit
    return await loadScenario(source.code);
  }
  const scenario = SCENARIOS.get(source.name);
  if (scenario === undefined) throw new Error(`there is no scenario "${source.name}"`);
  return scenario;
}

function keep(run: Kept): number {
  kept.set(++runs, run);
  for (const number of kept.keys()) if (number <= runs - MOST_KEPT) kept.delete(number);
  return runs;
}

function runOf(number: number): Kept {
  const run = kept.get(number);
  if (run === undefined) throw new Error("the log of this run is gone");
  return run;
}

async function answer(request: Request): Promise<Answer> {
  switch (request.ask) {
    case "about": {
      const { title, about, question, controls } = await find(request.source);
      return { about: { title, about, question, controls } };
    }
    case "run": {
      const scenario = await find(request.source);
      const before = performance.now();
      const run = await runWithLog(scenario, request.wish);
      return { run: run.record, number: keep(run), milliseconds: performance.now() - before };
    }
    default:
      return await explain(request, runOf(request.run));
  }
}

/** The words of all reasons come with the first question. */
async function explain(request: Exclude<Request, { readonly source: Source }>, run: Kept): Promise<Answer> {
  const { waitsOf, whyNotText, whyText } = await import("./answers.ts");
  switch (request.ask) {
    case "why":
      return { text: whyText(run, request.event) };
    case "why not":
      return { text: whyNotText(run, request.connection, request.host, request.event) };
    case "waits":
      return { waits: waitsOf(run, request.connection, request.side) };
  }
}

addEventListener("message", (event: MessageEvent<Request & { readonly question: number }>) => {
  const { question } = event.data;
  answer(event.data)
    .catch((error: unknown): Answer => ({ failure: failureWords(error) }))
    .then((reply) => postMessage({ ...reply, question }))
    .catch((error: unknown) => postMessage({ failure: String(error), question }));
});
