/** ARP for IPv4 over Ethernet (RFC 826), the only kind that our hosts meet. */
import { Drop } from "../base/drop.ts";
import { formatIpv4 } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";

//  0      7 8     15 16    23 24    31
// +-----------------+-----------------+
// | hardware space 1|protocol sp. 0800|
// +--------+--------+-----------------+
// | hw ln 6| pr ln 4|    operation    |
// +--------+--------+-----------------+
// |      sender hardware address      |
// +                 +-----------------+
// |                 | sender protocol |
// +-----------------+-----------------+
// |     address     |     target      |
// +-----------------+                 +
// |         hardware address          |
// +-----------------------------------+
// |      target protocol address      |
// +-----------------------------------+

const HARDWARE_SPACE = 0;
const PROTOCOL_SPACE = 2;
const LENGTHS = 4;
const OPERATION = 6;
const SENDER_MAC = 8;
const SENDER_ADDRESS = 14;
const TARGET_MAC = 18;
const TARGET_ADDRESS = 24;

const ETHERNET = 1;
const IPV4 = 0x0800;
/** Hardware addresses of 6 octets, protocol addresses of 4. */
const SIX_AND_FOUR = 0x0604;

/** Octets of an ARP packet for IPv4 over Ethernet. */
export const ARP_BYTES = 28;
/** The operation "who has". */
export const ARP_REQUEST = 1;
/** The operation "is at". */
export const ARP_REPLY = 2;

/** An ARP packet in host form; hardware addresses split as in `MacAddress`, IPv4 addresses as int32 words. */
export class ArpPacket {
  operation: number = ARP_REQUEST;
  senderMacHigh = 0;
  senderMacLow = 0;
  senderAddress = 0;
  targetMacHigh = 0;
  targetMacLow = 0;
  targetAddress = 0;
}

/**
 * Reads the packet at `at` into `packet`, reading nothing at or past `end`. Octets behind it are the link's
 * padding. Other hardware, protocols or address lengths are reasons to drop it; any operation is let through.
 */
export function readArp(view: DataView, at: number, end: number, packet: ArpPacket): Drop {
  if (end - at < ARP_BYTES) return Drop.truncated;
  if (view.getUint16(at + HARDWARE_SPACE) !== ETHERNET) return Drop.badHardwareType;
  if (view.getUint16(at + PROTOCOL_SPACE) !== IPV4) return Drop.badProtocolType;
  if (view.getUint16(at + LENGTHS) !== SIX_AND_FOUR) return Drop.badAddressLength;
  packet.operation = view.getUint16(at + OPERATION);
  packet.senderMacHigh = view.getUint16(at + SENDER_MAC);
  packet.senderMacLow = view.getInt32(at + SENDER_MAC + 2);
  packet.senderAddress = view.getInt32(at + SENDER_ADDRESS);
  packet.targetMacHigh = view.getUint16(at + TARGET_MAC);
  packet.targetMacLow = view.getInt32(at + TARGET_MAC + 2);
  packet.targetAddress = view.getInt32(at + TARGET_ADDRESS);
  return Drop.none;
}

/** Writes `packet` at `at`; the room must be there. */
export function writeArp(view: DataView, at: number, packet: ArpPacket): void {
  view.setUint16(at + HARDWARE_SPACE, ETHERNET);
  view.setUint16(at + PROTOCOL_SPACE, IPV4);
  view.setUint16(at + LENGTHS, SIX_AND_FOUR);
  view.setUint16(at + OPERATION, packet.operation);
  view.setUint16(at + SENDER_MAC, packet.senderMacHigh);
  view.setInt32(at + SENDER_MAC + 2, packet.senderMacLow);
  view.setInt32(at + SENDER_ADDRESS, packet.senderAddress);
  view.setUint16(at + TARGET_MAC, packet.targetMacHigh);
  view.setInt32(at + TARGET_MAC + 2, packet.targetMacLow);
  view.setInt32(at + TARGET_ADDRESS, packet.targetAddress);
}

/** As tcpdump would say it: probes and announcements (RFC 5227 §2.1.1, §2.3) by their names. */
export function formatArp(packet: ArpPacket): string {
  const sender = formatIpv4(packet.senderAddress);
  const target = formatIpv4(packet.targetAddress);
  const length = `length ${ARP_BYTES}`;
  if (packet.operation === ARP_REQUEST) {
    if (packet.senderAddress === 0) return `ARP, Probe ${target}, ${length}`;
    if (packet.senderAddress === packet.targetAddress) return `ARP, Announcement ${target}, ${length}`;
    const known = (packet.targetMacHigh | packet.targetMacLow) !== 0;
    const asked = known ? ` (${new MacAddress(packet.targetMacHigh, packet.targetMacLow)})` : "";
    return `ARP, Request who-has ${target}${asked} tell ${sender}, ${length}`;
  }
  if (packet.operation === ARP_REPLY) {
    return `ARP, Reply ${sender} is-at ${new MacAddress(packet.senderMacHigh, packet.senderMacLow)}, ${length}`;
  }
  return `ARP, operation ${packet.operation} from ${sender}, ${length}`;
}
