/**
 * What an endpoint has sent and has not left yet: it waits for a link address, or for the link. SO_SNDBUF bounds it.
 */
import type { PacketSender } from "../base/packet.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import type { TransportContext, Wakeable } from "../contract/transport.ts";

/** The sending side of an endpoint; the sender of its packets. */
export class Outbox implements PacketSender {
  readonly #context: TransportContext;
  readonly #owner: Endpoint & Wakeable;
  #waiting = 0;
  /** Octets of the send buffer for which a datagram was refused; -1: none was. */
  #refusedFor = -1;

  /** @param owner - is woken when there is room again */
  constructor(context: TransportContext, owner: Endpoint & Wakeable) {
    this.#context = context;
    this.#owner = owner;
  }

  /** Whether one of `octets` is too many for a buffer of `limit`. One datagram is always taken. */
  refuses(octets: number, limit: number): boolean {
    const refused = this.#waiting > 0 && this.#waiting + octets > limit;
    this.#refusedFor = refused ? limit : -1;
    return refused;
  }

  /** As Linux's `sock_writeable`: less than half of the buffer is waiting, so that one wake serves several sends. */
  hasRoom(limit: number): boolean {
    return this.#waiting === 0 || this.#waiting * 2 < limit;
  }

  waits(octets: number): void {
    this.#waiting += octets;
    if (this.#refusedFor < 0 || octets > 0 || !this.hasRoom(this.#refusedFor)) return;
    this.#refusedFor = -1;
    this.#context.noteWake(this.#owner);
  }
}
