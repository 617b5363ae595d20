/** RFC 5681 slow start and congestion avoidance with the octet counting of RFC 3465, for RFC 6582 recovery. */
import type { CongestionControl, SenderView } from "./congestion.ts";
import { HyStart } from "./hystart.ts";
import { initialWindow, leastThreshold, slowStartGrowth } from "./slow-start.ts";

/** NewReno (RFC 5681, RFC 6582). */
export class NewReno implements CongestionControl {
  readonly name: string = "newreno";
  #window: number;
  #threshold: number = Number.POSITIVE_INFINITY;
  /** Octets acknowledged since the last growth in congestion avoidance. */
  #credit = 0;
  #afterTimeout = false;
  /** What `undo` goes back to; 0 when there is nothing to undo. */
  #priorWindow = 0;
  #priorThreshold: number = Number.POSITIVE_INFINITY;

  /** While the first slow start lasts, and once the window has been used up in it. */
  #hyStart: HyStart | undefined = undefined;

  constructor(mss: number) {
    this.#window = initialWindow(mss);
  }

  get window(): number {
    return this.#window;
  }

  get threshold(): number {
    return this.#threshold;
  }

  acknowledged(octets: number, sender: SenderView): void {
    if (this.#threshold === Number.POSITIVE_INFINITY) {
      this.#startSlowly(octets, sender);
      return;
    }
    if (!sender.cwndLimited) return;
    let rest = octets;
    if (this.#window < this.#threshold) {
      const growth = slowStartGrowth(octets, this.#window, this.#threshold, this.#afterTimeout);
      this.#window += growth;
      if (this.#window < this.#threshold) return;
      rest -= growth;
    }
    this.#afterTimeout = false;
    // RFC 3465 §2.1: one segment for each window of octets that were acknowledged.
    this.#credit += rest;
    while (this.#credit >= this.#window) {
      this.#credit -= this.#window;
      this.#window += sender.mss;
    }
  }

  lossDetected(sender: SenderView): void {
    this.#reduce(sender);
    this.#window = this.#threshold; // RFC 6582 §3.2 step 2, RFC 6675 §5 step 4.2: the pipe needs no inflation
  }

  /** Nothing to deflate: the window has been the threshold since the loss (or what `undo` made it again). */
  recovered(_sender: SenderView): void {}

  timedOut(sender: SenderView): void {
    this.#reduce(sender);
    this.#window = sender.mss; // the loss window, RFC 5681 §3.1
    this.#afterTimeout = true;
  }

  idle(sender: SenderView): void {
    const restart = Math.min(this.#window, initialWindow(sender.mss)); // RFC 5681 §4.1
    // The path has carried the window: slow start may return to most of it (RFC 7661 §4.4.2).
    if (restart < this.#window) this.#threshold = Math.max(this.#threshold, (this.#window * 3) >> 2);
    this.#window = restart;
    this.#hyStart = undefined;
    this.#credit = 0;
    this.#priorWindow = 0;
  }

  undo(): void {
    if (this.#priorWindow === 0) return;
    this.#window = Math.max(this.#window, this.#priorWindow);
    this.#threshold = this.#priorThreshold;
    this.#priorWindow = 0;
    this.#afterTimeout = false;
  }

  /** The first slow start, of which no loss has told the end. */
  #startSlowly(octets: number, sender: SenderView): void {
    if (this.#hyStart === undefined && !sender.cwndLimited) return;
    this.#hyStart ??= new HyStart();
    this.#window += this.#hyStart.acknowledged(octets, sender);
    if (!this.#hyStart.over) return;
    this.#hyStart = undefined;
    this.#threshold = this.#window;
  }

  /**
   * RFC 5681 eq. 4 halves FlightSize, and warns of cwnd, which may have grown without being used. Ours does
   * not grow so (`cwndLimited`), and of SACKed octets `inFlight` knows nothing; so the window is the measure.
   */
  #reduce(sender: SenderView): void {
    this.#priorWindow = this.#window;
    this.#priorThreshold = this.#threshold;
    this.#threshold = Math.max(this.#window >> 1, leastThreshold(sender.mss));
    this.#hyStart = undefined;
    this.#credit = 0;
  }
}
