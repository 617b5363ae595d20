/**
 * Controlled Delay (RFC 8289): what counts is not how long the queue is, but how long frames wait in it. When none has
 * waited for less than 5 ms for 100 ms, frames are marked or dropped as they leave, more often as long as that lasts.
 */
import {
  Drop,
  type Duration,
  type Instant,
  later,
  milliseconds,
  NEVER,
  type Packet,
  since,
} from "../../../stack/index.ts";
import { FrameQueue, type QueueDiscipline, type QueueHost } from "./discipline.ts";

/** §4.2, §4.3: the delay that a queue may keep for good, and the time in which a peer can answer. */
const TARGET = milliseconds(5);
const INTERVAL = milliseconds(100);
/** §3.2: a queue of no more than one frame is never too long. */
const LARGEST_FRAME = 1_514;

/** One queue's state (§5.2): also each of FQ-CoDel's has one. */
export class CoDelQueue {
  readonly frames: FrameQueue = new FrameQueue();
  readonly #host: QueueHost;
  /** When a frame may be dropped, if all wait for too long until then; NEVER while they do not. */
  #firstAbove: Instant = NEVER;
  #dropping = false;
  #dropNext: Instant = 0 as Instant;
  #count = 0;
  #lastCount = 0;
  /** The frame that was last taken has to go, if anybody does. */
  #mayDrop = false;

  constructor(host: QueueHost) {
    this.#host = host;
  }

  /** The deque of §5.3. */
  dequeue(): Packet | undefined {
    const now = this.#host.now();
    let frame = this.#take(now);
    if (this.#dropping) {
      if (!this.#mayDrop) this.#dropping = false;
      while (this.#dropping && frame !== undefined && now >= this.#dropNext) {
        this.#count++;
        if (this.#host.mark(frame)) {
          this.#dropNext = this.#controlLaw(this.#dropNext);
          return frame;
        }
        this.#host.drop(frame, Drop.linkQueueLong);
        frame = this.#take(now);
        if (!this.#mayDrop) this.#dropping = false;
        else this.#dropNext = this.#controlLaw(this.#dropNext);
      }
      return frame;
    }
    return this.#mayDrop && frame !== undefined ? this.#begin(frame, now) : frame;
  }

  /** The first frame goes, and others will. If it was like that a short while ago, as often as then. */
  #begin(frame: Packet, now: Instant): Packet | undefined {
    const isMarked = this.#host.mark(frame);
    if (!isMarked) this.#host.drop(frame, Drop.linkQueueLong);
    const next = isMarked ? frame : this.#take(now);
    this.#dropping = true;
    const delta = this.#count - this.#lastCount;
    const recent = since(this.#dropNext, now) < 16 * INTERVAL;
    this.#count = delta > 1 && recent ? delta : 1;
    this.#dropNext = this.#controlLaw(now);
    this.#lastCount = this.#count;
    return next;
  }

  /** The dodequeue of §5.4: takes a frame, and notes whether it may be dropped. */
  #take(now: Instant): Packet | undefined {
    this.#mayDrop = false;
    if (this.frames.size === 0) {
      this.#firstAbove = NEVER;
      return undefined;
    }
    const waited = since(this.frames.since, now);
    const frame = this.frames.shift();
    if (waited < TARGET || this.frames.octets <= LARGEST_FRAME) this.#firstAbove = NEVER;
    else if (this.#firstAbove === NEVER) this.#firstAbove = later(now, INTERVAL);
    else if (now >= this.#firstAbove) this.#mayDrop = true;
    return frame;
  }

  #controlLaw(from: Instant): Instant {
    return later(from, (INTERVAL / Math.sqrt(this.#count)) as Duration);
  }
}

/** Controlled delay (RFC 8289). */
export class CoDel implements QueueDiscipline {
  readonly #host: QueueHost;
  readonly #limit: number;
  readonly #queue: CoDelQueue;

  /** @param limit - octets; it is there for memory, and rarely reached */
  constructor(host: QueueHost, limit: number) {
    this.#host = host;
    this.#limit = limit;
    this.#queue = new CoDelQueue(host);
  }

  get octets(): number {
    return this.#queue.frames.octets;
  }

  enqueue(frame: Packet): void {
    const { frames } = this.#queue;
    if (frames.octets + frame.length > this.#limit) this.#host.drop(frame, Drop.linkQueueFull);
    else frames.push(frame, this.#host.now());
  }

  dequeue(): Packet | undefined {
    return this.#queue.dequeue();
  }
}
