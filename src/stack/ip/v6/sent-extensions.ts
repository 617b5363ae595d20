/** The extension headers that the datagrams of a socket have (RFC 8200 §4, RFC 3542 §4). */
import type { Packet } from "../../base/packet.ts";
import { HEADROOM, type PacketPool } from "../../base/packet-pool.ts";
import type { DatagramShape } from "../../contract/datagram-shape.ts";
import { IPV6_HEADER_BYTES } from "../../wire/ipv6.ts";
import {
  FRAGMENT_HEADER_BYTES,
  NEXT_DESTINATION,
  NEXT_HOP_BY_HOP,
  writeNextHeader,
} from "../../wire/ipv6-extensions.ts";
import { gatherText } from "../offload.ts";

/** What is in the headroom besides an IPv6 header and a fragment header: of the link, and of a tunnel. */
const REST: number = HEADROOM - IPV6_HEADER_BYTES - FRAGMENT_HEADER_BYTES;

/** A hop-by-hop options header, a destination options header, or both. */
export class SentExtensions {
  /** Octets of both. */
  readonly length: number;
  readonly hopByHopBytes: number;
  readonly #hopByHop: Uint8Array;
  readonly #destination: Uint8Array;

  constructor({ hopByHop, destination }: DatagramShape) {
    this.length = hopByHop.length + destination.length;
    this.hopByHopBytes = hopByHop.length;
    this.#hopByHop = hopByHop;
    this.#destination = destination;
  }

  /** The same packet, or another in its place with room for the headers. */
  roomFor(packet: Packet, pool: PacketPool): Packet {
    if (packet.start - this.length - IPV6_HEADER_BYTES - FRAGMENT_HEADER_BYTES >= REST) return packet;
    gatherText(packet);
    const { length } = this;
    const larger = pool.take(packet.length + length);
    larger.start += length;
    larger.end = larger.start + packet.length;
    larger.bytes.set(packet.bytes.subarray(packet.start, packet.end), larger.start);
    larger.transport = packet.transport + larger.start - packet.start;
    larger.checksumOffloaded = packet.checksumOffloaded;
    larger.hopLimit = packet.hopLimit;
    larger.trafficClass = packet.trafficClass;
    larger.mark = packet.mark;
    larger.dontFragment = packet.dontFragment;
    larger.probesPath = packet.probesPath;
    larger.notToSelf = packet.notToSelf;
    larger.onlyToSelf = packet.onlyToSelf;
    larger.sender = packet.sender;
    larger.cause = packet.cause;
    pool.release(packet);
    return larger;
  }

  /** Puts the destination options in front, which are for the end alone: fragments have them once. The next header now. */
  prependDestination(packet: Packet, nextHeader: number): number {
    return prepend(packet, this.#destination, nextHeader, NEXT_DESTINATION);
  }

  /** Puts the hop-by-hop options in front, which every fragment has. The next header now. */
  prependHopByHop(packet: Packet, nextHeader: number): number {
    return prepend(packet, this.#hopByHop, nextHeader, NEXT_HOP_BY_HOP);
  }
}

function prepend(packet: Packet, header: Uint8Array, nextHeader: number, itself: number): number {
  if (header.length === 0) return nextHeader;
  const at = packet.prepend(header.length);
  packet.bytes.set(header, at);
  writeNextHeader(packet.view, at, nextHeader);
  return itself;
}
