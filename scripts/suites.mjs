/**
 * The tests of well-known packages, on Node alone and on Node over a stack, compared test by test:
 *
 *   npm run suites -- FOLDER [--only ws,koa] [--runs 2] [--details]
 *
 * FOLDER has the packages' repositories, each under its name (scripts/suites/list.mjs), with their dependencies
 * installed: `npm install --ignore-scripts` in each. Nothing of them is part of this project.
 *
 * Each run is in a network namespace of its own, if there are such and this is root: on Node alone with nothing but the
 * loopback interface; over a stack with no interface that is up, so that a socket which goes past the stack finds
 * nothing. A test that differs is run `--runs` times on either side, and passes if it once does: some are not
 * repeatable by themselves. Prints a table in Markdown, and every difference with its explanation; fails if one has
 * none. TAPSTACK_SUITE_LOG names a file that gets all that the suites print.
 */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { explanationOf, SUITES } from "./suites/list.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const REGISTER = here("../build/src/node/register-sync.js");
const MOCHA_REPORTER = here("suites/mocha-reporter.cjs");
const NODE_REPORTER = here("suites/node-reporter.mjs");
/** Milliseconds that one run of one suite may take: some hang when something is wrong. */
const PATIENCE = 20 * 60_000;

/** Of node:test: a file that does not end counts as one test that fails. */
const LONGEST_TEST = "--test-timeout=60000";
/** A file to which everything is appended that the suites print. */
const LOG = process.env.TAPSTACK_SUITE_LOG;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    runs: { type: "string", default: "2" },
    details: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: npm run suites -- FOLDER [--only NAME,NAME] [--runs N] [--details]");
  process.exit(2);
}

const isolates = spawnSync("unshare", ["-n", "true"]).status === 0;
if (!isolates)
  console.error("suites: no network namespaces here: a socket that goes past the stack is not found out");

/** The command lines of a suite, each with how its results are read. */
function commandsOf(suite, at) {
  const bin = (path) => join(at, "node_modules", path);
  if (suite.mocha !== undefined) {
    const mocha = ["bin/_mocha", "bin/mocha.js"].map((name) => bin(`mocha/${name}`)).find(existsSync);
    // A test that fails may leave a server behind, which would keep the process.
    return [{ args: [mocha, "--exit", "--reporter", MOCHA_REPORTER, ...suite.mocha(at)] }];
  }
  if (suite.node !== undefined) {
    const report = [`--test-reporter=${NODE_REPORTER}`, "--test-reporter-destination=stdout", LONGEST_TEST];
    return [{ args: ["--test", "--test-concurrency=1", ...report, ...suite.node(at)] }];
  }
  if (suite.ava !== undefined)
    return [{ args: [bin("ava/entrypoints/cli.mjs"), "--tap", ...suite.ava(at)], tap: true }];
  return suite.files(at).map((file) => ({ args: [file], file }));
}

function inNamespace(args, ours) {
  const node = [process.execPath, ...args];
  if (!isolates) return node;
  return ["unshare", "-n", "sh", "-c", ours ? 'exec "$@"' : 'ip link set lo up; exec "$@"', "sh", ...node];
}

/**
 * Ends processes of the group whose parent has gone: a test that fails leaves its server behind, which holds the pipe for
 * whose end the runner waits.
 */
function endOrphans(group) {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      // pid (name) state parent group …; the name may have anything in it
      const [, parent, of] = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1).split(" ");
      if (Number(of) === group && parent === "1") process.kill(Number(name), "SIGKILL");
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error; // it has ended meanwhile
    }
  }
}

