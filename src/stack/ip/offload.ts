/**
 * What a link with offloads would do, done here for one that has none: cutting up TCP super-segments, and
 * completing the checksums of TCP and UDP. So TCP always builds segments of up to 64 KB, and never asks.
 *
 * A packet that needs this has its `network` and `transport` offsets set, and `start` at the IP header or at
 * an Ethernet header before it. Its checksum field holds the folded sum of the pseudo-header, which is how a
 * virtio device or Linux (CHECKSUM_PARTIAL) would take it over.
 *
 * There is no merging of received segments (GRO): a burst is processed with one ACK and one wake-up anyway,
 * and what is left to save per segment is less than the copy into a merged packet costs.
 */
import { assert } from "../base/assert.ts";
import { addSums, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import { seqAdd } from "../base/seq.ts";
import { completeSum, mendSum, readChecksum, writeChecksum } from "../wire/checksum-field.ts";
import { ETHERNET_HEADER_BYTES, EthernetHeader, etherTypeOf, readEthernet } from "../wire/ethernet.ts";
import { ipVersion } from "../wire/ip-version.ts";
import {
  constantIpv4Sum,
  IPV4_HEADER_BYTES,
  IPV4_SOURCE_OFFSET,
  Ipv4Header,
  readIpv4,
  readIpv4Identification,
  readIpv4Protocol,
  writeIpv4Part,
} from "../wire/ipv4.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_NEXT_HEADER_OFFSET,
  IPV6_SOURCE_OFFSET,
  Ipv6Header,
  readIpv6,
  readIpv6NextHeader,
  writeIpv6PayloadLength,
} from "../wire/ipv6.ts";
import { ExtensionHeaders, NEXT_FRAGMENT, walkExtensions } from "../wire/ipv6-extensions.ts";
import {
  CWR,
  FIN,
  IPPROTO_TCP,
  PSH,
  readTcpFlags,
  readTcpSequence,
  TCP_CHECKSUM_OFFSET,
  tcpHeaderLength,
  writeTcpPart,
} from "../wire/tcp.ts";
import { checksumOffset, hasPorts, mendTransportChecksum } from "../wire/transport.ts";
import { IPPROTO_UDP, UDP_CHECKSUM_OFFSET } from "../wire/udp.ts";

const ethernet = new EthernetHeader();
const ip = new Ipv4Header();
const ip6 = new Ipv6Header();
const extensions = new ExtensionHeaders();

/**
 * Completes the checksum of a packet whose checksum is left to the link, of TCP or UDP by IP protocol number
 * `protocol`. Does nothing to any other packet.
 */
export function completeChecksum(packet: Packet, protocol: number): void {
  if (!packet.checksumOffloaded) return;
  packet.checksumOffloaded = false;
  const udp = protocol === IPPROTO_UDP;
  if (!udp && protocol !== IPPROTO_TCP) return;
  const field = packet.transport + (udp ? UDP_CHECKSUM_OFFSET : TCP_CHECKSUM_OFFSET);
  // RFC 768: a computed 0 goes out as all ones, since 0 means that there is none.
  completeSum(packet, field, packet.transport, packet.end, udp ? 0xffff : 0);
}

/**
 * Mends the transport checksum of a packet whose addresses have changed, so that the sum of the pseudo-header has grown
 * by `change`. Where the checksum is left to the link, only that sum stands in the field.
 */
export function mendForAddresses(packet: Packet, protocol: number, change: number): void {
  const { view, transport, end } = packet;
  if (!packet.checksumOffloaded || packet.checksumComplete || !hasPorts(protocol)) {
    mendTransportChecksum(view, transport, end, protocol, change);
    return;
  }
  const at = transport + checksumOffset(protocol);
  if (at + 2 <= end) mendSum(view, at, change);
}

