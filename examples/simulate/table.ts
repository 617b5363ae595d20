/** `npm run simulations -- SEEDS JOBS`: the eight with many seeds, each seed twice, as a table. */
import { fileURLToPath } from "node:url";
import { runCampaign } from "../../src/simulate/campaign.ts";
import type { Account } from "./scenarios.ts";
import * as scenarios from "./scenarios.ts";

const [count = "1000", jobs = "2"] = process.argv.slice(2);
const seeds = Array.from({ length: Number(count) }, (_, index) => index + 1);
const module = fileURLToPath(new URL("./scenarios.js", import.meta.url));

console.log(`Node ${process.version}; each seed twice, ${jobs} processes`);
console.log(
  "| program | seeds | equal twice | answered | failed | frames lost | partitioned | into the crash | seeds/s |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
let failures = 0;
for (const name of Object.keys(scenarios)) {
  const began = performance.now();
  const outcomes = await runCampaign({
    scenario: `${module}#${name}`,
    seeds,
    jobs: Number(jobs),
    check: true,
  });
  const rate = (seeds.length / ((performance.now() - began) / 1000)).toFixed(1);
  const good = outcomes.filter(({ failure }) => failure === undefined);
  const sum = (what: keyof Account): number =>
    good.reduce((all, { returned }) => all + (returned as Account)[what], 0);
  const sums = (["good", "failed", "lost", "partitioned", "intoTheCrash"] as const).map(sum).join(" | ");
  console.log(`| ${name} | ${seeds.length} | ${good.length} | ${sums} | ${rate} |`);
  for (const { failure } of outcomes) if (failure !== undefined) console.log(`\n${failure}\n`);
  failures += outcomes.length - good.length;
}
process.exitCode = failures === 0 ? 0 : 1;
