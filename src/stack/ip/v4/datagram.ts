/**
 * What a router and its hooks do with an IPv4 datagram in place. They count down its time to live, fill in options on
 * the way (RFC 1812 §4.2.2.9, §5.3.1), change its addresses (RFC 3022 §4), and cut it into fragments (RFC 791 §3.2).
 */
import { assert } from "../../base/assert.ts";
import { addSums, sumOctets } from "../../base/checksum.ts";
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
import { changeOfWords, fillChecksum, mendChecksum } from "../../wire/checksum-field.ts";
import { ICMP_CHECKSUM_OFFSET, readIcmpType } from "../../wire/icmp.ts";
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
import { ipVersion } from "../../wire/ip-version.ts";
import {
  decrementTimeToLive,
  fillIpv4Checksum,
  IPV4_CHECKSUM_OFFSET,
  IPV4_DONT_FRAGMENT,
  IPV4_HEADER_BYTES,
  IPV4_MORE_FRAGMENTS,
  ipv4HeaderBytes,
  isLaterIpv4Fragment,
  readIpv4Destination,
  readIpv4Fragment,
  readIpv4FragmentOffset,
  readIpv4Protocol,
  readIpv4Source,
  readTimeToLive,
  writeIpv4Addresses,
  writeIpv4Fragment,
} from "../../wire/ipv4.ts";
import { blankOptions, Ipv4Options, readIpv4Options, recordInOptions } from "../../wire/ipv4-options.ts";
import { completeChecksum, mendForAddresses } from "../offload.ts";
import { refuseByReset } from "../refuse-by-reset.ts";
import { sourceAddress } from "../routing-table.ts";

/** RFC 792: of the transport header, an error quotes 8 octets at least. */
const MIN_QUOTE = 8;

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
    passage.source = this.#addresses.ipv4(readIpv4Source(view, network));
    passage.destination = this.#addresses.ipv4(readIpv4Destination(view, network));
    passage.protocol = readIpv4Protocol(view, network);
    passage.laterFragment = isLaterIpv4Fragment(view, network);
    packet.transport = network + ipv4HeaderBytes(view, network);
    return !passage.laterFragment;
  }

  hopLimit({ view, network }: Packet): number {
    return readTimeToLive(view, network);
  }

  decrementHopLimit({ view, network }: Packet): void {
    decrementTimeToLive(view, network);
  }

  mayFragment({ view, network }: Packet): boolean {
    return (readIpv4Fragment(view, network) & IPV4_DONT_FRAGMENT) === 0;
  }

  /** RFC 1812 §4.2.2.9, §5.2.4; a source route is refused by whoever receives it (RFC 7126 §4.3). */
  forwardOptions(packet: Packet, on: NetworkInterface, nextHop: IpAddress): void {
    const bytes = ipv4HeaderBytes(packet.view, packet.network);
    if (bytes === IPV4_HEADER_BYTES) return;
    const options = this.#options;
    const fine = readIpv4Options(packet.view, packet.network, bytes, options);
    assert(fine && options.sourceRoute === 0, "options were checked when the datagram arrived");
    const address = sourceAddress(on, nextHop);
    if (address === undefined || (options.recordRoute === 0 && options.timestamp === 0)) return;
    const milliseconds = Math.floor(this.#services.now / 1000);
    recordInOptions(packet.view, options, address.word3, milliseconds);
    fillIpv4Checksum(packet, packet.network, bytes);
  }

  rewrite(passage: Passage, source: IpAddress, destination: IpAddress): void {
    const { packet } = passage;
    const { view, network } = packet;
    const change = addSums(
      changeOfWords(readIpv4Source(view, network), source.word3),
      changeOfWords(readIpv4Destination(view, network), destination.word3),
    );
    writeIpv4Addresses(view, network, source.word3, destination.word3);
    mendChecksum(view, network + IPV4_CHECKSUM_OFFSET, change);
    passage.source = source;
    passage.destination = destination;
    // ICMP's checksum does not cover the addresses.
    if (!passage.laterFragment && passage.protocol !== IPPROTO_ICMP) {
      mendForAddresses(packet, passage.protocol, change);
    }
  }

  icmpKind({ view, transport, end }: Packet): IcmpKind {
    if (end - transport < ICMP_HEADER_BYTES) return "other";
    const type = readIcmpType(view, transport);
    if (type === ICMP_ECHO_REQUEST || type === ICMP_TIMESTAMP_REQUEST) return "query";
    if (type === ICMP_ECHO_REPLY || type === ICMP_TIMESTAMP_REPLY) return "reply";
    return isIcmpError(type) && type !== ICMP_REDIRECT ? "error" : "other";
  }

  isQuoted(packet: Packet): boolean {
    const { view, network, end } = packet;
    if (end - network < IPV4_HEADER_BYTES + MIN_QUOTE || ipVersion(view, network) !== 4) return false;
    const header = ipv4HeaderBytes(view, network);
    return header >= IPV4_HEADER_BYTES && end - network >= header + MIN_QUOTE;
  }

  hasRightIcmp({ packet }: Passage): boolean {
    return packet.checksumOffloaded || sumOctets(packet, packet.transport, packet.end) === 0xffff;
  }

  finishIcmp({ packet }: Passage): void {
    const { transport, end } = packet;
    fillChecksum(packet, transport + ICMP_CHECKSUM_OFFSET, transport, end, 0, 0);
  }

  completeChecksum(packet: Packet): void {
    completeChecksum(packet, readIpv4Protocol(packet.view, packet.network));
  }

  fragment(packet: Packet, mtu: number, pieces: Packet[]): number {
    const { view, network, end, bytes } = packet;
    this.completeChecksum(packet); // a fragment's could not be
    const header = ipv4HeaderBytes(view, network);
    const more = readIpv4Fragment(view, network) & IPV4_MORE_FRAGMENTS;
    const offset = readIpv4FragmentOffset(view, network);
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
      const follows = at + octets < end ? IPV4_MORE_FRAGMENTS : more;
      writeIpv4Fragment(piece.view, to, header + octets, follows | (offset + ((at - network - header) >> 3)));
      if (!first) blankOptions(piece.view, to, header);
      fillIpv4Checksum(piece, to, header);
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
    return sourceAddress(on, towards);
  }
}
