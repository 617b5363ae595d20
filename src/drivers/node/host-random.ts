/** The machine's chance, as the stack's. */
import { randomInt } from "node:crypto";
import { checkSetting, integer, type Random, Xoshiro128 } from "../../stack/index.ts";

/** A generator, and the seed that makes the same one again. */
export interface SeededRandom {
  /** The generator. */
  readonly random: Random;
  /** 0 to 2^32 - 1: print it, so that a run that failed can be repeated. */
  readonly seed: number;
}

/**
 * A generator with a seed that nobody can guess; or with the one given, 0 to 2^32 - 1, to repeat an earlier run.
 *
 * @throws RangeError for a seed that cannot be
 */
export function hostRandom(seed: number = randomInt(0x1_0000_0000)): SeededRandom {
  checkSetting("hostRandom", "seed", seed, integer(0, 0xffff_ffff));
  return { random: new Xoshiro128(seed), seed };
}
