/**
 * What a router and its hooks do with an IPv4 datagram in place: the time to live, options on the way (RFC 1812
 * §4.2.2.9, §5.3.1), other addresses (RFC 3022 §4), fragments of what came whole or in pieces (RFC 791 §3.2).
 */
import { assert } from "../../base/assert.ts";
import { addSums, finishSum, sumOctets } from "../../base/checksum.ts";
import { AddressCache, type IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { DatagramCodec, IcmpKind, Passage, TransitError } from "../../contract/forwarding.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import {
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_BYTES,
  ICMP_REDIRECT,
  ICMP_TIMESTAMP_REPLY,
  ICMP_TIMESTAMP_REQUEST,
  IPPROTO_ICMP,
  isIcmpError,
} from "../../wire/icmpv4.ts";
import { IPV4_HEADER_BYTES } from "../../wire/ipv4.ts";
import { Ipv4Options, readIpv4Options, recordInOptions } from "../../wire/ipv4-options.ts";
import { IPPROTO_TCP, TCP_CHECKSUM_OFFSET } from "../../wire/tcp.ts";
import { IPPROTO_UDP, UDP_CHECKSUM_OFFSET } from "../../wire/udp.ts";
import { completeChecksum } from "../offload.ts";
import { sourceAddress } from "../routing-table.ts";

const TOTAL_LENGTH = 2;
const FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;
/** RFC 792: of the transport header, an error quotes 8 octets at least. */
const MIN_QUOTE = 8;
/** In the header of ICMP. */
const ICMP_CHECKSUM = 2;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;
/** The high bit of an option's type: it goes into every fragment (RFC 791 §3.1). */
const COPIED = 0x80;

/** Who sends what is to be told to senders. */
export interface TransitErrors {
  sendTransitError(error: TransitError, packet: Packet, detail: number): void;
  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void;
}

/** IPv4, as a router sees it. */
export class Ipv4Codec implements DatagramCodec {
  readonly family: 4 = 4;
  readonly icmp: number = IPPROTO_ICMP;
  readonly #services: Services;
  readonly #errors: TransitErrors;
  readonly #addresses: AddressCache = new AddressCache();
  readonly #options: Ipv4Options = new Ipv4Options();

  constructor(services: Services, errors: TransitErrors) {
    this.#services = services;
    this.#errors = errors;
  }

  read(passage: Passage): boolean {
    const { packet } = passage;
    const { view, network } = packet;
    passage.source = this.#addresses.ipv4(view.getInt32(network + SOURCE));
    passage.destination = this.#addresses.ipv4(view.getInt32(network + DESTINATION));
    passage.protocol = view.getUint8(network + PROTOCOL);
    passage.laterFragment = (view.getUint16(network + FRAGMENT) & OFFSET_MASK) !== 0;
    packet.transport = network + headerBytes(packet);
    return !passage.laterFragment;
  }

  hopLimit({ view, network }: Packet): number {
    return view.getUint8(network + TIME_TO_LIVE);
  }

  /** RFC 1624 (eqn. 3), for a high octet that becomes one less: the checksum becomes 0x100 more, end-around. */
  decrementHopLimit({ view, network }: Packet): void {
    view.setUint8(network + TIME_TO_LIVE, view.getUint8(network + TIME_TO_LIVE) - 1);
    const sum = view.getUint16(network + CHECKSUM) + 0x100;
    view.setUint16(network + CHECKSUM, sum + (sum >= 0xffff ? 1 : 0));
  }

  mayFragment({ view, network }: Packet): boolean {
    return (view.getUint16(network + FRAGMENT) & DONT_FRAGMENT) === 0;
  }

