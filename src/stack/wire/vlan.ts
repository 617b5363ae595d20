/** The tag of IEEE 802.1Q §9.6: four octets between the source's address and the EtherType. */
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";

/** The EtherType of a tag for customers (IEEE 802.1Q §9.5). */
export const ETHERTYPE_VLAN = 0x8100;
/** Octets that a tag makes a frame longer. */
export const VLAN_TAG_BYTES = 4;
/** VLAN identifiers that a network may use: 0 is no VLAN but a priority, 4095 is reserved (§9.6, table 9-2). */
export const MIN_VLAN = 1;
/** The largest number of a VLAN (IEEE 802.1Q §9.6). */
export const MAX_VLAN = 4094;

/** Octets of the two station addresses in front of it. */
const ADDRESSES = 12;
/** With an EtherType behind them. */
const HEADER = ADDRESSES + 2;

/** What a tag says. */
export interface VlanTag {
  /** The VLAN, 1 to 4094; 0: only a priority. */
  readonly vlan: number;
  /** PCP: 0 to 7. */
  readonly priority: number;
  /** DEI: may be dropped first. */
  readonly dropEligible: boolean;
}

/** The tag control information of `tag`: PCP, DEI, VID. */
export function tagControl({ vlan, priority, dropEligible }: VlanTag): number {
  return (priority << 13) | (dropEligible ? 0x1000 : 0) | vlan;
}

/** What tag control information says. */
export function tagOf(control: number): VlanTag {
  return { vlan: control & 0xfff, priority: control >> 13, dropEligible: (control & 0x1000) !== 0 };
}

/**
 * The tag control information of the frame that begins at `packet.start`, an Ethernet header; -1 of a frame without a
 * tag, -2 of one that ends within it.
 */
export function readTagControl(packet: Packet, tagType: number = ETHERTYPE_VLAN): number {
  const { view, start, end } = packet;
  if (end - start < HEADER || view.getUint16(start + ADDRESSES) !== tagType) return -1;
  return end - start < HEADER + VLAN_TAG_BYTES ? -2 : view.getUint16(start + HEADER);
}

/** Why a frame with that result of `readTagControl` goes no further; `Drop.none` of others. */
export function dropOfTag(control: number): Drop {
  return control === -2 ? Drop.truncated : Drop.none;
}

/** Puts a tag in; four octets in front of the frame must be free. */
export function pushTag(packet: Packet, control: number, tagType: number = ETHERTYPE_VLAN): void {
  packet.start -= VLAN_TAG_BYTES;
  const { bytes, view, start } = packet;
  bytes.copyWithin(start, start + VLAN_TAG_BYTES, start + VLAN_TAG_BYTES + ADDRESSES);
  view.setUint16(start + ADDRESSES, tagType);
  view.setUint16(start + HEADER, control);
}

/** Takes the tag out that is there. */
export function popTag(packet: Packet): void {
  const { bytes, start } = packet;
  bytes.copyWithin(start + VLAN_TAG_BYTES, start, start + ADDRESSES);
  packet.start = start + VLAN_TAG_BYTES;
}
