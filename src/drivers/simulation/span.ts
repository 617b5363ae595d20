/** Spans of virtual time as people write them: `"2s"`, `"150ms"`, `"-1h"`. */
import type { Duration } from "../../stack/index.ts";

/** A span as text, such as `"2s"` or `"1.5 min"`. */
export type Span = string;

/** Microseconds of each unit, the largest first. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["d", 86_400_000_000],
  ["h", 3_600_000_000],
  ["min", 60_000_000],
  ["s", 1_000_000],
  ["ms", 1_000],
  ["us", 1],
]);

/**
 * The span in microseconds.
 *
 * @throws RangeError if it is none
 */
export function parseSpan(span: Span): Duration {
  const [, number = "", unit = ""] = /^\s*(-?(?:\d+(?:\.\d+)?|\.\d+))\s*([a-z]+)\s*$/.exec(span) ?? [];
  const factor = UNITS.get(unit);
  if (factor === undefined) {
    const units = [...UNITS.keys()].reverse().join(", ");
    throw new RangeError(`"${span}": a span of time is a number with ${units} behind it, such as "2s"`);
  }
  return Math.round(Number(number) * factor) as Duration;
}

/** A span in microseconds, given as text or as a number of them already. */
export function durationOf(span: Span | Duration): Duration {
  return typeof span === "number" ? span : parseSpan(span);
}

/** A number of microseconds as `parseSpan` reads it, in the largest unit in which it is a whole number. */
export function formatSpan(microseconds: number): string {
  for (const [unit, factor] of UNITS) {
    if (microseconds % factor === 0 && (microseconds !== 0 || unit === "s"))
      return `${microseconds / factor}${unit}`;
  }
  return `${microseconds}us`;
}
