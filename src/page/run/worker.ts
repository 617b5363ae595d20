/** The thread in which scenarios run: the whole stack, in virtual time, beside the page. */

import type { Scenario } from "../scenario.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import { loadScenario } from "./load-scenario.ts";
import type { Answer, Request, Source } from "./messages.ts";
import { runScenario } from "./run-scenario.ts";

async function find(source: Source): Promise<Scenario> {
  if ("code" in source) return await loadScenario(source.code);
  const scenario = SCENARIOS.get(source.name);
  if (scenario === undefined) throw new Error(`there is no scenario "${source.name}"`);
  return scenario;
}

async function answer(request: Request): Promise<Answer> {
  try {
    const scenario = await find(request.source);
    const { title, about, question, controls } = scenario;
    if (request.ask === "about") return { about: { title, about, question, controls } };
    const before = performance.now();
    const run = await runScenario(scenario, request.wish);
    return { run, milliseconds: performance.now() - before };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

addEventListener("message", (event: MessageEvent<Request>) => {
  void answer(event.data).then((reply) => postMessage(reply));
});
