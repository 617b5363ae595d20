/** Bounds how often something may be done: so many a second, and so many at once. */
import type { Instant } from "../base/time.ts";

/** Bounds how often something is done. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #jitter: () => number;
  #tokens: number;
  #filledAt: Instant = 0 as Instant;

  /**
   * @param jitter - tokens that are taken besides, at random: an outsider who counts our answers must not
   *   learn from a shared limit what others were told (CVE-2020-25705)
   */
  constructor(perSecond: number, burst: number, jitter: () => number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#jitter = jitter;
    this.#tokens = burst;
  }

  /** Whether it may be done now; takes a token if so. */
  take(now: Instant): boolean {
    const grown = ((now - this.#filledAt) * this.#perSecond) / 1_000_000;
    this.#tokens = Math.min(this.#burst, this.#tokens + grown);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens = Math.max(0, this.#tokens - 1 - (this.#tokens < this.#burst / 2 ? this.#jitter() : 0));
    return true;
  }
}
