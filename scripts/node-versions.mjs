/**
 * Runs tests on every Node that is supported: `npm run versions`, with `-- --only 26` on one of them, and with
 * `-- --all` all tests instead of those of test/node, which stand on Node's inside and hold a short program per
 * module. Each Node comes as a package of npm's (those which npm's `node` consists of) into a cache of the user's,
 * once. One that cannot be had is left out, and said to be: without a network that is no failure.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** One of each line that README calls supported; the oldest is the first that is. */
const VERSIONS = ["20.19.6", "22.23.3", "24.21.0", "26.12.1"];

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tapstack", "node");
const { values } = parseArgs({
  options: { only: { type: "string" }, all: { type: "boolean", default: false } },
});

/** The program of a version, installed if need be; undefined, and why is said, where it cannot be had. */
function nodeOf(version) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = join(cache, version);
  const program = join(
    folder,
    "node_modules",
    name,
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  const works = () =>
    spawnSync(program, ["--version"], { encoding: "utf8" }).stdout?.trim() === `v${version}`;
  if (existsSync(program) && works()) return program;
  console.log(`Node ${version}: installing it into ${folder} (once)`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}\n");
  const words = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--fetch-retries=1"];
  const { status, error, stderr } = spawnSync("npm", [...words, `${name}@${version}`], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status === 0 && works()) return program;
  const why = error?.message ?? stderr.trim().split("\n")[0];
  console.log(`Node ${version}: left out, since it could not be installed: ${why}`);
  return undefined;
}

/** Runs mocha on a Node of that version; whether all is well. */
function runOn(version, program) {
  const tests = values.all ? [] : ["--no-config", "--timeout", "30000", "build/test/node/*.test.js"];
  const { status } = spawnSync(
    program,
    [
      "--enable-source-maps",
      join(root, "node_modules", "mocha", "bin", "mocha.js"),
      ...tests,
      "--reporter",
      "dot",
    ],
    { cwd: root, stdio: "inherit", env: { ...process.env, TAPSTACK_INSTALL: "no" } },
  );
  console.log(`Node ${version}: ${status === 0 ? "passed" : "FAILED"}`);
  return status === 0;
}

let passed = 0;
let failed = 0;
let leftOut = 0;
for (const version of VERSIONS.filter((one) => values.only === undefined || one.startsWith(values.only))) {
  const program = nodeOf(version);
  if (program === undefined) leftOut += 1;
  else if (runOn(version, program)) passed += 1;
  else failed += 1;
}
console.log(`on ${passed} of Node's versions passed, on ${failed} failed, ${leftOut} left out`);
process.exitCode = failed === 0 && passed + leftOut > 0 ? 0 : 1;
