/**
 * What stands in front of a bounded rate: a queue, and who in it has to go when it grows. Implementations: drop-tail,
 * RED, CoDel, FQ-CoDel.
 */
import { type Drop, type Instant, Packet } from "../../../stack/index.ts";

/** What a queue needs of the line that it is for. */
export interface QueueHost {
  now(): Instant;
  /** Gives up a frame: it was not passed on. `linkQueueFull`, or `linkQueueLong` where there was room for it. */
  drop(frame: Packet, reason: Drop): void;
  /** Marks a frame as having met congestion; false if its sender does not understand that. */
  mark(frame: Packet): boolean;
}

/** A queue of frames, which own themselves until they are dequeued or dropped. */
export interface QueueDiscipline {
  /** Octets that wait. */
  readonly octets: number;
  /** Takes `frame`, and may drop it, or others. */
  enqueue(frame: Packet): void;
  /** The frame that is next, or undefined. May drop others on the way. */
  dequeue(): Packet | undefined;
}

const NOTHING: Packet = new Packet(0);

/** Frames in the order in which they came, with the instants at which they did: a ring that grows. */
export class FrameQueue {
  octets = 0;
  #frames: Packet[] = new Array<Packet>(16).fill(NOTHING);
  #times: number[] = new Array<number>(16).fill(0);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** When the first one came; there must be one. */
  get since(): Instant {
    return this.#times[this.#first] as Instant;
  }

  push(frame: Packet, now: Instant): void {
    if (this.#size === this.#frames.length) this.#grow();
    const slot = (this.#first + this.#size++) & (this.#frames.length - 1);
    this.#frames[slot] = frame;
    this.#times[slot] = now;
    this.octets += frame.length;
  }

  shift(): Packet | undefined {
    if (this.#size === 0) return undefined;
    const frame = this.#frames[this.#first] as Packet;
    this.#frames[this.#first] = NOTHING;
    this.#first = (this.#first + 1) & (this.#frames.length - 1);
    this.#size--;
    this.octets -= frame.length;
    return frame;
  }

  #grow(): void {
    const length = this.#frames.length;
    const order = Array.from({ length }, (_, i) => (this.#first + i) & (length - 1));
    this.#frames = [
      ...order.map((slot) => this.#frames[slot] as Packet),
      ...new Array<Packet>(length).fill(NOTHING),
    ];
    this.#times = [...order.map((slot) => this.#times[slot] as number), ...new Array<number>(length).fill(0)];
    this.#first = 0;
  }
}
