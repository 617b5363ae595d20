/**
 * A line of a bounded rate behind a queue: a frame leaves when its last bit has been sent. With a token bucket
 * (RFC 2697 §3 has the same for metering) frames leave at once as long as there are tokens, which come at the rate.
 */
import {
  type Drop,
  type Instant,
  type Packet,
  type Random,
  Timer,
  type TimerOwner,
} from "../../../stack/index.ts";
import type { Timekeeper } from "../../scheduler.ts";
import type { Discipline, Faults } from "../impairment-spec.ts";
import { CoDel } from "./codel.ts";
import type { QueueDiscipline, QueueHost } from "./discipline.ts";
import { DropTail } from "./drop-tail.ts";
import { FqCoDel } from "./fq-codel.ts";
import { markCongestion } from "./frame-header.ts";
import { Red } from "./red.ts";

/** Whom a bottleneck hands frames to. */
export interface BottleneckExit {
  passed(frame: Packet): void;
  dropped(frame: Packet, reason: Drop): void;
  marked(): void;
}

type Settings = Pick<Faults, "rate" | "queue" | "discipline" | "ecn" | "bucket">;

/** A line of a bounded rate behind a queue. */
export class Bottleneck implements TimerOwner, QueueHost {
  readonly #time: Timekeeper;
  readonly #random: Random;
  readonly #ethernet: boolean;
  readonly #exit: BottleneckExit;
  readonly #timer: Timer;
  #settings: Settings;
  #queue: QueueDiscipline;
  /** What is being sent, or waits for tokens. */
  #head: Packet | undefined = undefined;
  #frames = 0;
  /** Until when the line is busy, and octets in the bucket at `#filledAt`; all with fractions. */
  #freeAt = 0;
  #tokens: number;
  #filledAt = 0;

  constructor(time: Timekeeper, random: Random, ethernet: boolean, settings: Settings, exit: BottleneckExit) {
    this.#time = time;
    this.#random = random;
    this.#ethernet = ethernet;
    this.#exit = exit;
    this.#timer = new Timer(time.timers, this);
    this.#settings = settings;
    this.#tokens = settings.bucket;
    this.#queue = this.#create();
  }

  /** Frames that it holds. */
  get frames(): number {
    return this.#frames;
  }

  /** From now on the line is like this. What waits moves over to the new queue, in its order. */
  configure(settings: Settings): void {
    const { rate, queue, discipline, ecn } = this.#settings;
    const same =
      rate === settings.rate &&
      queue === settings.queue &&
      discipline === settings.discipline &&
      ecn === settings.ecn;
    this.#settings = settings;
    this.#tokens = Math.min(this.#tokens, settings.bucket);
    if (same) return;
    const old = this.#queue;
    this.#queue = this.#create();
    for (let frame = old.dequeue(); frame !== undefined; frame = old.dequeue()) this.#queue.enqueue(frame);
  }

  offer(frame: Packet): void {
    this.#frames++;
    this.#queue.enqueue(frame);
    if (this.#head === undefined) this.#serve();
  }

  /** For the timer queue: what was being sent has been sent. */
  expired(): void {
    const frame = this.#head;
    this.#head = undefined;
    if (this.#settings.bucket > 0) this.#spend(frame?.length ?? 0);
    if (frame !== undefined) this.#pass(frame);
    this.#serve();
  }

  /** Gives up everything that waits. */
  clear(release: (frame: Packet) => void): void {
    this.#timer.cancel();
    if (this.#head !== undefined) release(this.#head);
    this.#head = undefined;
    for (let frame = this.#queue.dequeue(); frame !== undefined; frame = this.#queue.dequeue())
      release(frame);
    this.#frames = 0;
  }

  // ── for its queue ───────────────────────────────────────────────────────────────────────────────────

  now(): Instant {
    return this.#time.now();
  }

  drop(frame: Packet, reason: Drop): void {
    this.#frames--;
    this.#exit.dropped(frame, reason);
  }

  mark(frame: Packet): boolean {
    if (!this.#settings.ecn || !markCongestion(frame, this.#ethernet)) return false;
    this.#exit.marked();
    return true;
  }

  /** Begins with the next frame, and passes on all those that need not wait. */
  #serve(): void {
    const now = this.#time.now();
    while (this.#head === undefined) {
      const frame = this.#queue.dequeue();
      if (frame === undefined) return;
      const wait = this.#settings.bucket > 0 ? this.#waitForTokens(frame.length) : this.#send(frame.length);
      if (wait > now) {
        this.#head = frame;
        this.#timer.set(Math.ceil(wait) as Instant);
        this.#time.wakeAt(this.#timer.deadline);
        return;
      }
      if (this.#settings.bucket > 0) this.#spend(frame.length);
      this.#pass(frame);
    }
  }

  #pass(frame: Packet): void {
    this.#frames--;
    this.#exit.passed(frame);
  }

  /** When its last bit has been sent. */
  #send(octets: number): number {
    this.#freeAt = Math.max(this.#freeAt, this.#time.now()) + octets / this.#octetsPerMicrosecond;
    return this.#freeAt;
  }

  /** When there are as many tokens; a frame that is larger than the bucket needs a full one. */
  #waitForTokens(octets: number): number {
    this.#fill();
    const missing = Math.min(octets, this.#settings.bucket) - this.#tokens;
    return missing <= 0 ? this.#time.now() : this.#time.now() + missing / this.#octetsPerMicrosecond;
  }

  #fill(): void {
    const now = this.#time.now();
    const came = (now - this.#filledAt) * this.#octetsPerMicrosecond;
    this.#tokens = Math.min(this.#settings.bucket, this.#tokens + came);
    this.#filledAt = now;
  }

  #spend(octets: number): void {
    this.#fill();
    this.#tokens -= octets;
  }

  get #octetsPerMicrosecond(): number {
    return this.#settings.rate / 8_000_000;
  }

  #create(): QueueDiscipline {
    const { queue, discipline } = this.#settings;
    const made: Readonly<Record<Discipline, () => QueueDiscipline>> = {
      "drop-tail": () => new DropTail(this, queue),
      red: () => new Red(this, this.#random, queue, this.#octetsPerMicrosecond),
      codel: () => new CoDel(this, queue),
      fq_codel: () => new FqCoDel(this, this.#random, queue, this.#ethernet),
    };
    return made[discipline]();
  }
}
