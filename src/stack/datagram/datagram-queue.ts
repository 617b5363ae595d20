/** The datagrams that a socket has received and nobody has read yet: bounded, first in, first out. */
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import type { Instant } from "../base/time.ts";
import type { DatagramInfo } from "../contract/datagram-info.ts";
import { NO_HEADERS, type ReceivedHeader } from "../contract/datagram-shape.ts";
import type { MutableSocketAddress } from "../contract/socket-address.ts";

/** What a datagram counts for beyond its octets: an empty one takes memory, too. */
const OVERHEAD = 256;

/** `DatagramInfo` for its owner to fill in. */
export type MutableDatagramInfo = { -readonly [Key in keyof DatagramInfo]: DatagramInfo[Key] };

/** Before anything was received. */
export function noDatagramInfo(): MutableDatagramInfo {
  return {
    destination: ANY_ADDRESS,
    interfaceIndex: 0,
    hopLimit: 0,
    trafficClass: 0,
    arrivedAt: 0 as Instant,
    lostBefore: 0,
    mark: 0,
    headers: NO_HEADERS,
  };
}

/** A datagram that waits; the records are used again. */
export class QueuedDatagram {
  packet: Packet | undefined;
  source: IpAddress = ANY_ADDRESS;
  port = 0;
  destination: IpAddress = ANY_ADDRESS;
  interfaceIndex = 0;
  hopLimit = 0;
  trafficClass = 0;
  arrivedAt: Instant = 0 as Instant;
  lostBefore = 0;
  mark = 0;
  headers: readonly ReceivedHeader[] = NO_HEADERS;
}

/** Datagrams that wait for a reader, bounded by their octets. */
export class DatagramQueue {
  readonly #pool: PacketPool;
  /** A ring: `#count` records from `#head`. */
  #ring: QueuedDatagram[] = [];
  #head = 0;
  #count = 0;
  #charged = 0;

  constructor(pool: PacketPool) {
    this.#pool = pool;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Keeps a copy of `[from, to)` of `packet`. The record, for the caller to fill in where it came from;
   * undefined if it would exceed `limit` octets. A limit of 0 takes nothing.
   */
  push(packet: Packet, from: number, to: number, limit: number): QueuedDatagram | undefined {
    const octets = to - from;
    if (limit === 0) return undefined;
    // One datagram always fits, or a small limit would make a socket deaf.
    if (this.#count > 0 && this.#charged + octets + OVERHEAD > limit) return undefined;
    if (this.#count === this.#ring.length) this.#grow();
    const record = this.#at(this.#count);
    const copy = this.#pool.take(octets);
    copy.bytes.set(packet.bytes.subarray(from, to), copy.start);
    copy.end = copy.start + octets;
    record.packet = copy;
    record.hopLimit = packet.hopLimit;
    record.trafficClass = packet.trafficClass;
    record.headers = NO_HEADERS;
    this.#count++;
    this.#charged += octets + OVERHEAD;
    return record;
  }

  /** The oldest, which stays in the queue. */
  first(): QueuedDatagram | undefined {
    return this.#count === 0 ? undefined : this.#ring[this.#head];
  }

  /**
   * Copies the oldest to `into[start..end)`, and where it came from to `from` and `info`; takes it out of the
   * queue unless `peek`. Its whole length, of which perhaps not all fitted; undefined if there is none. With `peek` the
   * look may begin `skip` octets further on (SO_PEEK_OFF): in the datagram that they lead to.
   */
  read(
    into: Uint8Array,
    from: MutableSocketAddress | undefined,
    info: MutableDatagramInfo,
    start: number,
    end: number,
    peek: boolean,
    skip = 0,
  ): number | undefined {
    let index = 0;
    let passed = skip;
    while (passed > 0 && passed >= this.#lengthAt(index)) passed -= this.#lengthAt(index++);
    const first = index < this.#count ? this.#at(index) : undefined;
    const packet = first?.packet;
    if (first === undefined || packet === undefined) return undefined;
    const octets = packet.length - passed;
    const copied = Math.min(octets, Math.max(0, end - start));
    const at = packet.start + passed;
    if (copied > 0) into.set(packet.bytes.subarray(at, at + copied), start);
    if (from !== undefined) {
      from.address = first.source;
      from.port = first.port;
    }
    info.destination = first.destination;
    info.interfaceIndex = first.interfaceIndex;
    info.hopLimit = first.hopLimit;
    info.trafficClass = first.trafficClass;
    info.arrivedAt = first.arrivedAt;
    info.lostBefore = first.lostBefore;
    info.mark = first.mark;
    info.headers = first.headers;
    if (!peek) this.shift();
    return octets;
  }

  /** The record behind `index` others. */
  #at(index: number): QueuedDatagram {
    return this.#ring[(this.#head + index) % this.#ring.length] as QueuedDatagram;
  }

  /** Octets of that datagram; more than any number where there is none. */
  #lengthAt(index: number): number {
    return index < this.#count ? (this.#at(index).packet?.length ?? 0) : Number.POSITIVE_INFINITY;
  }

  /** Drops the oldest. */
  shift(): void {
    const record = this.#ring[this.#head];
    if (this.#count === 0 || record?.packet === undefined) return;
    this.#charged -= record.packet.length + OVERHEAD;
    this.#pool.release(record.packet);
    record.packet = undefined;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#count--;
  }

  clear(): void {
    while (this.#count > 0) this.shift();
  }

  #grow(): void {
    const grown: QueuedDatagram[] = [];
    for (let i = 0; i < this.#count; i++) {
      grown.push(this.#at(i));
    }
    const size = Math.max(8, this.#count * 2);
    while (grown.length < size) grown.push(new QueuedDatagram());
    this.#ring = grown;
    this.#head = 0;
  }
}
