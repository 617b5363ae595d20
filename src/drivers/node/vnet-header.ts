/**
 * The header in front of each frame on a TAP with IFF_VNET_HDR, written and expected by the kernel: `struct
 * virtio_net_hdr` (VIRTIO 1.2 §5.1.6). It has the 10-octet legacy form, and the machine's byte order.
 */
import { endianness } from "node:os";
import type { Packet } from "../../stack/index.ts";

//  0       1       2       4       6       8       10
// +-------+-------+-------+-------+-------+-------+
// | flags | type  |hdr_len|gso_size|csum_ |csum_  |
// |       |       |       |       | start | offset|
// +-------+-------+-------+-------+-------+-------+

const FLAGS = 0;
const GSO_TYPE = 1;
const HEADER_LENGTH = 2;
const GSO_SIZE = 4;
const CHECKSUM_START = 6;
const CHECKSUM_OFFSET = 8;

/** Octets of the header. With 14 of Ethernet they make 24, so the IP header stays at a multiple of 4. */
export const VNET_HEADER_BYTES = 10;

/** The transport checksum is still to be computed (rx: it was never on a wire that could have spoilt it). */
const NEEDS_CHECKSUM = 1;
/** The transport checksum has been verified. */
const CHECKSUM_VALID = 2;

const GSO_NONE = 0;
const GSO_TCPV4 = 1;
const GSO_TCPV6 = 4;
/** A flag beside the type: the segments carry CWR (RFC 3168). */
const GSO_ECN = 0x80;

const ETHERTYPE_VLAN = 0x8100;
const VLAN_TAG_BYTES = 4;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const TCP = 6;
const UDP = 17;
const TCP_CHECKSUM = 16;
const TCP_DATA_OFFSET = 12;
const UDP_CHECKSUM = 6;

const LITTLE_ENDIAN: boolean = endianness() === "LE";

/**
 * Learns from the header at `at` what the kernel says of the frame behind it: sets `checksumOffloaded`,
 * `checksumComplete` and `segmentSize`. False when it speaks of an offload that was not granted to it, and so cannot be handled.
 *
 * @param link - octets of the link header: 14, or 0 of a TUN
 */
export function readVnetHeader(packet: Packet, at: number, link: number): boolean {
  const view = packet.view;
  const flags = view.getUint8(at + FLAGS);
  packet.checksumOffloaded = (flags & (NEEDS_CHECKSUM | CHECKSUM_VALID)) !== 0;
  packet.checksumComplete = (flags & NEEDS_CHECKSUM) === 0;
  if ((flags & NEEDS_CHECKSUM) !== 0 && !isOfTransport(packet, at, link)) {
    // It is of a datagram within that one, of a tunnel of the kernel's: nobody would complete it farther on.
    if (!completeInner(packet, at)) return false;
    packet.checksumOffloaded = false;
  }
  const type = view.getUint8(at + GSO_TYPE) & ~GSO_ECN;
  if (type === GSO_NONE) {
    packet.segmentSize = 0;
    return true;
  }
  packet.segmentSize = view.getUint16(at + GSO_SIZE, LITTLE_ENDIAN);
  return (type === GSO_TCPV4 || type === GSO_TCPV6) && packet.segmentSize !== 0;
}

/** Whether the checksum that is left to us is that of the datagram's own transport header. */
function isOfTransport({ view, start, end }: Packet, at: number, link: number): boolean {
  let ip = start + link;
  if (link > 0 && end - start > link && view.getUint16(ip - 2) === ETHERTYPE_VLAN) ip += VLAN_TAG_BYTES;
  if (end - ip < IPV4_HEADER) return true; // whatever it is, it is not within a datagram
  const first = view.getUint8(ip);
  const version = first >>> 4;
  if (version !== 4 && version !== 6) return true; // nor here
  const transport = ip + (version === 6 ? IPV6_HEADER : (first & 15) * 4);
  return start + view.getUint16(at + CHECKSUM_START, LITTLE_ENDIAN) === transport;
}

/** Completes the checksum that the header names: its field has the pseudo-header's sum. False if it is not in the frame. */
function completeInner({ view, start, end }: Packet, at: number): boolean {
  const from = start + view.getUint16(at + CHECKSUM_START, LITTLE_ENDIAN);
  const field = from + view.getUint16(at + CHECKSUM_OFFSET, LITTLE_ENDIAN);
  if (field + 2 > end) return false;
  let sum = 0;
  for (let i = from; i + 1 < end; i += 2) sum += view.getUint16(i);
  if ((end - from) % 2 === 1) sum += view.getUint8(end - 1) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  view.setUint16(field, ~sum & 0xffff || 0xffff); // 0 would say that there is none (RFC 768); to TCP both are the same
  return true;
}

/**
 * Writes the header for `packet` right in front of its `start`, where there must be room for it. With
 * `checksumOffloaded` the kernel is told where to put the checksum, with `segmentSize` how to cut.
 */
export function writeVnetHeader(packet: Packet): void {
  const view = packet.view;
  const at = packet.start - VNET_HEADER_BYTES;
  if (!packet.checksumOffloaded) {
    // A super-segment always leaves its checksums to the link, as each piece has another one.
    view.setUint32(at, 0);
    view.setUint32(at + 4, 0);
    view.setUint16(at + 8, 0);
    return;
  }
  const transport = packet.transport - packet.start;
  const protocol = transportProtocol(packet);
  view.setUint8(at + FLAGS, NEEDS_CHECKSUM);
  view.setUint16(at + CHECKSUM_START, transport, LITTLE_ENDIAN);
  view.setUint16(at + CHECKSUM_OFFSET, protocol === UDP ? UDP_CHECKSUM : TCP_CHECKSUM, LITTLE_ENDIAN);
  if (protocol !== TCP || packet.segmentSize === 0) {
    view.setUint8(at + GSO_TYPE, GSO_NONE);
    view.setUint16(at + HEADER_LENGTH, 0);
    view.setUint16(at + GSO_SIZE, 0);
    return;
  }
  const tcpHeader = (view.getUint8(packet.transport + TCP_DATA_OFFSET) >>> 4) * 4;
  view.setUint8(at + GSO_TYPE, isIpv6(packet) ? GSO_TCPV6 : GSO_TCPV4);
  view.setUint16(at + HEADER_LENGTH, transport + tcpHeader, LITTLE_ENDIAN);
  view.setUint16(at + GSO_SIZE, packet.segmentSize, LITTLE_ENDIAN);
}

function isIpv6(packet: Packet): boolean {
  return packet.view.getUint8(packet.network) >>> 4 === 6;
}

/** IPv4 Protocol or IPv6 Next Header (no packet with extension headers is offloaded). */
function transportProtocol(packet: Packet): number {
  return packet.view.getUint8(packet.network + (isIpv6(packet) ? 6 : 9));
}
