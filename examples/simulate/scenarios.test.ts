/** Each of the eight with some seeds: `TAPSTACK_SEEDS` says how many. Where CI is set, each twice, with equal captures. */
import { simulate } from "tapstack/simulate";
import * as scenarios from "./scenarios.ts";

const seeds = Number(process.env["TAPSTACK_SEEDS"] ?? 1);

describe("programs from npm under loss, a partition and a crash", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    it(name, simulate({ seeds, check: process.env["CI"] !== undefined }, scenario));
  }
});
