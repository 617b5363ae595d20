/** Two runs of the benchmark side by side: `npm run bench -- --compare a.json b.json`. */
import { readFileSync } from "node:fs";
import type { Result } from "./results.ts";

/** Units of which less is better. */
const COSTS: readonly string[] = [
  "ns",
  "µs",
  "us",
  "ms",
  "s",
  "s/GB",
  "octets",
  "KiB",
  "MiB",
  "KB",
  "MB",
  "B",
];

/** What a run has written. */
export interface Run {
  readonly machine: { readonly commit: string; readonly date: string; readonly processor: string };
  readonly results: readonly Result[];
}

/** @throws Error that names the file, if that is not what a run has written */
export function readRun(file: string): Run {
  const run = JSON.parse(readFileSync(file, "utf8")) as Partial<Run>;
  if (run.machine === undefined || !Array.isArray(run.results))
    throw new Error(`${file} is no run of the benchmark`);
  return run as Run;
}

/**
 * A line for each metric that both runs have: its two values, how many times better the second is, and whether that is
 * more than the samples differ among themselves; below each section what only one run has.
 */
export function compareRuns(first: Run, second: Run): string[] {
  const lines = [first, second].map(
    ({ machine }) => `${machine.commit}  ${machine.date}  ${machine.processor}`,
  );
  lines.push("above 1: the second is better; ~: the samples of the two overlap, so it may be chance");
  if (first.machine.processor !== second.machine.processor)
    lines.push("the processors differ: compare nothing but ratios");
  const sections = new Set([...first.results, ...second.results].map(({ section }) => section));
  for (const section of sections) {
    lines.push("", section);
    const [before, after] = [first, second].map(({ results }) =>
      results.filter((one) => one.section === section),
    );
    lines.push(...compareSection(before ?? [], after ?? []));
  }
  return lines;
}

function compareSection(before: readonly Result[], after: readonly Result[]): string[] {
  const width = Math.max(...[...before, ...after].map(({ metric }) => metric.length));
  const lines: string[] = [];
  for (const result of after) {
    const old = before.find(({ metric }) => metric === result.metric);
    const name = `  ${result.metric.padEnd(width)}`;
    if (old === undefined)
      lines.push(`${name} ${shown(undefined)} ${shown(result.value)} ${result.unit}  only in the second`);
    else lines.push(`${name} ${compared(old, result)}`);
  }
  for (const old of before) {
    if (after.some(({ metric }) => metric === old.metric)) continue;
    lines.push(
      `  ${old.metric.padEnd(width)} ${shown(old.value)} ${shown(undefined)} ${old.unit}  only in the first`,
    );
  }
  return lines;
}

function compared(old: Result, result: Result): string {
  const values = `${shown(old.value)} ${shown(result.value)} ${result.unit.padEnd(8)}`;
  if (old.unit !== result.unit) return `${values} the first is in ${old.unit}`;
  const chance = overlap(old.samples, result.samples) ? "~" : " ";
  return `${values} ${better(old, result).toFixed(2).padStart(6)}${chance}${besideLinux(old, result)}`;
}

/** How many times better the second is; 1 if both are 0. */
export function better(before: Result, after: Result): number {
  if (before.value === after.value) return 1;
  return COSTS.includes(after.unit) ? before.value / after.value : after.value / before.value;
}

/** What each was beside Linux in its own run: that also compares where the machine was another, or busier. */
function besideLinux(old: Result, result: Result): string {
  if (old.linux === undefined || result.linux === undefined) return "";
  return `  of Linux ${(old.value / old.linux).toFixed(2)} -> ${(result.value / result.linux).toFixed(2)}`;
}

/** Of one sample nothing is known but that it may be anything. */
function overlap(one: readonly number[], other: readonly number[]): boolean {
  if (one.length < 2 || other.length < 2) return true;
  return Math.max(...one) >= Math.min(...other) && Math.max(...other) >= Math.min(...one);
}

function shown(value: number | undefined): string {
  if (value === undefined) return "-".padStart(10);
  return (Math.abs(value) >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3)).padStart(10);
}
