/**
 * The same script of calls on our stack and on the Linux kernel, through Python's `socket` module: results,
 * errno, counts and ends must be the same, but for the differences that the cases list.
 */
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import type { Case } from "./cases/case.ts";
import { GROUPS } from "./groups.ts";
import { askLinux, hasLinux } from "./linux.ts";
import { runOurs } from "./ours.ts";
import { parseScript } from "./script.ts";

/** So often is the kernel asked again for a script with another outcome. */
const MORE_TRIES = 2;

/** Whether all steps have come out as on Linux, or as the case says. */
function isAsExpected(
  { awaits, differs }: Case,
  ours: readonly unknown[],
  theirs: readonly unknown[],
): boolean {
  if (awaits !== undefined) return true;
  return ours.every((result, index) => {
    const known = differs?.[index];
    if (known === undefined) return isDeepStrictEqual(result, theirs[index]);
    return isDeepStrictEqual(result, known.ours) && isDeepStrictEqual(theirs[index], known.linux);
  });
}

const ALL = GROUPS.flatMap(([, cases]) => cases);

describe("socket calls, compared with Linux", () => {
  let linux: readonly (readonly unknown[])[] = [];

  before(function () {
    if (!hasLinux()) {
      console.log("      skipped: it needs Linux and python3");
      this.skip();
    }
    linux = askLinux(ALL.map(({ script }) => parseScript(script)));
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
          let theirs = linux[ALL.indexOf(each)] ?? [];
          // The kernel's ports are those of the whole machine: some other program may have just had one.
          for (let tries = 0; tries < MORE_TRIES && !isAsExpected(each, ours, theirs); tries++) {
            theirs = askLinux([steps])[0] ?? [];
          }
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
