/** One UDP datagram on its way out: its octets. */
import type { Packet } from "../base/packet.ts";
import { UDP_HEADER_BYTES } from "../wire/udp.ts";

/** Puts `datagram[start..end)` behind where its header will be. */
export function fill(packet: Packet, datagram: Uint8Array, start: number, end: number): void {
  packet.transport = packet.start;
  packet.end = packet.start + UDP_HEADER_BYTES + end - start;
  const octets = start === 0 && end === datagram.length ? datagram : datagram.subarray(start, end);
  packet.bytes.set(octets, packet.start + UDP_HEADER_BYTES);
}
