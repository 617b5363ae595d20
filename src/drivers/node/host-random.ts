/** The machine's chance, as the stack's. */
import { randomInt } from "node:crypto";
import { type Random, Xoshiro128 } from "../../stack/index.ts";

/** A generator, and the seed that makes the same one again. */
export interface SeededRandom {
  readonly random: Random;
  /** 0 to 2^32 - 1: print it, so that a run that failed can be repeated. */
  readonly seed: number;
}

/** A generator with a seed that nobody can guess; or with the one given, to repeat an earlier run. */
export function hostRandom(seed: number = randomInt(0x1_0000_0000)): SeededRandom {
  return { random: new Xoshiro128(seed), seed: seed >>> 0 };
}
