/**
 * The benchmark: `npm run bench -- [options]`. Prints a table and writes JSON.
 *
 *   --sections parts,memory,garbage,tracer,scale,tables,virtual,lab,simulate,node,tap,tap-no-offload,forward,forward-no-offload
 *                  (default: all)
 *   --reps N       samples of each, of which the median counts (default 3)
 *   --seconds N    length of a sample (default 2)
 *   --connections 10,1000,10000,100000
 *   --million N    connections of the section million, which is run only when it is named (default 1000000)
 *   --entries 10,1000,100000   of the tables
 *   --only TEXT    of the TAP metrics, those with TEXT in their name
 *   --node OPTION  for the process of the stack on the TAP, such as --cpu-prof (may be given several times)
 *   --json FILE    (default build/bench.json)
 *   --compare A.json B.json   measures nothing: shows what two runs wrote, side by side
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { compareRuns, readRun } from "./compare.ts";
import { Report } from "./results.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sections: {
      type: "string",
      default:
        "parts,memory,garbage,tracer,scale,tables,virtual,lab,simulate,node,tap,tap-no-offload,forward,forward-no-offload",
    },
    reps: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    million: { type: "string", default: "1000000" },
    entries: { type: "string", default: "10,1000,100000" },
    connections: { type: "string", default: "10,1000,10000,100000" },
    only: { type: "string", default: "" },
    node: { type: "string", multiple: true, default: [] },
    json: { type: "string", default: "build/bench.json" },
    compare: { type: "boolean", default: false },
  },
});
const report = new Report();
const reps = Number(values.reps);
const seconds = Number(values.seconds);
const sections = values.sections.split(",");

if (values.compare) compare();
else await measure();

async function measure(): Promise<void> {
  for (const section of sections) await run(section);
  writeFileSync(values.json, `${JSON.stringify({ machine: machine(), results: report.results }, null, 2)}\n`);
  console.log(`\nwritten to ${values.json}`);
}

function compare(): void {
  const [first, second] = positionals;
  if (first === undefined || second === undefined) throw new Error("--compare wants two files");
  for (const line of compareRuns(readRun(first), readRun(second))) console.log(line);
}

/** Each section, which is loaded when it is run. */
async function run(section: string): Promise<void> {
  if (section === "parts") (await import("./micro.ts")).benchMicro(report);
  else if (section === "memory") (await import("./memory.ts")).benchMemory(report, reps, seconds);
  else if (section === "garbage") (await import("./allocations.ts")).benchAllocations(report);
  else if (section === "tracer") (await import("./tracer.ts")).benchTracer(report, reps);
  else if (section === "scale") (await import("./scale.ts")).benchScale(report, numbers(values.connections));
  else if (section === "tables") (await import("./tables.ts")).benchTables(report, numbers(values.entries));
  else if (section === "virtual") (await import("./scale.ts")).benchVirtual(report);
  else if (section === "lab") await (await import("./lab.ts")).benchLab(report);
  else if (section === "simulate") await (await import("./simulate.ts")).benchSimulate(report);
  else if (section === "node") (await import("./node.ts")).benchNode(report, reps, seconds);
  else if (section === "million") (await import("./million.ts")).benchMillion(report, Number(values.million));
  else if (section === "tap" || section === "tap-no-offload") await tap(section === "tap");
  else if (section === "forward" || section === "forward-no-offload") await forward(section === "forward");
  else throw new Error(`there is no section ${section}`);
}

function numbers(list: string): number[] {
  return list.split(",").map(Number);
}

async function tap(offloads: boolean): Promise<void> {
  const [{ benchTap }, { cannotMeasureTap }] = await Promise.all([import("./tap.ts"), import("./net.ts")]);
  const reason = cannotMeasureTap();
  if (reason !== undefined) report.skip("Over a TAP", reason);
  else await benchTap(report, { reps, seconds, offloads, only: values.only, nodeOptions: values.node });
}

async function forward(offloads: boolean): Promise<void> {
  const [{ benchForward }, { cannotMeasureTap }] = await Promise.all([
    import("./forward.ts"),
    import("./net.ts"),
  ]);
  const reason = cannotMeasureTap();
  if (reason !== undefined) report.skip("Forwarding between two TAPs", reason);
  else await benchForward(report, { reps, seconds, offloads, nodeOptions: values.node });
}

function machine(): Record<string, string | number> {
  let commit = "unknown";
  try {
    commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    // not a repository: an installed package
  }
  const [first] = cpus();
  return {
    commit,
    date: new Date().toISOString(),
    node: process.version,
    processor: first?.model ?? "unknown",
    cores: cpus().length,
  };
}
