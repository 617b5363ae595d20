/** The congestion controllers that a connection can choose by name. */
import type { CongestionFactory } from "./congestion.ts";
import { Cubic } from "./cubic.ts";
import { fixedWindow } from "./fixed.ts";
import { NewReno } from "./newreno.ts";

/** By the names that TCP_CONGESTION takes. */
export const CONGESTION: ReadonlyMap<string, CongestionFactory> = new Map<string, CongestionFactory>([
  ["cubic", (mss) => new Cubic(mss)],
  ["newreno", (mss) => new NewReno(mss)],
  ["fixed", fixedWindow(0xffff)],
]);
