/** Very many connections between two stacks in one process: opened, an octet there and back on each, closed. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Report } from "./results.ts";

const CHILD = fileURLToPath(new URL("million-child.js", import.meta.url));

interface Phase {
  readonly seconds: number;
  readonly processor: number;
}

interface Outcome {
  readonly opened: Phase;
  readonly echoed: Phase;
  readonly closed: Phase;
  /** Octets of resident memory that a connection takes, both ends, once all are open. */
  readonly idle: number;
  /** Of resident memory, in octets. */
  readonly most: number;
}

export function benchMillion(report: Report, count: number): void {
  // Up to 8 GB, so that a failure shows how much it is, and not that it is too much.
  const words = ["--max-old-space-size=8192", CHILD, String(count)];
  const outcome = JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })) as Outcome;
  const section = `One process, ${count.toLocaleString("en-US")} connections between two stacks`;
  for (const [what, name] of [
    ["opened", "to open one"],
    ["echoed", "an octet there and back"],
    ["closed", "to close one"],
  ] as const) {
    const { processor, seconds } = outcome[what];
    const value = (processor * 1e6) / count;
    report.add({
      section,
      metric: `${name}, processor time`,
      unit: "µs",
      value,
      samples: [value],
      detail: { seconds },
    });
  }
  report.add({
    section,
    metric: "a connection, both ends, resident",
    unit: "octets",
    value: outcome.idle,
    samples: [outcome.idle],
  });
  const most = outcome.most / 2 ** 30;
  report.add({ section, metric: "most that was resident", unit: "GiB", value: most, samples: [most] });
}
