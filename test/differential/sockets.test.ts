/**
 * The same script of calls on our stack and on the Linux kernel, through Python's `socket` module: results,
 * errno, counts and ends must be the same, but for the differences that the cases list.
 */
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { GROUPS } from "./groups.ts";
import { runOurs } from "./ours.ts";
import { parseScript } from "./script.ts";

const ALL = GROUPS.flatMap(([, cases]) => cases);

describe("socket calls, compared with Linux", () => {
  let linux: readonly (readonly unknown[])[] = [];

  before(function () {
    this.timeout(60_000);
    const scripts = ALL.map(({ script }) => parseScript(script));
    const python = spawnSync("python3", ["test/differential/linux.py"], {
      input: JSON.stringify(scripts),
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    if (python.error !== undefined || process.platform !== "linux") {
      console.log("      skipped: it needs Linux and python3");
      this.skip();
    }
    if (python.status !== 0) throw new Error(`linux.py failed: ${python.stderr}`);
    linux = JSON.parse(python.stdout);
  });

  it("are at least 1500", () => {
    expect(ALL.length).to.be.at.least(1500);
    expect(
      new Set(GROUPS.flatMap(([group, cases]) => cases.map(({ title }) => `${group} ${title}`))).size,
    ).to.equal(ALL.length);
  });

  for (const [group, cases] of GROUPS) {
    describe(`diff ${group}`, () => {
      for (const each of cases) {
        it(each.title, async () => {
          const steps = parseScript(each.script);
          const ours = await runOurs(steps);
          const theirs = linux[ALL.indexOf(each)] ?? [];
          if (each.awaits !== undefined) {
            const hint = `it is as on Linux now: take "awaits" (${each.awaits}) away from the case`;
            expect(ours, hint).not.to.deep.equal(theirs);
            return;
          }
          for (const [index, step] of steps.entries()) {
            const where = `step ${index} (${JSON.stringify(step)})`;
            const known = each.differs?.[index];
            if (known === undefined) expect(ours[index], where).to.deep.equal(theirs[index]);
            else {
              expect(ours[index], `${where}: ours`).to.deep.equal(known.ours);
              expect(theirs[index], `${where}: Linux`).to.deep.equal(known.linux);
            }
          }
        });
      }
    });
  }
});
