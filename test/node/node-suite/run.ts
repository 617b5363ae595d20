/**
 * Runs Node's own tests of `net` and `dgram` with both replaced by ours, one process each:
 *
 *     node build/test/node/node-suite/run.js FOLDER [--only TEXT] [--record FILE --tests VERSION] [--verbose] [--native]
 *
 * FOLDER is the `test` folder of Node's sources (of Debian's source package, for example); nothing of it is
 * kept here. It is run by the Node that runs this, whose own tests they should be. What fails is run once more with
 * Node's own modules, and if it fails there too is no failure of ours; `--native` runs all so. `--record` writes down
 * what has come of it; `page.js` makes docs/node-tests.md of such records.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LEFT_OUT } from "./left-out.ts";
import type { Recording } from "./table.ts";

/** Milliseconds for one test; Node's own runner gives two minutes. */
const TIME_LIMIT = 30_000;
/** Processes at a time. */
const WORKERS = 2;

export interface Outcome {
  /** Folder and file, such as "parallel/test-net-binary.js". */
  readonly name: string;
  readonly result: "pass" | "fail" | "left out" | "skipped by itself" | "fails over libuv too";
  /** What it wrote, or why it was left out. */
  readonly detail: string;
  /** TCP and UDP sockets of the stack that it opened, connections accepted not counted. */
  readonly opened: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    record: { type: "string" },
    tests: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
    native: { type: "boolean", default: false },
  },
});

const folder = positionals[0] ?? "";
if (!existsSync(join(folder, "parallel"))) {
  console.error("usage: run.js FOLDER, where FOLDER is the test folder of Node's sources");
  process.exit(2);
}

/** The options that a test wants, from its comment "// Flags: …". */
function flagsOf(file: string): string[] {
  const line = /^\/\/ Flags: (.*)$/m.exec(readFileSync(file, "utf8"));
  return line?.[1]?.trim().split(/\s+/) ?? [];
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // The whole group has ended by itself.
  }
}

async function runOne(name: string, serial: number): Promise<Outcome> {
  const outcome = await runWith(name, serial, values.native);
  if (outcome.result !== "fail" || values.native) return outcome;
  const { result } = await runWith(name, serial, true);
  return result === "fail" ? { ...outcome, result: "fails over libuv too" } : outcome;
}

function runWith(name: string, serial: number, native: boolean): Promise<Outcome> {
  const file = join(folder, name);
  const preload = fileURLToPath(new URL("./preload.js", import.meta.url));
  const own = native ? [] : ["--import", preload];
  const scratch = join(tmpdir(), `node-suite-${process.pid}-${serial}`);
  mkdirSync(scratch, { recursive: true });
  const report = join(scratch, "opened");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...own, ...flagsOf(file), file], {
      env: {
        ...process.env,
        NODE_TEST_DIR: scratch,
        TEST_THREAD_ID: String(serial),
        TAPSTACK_OPENED: report,
      },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what a test leaves running can be ended with it.
      detached: true,
    });
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    child.stderr.on("data", (text) => {
      output += text;
    });
    const timer = setTimeout(() => {
      output += "\n(time limit)";
      endGroup(child.pid);
    }, TIME_LIMIT);
    child.on("exit", () => endGroup(child.pid));
    child.on("close", (status) => {
      clearTimeout(timer);
      const skipped = /^1\.\.0 # Skipped/m.test(output);
      const result = status !== 0 ? "fail" : skipped ? "skipped by itself" : "pass";
      const counts = existsSync(report) ? readFileSync(report, "utf8").split("\n").map(Number) : [];
      const opened = counts.reduce((sum, count) => sum + count, 0);
      rmSync(scratch, { recursive: true, force: true });
      resolve({ name, result, detail: output, opened });
    });
  });
}

const names = ["parallel", "sequential"]
  .flatMap((part) => readdirSync(join(folder, part)).map((file) => `${part}/${file}`))
  .filter((name) => /\/test-(net|dgram)-.*\.m?js$/.test(name) && name.includes(values.only))
  .sort();
const outcomes: Outcome[] = [];
let next = 0;

async function work(): Promise<void> {
  for (let index = next++; index < names.length; index = next++) {
    const name = names[index] ?? "";
    const reason = LEFT_OUT[name];
    const outcome: Outcome =
      reason === undefined || values.only !== ""
        ? await runOne(name, index)
        : { name, result: "left out", detail: reason, opened: 0 };
    outcomes.push(outcome);
    if (outcome.result !== "pass" || values.verbose) console.log(`${outcome.result}: ${name}`);
    if (outcome.result === "fail" || values.verbose) console.log(outcome.detail.replace(/^/gm, "    "));
  }
}

await Promise.all(Array.from({ length: WORKERS }, work));
outcomes.sort((a, b) => (a.name < b.name ? -1 : 1));
if (values.record !== undefined) {
  const record: Recording = { node: process.version, tests: values.tests, outcomes };
  writeFileSync(values.record, JSON.stringify(record));
}
const count = (result: Outcome["result"]): number =>
  outcomes.filter((outcome) => outcome.result === result).length;
console.log(
  `Node ${process.version}: ${count("pass")} pass, ${count("fail")} fail, ${count("skipped by itself")} skipped by themselves, ${count("left out")} left out, ${count("fails over libuv too")} fail over libuv too`,
);
process.exitCode = count("fail") === 0 ? 0 : 1;
