/** What the stack hands to every layer: the instant, timers, packets, chance, an observer, and a place in the entry. */
import type { PacketPool } from "../base/packet-pool.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type { TimerQueue } from "../base/timer-queue.ts";
import type { Turns } from "../base/turns.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Trace, Tracer } from "./trace.ts";

/** The only ways in which a layer reaches the outside world. */
export interface Services {
  /** The instant of the entry that is under way, or was last. It stands still during an entry. */
  readonly now: Instant;
  /** Where timers are armed. */
  readonly timers: TimerQueue;
  /** Where packets come from, and go back to. */
  readonly pool: PacketPool;
  /** The layer's own stream of chance: a new draw here changes nobody else's. */
  readonly random: Random;
  /** Undefined: nobody looks on, and nothing need be told. */
  readonly tracer: Tracer | undefined;
  /** The way to tell it of decisions; undefined as well then. */
  readonly trace: Trace | undefined;
  /** Who gives the application its turn; undefined while nobody drives this stack. */
  readonly turns: Turns | undefined;
  /** The same services with chance of their own, for a layer of that name. */
  fork(name: string): Services;
  /**
   * Brackets every call that comes from outside: of an application on an endpoint, of a link on its sink. The
   * outermost `leave` flushes what was noted and wakes the endpoints that changed, unless an entry is under
   * way that will do so.
   */
  enter(): void;
  /** Ends what `enter` began. */
  leave(): void;
  /** `task.flush` must run at the end of the entry. */
  noteFlush(task: Flushable): void;
  /** `from.flush` must run once all layers have sent: its frames go to the link in one batch. */
  noteTransmit(from: Transmitter): void;
  /** `delivery.deliver` must run once everything that was due has been transmitted. Noted once for all that it has. */
  noteDelivery(delivery: Delivery): void;
  /** `endpoint.wake()` is to be called in the last phase of this entry, once however often it is noted. */
  noteWake(endpoint: Endpoint & Wakeable): void;
}

/** Notes during an entry what is due, and sends it at its end. */
export interface Flushable {
  /** Sends what was noted. `now` is the instant of the entry. */
  flush(now: Instant): void;
}

/** Gathers what is sent in an entry, and hands it to its link in one go: an interface. */
export interface Transmitter {
  /** It is in the list of those whose `flush` is due. The entry sets and clears it. */
  noted: boolean;
  /** Hands to the link what was gathered. */
  flush(): void;
}

/** The stack's side of an endpoint. */
export interface Wakeable {
  /** Already noted in this entry. For the stack only. */
  wakeNoted: boolean;
  /** Calls the subscriber of `onChange`. */
  wake(): void;
}

/** What this host sends to itself, waiting to arrive. */
export interface Delivery {
  /** Delivers what had been sent before this call. */
  deliver(): void;
}
