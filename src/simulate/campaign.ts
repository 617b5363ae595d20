/**
 * Many seeds of one scenario, spread over processes. A process has one thread for work that takes real time
 * (UV_THREADPOOL_SIZE=1), so that what comes from there comes in one order on every machine.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Intervention } from "../drivers/simulation/index.ts";
import { SimulationError } from "./errors.ts";

/** What is run, and how often. */
export interface CampaignOptions {
  /** A module that exports a scenario: its default, or `scenario`, or what is named behind a `#`. */
  readonly scenario: string;
  readonly seeds: readonly number[];
  /** Processes at once. */
  readonly jobs: number;
  /** Runs each seed twice and compares. */
  readonly check: boolean;
  readonly artifacts?: string | undefined;
  readonly faults?: readonly Intervention[] | undefined;
  /** Told of each seed when it is done, in the order in which they are. */
  readonly onSeed?: (outcome: SeedOutcome) => void;
}

/** What came of one seed. */
export interface SeedOutcome {
  readonly seed: number;
  /** Why it failed; undefined if it did not. */
  readonly failure?: string;
  /** Virtual milliseconds, and frames, that the run has had. Zero if it failed. */
  readonly virtual: number;
  readonly frames: number;
  readonly fingerprint: string;
  /** What the scenario has returned, as far as JSON carries it. */
  readonly returned?: unknown;
}

/** What a process is started with, and then told, one after the other; it answers with outcomes. */
export type SeedOrder = Omit<CampaignOptions, "seeds" | "jobs" | "onSeed">;

/** Runs all seeds. Gives their outcomes, by seed. @throws SimulationError when a process cannot go on */
export async function runCampaign(options: CampaignOptions): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = [];
  const waiting = [...options.seeds];
  const jobs = Math.min(options.jobs, waiting.length);
  await Promise.all(Array.from({ length: jobs }, () => work(options, waiting, outcomes)));
  return outcomes.sort((a, b) => a.seed - b.seed);
}

/** One process, which takes seeds until none is left. */
async function work(options: CampaignOptions, waiting: number[], outcomes: SeedOutcome[]): Promise<void> {
  const { onSeed, seeds: _seeds, jobs: _jobs, ...order } = options;
  const child = fork(fileURLToPath(new URL("./seed-process.js", import.meta.url)), [JSON.stringify(order)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  try {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      child.send(seed);
      const outcome = await answer(child, seed);
      outcomes.push(outcome);
      onSeed?.(outcome);
    }
  } finally {
    child.disconnect();
  }
}

function answer(child: ChildProcess, seed: number): Promise<SeedOutcome> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new SimulationError(`seed ${seed}: the process that ran it has ended with ${code}`));
    };
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as SeedOutcome);
    });
  });
}