  /** RFC 1812 §4.2.2.9, §5.2.4; a source route is refused by whoever receives it (RFC 7126 §4.3). */
  forwardOptions(packet: Packet, on: NetworkInterface, nextHop: IpAddress): void {
    const bytes = headerBytes(packet);
    if (bytes === IPV4_HEADER_BYTES) return;
    const options = this.#options;
    const fine = readIpv4Options(packet.view, packet.network, bytes, options);
    assert(fine && options.sourceRoute === 0, "options were checked when the datagram arrived");
    const address = sourceAddress(on, nextHop);
    if (address === undefined || (options.recordRoute === 0 && options.timestamp === 0)) return;
    const milliseconds = Math.floor(this.#services.now / 1000);
    recordInOptions(packet.view, options, address.word3, milliseconds);
    writeChecksum(packet, bytes);
  }

  rewrite(passage: Passage, source: IpAddress, destination: IpAddress): void {
    const { packet } = passage;
    const { view, network } = packet;
    const change = addSums(
      changeOf(view.getInt32(network + SOURCE), source.word3),
      changeOf(view.getInt32(network + DESTINATION), destination.word3),
    );
    view.setInt32(network + SOURCE, source.word3);
    view.setInt32(network + DESTINATION, destination.word3);
    adjustChecksum(view, network + CHECKSUM, change);
    passage.source = source;
    passage.destination = destination;
    if (!passage.laterFragment) adjustTransport(passage, change);
  }

  icmpKind({ view, transport, end }: Packet): IcmpKind {
    if (end - transport < ICMP_HEADER_BYTES) return "other";
    const type = view.getUint8(transport);
    if (type === ICMP_ECHO_REQUEST || type === ICMP_TIMESTAMP_REQUEST) return "query";
    if (type === ICMP_ECHO_REPLY || type === ICMP_TIMESTAMP_REPLY) return "reply";
    return isIcmpError(type) && type !== ICMP_REDIRECT ? "error" : "other";
  }

  isQuoted(packet: Packet): boolean {
    const { view, network, end } = packet;
    if (end - network < IPV4_HEADER_BYTES + MIN_QUOTE || view.getUint8(network) >>> 4 !== 4) return false;
    const header = headerBytes(packet);
    return header >= IPV4_HEADER_BYTES && end - network >= header + MIN_QUOTE;
  }

  finishIcmp({ packet }: Passage): void {
    const { view, transport, end } = packet;
    view.setUint16(transport + ICMP_CHECKSUM, 0);
    view.setUint16(transport + ICMP_CHECKSUM, finishSum(sumOctets(packet, transport, end)));
  }

  completeChecksum(packet: Packet): void {
    completeChecksum(packet, packet.view.getUint8(packet.network + PROTOCOL));
  }

  fragment(packet: Packet, mtu: number, pieces: Packet[]): number {
    const { view, network, end, bytes } = packet;
    this.completeChecksum(packet); // a fragment's could not be
    const header = headerBytes(packet);
    const flags = view.getUint16(network + FRAGMENT);
    const offset = flags & OFFSET_MASK;
    const room = (mtu - header) & ~7;
    let count = 0;
    for (let at = network + header; at < end; at += room) {
      const octets = Math.min(room, end - at);
      const first = count === 0;
      const piece = this.#services.pool.take(header + octets);
      const to = piece.start;
      piece.bytes.set(bytes.subarray(network, network + header), to);
      piece.bytes.set(bytes.subarray(at, at + octets), to + header);
      piece.network = to;
      piece.transport = to + header;
      piece.end = to + header + octets;
      piece.cause = packet.cause;
      const more = at + octets < end ? MORE_FRAGMENTS : flags & MORE_FRAGMENTS;
      piece.view.setUint16(to + TOTAL_LENGTH, header + octets);
      piece.view.setUint16(to + FRAGMENT, more | (offset + ((at - network - header) >> 3)));
      if (!first) blankOptions(piece, header);
      writeChecksum(piece, header);
      pieces[count++] = piece;
    }
    return count;
  }

  sendError(error: TransitError, packet: Packet, detail: number): void {
    this.#errors.sendTransitError(error, packet, detail);
  }

  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void {
    this.#errors.sendRedirect(packet, gateway, on);
  }

  sourceOn(on: NetworkInterface, towards: IpAddress): IpAddress | undefined {
    return sourceAddress(on, towards);
  }
}

function headerBytes({ view, network }: Packet): number {
  return (view.getUint8(network) & 15) << 2;
}

function writeChecksum(packet: Packet, header: number): void {
  const { view, network } = packet;
  view.setUint16(network + CHECKSUM, 0);
  view.setUint16(network + CHECKSUM, finishSum(sumOctets(packet, network, network + header)));
}

/** Options that go only with the first fragment are none in the others (RFC 791 §3.2). */
function blankOptions({ view, network }: Packet, header: number): void {
  const end = network + header;
  for (let at = network + IPV4_HEADER_BYTES; at < end; ) {
    const type = view.getUint8(at);
    if (type === 0) return;
    const length = type === 1 ? 1 : view.getUint8(at + 1);
    if ((type & COPIED) === 0) for (let i = 0; i < length; i++) view.setUint8(at + i, 1);
    at += length;
  }
}

// ── RFC 1624 ─────────────────────────────────────────────────────────────────────────────────────────────

/** What a sum grows by when the word `from` becomes `to`, folded. */
function changeOf(from: number, to: number): number {
  const out = addSums(~(from >>> 16) & 0xffff, ~from & 0xffff);
  return addSums(out, addSums(to >>> 16, to & 0xffff));
}

/** RFC 1624 (eqn. 3): HC' = ~(~HC + ~m + m'). */
function adjustChecksum(view: DataView, at: number, change: number): void {
  view.setUint16(at, ~addSums(~view.getUint16(at) & 0xffff, change) & 0xffff);
}

/** Mends the transport checksum, which covers the addresses. ICMP's does not. */
function adjustTransport({ packet, protocol }: Passage, change: number): void {
  const { view, transport, end } = packet;
  const udp = protocol === IPPROTO_UDP;
  if (!udp && protocol !== IPPROTO_TCP) return;
  const at = transport + (udp ? UDP_CHECKSUM_OFFSET : TCP_CHECKSUM_OFFSET);
  if (at + 2 > end) return;
  if (packet.checksumOffloaded && !packet.checksumComplete) {
    // Only the sum of the pseudo-header stands there, not complemented.
    view.setUint16(at, addSums(view.getUint16(at), change));
    return;
  }
  if (udp && view.getUint16(at) === 0) return; // RFC 768: the sender has computed none
  adjustChecksum(view, at, change);
  if (udp && view.getUint16(at) === 0) view.setUint16(at, 0xffff);
}
