/** What the garbage collector has to do: young-generation collections per million frames, in a process of its own. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bulk } from "./memory.ts";
import type { Report } from "./results.ts";

const CHILD = "--allocations-child";

export function benchAllocations(report: Report): void {
  for (const offloads of [false, true]) {
    const program = fileURLToPath(import.meta.url);
    const output = execFileSync(process.execPath, ["--trace-gc", program, CHILD, String(offloads)], {
      encoding: "utf8",
    });
    const counted = output.slice(output.indexOf("begin"));
    const frames = Number(/frames (\d+)/.exec(counted)?.[1]);
    const scavenges = counted.match(/Scavenge/g)?.length ?? 0;
    const major = counted.match(/Mark-Compact/g)?.length ?? 0;
    const value = scavenges / (frames / 1e6);
    report.add({
      section: "Garbage, stack to stack in memory",
      metric: `scavenges per million ${offloads ? "super-segments and ACKs" : "frames"}`,
      unit: "",
      value,
      samples: [value],
      detail: { frames, "full collections": major },
    });
  }
}

if (process.argv[2] === CHILD) {
  const offloads = process.argv[3] === "true";
  bulk({ offloads }, 1);
  console.log("begin");
  const { frames } = bulk({ offloads }, 4);
  console.log(`frames ${frames}`);
}
