/**
 * What a tracer costs, in memory and without any delay, which is the worst case: CPU time, of pairs in turn. Each has a
 * process of its own, since code that was compiled for both is slower for both.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { median, type Report } from "./results.ts";

const SECTION = "With a tracer (EventRing), CPU time of that without";

const WORKS = [
  ["bulk, MSS 1460", "bulk"],
  ["bulk, super-segments", "super"],
  ["echoes of 100 octets", "echoes"],
] as const;

export function benchTracer(report: Report, reps: number): void {
  for (const [metric, name] of WORKS) {
    const samples: number[] = [];
    for (let i = 0; i < reps; i++) {
      const order = i % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const);
      const took = new Map(order.map((how) => [how, measured(name, how)] as const));
      samples.push((took.get("on") ?? 0) / (took.get("off") ?? 1));
    }
    report.add({ section: SECTION, metric, unit: "times", value: median(samples), samples });
  }
}

function measured(name: string, how: "on" | "off"): number {
  const program = join(import.meta.dirname, "tracer-run.js");
  return Number(execFileSync(process.execPath, [program, name, how], { encoding: "utf8" }));
}
