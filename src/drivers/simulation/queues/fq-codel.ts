/**
 * FlowQueue-CoDel (RFC 8290): each flow has a CoDel queue of its own, by a hash, and they take turns, new ones first.
 * So a few small packets never wait behind somebody's bulk.
 */
import { Drop, type Packet, type Random } from "../../../stack/index.ts";
import { CoDelQueue } from "./codel.ts";
import type { QueueDiscipline, QueueHost } from "./discipline.ts";
import { flowHash } from "./frame-header.ts";

/** §4.1.2, and §5.2.1: octets that a queue may send in its turn. */
const QUANTUM = 1_514;
/** §5.2.4. */
const QUEUES = 1_024;
/** §4.1: when memory is full, half of the fattest queue goes, but not more than this at once. */
const MOST_DROPPED = 64;

/** What a flow has left of its turn, and in which list it is. */
interface Flow {
  readonly queue: CoDelQueue;
  credits: number;
  listed: boolean;
}

/** Fair queueing with controlled delay (RFC 8290). */
export class FqCoDel implements QueueDiscipline {
  octets = 0;
  readonly #host: QueueHost;
  readonly #limit: number;
  readonly #ethernet: boolean;
  /** Nobody outside can know who shares a queue (§9). */
  readonly #secret: number;
  readonly #flows: Map<number, Flow> = new Map();
  #new: Flow[] = [];
  readonly #old: Flow[] = [];

  /** @param limit - octets of all queues together */
  constructor(host: QueueHost, random: Random, limit: number, ethernet: boolean) {
    this.#limit = limit;
    this.#ethernet = ethernet;
    this.#secret = random.bits();
    this.#host = {
      now: () => host.now(),
      mark: (frame) => host.mark(frame),
      drop: (frame, reason) => {
        this.octets -= frame.length;
        host.drop(frame, reason);
      },
    };
  }

  /** §4.1. */
  enqueue(frame: Packet): void {
    const flow = this.#flowOf(frame);
    flow.queue.frames.push(frame, this.#host.now());
    this.octets += frame.length;
    if (!flow.listed) {
      flow.listed = true;
      flow.credits = QUANTUM;
      this.#new.push(flow);
    }
    if (this.octets > this.#limit) this.#shrink();
  }

  /** §4.2. */
  dequeue(): Packet | undefined {
    for (;;) {
      const isNew = this.#new.length > 0;
      const list = isNew ? this.#new : this.#old;
      const [flow] = list;
      if (flow === undefined) return undefined;
      if (flow.credits <= 0) {
        flow.credits += QUANTUM;
        list.shift();
        this.#old.push(flow);
        continue;
      }
      const frame = flow.queue.dequeue();
      if (frame !== undefined) {
        flow.credits -= frame.length;
        this.octets -= frame.length;
        return frame;
      }
      list.shift();
      // A new queue that is empty goes to the end of the old ones once, so that it cannot be new again at once.
      if (isNew && this.#old.length > 0) this.#old.push(flow);
      else flow.listed = false;
    }
  }

  #flowOf(frame: Packet): Flow {
    const slot = (flowHash(frame, this.#ethernet, this.#secret) >>> 0) % QUEUES;
    let flow = this.#flows.get(slot);
    if (flow === undefined) {
      flow = { queue: new CoDelQueue(this.#host), credits: 0, listed: false };
      this.#flows.set(slot, flow);
    }
    return flow;
  }

  #shrink(): void {
    let fattest: Flow | undefined;
    for (const flow of this.#flows.values()) {
      if (fattest === undefined || flow.queue.frames.octets > fattest.queue.frames.octets) fattest = flow;
    }
    if (fattest === undefined) return;
    const { frames } = fattest.queue;
    const half = frames.octets / 2;
    for (let dropped = 0; dropped < MOST_DROPPED && frames.octets > half; dropped++) {
      const frame = frames.shift();
      if (frame !== undefined) this.#host.drop(frame, Drop.linkQueueFull);
    }
  }
}
