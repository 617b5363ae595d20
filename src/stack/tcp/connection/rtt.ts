/** Round-trip time and retransmission timeout (RFC 6298). */
import { type Duration, milliseconds, seconds } from "../../base/time.ts";

/** RFC 6298 §2.1: before the first measurement. */
export const INITIAL_RTO: Duration = seconds(1);

/** RFC 6298 §5.7: when the timer expired for a SYN, and there still is no measurement. */
const RTO_AFTER_SYN_TIMEOUT: Duration = seconds(3);

/**
 * RFC 6298 §2.4 says that a timeout SHOULD be at least 1 s, because of coarse clocks and delayed ACKs. Our
 * clock counts microseconds, and delayed ACKs are at most some 40 ms (Linux) to 200 ms late, which is why
 * Linux, and we, take 200 ms, on top of the smoothed round-trip time.
 */
const MIN_RTO: Duration = milliseconds(200);

/** RFC 6298 §2.5: at least 60 s. */
const MAX_RTO: Duration = seconds(120);

/** Measures round trips, and makes the retransmission timeout of them (RFC 6298). */
export class RttEstimator {
  readonly #min: Duration;
  readonly #max: Duration;
  #smoothed = 0;
  #variation = 0;
  /** From the estimates alone. */
  #base: number = INITIAL_RTO;
  /** With what back-off has made of it. */
  #timeout: number = INITIAL_RTO;
  #measured = false;
  #least = 0;

  /**
   * @param min - least room for variation, so also the least timeout
   * @param max - where back-off ends
   */
  constructor(min: Duration = MIN_RTO, max: Duration = MAX_RTO) {
    this.#min = min;
    this.#max = max;
    this.#timeout = Math.min(INITIAL_RTO, max);
    this.#base = this.#timeout;
  }

  /** SRTT, whole microseconds; 0 before the first measurement. */
  get smoothed(): Duration {
    return Math.round(this.#smoothed) as Duration;
  }

  /** RTTVAR, whole microseconds. */
  get variation(): Duration {
    return Math.round(this.#variation) as Duration;
  }

  /** RTO, back-off included. */
  get timeout(): Duration {
    return this.#timeout as Duration;
  }

  /** The least measurement, whole microseconds; 0 before the first. */
  get least(): Duration {
    return this.#least as Duration;
  }

  /** Whether there was any measurement. */
  get measured(): boolean {
    return this.#measured;
  }

  /**
   * One measurement (RFC 6298 §2.2, §2.3), never of a segment that was sent twice (Karn's algorithm, §3)
   * unless timestamps tell which of the two was answered. Ends any back-off (§5).
   *
   * @param perRtt - how many measurements are made in one round trip; with more than one, each weighs so
   *   much less, that the memory is of as many round trips as ever (RFC 7323 §4.2)
   */
  sample(rtt: Duration, perRtt = 1): void {
    const measured = Math.max(rtt, 1); // the clock's granularity, G
    if (this.#least === 0 || measured < this.#least) this.#least = measured;
    if (this.#measured) {
      this.#variation += (Math.abs(this.#smoothed - measured) - this.#variation) / (4 * perRtt);
      this.#smoothed += (measured - this.#smoothed) / (8 * perRtt);
    } else {
      this.#measured = true;
      this.#smoothed = measured;
      this.#variation = measured / 2;
    }
    // The least timeout is room above the smoothed time, not a floor under the sum: else a steady path of
    // 190 ms would have 10 ms to spare, and each delayed ACK would be taken for a loss.
    const room = Math.max(this.#min, 4 * this.#variation);
    this.#base = Math.min(Math.round(this.#smoothed + room), this.#max);
    this.#timeout = this.#base;
  }

  /** Keeps all that is measured in five places of `into`, from `at` on. */
  write(into: Float64Array, at: number): void {
    into[at] = this.#measured ? this.#smoothed : -1;
    into[at + 1] = this.#variation;
    into[at + 2] = this.#base;
    into[at + 3] = this.#timeout;
    into[at + 4] = this.#least;
  }

  /** Is as the one that `write` has kept there. */
  read(from: Float64Array, at: number): void {
    const smoothed = from[at] as number;
    this.#measured = smoothed >= 0;
    this.#smoothed = Math.max(smoothed, 0);
    this.#variation = from[at + 1] as number;
    this.#base = from[at + 2] as number;
    this.#timeout = from[at + 3] as number;
    this.#least = from[at + 4] as number;
  }

  /** The retransmission timer has expired: twice the timeout from now on (RFC 6298 §5.5). */
  backOff(): void {
    this.#timeout = Math.min(this.#timeout * 2, this.#max);
  }

  /**
   * New data was acknowledged. Back-off goes on until the next measurement, as Karn's algorithm wants (§5): a
   * timeout that is shorter than the path would otherwise expire again and again, and nothing could ever be
   * measured. But a SYN's back-off ends here, with the 3 s of §5.7, when data transmission begins.
   */
  progress(): void {
    if (this.#measured || this.#timeout === this.#base) return;
    this.#base = Math.min(RTO_AFTER_SYN_TIMEOUT, this.#max);
    this.#timeout = this.#base;
  }
}
