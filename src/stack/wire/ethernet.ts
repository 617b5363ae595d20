/** The Ethernet II header (RFC 894, IEEE 802.3 §3.2.6), without the preamble and the frame check sequence. */
import { Drop } from "../base/drop.ts";
import { MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import { ipVersion } from "./ip-version.ts";

//  0                        5  6                       11 12   13
// +--------+--------+--------+--------+--------+--------+--------+
// |       destination        |         source           |  type  |
// +--------+--------+--------+--------+--------+--------+--------+

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;

/** Octets before the data. */
export const ETHERNET_HEADER_BYTES = 14;

/** Octets of a frame that a real wire pads shorter ones to, without the check sequence (RFC 894). */
const ETHERNET_MIN_BYTES = 60;

/** IPv4. */
export const ETHERTYPE_IPV4 = 0x0800;
/** ARP. */
export const ETHERTYPE_ARP = 0x0806;
/** IPv6. */
export const ETHERTYPE_IPV6 = 0x86dd;

/** Smaller values in the type field are the length of an IEEE 802.3 frame (RFC 1122 §2.3.3). */
const SMALLEST_TYPE = 0x0600;

/** An Ethernet header in host form; addresses split as in `MacAddress`: two octets and four. */
export class EthernetHeader {
  destinationHigh = 0;
  destinationLow = 0;
  sourceHigh = 0;
  sourceLow = 0;
  etherType = 0;
}

/**
 * Reads the header at `at` into `header`, reading nothing at or past `end`. An IEEE 802.3 length in place of
 * the type gives `Drop.ieee8023`: hosts need not take that encapsulation (RFC 1122 §2.3.3).
 */
export function readEthernet(view: DataView, at: number, end: number, header: EthernetHeader): Drop {
  if (end - at < ETHERNET_HEADER_BYTES) return Drop.truncated;
  header.destinationHigh = view.getUint16(at + DESTINATION);
  header.destinationLow = view.getInt32(at + DESTINATION + 2);
  header.sourceHigh = view.getUint16(at + SOURCE);
  header.sourceLow = view.getInt32(at + SOURCE + 2);
  header.etherType = view.getUint16(at + TYPE);
  return header.etherType < SMALLEST_TYPE ? Drop.ieee8023 : Drop.none;
}

/** Writes `header` at `at`; the room must be there. */
export function writeEthernet(view: DataView, at: number, header: EthernetHeader): void {
  view.setUint16(at + DESTINATION, header.destinationHigh);
  view.setInt32(at + DESTINATION + 2, header.destinationLow);
  view.setUint16(at + SOURCE, header.sourceHigh);
  view.setInt32(at + SOURCE + 2, header.sourceLow);
  view.setUint16(at + TYPE, header.etherType);
}

/**
 * The EtherType of an IP datagram on a link that has none, by the version in its first octet; 0 for anything else.
 */
export function etherTypeOf(view: DataView, at: number, end: number): number {
  if (at >= end) return 0;
  const version = ipVersion(view, at);
  if (version === 4) return ETHERTYPE_IPV4;
  return version === 6 ? ETHERTYPE_IPV6 : 0;
}

/** The EtherType of the frame at `at`, of which the header is there. */
export function readEtherType(view: DataView, at: number): number {
  return view.getUint16(at + TYPE);
}

/** Where the source address is, from the beginning of a frame. */
export const ETHERNET_SOURCE_OFFSET: number = SOURCE;

/** The station address at `at`, as an integer of 48 bits. */
export function readStation(view: DataView, at: number): number {
  return view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [ETHERTYPE_IPV4, "IPv4"],
  [ETHERTYPE_ARP, "ARP"],
  [ETHERTYPE_IPV6, "IPv6"],
]);

/** As tcpdump -e would say it; `octets` is the length of the whole frame. */
export function formatEthernet(header: EthernetHeader, octets: number): string {
  const source = new MacAddress(header.sourceHigh, header.sourceLow);
  const destination = new MacAddress(header.destinationHigh, header.destinationLow);
  const name = TYPE_NAMES.get(header.etherType) ?? "Unknown";
  const type = header.etherType.toString(16).padStart(4, "0");
  return `${source} > ${destination}, ethertype ${name} (0x${type}), length ${octets}`;
}

/** Fills a short frame with zeros: what was in the buffer before is nobody's business (CVE-2003-0001). */
export function padFrame(packet: Packet): void {
  const end = packet.start + ETHERNET_MIN_BYTES;
  if (packet.end >= end) return;
  packet.bytes.fill(0, packet.end, end);
  packet.end = end;
}
