/**
 * Time, as the whole stack sees it: integers, in microseconds, from a clock that somebody hands us.
 * Nothing under `src/stack` reads the machine's clock, so a test can run an hour of TCP in a millisecond.
 */

/** A point in time: microseconds since the stack's clock started. */
export type Instant = number & { readonly unit: "us-since-start" };

/** A length of time: microseconds. */
export type Duration = number & { readonly unit: "us" };

/** Later than every real deadline. */
export const NEVER: Instant = Number.POSITIVE_INFINITY as Instant;

/** So many microseconds. */
export function microseconds(n: number): Duration {
  return Math.round(n) as Duration;
}

/** So many milliseconds. */
export function milliseconds(n: number): Duration {
  return Math.round(n * 1_000) as Duration;
}

/** So many seconds. */
export function seconds(n: number): Duration {
  return Math.round(n * 1_000_000) as Duration;
}

/** The instant `wait` after `start`. */
export function later(start: Instant, wait: Duration): Instant {
  return (start + wait) as Instant;
}

/** How long after `earlier` the instant `at` is; negative when it is before. */
export function since(earlier: Instant, at: Instant): Duration {
  return (at - earlier) as Duration;
}
