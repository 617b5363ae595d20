/** Paces one stream's sending: says how much is due, and calls when there is more. */
import { type Instant, Timer, type TimerOwner } from "../../stack/index.ts";
import type { Iperf3Host } from "./iperf3-host.ts";
import type { Parameters } from "./protocol.ts";

/** Microseconds between bursts of a UDP stream without a rate, so that the rest of the stack gets its turn. */
const UNPACED_PAUSE = 100;

/** Tells how many blocks are due, so that a stream keeps to its rate. */
export class Pacer implements TimerOwner {
  readonly #host: Iperf3Host;
  readonly #bitsPerSecond: number;
  readonly #pause: number;
  readonly #timer: Timer;
  readonly #resume: () => void;
  #began = 0;
  #octets = 0;

  constructor(host: Iperf3Host, parameters: Parameters, resume: () => void) {
    this.#host = host;
    this.#bitsPerSecond = parameters.bandwidth;
    this.#pause = Math.max(1, parameters.pacingTimer);
    this.#timer = new Timer(host.timers, this);
    this.#resume = resume;
  }

  start(): void {
    this.#began = this.#host.now();
    this.#octets = 0;
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** `octets` have been sent. */
  sent(octets: number): void {
    this.#octets += octets;
  }

  /** More may be sent now. If not, `resume` will be called when it may. */
  mayGo(): boolean {
    if (this.#bitsPerSecond === 0) return true;
    const now = this.#host.now();
    const due = this.#began + (this.#octets * 8e6) / this.#bitsPerSecond;
    if (due <= now) return true;
    this.#timer.set(Math.max(Math.ceil(due), now + this.#pause) as Instant);
    return false;
  }

  /** Calls `resume` a little later, for a sender that would not stop by itself. */
  rest(): void {
    this.#timer.set((this.#host.now() + UNPACED_PAUSE) as Instant);
  }

  expired(): void {
    this.#resume();
  }
}
