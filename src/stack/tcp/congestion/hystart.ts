/**
 * HyStart++ (RFC 9406): the first slow start ends when the round-trip time grows, as a queue then does, and not only
 * when the queue has overflowed. Since delay may grow for other reasons, conservative slow start (CSS) comes in
 * between: for some rounds the window grows slowly, and if the delay goes down again, as fast as before.
 *
 * The names are the RFC's, but for windowEnd: a controller knows no sequence numbers, and counts the octets up to
 * there. Without timestamps one segment is timed in a round trip, which is less than N_RTT_SAMPLE, and slow start
 * ends as RFC 5681 has it. L is not bounded, for the reason that `slowStartGrowth` gives.
 */
import { type Duration, milliseconds } from "../../base/time.ts";
import type { SenderView } from "./congestion.ts";

/** RFC 9406 §4.3, as all below: by how much the round-trip time must have grown, at least and at most. */
const MIN_RTT_THRESH: Duration = milliseconds(4);
const MAX_RTT_THRESH: Duration = milliseconds(16);
/** In between, by this part of what it was. */
const MIN_RTT_DIVISOR = 8;
/** Fewer measurements say nothing of a round. */
const N_RTT_SAMPLE = 8;
/** In CSS the window grows by this part of what it grows by in slow start. */
const CSS_GROWTH_DIVISOR = 4;
/** Rounds of CSS, with the one in which it begins. */
const CSS_ROUNDS = 5;

/** Longer than any round-trip time, yet an integer. */
const INFINITE = 0x7fff_ffff as Duration;

/** HyStart++ (RFC 9406): finds when slow start should end. */
export class HyStart {
  #lastRoundMinRtt: Duration = INFINITE;
  #currentRoundMinRtt: Duration = INFINITE;
  #rttSampleCount = 0;
  /** INFINITE outside of CSS. */
  #cssBaselineMinRtt: Duration = INFINITE;
  #cssRounds = 0;
  /** Octets from SND.UNA to windowEnd. */
  #left = 0;

  /** CSS is over, and congestion avoidance is to begin. */
  get over(): boolean {
    return this.#cssRounds >= CSS_ROUNDS;
  }

  /** §4.2, for an ACK of `octets`: by how many the window is to grow. */
  acknowledged(octets: number, sender: SenderView): number {
    const isConservative = this.#cssBaselineMinRtt !== INFINITE;
    if (sender.currRtt > 0) this.#measured(sender.currRtt, sender.cwndLimited);
    this.#left -= octets;
    if (this.#left <= 0) this.#beginRound(sender);
    if (!sender.cwndLimited) return 0;
    return isConservative ? Math.floor(octets / CSS_GROWTH_DIVISOR) : octets;
  }

  /**
   * A window that is not used makes no queue: what delay there is then is not its doing, and is only something for
   * later rounds to be compared with.
   */
  #measured(currRtt: Duration, cwndLimited: boolean): void {
    if (currRtt < this.#currentRoundMinRtt) this.#currentRoundMinRtt = currRtt;
    if (++this.#rttSampleCount < N_RTT_SAMPLE) return;
    if (this.#cssBaselineMinRtt !== INFINITE) this.#checkBaseline();
    else if (cwndLimited && this.#delayHasGrown()) {
      this.#cssBaselineMinRtt = this.#currentRoundMinRtt;
      this.#cssRounds = 0;
    }
  }

  #delayHasGrown(): boolean {
    if (this.#lastRoundMinRtt === INFINITE) return false;
    const part = Math.min(this.#lastRoundMinRtt / MIN_RTT_DIVISOR, MAX_RTT_THRESH);
    return this.#currentRoundMinRtt >= this.#lastRoundMinRtt + Math.max(MIN_RTT_THRESH, part);
  }

  /** Slow start had no reason to end if the delay is less again. */
  #checkBaseline(): void {
    if (this.#currentRoundMinRtt < this.#cssBaselineMinRtt) this.#cssBaselineMinRtt = INFINITE;
  }

  /** windowEnd was acknowledged, and becomes SND.NXT. */
  #beginRound({ inFlight, cwndLimited }: SenderView): void {
    this.#left = inFlight;
    this.#lastRoundMinRtt = this.#currentRoundMinRtt;
    this.#currentRoundMinRtt = INFINITE;
    this.#rttSampleCount = 0;
    if (cwndLimited && this.#cssBaselineMinRtt !== INFINITE) this.#cssRounds++;
  }
}
