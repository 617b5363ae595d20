/** A process that runs seeds of a scenario as it is told to: the other side of campaign.ts. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { SeedOrder, SeedOutcome } from "./campaign.ts";
import { SimulationError } from "./errors.ts";
import { runSeed, type Scenario, type SimulateOptions } from "./simulate.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as SeedOrder;

async function load(): Promise<Scenario> {
  const [path = "", name] = order.scenario.split("#");
  const module = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  const scenario = name === undefined ? (module["default"] ?? module["scenario"]) : module[name];
  if (typeof scenario === "function") return scenario as Scenario;
  const expected = name === undefined ? `by default or as "scenario"` : `as "${name}"`;
  throw new SimulationError(`${path} exports no scenario: a function, ${expected}`);
}

async function run(seed: number, scenario: Promise<Scenario>): Promise<SeedOutcome> {
  const { check, artifacts, faults } = order;
  const options: SimulateOptions = { check, ...(artifacts && { artifacts }), ...(faults && { faults }) };
  try {
    const { world, returned } = await runSeed(seed, options, await scenario);
    return { seed, virtual: world.now, frames: world.frames, fingerprint: world.fingerprint, returned };
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
