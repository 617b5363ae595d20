import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { better, compareRuns, type Run } from "../../bench/compare.ts";
import type { Result } from "../../bench/results.ts";

function result(
  metric: string,
  unit: string,
  samples: readonly number[],
  more: Partial<Result> = {},
): Result {
  return { section: "Parts", metric, unit, value: samples[samples.length >> 1] ?? 0, samples, ...more };
}

function run(commit: string, ...results: readonly Result[]): Run {
  return { machine: { commit, date: "2026-11-27T00:00:00.000Z", processor: "a processor" }, results };
}

const BEFORE = run(
  "1111111",
  result("a copy", "ns", [80, 100, 110]),
  result("bulk", "Gbit/s", [4, 5, 6], { linux: 10 }),
  result("gone since", "ns", [7, 7, 7]),
  result("renamed unit", "ms", [1, 1, 1]),
);
const AFTER = run(
  "2222222",
  result("a copy", "ns", [45, 50, 55]),
  result("bulk", "Gbit/s", [5.5, 6, 7], { linux: 8 }),
  result("equal", "", [1], { section: "Checks" }),
  result("renamed unit", "µs", [1000, 1000, 1000]),
);

describe("two runs of the benchmark", () => {
  it("are compared line by line, more than 1 being better, whatever the unit", () => {
    const lines = compareRuns(BEFORE, AFTER);
    const line = (metric: string): string => lines.find((one) => one.includes(metric)) ?? "";
    expect(line("a copy")).to.match(/ 100 +50\.0 ns +2\.00 *$/); // less is better, beyond chance
    expect(line("bulk")).to.match(/ 5\.00 +6\.00 Gbit\/s +1\.20~ {2}of Linux 0\.50 -> 0\.75$/);
    expect(line("gone since")).to.match(/ 7\.00 +- ns {2}only in the first$/);
    expect(line("equal")).to.match(/ - +1\.00 +only in the second$/);
    expect(line("renamed unit")).to.match(/the first is in ms$/);
    expect(lines).to.include.members(["", "Parts", "Checks"]);
    expect(lines.length).to.equal(3 + 2 + 4 + 2 + 1);
  });

  it("warn where they come from different processors", () => {
    const other = { ...AFTER, machine: { ...AFTER.machine, processor: "another" } };
    expect(compareRuns(BEFORE, other).join("\n")).to.match(/the processors differ/);
    expect(compareRuns(BEFORE, AFTER).join("\n")).not.to.match(/the processors differ/);
  });

  it("are equal where both are 0, and infinitely better or worse where one is", () => {
    const [zero, one] = [result("lost", "/s", [0]), result("lost", "/s", [1])];
    expect(better(zero, zero)).to.equal(1);
    expect(better(zero, one)).to.equal(Number.POSITIVE_INFINITY);
    expect(better(one, zero)).to.equal(0);
  });

  it("are read from files by the command, which names what is no run", () => {
    const folder = mkdtempSync(join(tmpdir(), "tapstack-compare-"));
    try {
      const [a, b, c] = ["a.json", "b.json", "c.json"].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      writeFileSync(a, JSON.stringify(BEFORE));
      writeFileSync(b, JSON.stringify(AFTER));
      writeFileSync(c, "{}");
      const bench = (...files: readonly string[]): ReturnType<typeof spawnSync> =>
        spawnSync(process.execPath, ["build/bench/main.js", "--compare", ...files], { encoding: "utf8" });
      const { status, stdout } = bench(a, b);
      expect(status).to.equal(0);
      expect(stdout).to.equal(`${compareRuns(BEFORE, AFTER).join("\n")}\n`);
      expect(bench(a, c)).to.deep.include({ status: 1, stdout: "" });
      expect(bench(a, c).stderr).to.match(/c\.json is no run of the benchmark/);
      expect(bench(a).stderr).to.match(/--compare wants two files/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
