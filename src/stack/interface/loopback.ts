/** The link behind `lo`: what is transmitted arrives at once, within the same entry. */
import type { Packet } from "../base/packet.ts";
import type { Link, LinkCapabilities, LinkSink } from "../contract/link.ts";
import type { Delivery, Services } from "../contract/services.ts";

/** As Linux's `lo`. */
const MTU = 65_536;
/** Datagrams that may be under way; more are refused, as by any full queue. */
const MAX_QUEUE = 4096;

/** The link of `lo`. */
export class LoopbackLink implements Link, Delivery {
  readonly capabilities: LinkCapabilities = {
    medium: "ip",
    mtu: MTU,
    headroom: 0,
    verifiesChecksums: true,
    fillsChecksums: true,
    maxSuperSegment: MTU,
  };
  readonly #services: Services;
  #queue: Packet[] = [];
  #spare: Packet[] = [];
  #sink: LinkSink | undefined;

  constructor(services: Services) {
    this.#services = services;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
  }

  transmit(frames: readonly Packet[], count: number): number {
    const taken = Math.min(count, MAX_QUEUE - this.#queue.length);
    if (this.#queue.length === 0 && taken > 0) this.#services.noteDelivery(this);
    for (let i = 0; i < taken; i++) {
      const frame = frames[i] as Packet;
      // Nothing can spoil it on the way: the checksum counts as verified (as CHECKSUM_PARTIAL does in Linux).
      frame.checksumOffloaded = true;
      this.#queue.push(frame);
    }
    return taken;
  }

  /** Delivers what had been transmitted before this call. */
  deliver(): void {
    const frames = this.#queue;
    this.#queue = this.#spare;
    this.#sink?.received(frames, frames.length);
    for (let i = 0; i < frames.length; i++) this.#services.pool.release(frames[i] as Packet);
    frames.length = 0;
    this.#spare = frames;
    this.#sink?.writable();
  }

  close(): void {
    for (const frame of this.#queue) this.#services.pool.release(frame);
    this.#queue.length = 0;
  }
}
