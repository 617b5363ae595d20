/**
 * The eight with many seeds, each seed twice, as a table:
 *
 *   npm run simulations -- SEEDS JOBS [RESULTS]
 *
 * It goes in rounds of twenty seeds through all eight. RESULTS is a file that gets a line of JSON for each seed as it is
 * done; where it has some already, they are not run again: so a long run can be stopped and continued.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCampaign, type SeedOutcome } from "../../src/simulate/campaign.ts";
import type { Account } from "./scenarios.ts";
import * as scenarios from "./scenarios.ts";

/** Seeds of one program before the next one has its turn. */
const ROUND = 20;

interface Done extends Pick<SeedOutcome, "seed"> {
  readonly program: string;
  /** Why it failed; undefined if it did not. */
  readonly failure?: string | undefined;
  readonly account?: Account | undefined;
}

const [count = "1000", jobs = "2", results] = process.argv.slice(2);
const module = fileURLToPath(new URL("./scenarios.js", import.meta.url));
const programs = Object.keys(scenarios);
const done: Done[] = results !== undefined && existsSync(results) ? read(results) : [];

function read(file: string): Done[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Done);
}

function note(one: Done): void {
  done.push(one);
  if (results !== undefined) appendFileSync(results, `${JSON.stringify(one)}\n`);
}

/** Those of a round that have not been run. */
async function round(program: string, from: number, to: number): Promise<void> {
  const has = new Set(done.filter((one) => one.program === program).map(({ seed }) => seed));
  const seeds = Array.from({ length: to - from }, (_, index) => from + index).filter(
    (seed) => !has.has(seed),
  );
  if (seeds.length === 0) return;
  await runCampaign({
    scenario: `${module}#${program}`,
    seeds,
    jobs: Number(jobs),
    check: true,
    onSeed: ({ seed, failure, returned }) =>
      note({ program, seed, failure, account: returned as Account | undefined }),
  });
}

function row(program: string): string {
  const all = done.filter((one) => one.program === program);
  const accounts = all.flatMap(({ failure, account }) => (failure === undefined && account ? [account] : []));
  const sum = (what: keyof Account): number => accounts.reduce((total, account) => total + account[what], 0);
  const sums = (["good", "failed", "lost", "partitioned", "intoTheCrash"] as const).map(sum).join(" | ");
  return `| ${program} | ${all.length} | ${accounts.length} | ${sums} |`;
}

const last = Number(count);
for (let from = 1; from <= last; from += ROUND) {
  for (const program of programs) await round(program, from, Math.min(from + ROUND, last + 1));
  if (process.stderr.isTTY) process.stderr.write(`\r${Math.min(from + ROUND - 1, last)} of ${last} seeds`);
}
if (process.stderr.isTTY) process.stderr.write("\n");

console.log(`Node ${process.version}; each seed twice, ${jobs} processes`);
console.log(
  "| program | seeds | equal twice | answered | failed | frames lost | partitioned | into the crash |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const program of programs) console.log(row(program));
const failures = done.filter(({ failure }) => failure !== undefined);
for (const { program, failure } of failures) console.log(`\n${program}: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
