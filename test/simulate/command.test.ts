import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { readSimulateOptions } from "../../src/cli/simulate.ts";
import { programs } from "./programs.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const REGISTER = new URL("../../src/simulate/register.js", import.meta.url).href;

describe("tapstack simulate", function () {
  this.timeout(0);
  const files = programs();
  after(() => files.remove());

  function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [MAIN, "simulate", ...args], { encoding: "utf8" });
  }

  it("runs a scenario with many seeds in several processes, and tells which failed", () => {
    const dice = files.write("dice.cjs", `console.log(Math.random() < 0.2 ? "low" : "high");`);
    const scenario = files.write(
      "scenario.mjs",
      `export default async function (world) {
         const host = world.host("dice", { program: ${JSON.stringify(dice)} });
         await world.run("1s");
         if (host.log.includes("low")) throw new Error("the dice are low");
       }`,
    );
    const first = run(scenario, "--seeds", "1..20", "--jobs", "2");
    expect(first.status).to.equal(1);
    const failed = [...first.stdout.matchAll(/^seed (\d+) .*: the dice are low$/gm)].map(([, seed]) =>
      Number(seed),
    );
    expect(failed.length).to.be.greaterThan(0);
    expect(first.stdout).to.match(
      /20 of 20 seeds, \d+ failed, [\d.]+ seeds\/s, \d+ virtual seconds a second\n$/,
    );
    // The same seed fails again, and others do not.
    expect(run(scenario, "--seeds", String(failed[0]), "--quiet").status).to.equal(1);
    const good = [...Array(20).keys()].map((n) => n + 1).find((n) => !first.stdout.includes(`seed ${n} `));
    expect(run(scenario, "--seeds", String(good)).status).to.equal(0);
  });

  it("says what is wrong with a scenario", () => {
    const { status, stdout } = run(files.write("none.mjs", "export const other = 1;"), "--seeds", "1");
    expect(status).to.equal(1);
    expect(stdout).to.match(/^\S+none\.mjs exports no scenario: a function, by default or as "scenario"$/m);
  });

  it("reads its options", () => {
    expect(readSimulateOptions(["a.js", "--seeds", "3..5,9", "--jobs", "2", "--check"])).to.deep.include({
      scenario: "a.js",
      seeds: [3, 4, 5, 9],
      jobs: 2,
      check: true,
    });
    expect(readSimulateOptions(["--help"])).to.equal("help");
    for (const [args, message] of [
      [[], "simulate wants one scenario, a file"],
      [["a.js", "--seeds", "9..1"], "--seeds 9..1: expected seeds, as in 1..1000, 7 or 1,5,9"],
      [["a.js", "--jobs", "0"], "--jobs 0: expected a number from 1 to 1024"],
      [["a.js", "--sedes", "1"], "Unknown option '--sedes'"],
    ] as const) {
      expect(() => readSimulateOptions(args)).to.throw(message);
    }
  });
});

describe("tapstack/simulate/register", function () {
  this.timeout(0);
  const files = programs();
  after(() => files.remove());

  function run(
    program: string,
    env: Record<string, string> = {},
  ): ReturnType<typeof spawnSync> & { stdout: string } {
    return spawnSync(process.execPath, ["--import", REGISTER, program, "argument"], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    }) as ReturnType<typeof spawnSync> & { stdout: string };
  }

  it("runs one program in virtual time, with its own output and exit code", () => {
    const program = files.write(
      "hour.cjs",
      `setTimeout(() => { console.log("an hour later", process.argv[2]); console.error("and an error"); process.exit(4); }, 3600e3);`,
    );
    const { status, stdout, stderr } = run(program);
    expect({ status, stdout, stderr }).to.deep.equal({
      status: 4,
      stdout: "an hour later argument\n",
      stderr: "and an error\n",
    });
  });

  it("puts it against peers that a scenario makes", () => {
    const peer = files.write(
      "peer.cjs",
      `require("net").createServer((s) => s.end("from a peer")).listen(7);`,
    );
    const scenario = files.write(
      "peers.mjs",
      `export function scenario(world, program) {
         const peer = world.host("peer", { program: ${JSON.stringify(peer)} });
         world.link(program, peer, { impairments: "loss=20%" });
       }`,
    );
    const program = files.write(
      "asks.cjs",
      `require("net").connect(7, "peer").on("data", (d) => console.log(String(d)));`,
    );
    const { status, stdout } = run(program, { TAPSTACK_SCENARIO: scenario });
    expect({ status, stdout }).to.deep.equal({ status: 0, stdout: "from a peer\n" });
  });

  it("says who waits for what when nothing is left that could happen", () => {
    const program = files.write("listens.cjs", `require("net").createServer().listen(80);`);
    const { status, stderr } = run(program);
    expect(status).to.equal(1);
    expect(stderr).to.match(
      /nothing is left that could happen\n {2}program: 0\.0\.0\.0:80 listen \(.*listens\.cjs:1\)\n$/,
    );
  });
});