/** Runs one command; `{ status, output }`. What it has started goes with it. */
function execute(command, options) {
  return new Promise((settle) => {
    const child = spawn(command[0], command.slice(1), {
      ...options,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (octets) => {
      output += octets;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const end = () => {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch (error) {
        if (error.code !== "ESRCH") throw error;
      }
    };
    const timer = setTimeout(end, PATIENCE);
    const orphans = setInterval(() => endOrphans(child.pid), 5_000);
    child.on("exit", (status) => {
      clearTimeout(timer);
      clearInterval(orphans);
      end();
      settle({ status, output });
    });
  });
}

/** Of TAP version 13, the tests at the outermost level. */
function readTap(output, note) {
  for (const [, not, name, directive] of output.matchAll(/^(not )?ok \d+ - (.*?)( # (?:SKIP|TODO).*)?$/gim)) {
    note(name, directive !== undefined ? "skip" : not === undefined ? "pass" : "fail");
  }
}

function environmentOf(suite, ours, results) {
  const environment = { ...process.env, ...suite.environment, TAPSTACK_RESULTS: results, FORCE_COLOR: "0" };
  if (ours) environment.NODE_OPTIONS = `${environment.NODE_OPTIONS ?? ""} --require ${REGISTER}`.trim();
  return environment;
}

/** What the reporters of mocha and node:test have written. */
function readResults(file, note) {
  if (!existsSync(file)) return;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const { name, status } = JSON.parse(line);
    note(name, status);
  }
}

/** Results by name: "pass", "fail" or "skip"; a name that comes twice gets a number. */
async function runSuite(suite, at, ours) {
  const results = new Map();
  const note = (name, status) => {
    let unique = name;
    for (let count = 2; results.has(unique); count++) unique = `${name} (${count})`;
    results.set(unique, status);
  };
  const scratch = mkdtempSync(join(tmpdir(), "tapstack-suite-"));
  const file = join(scratch, "results");
  try {
    for (const command of commandsOf(suite, at)) {
      const options = { cwd: at, env: environmentOf(suite, ours, file) };
      const { status, output } = await execute(inNamespace(command.args, ours), options);
      if (command.file !== undefined) note(command.file, status === 0 ? "pass" : "fail");
      if (command.tap) readTap(output, note);
      if (LOG !== undefined) {
        appendFileSync(LOG, `== ${suite.name} ${ours ? "stack" : "Node"}: ${status}\n${output}\n`);
      }
    }
    readResults(file, note);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return results;
}

/** Adds a run: a test that has passed once, passes. */
function merge(into, run) {
  for (const [name, status] of run) if (into.get(name) !== "pass") into.set(name, status);
}

function differencesOf(plain, ours) {
  return [...plain]
    .filter(([name, status]) => status === "pass" && ours.get(name) !== "pass")
    .map(([name]) => name);
}

async function compare(suite) {
  const at = resolve(folder, suite.name);
  if (!existsSync(join(at, "node_modules"))) return undefined;
  for (const line of suite.prepare ?? []) spawnSync(line, { cwd: at, shell: true, stdio: "ignore" });
  const plain = new Map();
  const ours = new Map();
  for (let run = 0; run < Number(values.runs); run++) {
    merge(plain, await runSuite(suite, at, false));
    merge(ours, await runSuite(suite, at, true));
    if (differencesOf(plain, ours).length === 0) break;
  }
  const { version } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  return { suite, version, plain, ours, differences: differencesOf(plain, ours) };
}

const count = (results, wanted) => [...results.values()].filter((status) => status === wanted).length;
const rows = [];
let unexplained = 0;
for (const suite of SUITES) {
  if (values.only !== undefined && !values.only.split(",").includes(suite.name)) continue;
  const compared = await compare(suite);
  if (compared === undefined) {
    console.error(`suites: ${suite.name} is not in ${folder}, or not installed`);
    continue;
  }
  const { version, plain, ours, differences } = compared;
  const passing = count(plain, "pass");
  const open = differences.filter((name) => explanationOf(suite.name, name) === undefined);
  unexplained += open.length;
  rows.push([
    suite.name,
    version,
    passing,
    passing - differences.length,
    differences.length - open.length,
    open.length,
  ]);
  console.error(
    `${suite.name} ${version}: Node ${passing} pass, ${count(plain, "fail")} fail; ` +
      `stack ${count(ours, "pass")} pass, ${count(ours, "fail")} fail; ${differences.length} differ`,
  );
  for (const name of differences) {
    console.error(
      `  ${explanationOf(suite.name, name) ?? "NOT EXPLAINED"}: ${name} (${ours.get(name) ?? "did not run"})`,
    );
  }
  if (values.details) {
    for (const [name, status] of plain) if (status === "fail") console.error(`  fails on Node too: ${name}`);
  }
}
console.log(`Node ${process.version}\n`);
console.log("| suite | version | pass on Node | of those on the stack | explained | not explained |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
process.exitCode = unexplained === 0 && rows.length > 0 ? 0 : 1;
