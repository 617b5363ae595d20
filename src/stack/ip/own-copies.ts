/**
 * What this host sends to a group that it is in, or to everybody, also comes to itself (RFC 1112 §6.1 and §7.1,
 * IP_MULTICAST_LOOP; RFC 919 §6). A copy waits here until the frames of the round have been sent. Then it arrives, as
 * if by the interface that the original left through.
 */
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Delivery, Services } from "../contract/services.ts";

/** Copies that may wait; more are lost, as in any full queue. */
const MAX_QUEUE = 4096;

/** Who takes the copies. */
export interface CopyReceiver {
  /** Lent, `start` at the IP header. */
  receiveCopy(packet: Packet, from: NetworkInterface): void;
  /** There was no room for one. Lent. */
  copyDropped(packet: Packet, reason: Drop): void;
}

/** What this host has sent to groups that it is a member of, on its way back. */
export class OwnCopies implements Delivery {
  readonly #services: Services;
  readonly #receiver: CopyReceiver;
  #packets: Packet[] = [];
  #interfaces: NetworkInterface[] = [];

  constructor(services: Services, receiver: CopyReceiver) {
    this.#services = services;
    this.#receiver = receiver;
  }

  /** Takes the packet, `start` at the IP header. */
  add(packet: Packet, from: NetworkInterface): void {
    if (this.#packets.length >= MAX_QUEUE) {
      this.#receiver.copyDropped(packet, Drop.ownCopiesFull);
      this.#services.pool.release(packet);
      return;
    }
    if (this.#packets.length === 0) this.#services.noteDelivery(this);
    this.#packets.push(packet);
    this.#interfaces.push(from);
  }

  /** Delivers what had been sent before this call. */
  deliver(): void {
    const packets = this.#packets;
    const interfaces = this.#interfaces;
    this.#packets = [];
    this.#interfaces = [];
    for (let i = 0; i < packets.length; i++) {
      const packet = packets[i] as Packet;
      this.#receiver.receiveCopy(packet, interfaces[i] as NetworkInterface);
      this.#services.pool.release(packet);
    }
  }

  clear(): void {
    for (const packet of this.#packets) this.#services.pool.release(packet);
    this.#packets.length = 0;
    this.#interfaces.length = 0;
  }
}
