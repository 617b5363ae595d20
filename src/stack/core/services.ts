/** The services that a stack hands to its layers: one object, forked by name for its chance. */
import type { PacketPool } from "../base/packet-pool.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type { TimerQueue } from "../base/timer-queue.ts";
import type { Turns } from "../base/turns.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import type { Delivery, Flushable, Services, Transmitter, Wakeable } from "../contract/services.ts";
import type { Trace, Tracer } from "../contract/trace.ts";
import type { Entry } from "./entry.ts";

/** The services of one layer. */
export class CoreServices implements Services {
  readonly timers: TimerQueue;
  readonly pool: PacketPool;
  readonly random: Random;
  readonly tracer: Tracer | undefined;
  readonly trace: Trace | undefined;
  readonly #entry: Entry;

  constructor(
    entry: Entry,
    pool: PacketPool,
    random: Random,
    tracer: Tracer | undefined,
    trace: Trace | undefined,
  ) {
    this.#entry = entry;
    this.timers = entry.timers;
    this.pool = pool;
    this.random = random;
    this.tracer = tracer;
    this.trace = trace;
  }

  get now(): Instant {
    return this.#entry.now;
  }

  get turns(): Turns | undefined {
    return this.#entry.turns;
  }

  fork(name: string): CoreServices {
    return new CoreServices(this.#entry, this.pool, this.random.fork(name), this.tracer, this.trace);
  }

  enter(): void {
    this.#entry.enter();
  }

  leave(): void {
    this.#entry.leave();
  }

  noteFlush(task: Flushable): void {
    this.#entry.noteFlush(task);
  }

  noteTransmit(from: Transmitter): void {
    this.#entry.noteTransmit(from);
  }

  noteDelivery(delivery: Delivery): void {
    this.#entry.noteDelivery(delivery);
  }

  noteWake(endpoint: Endpoint & Wakeable): void {
    this.#entry.noteWake(endpoint);
  }
}
