/** The turns of a tunnel's end: what waits to be sent, and when it is looked for what has come. Tunnels differ in the rest. */
import type { LinkSink, Packet } from "../../stack/index.ts";
import type { Deferred, Scheduler } from "../scheduler.ts";

/** Frames that wait before `transmit` takes no more. */
const MOST_WAITING = 1_024;
/** Datagrams that are read in one go. */
const BURST = 64;

/** What one kind of tunnel does with frames. */
export interface TunnelEnd {
  /** Sends a frame, which is lent. */
  send(frame: Packet): void;
  /** Something has come that was not read yet. */
  pending(): boolean;
  /** Reads the next datagram: the frame in it, or undefined where it is none for this end, which is counted. */
  receive(sink: LinkSink): Packet | undefined;
  /** Closes its endpoints. */
  end(): void;
}

/** Runs one end. */
export class TunnelPump implements Deferred {
  readonly #scheduler: Scheduler;
  readonly #end: TunnelEnd;
  #waiting: Packet[] = [];
  #isDue = false;
  #refused = false;
  #closed = false;
  #sink: LinkSink | undefined = undefined;

  constructor(scheduler: Scheduler, end: TunnelEnd) {
    this.#scheduler = scheduler;
    this.#end = end;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
    this.wake(); // something may have come already
  }

  transmit(frames: readonly Packet[], count: number): number {
    const taken = Math.min(count, MOST_WAITING - this.#waiting.length);
    if (taken < count) this.#refused = true;
    for (let i = 0; i < taken; i++) this.#waiting.push(frames[i] as Packet);
    if (taken > 0) this.wake();
    return taken;
  }

  close(): void {
    this.#closed = true;
    this.#end.end();
    for (const frame of this.#waiting) this.#sink?.pool.release(frame);
    this.#waiting = [];
  }

  /** There is something to do. */
  wake(): void {
    if (this.#isDue || this.#closed) return;
    this.#isDue = true;
    this.#scheduler.defer(this);
  }

  /** For the scheduler: sends what waits, and hands on what has come. */
  run(): void {
    this.#isDue = false;
    const sink = this.#sink;
    if (this.#closed || sink === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const frame of waiting) {
      this.#end.send(frame);
      sink.pool.release(frame);
    }
    this.#receive(sink);
    if (this.#end.pending()) this.wake();
    if (!this.#refused || this.#closed) return;
    this.#refused = false;
    sink.writable();
  }

  #receive(sink: LinkSink): void {
    const burst: Packet[] = [];
    for (let count = 0; count < BURST && this.#end.pending(); count++) {
      const frame = this.#end.receive(sink);
      if (frame !== undefined) burst.push(frame);
    }
    if (burst.length === 0) return;
    sink.received(burst, burst.length);
    for (const frame of burst) sink.pool.release(frame);
  }
}
