/**
 * A test of many seeds in the hands of any runner: `it("…", simulate({ seeds: 200 }, async (world) => { … }))`.
 */
import type { LogLine } from "./host-log.ts";
import { secondsText } from "./time-text.ts";
import { World, type WorldOptions } from "./world.ts";

export interface SimulateOptions extends Omit<WorldOptions, "seed"> {
  /** How many seeds to run, from 1 on; or which ones. 1 by default; `TAPSTACK_SEED` in the environment names one. */
  readonly seeds?: number | readonly number[];
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
export function seedsOf({ seeds = 1 }: SimulateOptions): readonly number[] {
  const only = process.env["TAPSTACK_SEED"];
  if (only !== undefined && only !== "") {
    if (!/^\d+$/.test(only)) throw new RangeError(`TAPSTACK_SEED is not a seed: ${only}`);
    return [Number(only)];
  }
  if (typeof seeds !== "number") return seeds;
  return Array.from({ length: seeds }, (_, index) => index + 1);
}

/** One run of the scenario. A failure says which seed it was, and what was logged last. */
export async function runSeed(seed: number, options: SimulateOptions, scenario: Scenario): Promise<void> {
  const world = new World({ ...options, seed });
  try {
    await scenario(world);
  } catch (error) {
    throw explained(error, world);
  } finally {
    await world.close();
  }
}

/** The same error, with the seed in front of its message: a runner still sees what was expected. */
function explained(error: unknown, world: World): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error;
  const lines = world.log.slice(-SHOWN).map(lineText);
  const log = lines.length === 0 ? "" : `\nThe last of the log:\n${lines.join("\n")}`;
  const told = `seed ${world.seed} (TAPSTACK_SEED=${world.seed} runs it alone): ${message}${log}`;
  if (error.stack !== undefined) error.stack = error.stack.replace(message, () => told);
  error.message = told;
  return error;
}

/** A line of the log: `  3.000417 s broker ready`. */
export function lineText({ at, host, stream, text }: LogLine): string {
  const mark = stream === "stdout" ? "" : stream === "stderr" ? "! " : "# ";
  return `  ${secondsText(at)} ${host} ${mark}${text}`;
}
