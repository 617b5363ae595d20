/**
 * What a router and its hooks do with an IPv6 datagram in place: RFC 8200. A router cuts nothing up (§4.5). Only what
 * a filter has put together leaves in pieces again, of a size that any path takes.
 */
import { addSums, pseudoHeaderSum, sumOctets } from "../../base/checksum.ts";
import { AddressCache, type IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import type {
  DatagramCodec,
  IcmpKind,
  Passage,
  TransitError,
  TransitErrors,
} from "../../contract/forwarding.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import { fillChecksum } from "../../wire/checksum-field.ts";
import { ICMP_CHECKSUM_OFFSET, readIcmpType } from "../../wire/icmp.ts";
import {
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_FIRST_INFORMATIONAL,
  ICMPV6_HEADER_BYTES,
  IPPROTO_ICMPV6,
} from "../../wire/icmpv6.ts";
import { ipVersion } from "../../wire/ip-version.ts";
import {
  decrementIpv6HopLimit,
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_MIN_MTU,
  IPV6_NEXT_HEADER_OFFSET,
  IPV6_SOURCE_OFFSET,
  readIpv6HopLimit,
  readIpv6NextHeader,
  writeIpv6PayloadLength,
} from "../../wire/ipv6.ts";
import {
  ExtensionHeaders,
  FRAGMENT_HEADER_BYTES,
  NEXT_FRAGMENT,
  NEXT_HOP_BY_HOP,
  optionsHeaderBytes,
  readNextHeader,
  skipExtensions,
  writeFragmentHeader,
  writeNextHeader,
} from "../../wire/ipv6-extensions.ts";
import { completeChecksum, mendForAddresses } from "../offload.ts";
import { refuseByReset } from "../refuse-by-reset.ts";
import { chooseSource, scopeOf } from "./address-selection.ts";

/** RFC 4443 §3: an error quotes as much as fits; without 8 octets of the upper layer it tells nothing. */
const MIN_QUOTE = 8;

/** IPv6, as a router sees it. */
export class Ipv6Codec implements DatagramCodec {
  readonly family: 6 = 6;
  readonly icmp: number = IPPROTO_ICMPV6;
  readonly #services: Services;
  readonly #errors: TransitErrors;
  readonly #addresses: AddressCache = new AddressCache();
  readonly #extensions: ExtensionHeaders = new ExtensionHeaders();
  #identification: number;

  constructor(services: Services, errors: TransitErrors) {
    this.#services = services;
    this.#errors = errors;
    this.#identification = services.random.bits();
  }

  read(passage: Passage): boolean {
    const { packet } = passage;
    const { view, network, end } = packet;
    const found = this.#extensions;
    passage.source = this.#addresses.read(view, network + IPV6_SOURCE_OFFSET);
    passage.destination = this.#addresses.read(view, network + IPV6_DESTINATION_OFFSET);
    const first = readIpv6NextHeader(view, network);
    const whole = skipExtensions(view, network + IPV6_HEADER_BYTES, end, first, found);
    passage.protocol = found.protocol;
    packet.transport = Math.min(found.at, end);
    passage.laterFragment = !whole || found.stopped || found.protocol === NEXT_FRAGMENT;
    return !passage.laterFragment;
  }

  hopLimit({ view, network }: Packet): number {
    return readIpv6HopLimit(view, network);
  }

  decrementHopLimit({ view, network }: Packet): void {
    decrementIpv6HopLimit(view, network);
  }

  mayFragment(): boolean {
    return false;
  }

  /** RFC 8200 §4: a router that was not told to look at hop-by-hop options passes them on. */
  forwardOptions(): void {}

  rewrite(passage: Passage, source: IpAddress, destination: IpAddress): void {
    const { packet } = passage;
    const { view, network } = packet;
    const before = pseudoHeaderSum(passage.source, passage.destination, 0, 0);
    const after = pseudoHeaderSum(source, destination, 0, 0);
    source.write(view, network + IPV6_SOURCE_OFFSET);
    destination.write(view, network + IPV6_DESTINATION_OFFSET);
    passage.source = source;
    passage.destination = destination;
    if (passage.laterFragment) return;
    mendForAddresses(packet, passage.protocol, addSums(~before & 0xffff, after));
  }

  icmpKind({ view, transport, end }: Packet): IcmpKind {
    if (end - transport < ICMPV6_HEADER_BYTES) return "other";
    const type = readIcmpType(view, transport);
    if (type === ICMPV6_ECHO_REQUEST) return "query";
    if (type === ICMPV6_ECHO_REPLY) return "reply";
    return type < ICMPV6_FIRST_INFORMATIONAL ? "error" : "other";
  }

  isQuoted({ view, network, end }: Packet): boolean {
    return end - network >= IPV6_HEADER_BYTES + MIN_QUOTE && ipVersion(view, network) === 6;
  }

  hasRightIcmp({ packet, source, destination }: Passage): boolean {
    const { transport, end } = packet;
    const pseudo = pseudoHeaderSum(source, destination, IPPROTO_ICMPV6, end - transport);
    return packet.checksumOffloaded || addSums(pseudo, sumOctets(packet, transport, end)) === 0xffff;
  }

  finishIcmp({ packet, source, destination }: Passage): void {
    const { transport, end } = packet;
    const pseudo = pseudoHeaderSum(source, destination, IPPROTO_ICMPV6, end - transport);
    fillChecksum(packet, transport + ICMP_CHECKSUM_OFFSET, transport, end, pseudo, 0);
  }

  completeChecksum(packet: Packet): void {
    const { view, network, end } = packet;
    const found = this.#extensions;
    const first = readIpv6NextHeader(view, network);
    if (skipExtensions(view, network + IPV6_HEADER_BYTES, end, first, found))
      completeChecksum(packet, found.protocol);
  }

  /** Of what was put together on its way: RFC 8200 §4.5, in pieces of the least MTU, as its sender's are not known. */
  fragment(packet: Packet, mtu: number, pieces: Packet[]): number {
    const { view, network, transport, end, bytes } = packet;
    this.completeChecksum(packet);
    // Hop-by-hop options go with every piece.
    const hopByHop = readIpv6NextHeader(view, network) === NEXT_HOP_BY_HOP;
    const options = network + IPV6_HEADER_BYTES;
    const data = hopByHop ? options + optionsHeaderBytes(view, options) : options;
    const nextHeader = hopByHop ? IPV6_HEADER_BYTES : IPV6_NEXT_HEADER_OFFSET;
    const first = readNextHeader(view, network + nextHeader);
    const room = (Math.min(mtu, IPV6_MIN_MTU) - (data - network) - FRAGMENT_HEADER_BYTES) & ~7;
    const identification = this.#identification++;
    let count = 0;
    for (let at = data; at < end; at += room) {
      const octets = Math.min(room, end - at);
      const piece = this.#services.pool.take(data - network + FRAGMENT_HEADER_BYTES + octets);
      const to = piece.start;
      piece.bytes.set(bytes.subarray(network, data), to);
      const header = to + data - network;
      writeFragmentHeader(piece.view, header, first, at - data, at + octets < end, identification);
      piece.bytes.set(bytes.subarray(at, at + octets), header + FRAGMENT_HEADER_BYTES);
      piece.end = header + FRAGMENT_HEADER_BYTES + octets;
      piece.network = to;
      piece.transport = header + FRAGMENT_HEADER_BYTES + (at === data ? transport - data : 0);
      piece.cause = packet.cause;
      writeIpv6PayloadLength(piece.view, to, piece.end - to - IPV6_HEADER_BYTES);
      writeNextHeader(piece.view, to + nextHeader, NEXT_FRAGMENT);
      pieces[count++] = piece;
    }
    return count;
  }

  sendError(error: TransitError, packet: Packet, detail: number, from: NetworkInterface | undefined): void {
    this.#errors.sendTransitError(error, packet, detail, from);
  }

  sendReset(passage: Passage): void {
    refuseByReset(this.#services, passage, this.#errors);
  }

  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void {
    this.#errors.sendRedirect(packet, gateway, on);
  }

  sourceOn(on: NetworkInterface, towards: IpAddress): IpAddress | undefined {
    const source = chooseSource(on.addresses, towards);
    // From an address that reaches less far nothing could come back (RFC 4007 §6).
    return source === undefined || scopeOf(source) < scopeOf(towards) ? undefined : source;
  }
}
