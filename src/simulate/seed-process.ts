/** A process that runs seeds of a scenario as it is told to: the other side of campaign.ts. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { SeedOrder, SeedOutcome } from "./campaign.ts";
import { SimulationError } from "./errors.ts";
import { runSeed, type Scenario, type SimulateOptions } from "./simulate.ts";

interface ScenarioModule {
  readonly default?: Scenario;
  readonly scenario?: Scenario;
}

const order = JSON.parse(process.argv[2] ?? "{}") as SeedOrder;

async function load(): Promise<Scenario> {
  const module = (await import(pathToFileURL(resolve(order.scenario)).href)) as ScenarioModule;
  const scenario = module.default ?? module.scenario;
  if (typeof scenario === "function") return scenario;
  throw new SimulationError(`${order.scenario} exports no scenario: a function, by default or as "scenario"`);
}

async function run(seed: number, scenario: Promise<Scenario>): Promise<SeedOutcome> {
  const { check, artifacts, faults } = order;
  const options: SimulateOptions = { check, ...(artifacts && { artifacts }), ...(faults && { faults }) };
  try {
    const world = await runSeed(seed, options, await scenario);
    return { seed, virtual: world.now, frames: world.frames, fingerprint: world.fingerprint };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { seed, failure, virtual: 0, frames: 0, fingerprint: "" };
  }
}

const scenario = load();
scenario.catch(() => undefined); // each seed tells
process.on("message", (seed) => {
  void run(seed as number, scenario).then((outcome) => process.send?.(outcome));
});
