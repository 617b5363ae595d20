/** What links have in common that carry Ethernet frames as they are: no offloads, and one octet array after another. */
import {
  HEADROOM,
  integer,
  type LinkCapabilities,
  type LinkSink,
  type Packet,
  type Rule,
} from "../stack/index.ts";

/** Octets of an Ethernet header. */
export const ETHERNET_HEADER = 14;
/** Octets of a VLAN's tag, which may be in front of the datagram. */
export const VLAN_TAG = 4;

/** The largest IP datagram on such a link: RFC 791 §3.2 asks for 68 octets. */
export const MTU_RULE: Rule = integer(68, 65_535);

/** Sums and segments are the stack's. @param headroom - octets that the link wants free in front of a frame */
export function plainEthernet(mtu: number, headroom = 0): LinkCapabilities {
  return {
    medium: "ethernet",
    mtu,
    headroom,
    verifiesChecksums: false,
    fillsChecksums: false,
    maxSuperSegment: 0,
  };
}

/** The octets of a frame, in a packet that is the caller's. */
export function packetWith(octets: Uint8Array, sink: LinkSink): Packet {
  const packet = sink.pool.take(octets.length);
  packet.start = HEADROOM - ETHERNET_HEADER; // the datagram within is aligned
  packet.end = packet.start + octets.length;
  packet.bytes.set(octets, packet.start);
  return packet;
}
