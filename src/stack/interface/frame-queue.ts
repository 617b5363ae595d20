/** Frames that wait while a link has no room: bounded, first in, first out. */
import type { Packet, PacketSender } from "../base/packet.ts";
import type { Link } from "../contract/link.ts";

/** Linux's default txqueuelen. */
const MAX_QUEUE = 1000;
/** Frames that are given to the link at once. */
const BATCH = 64;

/** Frames that wait for the link. */
export class FrameQueue {
  #first: Packet | undefined;
  #last: Packet | undefined;
  #count = 0;
  /** The frames that are being given to the link; and, since those taken are no longer ours, who sent them. */
  readonly #batch: Packet[] = [];
  readonly #senders: (PacketSender | undefined)[] = [];
  readonly #octets: number[] = [];

  /** Takes the packet; false, and it is still the caller's, if the queue is full. */
  push(packet: Packet): boolean {
    if (this.#count >= MAX_QUEUE) return false;
    packet.next = undefined;
    packet.sender?.waits(packet.length);
    if (this.#last === undefined) this.#first = packet;
    else this.#last.next = packet;
    this.#last = packet;
    this.#count++;
    return true;
  }

  /** The oldest, which is then the caller's. */
  shift(): Packet | undefined {
    const packet = this.#unlink();
    packet?.sender?.waits(-packet.length);
    return packet;
  }

  /** Gives the link all that it takes; false if something is left. */
  drain(link: Link): boolean {
    while (this.#first !== undefined) {
      const count = this.#gather();
      const taken = link.transmit(this.#batch, count);
      for (let i = count - 1; i >= taken; i--) this.#putBack(this.#batch[i] as Packet);
      for (let i = 0; i < taken; i++) this.#senders[i]?.waits(-(this.#octets[i] ?? 0));
      if (taken < count) return false;
    }
    return true;
  }

  #gather(): number {
    let count = 0;
    while (count < BATCH) {
      const packet = this.#unlink();
      if (packet === undefined) break;
      this.#batch[count] = packet;
      this.#senders[count] = packet.sender;
      this.#octets[count++] = packet.length;
    }
    return count;
  }

  #unlink(): Packet | undefined {
    const packet = this.#first;
    if (packet === undefined) return undefined;
    this.#first = packet.next;
    if (this.#first === undefined) this.#last = undefined;
    packet.next = undefined;
    this.#count--;
    return packet;
  }

  /** In front again, where it was. */
  #putBack(packet: Packet): void {
    packet.next = this.#first;
    this.#first = packet;
    this.#last ??= packet;
    this.#count++;
  }
}
