import type { Instant } from "./time.ts";

/** The only source of time. The stack reads it once per entry: during a burst, time stands still. */
export interface Clock {
  /** The present instant, in microseconds since the clock's zero; it never goes back. */
  now(): Instant;
}
