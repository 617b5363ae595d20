/** Packets that wait for the link address of one neighbour: first in, first out, and bounded together with all others. */
import type { Packet } from "../base/packet.ts";

/** Packets that wait for one answer (RFC 1122 §2.3.2.2 wants one at least); a 64 KB datagram has 45 fragments. */
const MAX_WAITING = 64;
/** Packets that wait for any answer on one interface. */
const MAX_WAITING_IN_ALL = 512;

/** How many wait for any of a table's neighbours. */
export interface WaitingTotal {
  waiting: number;
}

/** The packets that wait for one neighbour. */
export class WaitingPackets {
  count = 0;
  #first: Packet | undefined;
  #last: Packet | undefined;
  readonly #total: WaitingTotal;

  constructor(total: WaitingTotal) {
    this.#total = total;
  }

  /** No more may wait until one has gone. */
  get full(): boolean {
    return this.count >= MAX_WAITING || this.#total.waiting >= MAX_WAITING_IN_ALL;
  }

  /** Takes the packet, for which there must be room. */
  push(packet: Packet): void {
    packet.next = undefined;
    packet.sender?.waits(packet.length);
    if (this.#last === undefined) this.#first = packet;
    else this.#last.next = packet;
    this.#last = packet;
    this.count++;
    this.#total.waiting++;
  }

  /** The oldest, which is then the caller's. */
  shift(): Packet | undefined {
    const packet = this.#first;
    if (packet === undefined) return undefined;
    this.#first = packet.next;
    if (this.#first === undefined) this.#last = undefined;
    packet.next = undefined;
    packet.sender?.waits(-packet.length);
    this.count--;
    this.#total.waiting--;
    return packet;
  }
}