/**
 * Cuts the TCP super-segment `packet` up into segments of `packet.segmentSize` octets of text, the last one
 * perhaps shorter, as a network card does: sequence numbers and IP identifications go on counting, FIN and
 * PSH are for the last segment, CWR is for the first (RFC 3168 §6.1.2). `packet` stays the caller's.
 *
 * @param fillsChecksums - the link will complete the segments' checksums
 * @param pool - where the segments are taken from; they are the caller's
 * @param out - receives the segments, from index 0 on
 * @returns how many there are
 */
export function segmentPacket(
  packet: Packet,
  fillsChecksums: boolean,
  pool: PacketPool,
  out: Packet[],
): number {
  const { view, start, network, transport, end, segmentSize } = packet;
  assert(segmentSize > 0 && packet.checksumOffloaded, "only super-segments are cut up");
  const text = textStart(packet);
  const seq = readTcpSequence(view, transport);
  const flags = readTcpFlags(view, transport);
  const pseudo = withoutLength(readChecksum(view, transport + TCP_CHECKSUM_OFFSET), end - transport);
  const isIpv4 = ipVersion(view, network) === 4;
  const identification = isIpv4 ? readIpv4Identification(view, network) : 0;
  const constant = isIpv4 ? constantIpv4Sum(packet, network, transport) : 0;

  let count = 0;
  for (let at = text; at < end || count === 0; at += segmentSize) {
    const octets = Math.min(segmentSize, end - at);
    const last = at + octets >= end;
    const segment = pool.take(text - start + octets + 3);
    segment.start += start & 3; // as aligned as the whole is
    const shift = segment.start - start;
    takeAlong(packet, segment, shift);
    copyHeaders(packet, text, segment);
    copyText(packet, text, at, octets, segment);
    segment.end = text + shift + octets;

    const length = segment.end - segment.transport;
    const to = segment.view;
    const own = flags & ~(last ? 0 : FIN | PSH) & ~(count === 0 ? 0 : CWR);
    writeTcpPart(to, segment.transport, seqAdd(seq, at - text), own);
    writeChecksum(to, segment.transport + TCP_CHECKSUM_OFFSET, addSums(pseudo, length));
    const total = segment.end - segment.network;
    if (isIpv4) writeIpv4Part(to, segment.network, total, (identification + count) & 0xffff, constant);
    else writeIpv6PayloadLength(to, segment.network, total - IPV6_HEADER_BYTES); // all else is the same
    if (!fillsChecksums) completeChecksum(segment, IPPROTO_TCP);
    out[count++] = segment;
  }
  packet.source = undefined;
  return count;
}

/** Copies the text of a super-segment that stays whole to its place in the packet, unless it is there already. */
export function gatherText(packet: Packet): void {
  const { source, end } = packet;
  if (source === undefined) return;
  const text = textStart(packet);
  source.copyOut(packet.sourceAt, end - text, packet.bytes, text);
  packet.source = undefined;
}

/** Where the text of a TCP segment begins. */
function textStart({ view, transport }: Packet): number {
  return transport + tcpHeaderLength(view, transport);
}

/** All that comes before `text`; by words, as few octets are not worth a `subarray`. */
function copyHeaders(from: Packet, text: number, to: Packet): void {
  if ((from.start & 3) !== 0) {
    to.bytes.set(from.bytes.subarray(from.start, text), to.start);
    return;
  }
  const source = from.words;
  const target = to.words;
  const shift = (to.start - from.start) >> 2;
  for (let i = from.start >> 2; i < text >> 2; i++) target[i + shift] = source[i] as number;
}

/** The octets `[at, at + octets)` of a super-segment whose text begins at `text`, to their place in a segment. */
function copyText(packet: Packet, text: number, at: number, octets: number, segment: Packet): void {
  const into = text + segment.start - packet.start;
  const { source } = packet;
  if (source === undefined) segment.bytes.set(packet.bytes.subarray(at, at + octets), into);
  else source.copyOut(packet.sourceAt + at - text, octets, segment.bytes, into);
}

