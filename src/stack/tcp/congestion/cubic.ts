/**
 * CUBIC (RFC 9438): after a loss the window climbs back to where the loss was, rests there, and then probes
 * beyond, along a cubic curve of the time since. It so depends little on the round-trip time.
 *
 * The variables have the RFC's names. Windows are in octets here and in segments there; the curve is
 * computed in segments and seconds, as C wants it.
 */
import { NEVER } from "../../base/time.ts";
import type { CongestionControl, SenderView } from "./congestion.ts";
import { HyStart } from "./hystart.ts";
import { initialWindow, leastThreshold, slowStartGrowth } from "./slow-start.ts";

/** RFC 9438 §5: segments per second cubed. */
const C = 0.4;
/** RFC 9438 §4.6: what is left of the window after a loss. */
const BETA = 0.7;
/** RFC 9438 §4.3: with this growth per window, and BETA, the average is that of Reno. */
const ALPHA: number = (3 * (1 - BETA)) / (1 + BETA);

/** All that a loss changes, so that it can be undone (RFC 9438 §4.9). */
interface CubicState {
  /** A fraction of an octet may be in it; `Cubic.window` rounds down. */
  window: number;
  threshold: number;
  /** W_max: the window before the last reduction, or less by fast convergence. */
  wMax: number;
  /** cwnd_prior: the window before the last reduction. */
  cwndPrior: number;
  /** Begin of the current congestion avoidance stage; NEVER outside of one. */
  epochStart: number;
  /** K: seconds from then until the curve is back at W_max. */
  k: number;
  /** W_est: the window that Reno would have. */
  wEst: number;
}

/** CUBIC (RFC 9438). */
export class Cubic implements CongestionControl {
  readonly name: string = "cubic";
  readonly #state: CubicState;
  /** What a reduction has replaced; most connections never see one. */
  #prior: CubicState | undefined = undefined;
  #canUndo = false;
  #afterTimeout = false;
  /** While the first slow start lasts, and once the window has been used up in it. */
  #hyStart: HyStart | undefined = undefined;
  /** Since when the window is not fully used; NEVER while it is. The curve stands still meanwhile. */
  #pausedAt: number = NEVER;

