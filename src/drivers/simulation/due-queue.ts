/** Frames that are under way on an impaired link, until they are due. */
import { NEVER, Packet } from "../../stack/index.ts";

const NOTHING: Packet = new Packet(0);

/** Packets with the times at which they are due, first in, first out, in a ring that grows. */
export class DueQueue {
  #packets: Packet[] = new Array<Packet>(16).fill(NOTHING);
  #dues: number[] = new Array<number>(16).fill(0);
  #first = 0;
  #size = 0;
  #lastDue = 0;

  get size(): number {
    return this.#size;
  }

  nextDue(): number {
    return this.#size === 0 ? NEVER : (this.#dues[this.#first] as number);
  }

  /** Appends `packet`, due at `due`, or with the one before it if that is later; when that is. */
  push(packet: Packet, due: number): number {
    if (this.#size === this.#packets.length) this.#grow();
    if (this.#size === 0 || due > this.#lastDue) this.#lastDue = due;
    const slot = (this.#first + this.#size++) & (this.#packets.length - 1);
    this.#packets[slot] = packet;
    this.#dues[slot] = this.#lastDue;
    return this.#lastDue;
  }

  /** Takes out the first packet; there must be one. */
  shift(): Packet {
    const packet = this.#packets[this.#first] as Packet;
    this.#packets[this.#first] = NOTHING;
    this.#first = (this.#first + 1) & (this.#packets.length - 1);
    this.#size--;
    return packet;
  }

  #grow(): void {
    const length = this.#packets.length;
    const packets = new Array<Packet>(length * 2).fill(NOTHING);
    const dues = new Array<number>(length * 2).fill(0);
    for (let i = 0; i < length; i++) {
      packets[i] = this.#packets[(this.#first + i) & (length - 1)] as Packet;
      dues[i] = this.#dues[(this.#first + i) & (length - 1)] as number;
    }
    this.#packets = packets;
    this.#dues = dues;
    this.#first = 0;
  }
}