/** What is known of the whole, for a part that lies `shift` octets further on in its store. */
function takeAlong(packet: Packet, segment: Packet, shift: number): void {
  segment.network = packet.network + shift;
  segment.transport = packet.transport + shift;
  segment.checksumOffloaded = true;
  segment.hopLimit = packet.hopLimit;
  segment.trafficClass = packet.trafficClass;
  segment.dontFragment = packet.dontFragment;
  segment.cause = packet.cause;
}

/** A pseudo-header's sum with its length, `octets`, taken out: that is the same for IPv4 and IPv6. */
function withoutLength(sum: number, octets: number): number {
  return addSums(addSums(sum, ~octets & 0xffff), ~(octets >>> 16) & 0xffff);
}

/**
 * The protocol number of the datagram in `packet`, whose checksum is left to the link: for `completeChecksum`, below
 * the IP layer. (No IPv6 datagram with extension headers is.)
 */
export function transportProtocol({ view, network }: Packet): number {
  return ipVersion(view, network) === 4 ? readIpv4Protocol(view, network) : readIpv6NextHeader(view, network);
}

/**
 * Computes the TCP or UDP checksum of the frame in `packet` anew, from its headers alone: for captures, whose
 * frames should look as they do behind the link. Other frames, fragments and malformed ones stay as they are.
 */
export function recomputeChecksum(packet: Packet, medium: "ethernet" | "ip"): void {
  const { view, start, end } = packet;
  const network = medium === "ethernet" ? start + ETHERNET_HEADER_BYTES : start;
  if (medium === "ethernet") {
    if (readEthernet(view, start, end, ethernet) !== Drop.none) return;
    if (ethernet.etherType !== etherTypeOf(view, network, end)) return;
  }
  packet.network = network;
  const protocol = network < end && ipVersion(view, network) === 6 ? findIpv6(packet) : findIpv4(packet);
  const field = hasPorts(protocol) ? checksumOffset(protocol) : -1;
  const octets = packet.end - packet.transport;
  if (field >= 0 && octets >= field + 2) {
    writeChecksum(view, packet.transport + field, pseudoSum(packet, protocol, octets));
    packet.checksumOffloaded = true;
    completeChecksum(packet, protocol);
  }
  packet.end = end; // behind the datagram there may be the link's padding
}

/** Puts `transport` and `end` around what the datagram carries. Its protocol; -1 if it is no whole datagram. */
function findIpv4(packet: Packet): number {
  const { view, network, end } = packet;
  if (readIpv4(view, network, end, ip) !== Drop.none || ip.isFragment) return -1;
  packet.transport = network + ip.headerBytes;
  packet.end = network + ip.totalLength;
  return ip.protocol;
}

function findIpv6(packet: Packet): number {
  const { view, network, end } = packet;
  if (readIpv6(view, network, end, ip6) !== Drop.none) return -1;
  const from = network + IPV6_HEADER_BYTES;
  const to = from + ip6.payloadLength;
  const nextHeaderAt = network + IPV6_NEXT_HEADER_OFFSET;
  if (walkExtensions(view, from, to, ip6.nextHeader, nextHeaderAt, extensions) !== Drop.none) return -1;
  if (extensions.protocol === NEXT_FRAGMENT) return -1;
  packet.transport = extensions.at;
  packet.end = to;
  return extensions.protocol;
}

function pseudoSum(packet: Packet, protocol: number, octets: number): number {
  const { view, network } = packet;
  const isIpv4 = ipVersion(view, network) === 4;
  const from = network + (isIpv4 ? IPV4_SOURCE_OFFSET : IPV6_SOURCE_OFFSET);
  const to = network + (isIpv4 ? IPV4_HEADER_BYTES : IPV6_DESTINATION_OFFSET + 16);
  return addSums(sumOctets(packet, from, to), addSums(protocol, octets));
}
