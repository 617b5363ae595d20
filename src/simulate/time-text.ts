/** Spans of virtual time as people write them: `"2s"`, `"150ms"`, `"1h"`. */
import type { Duration } from "../stack/index.ts";

/** Microseconds of each unit. */
const UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

/** A span such as `"2s"`, `"1.5 min"`; or a number of milliseconds, as with Node's timers. */
export type Span = string | number;

/**
 * The span in microseconds.
 *
 * @throws RangeError if it is none
 */
export function durationOf(span: Span): Duration {
  if (typeof span === "number") {
    if (Number.isFinite(span) && span >= 0) return Math.round(span * 1000) as Duration;
    throw new RangeError(`${span}: a span of time is a number of milliseconds, or text such as "2s"`);
  }
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)\s*$/.exec(span) ?? [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (factor === undefined) {
    const units = Object.keys(UNITS).join(", ");
    throw new RangeError(`"${span}": a span of time is a number with ${units} behind it, such as "2s"`);
  }
  return Math.round(Number(number) * factor) as Duration;
}

/** `at` in microseconds as seconds, with as many decimals as there are: `3.000417 s`. */
export function secondsText(at: number): string {
  return `${(at / 1_000_000).toFixed(6)} s`;
}