  constructor(mss: number) {
    this.#state = {
      window: initialWindow(mss),
      threshold: Number.POSITIVE_INFINITY,
      wMax: 0,
      cwndPrior: 0,
      epochStart: NEVER,
      k: 0,
      wEst: 0,
    };
  }

  get window(): number {
    return Math.floor(this.#state.window);
  }

  get threshold(): number {
    return this.#state.threshold;
  }

  acknowledged(octets: number, sender: SenderView): void {
    const state = this.#state;
    if (state.threshold === Number.POSITIVE_INFINITY) {
      this.#startSlowly(octets, sender);
      return;
    }
    if (!sender.cwndLimited) {
      if (this.#pausedAt === NEVER) this.#pausedAt = sender.now;
      return;
    }
    let rest = octets;
    if (state.window < state.threshold) {
      const growth = slowStartGrowth(octets, state.window, state.threshold, this.#afterTimeout);
      state.window += growth;
      if (state.window < state.threshold) return;
      rest -= growth;
    }
    this.#avoidCongestion(rest, sender);
  }

  lossDetected(sender: SenderView): void {
    this.#reduce(sender);
    this.#state.window = this.#state.threshold;
  }

  /** Nothing to deflate: the window has been the threshold since the loss (or what `undo` made it again). */
  recovered(_sender: SenderView): void {}

  timedOut(sender: SenderView): void {
    this.#reduce(sender);
    this.#state.window = sender.mss; // RFC 9438 §4.8: as RFC 5681 §3.1
    this.#afterTimeout = true;
  }

  idle(sender: SenderView): void {
    const state = this.#state;
    const restart = Math.min(state.window, initialWindow(sender.mss)); // RFC 5681 §4.1
    if (restart < state.window) {
      // The path has carried the window: slow start may return to most of it (RFC 7661 §4.4.2).
      state.threshold = Math.max(state.threshold, Math.floor(state.window * 0.75));
      state.window = restart;
      state.epochStart = NEVER;
    } else if (this.#pausedAt === NEVER) this.#pausedAt = sender.now;
    this.#hyStart = undefined;
    this.#canUndo = false;
  }

  undo(): void {
    if (!this.#canUndo) return;
    const prior = this.#prior;
    if (prior === undefined) return;
    const window = Math.max(this.#state.window, prior.window);
    Object.assign(this.#state, prior);
    this.#state.window = window;
    this.#canUndo = false;
    this.#afterTimeout = false;
  }

  /** The first slow start, of which no loss has told the end (RFC 9438 §4.10). */
  #startSlowly(octets: number, sender: SenderView): void {
    if (this.#hyStart === undefined && !sender.cwndLimited) return;
    this.#hyStart ??= new HyStart();
    const state = this.#state;
    state.window += this.#hyStart.acknowledged(octets, sender);
    if (!this.#hyStart.over) return;
    this.#hyStart = undefined;
    state.threshold = state.window;
    state.cwndPrior = state.window;
  }

  /** RFC 9438 §4.2 to §4.5, for `octets` acknowledged. */
  #avoidCongestion(octets: number, sender: SenderView): void {
    const state = this.#state;
    if (state.epochStart === NEVER) this.#beginEpoch(sender);
    else if (this.#pausedAt !== NEVER) {
      state.epochStart += Math.max(0, sender.now - Math.max(this.#pausedAt, state.epochStart)); // §5.8
    }
    this.#pausedAt = NEVER;

    const elapsed = (sender.now - state.epochStart) / 1e6;
    const share = octets / state.window;
    // §4.3: Reno's window; from where the last loss was, Reno itself would grow by one segment per RTT.
    state.wEst += (state.wEst < state.cwndPrior ? ALPHA : 1) * share * sender.mss;
    if (this.#curve(elapsed, sender.mss) < state.wEst) {
      state.window = Math.max(state.window, state.wEst);
      return;
    }
    // §4.4, §4.5: towards where the curve is one RTT from now, and not there faster than in one RTT.
    const ahead = this.#curve(elapsed + sender.smoothedRtt / 1e6, sender.mss);
    const target = Math.min(Math.max(ahead, state.window), 1.5 * state.window);
    state.window += (target - state.window) * Math.min(1, share);
  }

  #beginEpoch(sender: SenderView): void {
    const state = this.#state;
    state.epochStart = sender.now;
    state.wEst = state.window;
    // §4.8: what W_max was before a timeout says nothing any more.
    if (this.#afterTimeout || state.wMax <= state.window) {
      state.wMax = state.window;
      state.k = 0;
    } else state.k = Math.cbrt((state.wMax - state.window) / sender.mss / C); // §4.2 figure 2
    this.#afterTimeout = false;
  }

  /** W_cubic(t) of §4.2 figure 1, in octets. */
  #curve(elapsed: number, mss: number): number {
    const t = elapsed - this.#state.k;
    return C * t * t * t * mss + this.#state.wMax;
  }

  /**
   * §4.6 multiplicative decrease and §4.7 fast convergence. It reduces cwnd rather than the flight size, as
   * §4.6 allows whoever does not let an unused window grow.
   */
  #reduce(sender: SenderView): void {
    const state = this.#state;
    this.#prior = { ...state };
    this.#canUndo = true;
    state.cwndPrior = state.window;
    state.wMax = state.window < state.wMax ? (state.window * (1 + BETA)) / 2 : state.window;
    state.threshold = Math.max(Math.floor(state.window * BETA), leastThreshold(sender.mss));
    state.epochStart = NEVER;
    this.#pausedAt = NEVER;
    this.#hyStart = undefined;
  }
}
