/**
 * A test of many seeds in the hands of any runner: `it("…", simulate({ seeds: 200 }, async (world) => { … }))`.
 */
import type { Intervention } from "../drivers/simulation/index.ts";
import { writeArtifacts } from "./artifacts.ts";
import { SimulationError } from "./errors.ts";
import { faultText } from "./faults.ts";
import { lineText } from "./host-log.ts";
import { shrink } from "./shrink.ts";
import { World } from "./world.ts";
import type { WorldOptions } from "./world-options.ts";

/** How a simulation is run. */
export interface SimulateOptions extends Omit<WorldOptions, "seed"> {
  /** Runs every seed twice and compares, to find what in a program is not repeatable. */
  readonly check?: boolean;
  /** How many seeds to run, from 1 on; or which ones. 1 by default; `TAPSTACK_SEED` in the environment names one. */
  readonly seeds?: number | readonly number[];
  /** Where a failure leaves captures, logs and faults; `TAPSTACK_ARTIFACTS` of the environment by default, or nowhere. */
  readonly artifacts?: string;
}

/** What is tried with every seed: it makes hosts and links, lets time pass, and asserts what it wants. */
export type Scenario = (world: World) => unknown;

/** Lines of the log that a failure shows. */
const SHOWN = 20;

/** A function that runs the scenario with each seed, for a test runner to call. It rejects with the first failure. */
export function simulate(scenario: Scenario): () => Promise<void>;
export function simulate(options: SimulateOptions, scenario: Scenario): () => Promise<void>;
export function simulate(...given: [Scenario] | [SimulateOptions, Scenario]): () => Promise<void> {
  const [options, scenario] = given.length === 1 ? [{}, given[0]] : given;
  return async function simulated(this: unknown): Promise<void> {
    // Seeds are bounded in virtual time: mocha's own bound is on the machine's.
    const timeout = this === undefined || this === null ? undefined : Reflect.get(Object(this), "timeout");
    if (typeof timeout === "function") timeout.call(this, 0);
    for (const seed of seedsOf(options)) await runSeed(seed, options, scenario);
  };
}

/** The seeds that these options and the environment ask for. */
function seedsOf({ seeds = 1 }: SimulateOptions): readonly number[] {
  const only = process.env["TAPSTACK_SEED"];
  if (only !== undefined && only !== "") {
    if (!/^\d+$/.test(only)) throw new RangeError(`TAPSTACK_SEED is not a seed: ${only}`);
    return [Number(only)];
  }
  if (typeof seeds !== "number") return seeds;
  return Array.from({ length: seeds }, (_, index) => index + 1);
}

/** A run that went well. */
export interface Result {
  /** Closed; it can be asked. */
  readonly world: World;
  /** What the scenario has returned. */
  readonly returned: unknown;
}

/** What one run has come to. The world is closed, and can be asked. */
interface Outcome extends Result {
  /** Undefined: it went well. */
  readonly error: unknown;
}

/**
 * One seed. A failure is told with the seed, the faults that it takes, and the end of the log.
 */
export async function runSeed(seed: number, options: SimulateOptions, scenario: Scenario): Promise<Result> {
  const { error, world, returned } = await attempt({ ...options, seed }, scenario);
  if (error !== undefined) throw await explained(error, world, options, scenario);
  if (options.check === true) await compare(world, options, scenario);
  return { world, returned };
}

async function attempt(options: WorldOptions, scenario: Scenario): Promise<Outcome> {
  const world = new World(options);
  try {
    const returned = await scenario(world);
    const [unmet] = world.unmet;
    if (unmet !== undefined) throw new SimulationError(`in the end, ${unmet}`);
    return { world, returned, error: undefined };
  } catch (error) {
    return { world, returned: undefined, error: error ?? new Error(`the scenario has thrown ${error}`) };
  } finally {
    await world.close();
  }
}

/** The same error, with the seed in front of its message: a runner still sees what was expected. */
async function explained(
  error: unknown,
  world: World,
  options: SimulateOptions,
  scenario: Scenario,
): Promise<unknown> {
  const folder = options.artifacts ?? process.env["TAPSTACK_ARTIFACTS"];
  const least = await leastFaults(error, world, options, scenario);
  // Once more, with all frames kept, where somebody wants to see them.
  const kept = { ...options, seed: world.seed, capture: true, ...(least && { faults: least.faults }) };
  const last = least === undefined && folder === undefined ? world : (await attempt(kept, scenario)).world;
  const parts = [`seed ${world.seed} (TAPSTACK_SEED=${world.seed} runs it alone): ${messageOf(error)}`];
  if (least !== undefined) parts.push(least.text);
  const lines = last.log.slice(-SHOWN).map(lineText);
  if (lines.length > 0) parts.push(`The last of the log:\n${lines.join("\n")}`);
  if (folder !== undefined) parts.push(`Captures, log and faults are in ${writeArtifacts(folder, last)}`);
  return retold(error, parts.join("\n"));
}

interface Least {
  readonly faults: readonly Intervention[];
  readonly text: string;
}

/** Without faults there is nothing to shrink. */
async function leastFaults(
  error: unknown,
  world: World,
  options: SimulateOptions,
  scenario: Scenario,
): Promise<Least | undefined> {
  const { seed, chaosFaults: all } = world;
  if (all === undefined) return undefined;
  const { faults, runs } = await shrink(all, async (candidate) => {
    const outcome = await attempt({ ...options, seed, capture: false, faults: candidate }, scenario);
    return outcome.error !== undefined && alike(outcome.error, error);
  });
  const lines = faults.map((fault) => `  ${faultText(fault)}`);
  const head = `It takes ${faults.length} of ${all.length} faults (${runs} runs to find out):`;
  return { faults, text: [head, ...lines].join("\n") };
}

/** The same failure, but for numbers: times and counts differ when other faults happen. */
function alike(one: unknown, other: unknown): boolean {
  const [a, b] = [one, other].map((error) =>
    messageOf(error)
      .split("\n")[0]
      ?.replaceAll(/\d+(?:\.\d+)?/g, "#"),
  );
  return a === b;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function retold(error: unknown, told: string): Error {
  if (!(error instanceof Error)) return new SimulationError(told, { cause: error });
  const { message } = error;
  if (error.stack !== undefined) error.stack = error.stack.replace(message, () => told);
  error.message = told;
  return error;
}

/**
 * Runs the seed once more, and compares every frame and every line.
 *
 * @throws SimulationError that names the first event that differs
 */
async function compare(first: World, options: SimulateOptions, scenario: Scenario): Promise<void> {
  const { seed, chaosFaults: faults = [] } = first;
  const again = await attempt({ ...options, seed }, scenario);
  if (again.error !== undefined) {
    const why = messageOf(again.error);
    throw new SimulationError(`seed ${seed} went well, and fails when it is run again: ${why}`, {
      cause: again.error,
    });
  }
  const difference = first.journal.difference(again.world.journal);
  if (difference === undefined) return;
  const with_ = faults.length === 0 ? "" : `, with ${faults.length} faults`;
  throw new SimulationError(
    `seed ${seed}${with_} is not the same when it is run again.\n` +
      `The first event that differs is number ${difference.index}:\n` +
      `  first:  ${difference.one}\n  again:  ${difference.other}`,
  );
}
