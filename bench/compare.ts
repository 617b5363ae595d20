/** Two runs of the benchmark side by side: `npm run bench -- --compare a.json b.json`. */
import { readFileSync } from "node:fs";
import type { Result } from "./results.ts";

/** Units of which less is better. */
const TIMES = ["ns", "µs", "us", "ms", "s", "octets", "KiB", "KB", "B"];

interface Run {
  readonly machine: { readonly commit: string; readonly date: string; readonly processor: string };
  readonly results: readonly Result[];
}

/** Prints a line for each metric that both runs have: its two values, and how much better the second is. */
export function compareRuns(first: string, second: string): void {
  const [a, b] = [read(first), read(second)];
  for (const { machine } of [a, b]) console.log(`${machine.commit}  ${machine.date}  ${machine.processor}`);
  console.log("above 1: the second is better; spread: of its samples, between the extremes, over the median");
  let section = "";
  for (const result of b.results) {
    const before = a.results.find((one) => one.section === result.section && one.metric === result.metric);
    if (before === undefined) continue;
    if (result.section !== section) {
      section = result.section;
      console.log(`\n${section}`);
    }
    const gain = better(before, result);
    const values = `${shown(before.value)} ${shown(result.value)} ${result.unit.padEnd(8)}`;
    console.log(`  ${result.metric.padEnd(72)} ${values} ${gain.toFixed(2)}  (spread ${spread(result)})`);
  }
}

/** How many times better the second is. */
export function better(before: Result, after: Result): number {
  const lower = TIMES.includes(after.unit);
  return lower ? before.value / after.value : after.value / before.value;
}

function read(file: string): Run {
  return JSON.parse(readFileSync(file, "utf8")) as Run;
}

function spread({ samples, value }: Result): string {
  if (samples.length < 2) return "-";
  return ((Math.max(...samples) - Math.min(...samples)) / value).toFixed(2);
}

function shown(value: number): string {
  return (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)).padStart(10);
}
