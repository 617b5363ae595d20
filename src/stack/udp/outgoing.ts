/** One UDP datagram on its way out: which options it is sent with, and its octets. */
import type { Packet } from "../base/packet.ts";
import type { DatagramWish } from "../contract/datagram-info.ts";
import type { UdpOptions } from "../contract/endpoint-options.ts";
import { UDP_HEADER_BYTES } from "../wire/udp.ts";

/** The options of the socket, and where the call has its own, those. */
export function optionsWith(options: UdpOptions, wish: DatagramWish | undefined): UdpOptions {
  if (wish === undefined) return options;
  const { hopLimit, trafficClass, dontRoute, interfaceName } = wish;
  return {
    ...options,
    ...(hopLimit === undefined ? {} : { hopLimit, multicastHopLimit: hopLimit }),
    ...(trafficClass === undefined ? {} : { trafficClass }),
    ...(dontRoute === undefined ? {} : { dontRoute }),
    ...(interfaceName === undefined ? {} : { interfaceName }),
  };
}

/** Puts `datagram[start..end)` behind where its header will be. */
export function fill(packet: Packet, datagram: Uint8Array, start: number, end: number): void {
  packet.transport = packet.start;
  packet.end = packet.start + UDP_HEADER_BYTES + end - start;
  const octets = start === 0 && end === datagram.length ? datagram : datagram.subarray(start, end);
  packet.bytes.set(octets, packet.start + UDP_HEADER_BYTES);
}
