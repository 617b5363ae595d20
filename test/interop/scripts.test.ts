/**
 * The collection of packet scripts against the Linux kernel: each comes true there too, or says in its head why not
 * ("// Linux: …"), and then does not. Real time passes, so a script that fails is tried again.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { linuxTarget, runPacketScript, ScriptFailure } from "../../src/scripts/index.ts";
import { notInstalled } from "../support/peers.ts";
import { thorough } from "../support/thorough.ts";
import { whyNot } from "./namespace.ts";

const FOLDER = "examples/packet-scripts";
/** Microseconds: the machine may be busy. */
const TOLERANCE = 20_000;
const TRIES = 5;
/** So often a script is tried of which events were too late to judge it. */
const MOST_TRIES = 12;
/** Scripts at once: they wait most of the time. */
const AT_ONCE = 6;

/** All where CI is set; else every so-manieth, since real time passes: some three minutes for all. */
const EVERY: number = thorough(60, 1);

const files: readonly string[] = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".pkt"))
  .sort()
  .filter((_, at) => at % EVERY === 0);

/** The failure of a script on Linux; undefined if it comes true; "late" if the machine was too busy to say. */
async function failureOf(file: string, tries: number): Promise<string | undefined> {
  const text = readFileSync(`${FOLDER}/${file}`, "utf8");
  let failure: string | undefined;
  for (let failed = 0, all = 0; failed < tries && all < MOST_TRIES; all++) {
    try {
      await runPacketScript(text, { name: file, target: linuxTarget(), tolerance: TOLERANCE });
      return undefined;
    } catch (error) {
      if (!(error instanceof ScriptFailure)) throw error;
      if (error.details.lateness > TOLERANCE) continue;
      failed++;
      failure = error.message;
    }
  }
  return failure ?? "late";
}

describe("Linux, by the packet scripts of ours", function () {
  this.timeout(600_000);

  before(async function () {
    const obstacle = (await whyNot()) ?? notInstalled("python3");
    if (obstacle === undefined) return;
    console.log(`      skipped: ${obstacle}`);
    this.skip();
  });

  it(`does what they say (${files.length} scripts), or they say why it does not`, async () => {
    const wrong: string[] = [];
    const late: string[] = [];
    const left = [...files];
    const worker = async (): Promise<void> => {
      for (let file = left.shift(); file !== undefined; file = left.shift()) {
        const differs = /^\/\/ Linux: /m.test(readFileSync(`${FOLDER}/${file}`, "utf8"));
        const failure = await failureOf(file, differs ? 1 : TRIES);
        if (failure === "late") late.push(file);
        else if (failure !== undefined && !differs) wrong.push(failure);
        if (failure === undefined && differs)
          wrong.push(`${file}: comes true on Linux, and says that it does not`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // Once more, alone.
    left.push(...late.splice(0));
    await worker();
    if (late.length > 0) console.log(`      too busy to judge: ${late.join(", ")}`);
    expect(wrong.join("\n")).to.equal("");
    expect(late.length).to.be.below(files.length / 2);
  });
});
