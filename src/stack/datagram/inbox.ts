/**
 * What has arrived for a datagram endpoint and was not read yet. A filter decides what gets in, the receive buffer
 * bounds it, and the owner is woken.
 */
import type { Packet } from "../base/packet.ts";
import type { PacketFilter } from "../base/packet-filter.ts";
import type { Endpoint } from "../contract/endpoint.ts";
import type { MutableSocketAddress } from "../contract/socket-address.ts";
import type { TransportContext, Wakeable } from "../contract/transport.ts";
import {
  DatagramQueue,
  type MutableDatagramInfo,
  noDatagramInfo,
  type QueuedDatagram,
} from "./datagram-queue.ts";

/** The receiving side of an endpoint of UDP, of raw IP, or of frames. */
export class Inbox {
  /** Datagrams lost because there was no room. */
  drops = 0;
  /** What came with the datagram that was read last. */
  readonly last: MutableDatagramInfo = noDatagramInfo();
  /** Sees each datagram first; undefined: all are kept, and whole. */
  filter: PacketFilter | undefined = undefined;
  readonly #context: TransportContext;
  readonly #owner: Endpoint & Wakeable;
  readonly #queue: DatagramQueue;

  /** @param owner - is woken when something has come */
  constructor(context: TransportContext, owner: Endpoint & Wakeable) {
    this.#context = context;
    this.#owner = owner;
    this.#queue = new DatagramQueue(context.pool);
  }

  /** Something waits to be read. */
  get filled(): boolean {
    return this.#queue.count > 0;
  }

  /** Octets of the next datagram; undefined if there is none. */
  get available(): number | undefined {
    return this.#queue.first()?.packet?.length;
  }

  /** Where `[from, end)` of `packet` ends when the filter has seen it; -1 if it lets nothing in. */
  cut(packet: Packet, from: number, end: number): number {
    return this.filter === undefined ? end : this.filter.cut(packet.bytes, from, end);
  }

  /**
   * Keeps a copy of `[from, to)` of `packet`. The record, for the endpoint to fill in where it came from; undefined if it
   * would exceed `limit` octets: it is then lost.
   */
  keep(packet: Packet, from: number, to: number, limit: number): QueuedDatagram | undefined {
    const record = this.#queue.push(packet, from, to, limit);
    if (record === undefined) {
      this.drops++;
      return undefined;
    }
    record.arrivedAt = this.#context.now;
    record.lostBefore = this.drops;
    this.#context.noteWake(this.#owner);
    return record;
  }

  /** See `DatagramQueue.read`. */
  read(
    into: Uint8Array,
    from: MutableSocketAddress | undefined,
    start: number,
    end: number,
    peek: boolean,
    skip = 0,
  ): number | undefined {
    return this.#queue.read(into, from, this.last, start, end, peek, skip);
  }

  /** Nothing of it will be read. */
  clear(): void {
    this.#queue.clear();
  }
}
