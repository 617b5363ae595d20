/** `tapstack simulate`: a scenario with many seeds, and what has come of them. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { runCampaign, type SeedOutcome } from "../simulate/campaign.ts";
import { type Intervention, parseInterventions, SimulationError } from "../simulate/index.ts";
import { parseArguments, readInteger } from "./parse-arguments.ts";
import { UsageError } from "./usage-error.ts";

const HELP = `Usage: tapstack simulate SCENARIO [options]

Runs a scenario with many seeds. SCENARIO is a module whose default export, or whose export "scenario", is a function:
it is given a world, makes hosts that run programs of Node, lets virtual time pass and asserts (docs/simulation.md).

  --seeds LIST      as 1..1000, 7 or 1,5,9 (default 1..10)
  --jobs N          processes at once (default: as many as there are processors)
  --check           run every seed twice, and name the first event that differs
  --artifacts DIR   leave captures, logs and faults of failures there
  --faults FILE     faults for chaos, instead of those that the seeds draw: a faults.json of --artifacts
  --quiet           no progress
  --help            this text
`;

/** More failures than this are counted, not shown. */
const SHOWN = 3;
const MOST_SEEDS = 10_000_000;

const OPTIONS = {
  seeds: { type: "string" },
  jobs: { type: "string" },
  check: { type: "boolean" },
  artifacts: { type: "string" },
  faults: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
} as const;

/** What the command line has asked for. */
export interface SimulateCommand {
  readonly scenario: string;
  readonly seeds: readonly number[];
  readonly jobs: number;
  readonly check: boolean;
  readonly artifacts: string | undefined;
  readonly faults: string | undefined;
  readonly quiet: boolean;
}

/** Exit status 0 if all seeds went well, else 1. */
export async function simulate(args: readonly string[]): Promise<number> {
  const command = readSimulateOptions(args);
  if (command === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const progress = new Progress(command.seeds.length, command.quiet);
  const faults = command.faults === undefined ? undefined : readFaults(command.faults);
  try {
    const outcomes = await runCampaign({ ...command, faults, onSeed: (outcome) => progress.add(outcome) });
    progress.end();
    process.stdout.write(summary(outcomes, progress));
    return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    process.stderr.write(`tapstack: ${error.message}\n`);
    return 1;
  }
}

/** Reads the arguments; "help" if that is what they ask for. Throws a {@link UsageError}. */
export function readSimulateOptions(args: readonly string[]): SimulateCommand | "help" {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help === true) return "help";
  const [scenario, ...more] = positionals;
  if (scenario === undefined || more.length > 0) throw new UsageError("simulate wants one scenario, a file");
  return {
    scenario,
    seeds: readSeeds(values.seeds ?? "1..10"),
    jobs: values.jobs === undefined ? availableParallelism() : readInteger("jobs", values.jobs, 1, 1024),
    check: values.check ?? false,
    artifacts: values.artifacts,
    faults: values.faults,
    quiet: values.quiet ?? false,
  };
}

function readSeeds(text: string): readonly number[] {
  return text.split(",").flatMap((part) => {
    const [, first = "", last = first] = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === "" || to < from || to - from >= MOST_SEEDS) {
      throw new UsageError(`--seeds ${text}: expected seeds, as in 1..1000, 7 or 1,5,9`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

function readFaults(file: string): readonly Intervention[] {
  try {
    return parseInterventions(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`--faults ${file}: ${(error as Error).message}`);
  }
}

/** Milliseconds between lines of progress: on a terminal, and where they are kept. */
const OFTEN = 1_000;
const SELDOM = 30_000;

/** What is done so far: on a terminal in one line, which changes; else in a line now and then. */
class Progress {
  readonly #total: number;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #done = 0;
  #failed = 0;
  #virtual = 0;

  constructor(total: number, quiet: boolean) {
    this.#total = total;
    const { isTTY } = process.stderr;
    const show = (): boolean => process.stderr.write(isTTY ? `\r${this.text}` : `${this.text}\n`);
    this.#timer = quiet ? undefined : setInterval(show, isTTY ? OFTEN : SELDOM);
  }

  add({ failure, virtual }: SeedOutcome): void {
    this.#done++;
    this.#virtual += virtual;
    if (failure !== undefined) this.#failed++;
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#timer !== undefined && process.stderr.isTTY) process.stderr.write("\n");
  }

  get text(): string {
    const seconds = (performance.now() - this.#began) / 1000;
    const [perSecond, virtual] = [this.#done / seconds, this.#virtual / 1000 / seconds];
    return (
      `${this.#done} of ${this.#total} seeds, ${this.#failed} failed, ${perSecond.toFixed(1)} seeds/s, ` +
      `${virtual.toFixed(0)} virtual seconds a second`
    );
  }
}

function summary(outcomes: readonly SeedOutcome[], progress: Progress): string {
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const shown = failed.slice(0, SHOWN).map(({ failure }) => `${failure}\n\n`);
  const others = failed.slice(SHOWN).map(({ seed }) => seed);
  const more = others.length === 0 ? "" : `${others.length} more have failed: seeds ${others.join(", ")}\n`;
  return `${shown.join("")}${more}${progress.text}\n`;
}
