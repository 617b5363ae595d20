/**
 * Random Early Detection (Floyd and Jacobson, 1993; RFC 2309 §3), in octets and "gentle". The longer the queue is
 * on average, the more probably a frame is marked or dropped when it comes.
 */
import { Drop, fraction, type Instant, type Packet, type Random } from "../../../stack/index.ts";
import { FrameQueue, type QueueDiscipline, type QueueHost } from "./discipline.ts";

/** Weight of the present length in the average: Floyd's recommendation of 1997. */
const WEIGHT = 0.002;
/** Probability at the upper threshold: the same. */
const MOST = 0.1;
/** Of the limit: where it begins, and the upper threshold, three times that. Up to the limit it rises to 1. */
const LOWER = 1 / 6;
const UPPER = 1 / 2;
/** Octets by which idle time is counted. */
const TYPICAL = 1_000;

/** Random early detection (RFC 2309). */
export class Red implements QueueDiscipline {
  readonly #host: QueueHost;
  readonly #random: Random;
  readonly #limit: number;
  /** Octets per microsecond, with which an idle line would have emptied the queue. */
  readonly #rate: number;
  readonly #queue: FrameQueue = new FrameQueue();
  #average = 0;
  /** Frames since the last that was marked or dropped; -1: the average is below the lower threshold. */
  #count = -1;
  #emptySince: Instant = 0 as Instant;

  /**
   * @param limit - octets
   * @param rate - of the line, in octets per microsecond
   */
  constructor(host: QueueHost, random: Random, limit: number, rate: number) {
    this.#host = host;
    this.#random = random;
    this.#limit = limit;
    this.#rate = rate;
  }

  get octets(): number {
    return this.#queue.octets;
  }

  enqueue(frame: Packet): void {
    this.#measure();
    const full = this.#queue.octets + frame.length > this.#limit;
    if (full || (this.#isChosen() && !this.#host.mark(frame))) {
      this.#count = 0;
      this.#host.drop(frame, full ? Drop.linkQueueFull : Drop.linkQueueLong);
    } else this.#queue.push(frame, this.#host.now());
  }

  dequeue(): Packet | undefined {
    const frame = this.#queue.shift();
    if (this.#queue.size === 0) this.#emptySince = this.#host.now();
    return frame;
  }

  #measure(): void {
    if (this.#queue.size > 0) {
      this.#average += WEIGHT * (this.#queue.octets - this.#average);
      return;
    }
    const frames = ((this.#host.now() - this.#emptySince) * this.#rate) / TYPICAL;
    this.#average *= (1 - WEIGHT) ** frames;
  }

  /** Whether it is this frame's turn. The count spreads those that are chosen evenly. */
  #isChosen(): boolean {
    const [lower, upper] = [this.#limit * LOWER, this.#limit * UPPER];
    if (this.#average < lower) {
      this.#count = -1;
      return false;
    }
    this.#count++;
    const share =
      this.#average < upper
        ? (MOST * (this.#average - lower)) / (upper - lower)
        : MOST + ((1 - MOST) * (this.#average - upper)) / (this.#limit - upper);
    const probability = share / Math.max(1 - this.#count * share, share);
    if (fraction(this.#random) >= probability) return false;
    this.#count = 0;
    return true;
  }
}
