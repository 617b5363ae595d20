/**
 * The way of frames out of an interface: they are gathered, and handed to the link a batch at once. What the link does not
 * take waits in a queue.
 */
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import type { Link } from "../contract/link.ts";
import type { Services, Transmitter } from "../contract/services.ts";
import { FrameQueue } from "./frame-queue.ts";
import type { FrameTaps } from "./frame-taps.ts";

/** Frames that are given to the link at once. */
const BATCH = 64;

/** Who loses what cannot be sent. */
export interface FrameLoser {
  /** Drops what was to be sent. Takes the packet. */
  discard(packet: Packet, reason: Drop): void;
}

/** What an interface has to send. */
export class FrameOutput implements Transmitter {
  noted = false;
  readonly #link: Link;
  readonly #services: Services;
  readonly #taps: FrameTaps;
  readonly #loser: FrameLoser;
  readonly #batch: Packet[] = [];
  #batched = 0;
  /** The link took fewer than it was given: wait for `writable`. */
  #blocked = false;
  readonly #queue: FrameQueue = new FrameQueue();

  constructor(services: Services, link: Link, taps: FrameTaps, loser: FrameLoser) {
    this.#services = services;
    this.#link = link;
    this.#taps = taps;
    this.#loser = loser;
  }

  /** A finished frame, to go at the end of this entry at the latest. Takes the packet. */
  add(packet: Packet): void {
    this.#batch[this.#batched++] = packet;
    if (this.#batched === BATCH) this.flush();
    else if (!this.noted) this.#services.noteTransmit(this);
  }

  /** Hands the batch to the link; what it does not take waits in the queue. */
  flush(): void {
    const count = this.#batched;
    if (count === 0) return;
    this.#batched = 0;
    if (!this.#taps.none) for (let i = 0; i < count; i++) this.#taps.show(this.#batch[i] as Packet, "out");
    let taken = 0;
    if (!this.#blocked) {
      taken = this.#link.transmit(this.#batch, count);
      if (taken < count) this.#blocked = true;
    }
    for (let i = taken; i < count; i++) {
      const packet = this.#batch[i] as Packet;
      if (!this.#queue.push(packet)) this.#loser.discard(packet, Drop.transmitQueueFull);
      else this.#services.trace?.waits("interface", Send.waitsForLink, packet);
    }
  }

  /** The link takes frames again. */
  resume(): void {
    this.#blocked = !this.#queue.drain(this.#link);
  }

  /** The interface is down: what was waiting is lost. */
  clear(): void {
    for (let i = 0; i < this.#batched; i++) this.#loser.discard(this.#batch[i] as Packet, Drop.linkDown);
    this.#batched = 0;
    for (let packet = this.#queue.shift(); packet !== undefined; packet = this.#queue.shift()) {
      this.#loser.discard(packet, Drop.linkDown);
    }
    this.#blocked = false;
  }
}
