/**
 * Whether everything that happens in many small worlds is explained: every segment, every drop, every timer.
 *
 *   npm run soak:explain -- 1 100000                   these seeds, and a table at the end
 *   npm run soak:explain -- 1 100000 --file run.jsonl  … a line for each thousand goes into the file; what is there is not run again
 *
 * The exit status is 1 if there was anything that the checker could not confirm.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { explain } from "../support/soak/explained.ts";

/** Seeds in a line of the file. */
const BATCH = 1000;

interface Batch {
  readonly first: number;
  readonly last: number;
  readonly events: number;
  readonly segments: number;
  readonly drops: number;
  /** CPU time in milliseconds. */
  readonly cpu: number;
  readonly problems: readonly string[];
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { file: { type: "string" } } });
const [first = 1, last = first] = positionals.map(Number);
const { file } = values;

const done = new Map<number, Batch>();
if (file !== undefined && existsSync(file)) {
  for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
    const batch = JSON.parse(line) as Batch;
    done.set(batch.first, batch);
  }
}

const batches: Batch[] = [];
for (let from = first; from <= last; from += BATCH) {
  const to = Math.min(from + BATCH - 1, last);
  const before = done.get(from);
  const batch = before?.last === to ? before : run(from, to);
  batches.push(batch);
  if (file !== undefined && batch !== before) appendFileSync(file, `${JSON.stringify(batch)}\n`);
  if (batch !== before) report(batch);
}

const sum = (of: (batch: Batch) => number): number => batches.reduce((total, one) => total + of(one), 0);
const problems = batches.flatMap((batch) => batch.problems);
console.log(`
seeds      ${last - first + 1}
events     ${sum(({ events }) => events)}
segments   ${sum(({ segments }) => segments)}
drops      ${sum(({ drops }) => drops)}
CPU time   ${(sum(({ cpu }) => cpu) / 1000).toFixed(0)} s
not confirmed ${problems.length}`);
for (const problem of problems.slice(0, 20)) console.log(`  seed ${problem.slice(0, 150)}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function run(from: number, to: number): Batch {
  const total = { events: 0, segments: 0, drops: 0 };
  const found: string[] = [];
  const start = process.cpuUsage();
  for (let seed = from; seed <= to; seed++) {
    try {
      const { events, segments, drops, problems } = explain(seed);
      total.events += events;
      total.segments += segments;
      total.drops += drops;
      found.push(...problems.map((problem) => `${seed}: ${problem}`));
    } catch (error) {
      found.push(`${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  const { user, system } = process.cpuUsage(start);
  return { first: from, last: to, ...total, cpu: Math.round((user + system) / 1000), problems: found };
}

function report({ first: from, last: to, segments, drops, cpu, problems: found }: Batch): void {
  console.log(
    `${from} to ${to}: ${segments} segments, ${drops} drops, ${cpu} ms, ${found.length} not confirmed`,
  );
  for (const problem of found.slice(0, 10)) console.log(`  seed ${problem.slice(0, 150)}`);
}
