/**
 * Node's own `net` and `http` over a stack of ours, beside the kernel's loopback: the same program in processes of their own,
 * in turn. (Where Linux is written beside a value, it is Node on Linux.)
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, type Report } from "./results.ts";

const CHILD = fileURLToPath(new URL("node-child.js", import.meta.url));
const REGISTER = new URL("../src/node/register.js", import.meta.url).href;
const SECTION = "Node's net and http, server and clients in one process";

interface Sample {
  readonly rate: number;
  /** Seconds of processor time, for an octet or a request. */
  readonly cost: number;
}

const METRICS = [
  { name: "bulk", metric: "bulk, 1 connection", unit: "Gbit/s", scale: 8 / 1e9 },
  { name: "keep-alive", metric: "HTTP requests, connections kept", unit: "/s", scale: 1 },
  { name: "close", metric: "HTTP requests, a connection each", unit: "/s", scale: 1 },
];

export function benchNode(report: Report, reps: number, seconds: number): void {
  for (const { name, metric, unit, scale } of METRICS) {
    const [ours, nodes]: [Sample[], Sample[]] = [[], []];
    for (let i = 0; i < reps; i++) {
      ours.push(sample(["--import", REGISTER], name, seconds));
      nodes.push(sample([], name, seconds));
    }
    const rates = (samples: readonly Sample[]): number[] => samples.map(({ rate }) => rate * scale);
    report.add({
      section: SECTION,
      metric,
      unit,
      value: median(rates(ours)),
      samples: rates(ours),
      linux: median(rates(nodes)),
      linuxSamples: rates(nodes),
      detail: { "by processor time": median(ours.map(({ cost }, i) => (nodes[i] as Sample).cost / cost)) },
    });
  }
}

function sample(options: readonly string[], name: string, seconds: number): Sample {
  const words = [...options, CHILD, name, String(seconds)];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })) as Sample;
}
