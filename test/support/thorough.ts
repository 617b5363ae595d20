/**
 * How much is tried. `.ci/run` sets CI, and then tests take all their seeds, sizes and cases; where it is not set somebody
 * waits for `npm test`, and they take fewer. A bound is the same in both, unless the test says why.
 */

/** Whether all is tried. */
export const THOROUGH: boolean = process.env["CI"] !== undefined;

/** `all` where CI is set, `some` elsewhere. */
export function thorough<T>(some: T, all: T): T {
  return THOROUGH ? all : some;
}
