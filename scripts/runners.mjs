/**
 * `node scripts/runners.mjs`: the package as its users get it, packed and installed in a fresh folder beside mocha,
 * vitest and jest, and one simulated scenario under each of them and under node:test; and what was reported of nock and
 * msw, with these.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "tapstack-runners-"));

const RUNNERS = {
  mocha: ["npx", "mocha", "hello.mocha.mjs"],
  "nock and msw": ["npx", "mocha", "reports.mocha.mjs"],
  "node:test": [process.execPath, "--test", "hello.node.mjs"],
  vitest: ["npx", "vitest", "run", "hello.vitest.test.mjs"],
  jest: ["npx", "jest", "--testMatch", "**/hello.jest.mjs"],
};

function run(command, args, options) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", ...options });
  return { status, output: `${stdout}${stderr}` };
}

/** Ends this process when a step on the way fails. */
function must(command, args, options) {
  const { status, output } = run(command, args, options);
  if (status === 0) return output.trim();
  console.error(`${command} ${args.join(" ")}\n${output}`);
  process.exit(1);
}

let failed = 0;
try {
  const pack = ["scripts/bundle.mjs", "pack", "--silent", "--pack-destination", folder];
  const packed = must(process.execPath, pack, { cwd: root }).split("\n").at(-1);
  cpSync(join(root, "examples", "simulate", "runners"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}\n");
  must("npm", [
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `./${packed}`,
    "mocha",
    "vitest",
    "jest",
    "nock@14", // 15 needs Node 22
    "msw",
    "axios",
  ]);
  for (const [name, [command, ...args]] of Object.entries(RUNNERS)) {
    // jest loads modules only with this; the others do not mind.
    const env = { ...process.env, NODE_OPTIONS: "--experimental-vm-modules" };
    const { status, output } = run(command, args, { env });
    console.log(`${status === 0 ? "ok" : "FAILED"}: ${name}`);
    if (status !== 0) console.log(output);
    failed += status === 0 ? 0 : 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
