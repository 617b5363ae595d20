/**
 * Random scripts of socket calls, on our stack and on the Linux kernel: results, errno and counts of every call must be the
 * same. A script that fails is printed with its seed; once its fault is mended it belongs among the cases.
 */
import { expect } from "chai";
import { thorough } from "../support/thorough.ts";
import { askLinux, hasLinux } from "./linux.ts";
import { runOurs } from "./ours.ts";
import { randomScript, SETTINGS } from "./random-script.ts";
import { parseScript } from "./script.ts";

/** Scripts of each kind, and calls of each. */
const SCRIPTS = thorough(15, 60);
const CALLS = 14;

/** So often is the kernel asked again for a script with another outcome. */
const MORE_TRIES = 3;

/** The first step that comes out otherwise, with what both have said of it; undefined: none does. */
function difference(
  script: string,
  ours: readonly unknown[],
  theirs: readonly unknown[],
): string | undefined {
  const at = ours.findIndex((result, index) => JSON.stringify(result) !== JSON.stringify(theirs[index]));
  if (at < 0) return undefined;
  const upTo = script
    .split("\n")
    .slice(0, at + 1)
    .join("\n");
  return `${upTo}\n  ours: ${JSON.stringify(ours[at])}, Linux: ${JSON.stringify(theirs[at])}`;
}

describe("random socket calls, compared with Linux", () => {
  before(function () {
    if (hasLinux()) return;
    console.log("      skipped: it needs Linux and python3");
    this.skip();
  });

  for (const [name, setting] of Object.entries(SETTINGS)) {
    it(`${name}: come out as there`, async () => {
      const first = Number(process.env["SEED"] ?? 1);
      const seeds = Array.from({ length: SCRIPTS }, (_, index) => first + index);
      const scripts = seeds.map((seed) => randomScript(setting, seed, CALLS));
      const linux = askLinux(scripts.map(parseScript));
      const wrong: string[] = [];
      for (const [index, script] of scripts.entries()) {
        const steps = parseScript(script);
        const ours = await runOurs(steps);
        let found = difference(script, ours, linux[index] ?? []);
        // The kernel's time is real, and its ports are those of the whole machine.
        for (let tries = 0; tries < MORE_TRIES && found !== undefined; tries++) {
          found = difference(script, ours, askLinux([steps])[0] ?? []);
        }
        if (found !== undefined) wrong.push(`seed ${seeds[index]}:\n${found}`);
      }
      expect(wrong.join("\n\n")).to.equal("");
    });
  }
});
