/** The checksum that a raw socket of IPv6 has filled in and checked (RFC 3542 §3.1). */
import { addSums, sumOctets } from "../base/checksum.ts";
import type { Packet } from "../base/packet.ts";
import type { Route } from "../contract/network.ts";
import type { Arrival } from "../contract/transport.ts";
import { fillChecksum } from "../wire/checksum-field.ts";

/**
 * Fills it in; false if its field is not within what is sent.
 *
 * @param offset - of the field, in octets behind the IP header; negative: there is none
 */
export function addChecksum(packet: Packet, route: Route, protocol: number, offset: number): boolean {
  if (offset < 0) return true;
  const at = packet.start + offset;
  if (at + 2 > packet.end) return false;
  const seed = route.pseudoHeaderSum(protocol, packet.length);
  fillChecksum(packet, at, packet.start, packet.end, seed, 0xffff);
  return true;
}

/** The checksum is right, or was seen to be by the link. */
export function isIntact(arrival: Arrival, protocol: number, offset: number): boolean {
  const { packet } = arrival;
  if (packet.start + offset + 2 > packet.end) return false;
  if (packet.checksumOffloaded) return true;
  const seed = arrival.pseudoHeaderSum(protocol, packet.end - packet.start);
  return addSums(seed, sumOctets(packet, packet.start, packet.end)) === 0xffff;
}
