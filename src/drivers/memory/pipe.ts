/**
 * A cable between two stacks in one process: what is transmitted at one end is received at the other, in
 * order, without delay and without being copied. The frames are lent to the receiver as they are, and go
 * back to the sender's pool when it has returned.
 */
import {
  checkSettings,
  Drop,
  integer,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  Packet,
} from "../../stack/index.ts";
import type { Deferred, Scheduler } from "../scheduler.ts";
import { MEMORY_LINK_RULES, type MemoryLinkOptions, memoryCapabilities } from "./capabilities.ts";

/** What a pipe may be. */
export interface PipeOptions extends MemoryLinkOptions {
  /** Frames that wait in one direction before `transmit` takes no more; 1024 by default. */
  readonly queue?: number | undefined;
}

/** Fills the slots of frames that were delivered, so that a queue keeps no packet alive. */
const NOTHING: Packet = new Packet(0);

/**
 * Joins two new link ends.
 *
 * @throws TypeError for an option that there is not, RangeError for a value that cannot be
 */
export function pipe(scheduler: Scheduler, options: PipeOptions = {}): [PipeEnd, PipeEnd] {
  checkSettings("pipe", options, { ...MEMORY_LINK_RULES, queue: integer(1) });
  const capabilities = memoryCapabilities(options);
  const limit = options.queue ?? 1024;
  const a = new PipeEnd(scheduler, capabilities, limit);
  const b = new PipeEnd(scheduler, capabilities, limit);
  a.join(b);
  b.join(a);
  return [a, b];
}

/** One end of a pipe. `pipe` makes them in pairs. */
export class PipeEnd implements Link, Deferred {
  /** What the pipe can do. */
  readonly capabilities: LinkCapabilities;
  /** Frames that arrived at the other end; and those that found nobody there. */
  delivered = 0;
  /** Frames that found nobody at the other end. */
  lost = 0;
  readonly #scheduler: Scheduler;
  readonly #limit: number;
  /** Two queues that change places: one is delivered while the next burst gathers in the other. */
  #gathering: Packet[] = [];
  #delivering: Packet[] = [];
  #waiting = 0;
  /** `transmit` took fewer than it was given, and the sink has not yet heard that there is room. */
  #refused = false;
  #closed = false;
  #sink: LinkSink | undefined = undefined;
  #peer: PipeEnd | undefined = undefined;

  /** @param limit - frames that wait before `transmit` takes no more */
  constructor(scheduler: Scheduler, capabilities: LinkCapabilities, limit: number) {
    this.#scheduler = scheduler;
    this.capabilities = capabilities;
    this.#limit = limit;
  }

  /** For `pipe` only: makes `peer` the end that receives what is transmitted here. */
  join(peer: PipeEnd): void {
    this.#peer = peer;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
  }

  transmit(frames: readonly Packet[], count: number): number {
    const room = this.#limit - this.#waiting;
    const taken = Math.min(count, room);
    if (taken < count) this.#refused = true;
    if (taken === 0) return 0;
    if (this.#waiting === 0) this.#scheduler.defer(this);
    const queue = this.#gathering;
    let end = this.#waiting;
    for (let i = 0; i < taken; i++) queue[end++] = frames[i] as Packet;
    this.#waiting = end;
    return taken;
  }

  /** Frames that are still under way from here go back to the pool; those of the other end are lost. */
  close(): void {
    this.#closed = true;
  }

  /** For the scheduler: hands what has gathered to the other end. */
  run(): void {
    const count = this.#waiting;
    const burst = this.#gathering;
    this.#gathering = this.#delivering;
    this.#delivering = burst;
    this.#waiting = 0;
    const receiver = this.#closed ? undefined : this.#peer?.receiver;
    const sink = this.#sink as LinkSink; // only an attached stack transmits
    if (receiver === undefined) {
      this.lost += count;
      for (let i = 0; i < count; i++) sink.lost?.(burst[i] as Packet, Drop.nobodyThere);
    } else {
      receiver.received(burst, count);
      this.delivered += count;
    }
    for (let i = 0; i < count; i++) {
      sink.pool.release(burst[i] as Packet);
      burst[i] = NOTHING;
    }
    if (!this.#refused || this.#closed) return;
    this.#refused = false;
    sink.writable();
  }

  /** Both ends are told that there is no carrier, or that there is one again: the cable is pulled out, or put in. */
  setCarrier(present: boolean): void {
    this.receiver?.carrierChanged?.(present);
    this.#peer?.receiver?.carrierChanged?.(present);
  }

  /** Who receives at this end; undefined while nobody does. */
  get receiver(): LinkSink | undefined {
    return this.#closed ? undefined : this.#sink;
  }
}
