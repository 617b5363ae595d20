/**
 * The way out for a finished datagram, whoever has made it. It is cut up where it is a super-segment that the link
 * does not take whole; it is cut into fragments where it is too large; its checksum is completed where the link does
 * not do that.
 */
import type { Packet } from "../base/packet.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import type { DatagramCodec, Way } from "../contract/forwarding.ts";
import { segmentPacket } from "../ip/offload.ts";
import { tcpHeaderLength } from "../wire/tcp.ts";

/** How datagrams leave. */
export class DatagramSender {
  readonly #pool: PacketPool;
  /** Segments of one super-segment, and fragments of one datagram. */
  readonly #segments: Packet[] = [];
  readonly #pieces: Packet[] = [];

  constructor(pool: PacketPool) {
    this.#pool = pool;
  }

  /** Takes the packet, `start` and `network` at its header. Returns the number of fragments made; 0 if none had to be. */
  send(packet: Packet, way: Way, codec: DatagramCodec): number {
    if (packet.segmentSize > 0) return this.#sendSuper(packet, way, codec);
    if (packet.checksumOffloaded) {
      if (packet.checksumComplete) packet.checksumOffloaded = false;
      else if (!way.fillsChecksums) codec.completeChecksum(packet);
    }
    if (packet.end - packet.start > way.mtu) return this.#sendPieces(packet, way, codec);
    output(packet, way);
    return 0;
  }

  #sendSuper(packet: Packet, way: Way, codec: DatagramCodec): number {
    const fits = segmentLength(packet) <= way.mtu;
    if (fits && packet.end - packet.start <= way.maxSuperSegment) {
      output(packet, way);
      return 0;
    }
    const count = segmentPacket(packet, fits && way.fillsChecksums, this.#pool, this.#segments);
    this.#pool.release(packet);
    let pieces = 0;
    for (let i = 0; i < count; i++) {
      const segment = this.#segments[i] as Packet;
      if (fits) output(segment, way);
      else pieces += this.send(segment, way, codec);
    }
    return pieces;
  }

  #sendPieces(packet: Packet, way: Way, codec: DatagramCodec): number {
    const count = codec.fragment(packet, way.mtu, this.#pieces);
    this.#pool.release(packet);
    for (let i = 0; i < count; i++) output(this.#pieces[i] as Packet, way);
    return count;
  }
}

/** Octets of the largest datagram that goes over the wire: of a super-segment, those of a segment. */
export function segmentLength(packet: Packet): number {
  const { view, start, end, transport, segmentSize } = packet;
  if (segmentSize === 0) return end - start;
  const headers = transport - start + tcpHeaderLength(view, transport);
  return Math.min(end - start, headers + segmentSize);
}

function output(packet: Packet, way: Way): void {
  if (way.hop.removed) way.hop = way.interface.neighbour(way.nextHop);
  way.hop.output(packet);
}
