/**
 * The way to one IPv4 destination. All that is the same for every datagram is worked out beforehand: to send one takes
 * five stores for the header, and the neighbour.
 */
import { assert } from "../../base/assert.ts";
import { foldSum } from "../../base/checksum.ts";
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { HEADROOM } from "../../base/packet-pool.ts";
import type { Route, RouteWish } from "../../contract/network.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import {
  DEFAULT_HOP_LIMIT,
  fillIpv4Checksum,
  fillIpv4Header,
  fillIpv4Identification,
  IPV4_DONT_FRAGMENT,
  IPV4_HEADER_BYTES,
  IPV4_MAX_BYTES,
  IPV4_MORE_FRAGMENTS,
  ipv4HeaderBytes,
  readIpv4Identification,
  writePlainIpv4,
} from "../../wire/ipv4.ts";
import { plateauBelow } from "../mtu-plateaus.ts";
import { completeChecksum, gatherText } from "../offload.ts";
import { type Destination, MIN_PATH_MTU } from "../path.ts";
import { type RouteHost, WayOut } from "../way-out.ts";
import type { SentOptions } from "./sent-options.ts";

const HEADER = IPV4_HEADER_BYTES;
/** RFC 9293 MUST-15. */
const DEFAULT_MSS = 536;
const MAX_DATAGRAM = IPV4_MAX_BYTES;
const DONT_FRAGMENT = IPV4_DONT_FRAGMENT;
const MORE_FRAGMENTS = IPV4_MORE_FRAGMENTS;
/** In place of a protocol number: the IP header is there already. */
const WITH_HEADER = -1;

/** The way to one destination. */
export class Ipv4Route implements Route {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly interface: NetworkInterface;
  readonly toMany: boolean;
  /** The next hop: the destination itself, or a gateway. */
  readonly nextHop: IpAddress;
  readonly headroom: number = HEADROOM;
  readonly defaultMss: number = DEFAULT_MSS;
  readonly maxDatagram: number;
  readonly extraBytes: number;
  /** For the cache only: the source, interface and wish that it was asked for with. */
  readonly askedSource: IpAddress;
  readonly askedThrough: number;
  readonly askedWish: RouteWish;
  readonly #host: RouteHost;
  readonly #path: Destination;
  readonly #out: WayOut;
  readonly #linkMtu: number;
  /** Undefined: each header is plain. */
  readonly #options: SentOptions | undefined;
  /** Octets of each header. */
  readonly #header: number;
  /** The 16-bit words of both addresses, added up. */
  readonly #addressSum: number;
  readonly #hopLimit: number;

  constructor(
    host: RouteHost,
    through: NetworkInterface,
    source: IpAddress,
    destination: IpAddress,
    nextHop: IpAddress,
    path: Destination,
    toMany: boolean,
    askedSource: IpAddress,
    askedThrough: number,
    askedWish: RouteWish,
    options?: SentOptions,
  ) {
    this.#host = host;
    this.interface = through;
    this.source = source;
    this.destination = destination;
    this.nextHop = nextHop;
    this.toMany = toMany;
    this.askedSource = askedSource;
    this.askedThrough = askedThrough;
    this.askedWish = askedWish;
    this.#path = path;
    this.#out = new WayOut(host, through, nextHop, MAX_DATAGRAM, askedWish.mark);
    this.#linkMtu = Math.min(through.link.capabilities.mtu, MAX_DATAGRAM);
    this.#options = options;
    this.extraBytes = options?.length ?? 0;
    this.#header = HEADER + this.extraBytes;
    this.maxDatagram = MAX_DATAGRAM - this.#header;
    const from = source.word3;
    const to = destination.word3;
    this.#hopLimit = destination.isMulticast ? 1 : DEFAULT_HOP_LIMIT; // RFC 1112 §6.1
    this.#addressSum = (from >>> 16) + (from & 0xffff) + (to >>> 16) + (to & 0xffff);
  }

  get valid(): boolean {
    return this.#out.valid;
  }

  get direct(): boolean {
    return this.nextHop.equals(this.destination);
  }

  get mtu(): number {
    return this.#out.mtu(this.#path, this.#linkMtu);
  }

  get maxPayload(): number {
    return this.mtu - this.#header;
  }

  get maxPayloadOfLink(): number {
    return this.#linkMtu - HEADER;
  }

  pseudoHeaderSum(protocol: number, octets: number): number {
    return foldSum(this.#addressSum + protocol + octets);
  }

  confirm(): void {
    this.#out.confirm();
  }

  suspect(): void {
    this.#out.suspect();
  }

  reduceMtu(mtu: number): void {
    const current = this.mtu;
    const told = mtu === 0 ? plateauBelow(current) : mtu;
    // RFC 1191 §3: a report never raises the estimate; and IP promises 68 octets, whatever is reported.
    if (told >= 68 && told < current) this.#path.reduce(told, MIN_PATH_MTU, this.#host.services.now);
  }

  send(packet: Packet, protocol: number): Drop {
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#out.discard(packet, Drop.linkDown);
    if (packet.hopLimit === 0) packet.hopLimit = this.#hopLimit;
    packet.mark = this.#out.mark;
    const total = packet.end - packet.start + this.#header;
    if (this.toMany && !this.#leaves(packet, protocol, total)) return Drop.none;
    const { probesPath } = packet;
    const dontFragment = packet.dontFragment && (probesPath || !this.#path.mayFragment);
    if (this.#out.hooked) return this.#sendHooked(packet, protocol, total, dontFragment);
    if (packet.segmentSize > 0) return this.#sendSuper(packet, protocol, total, dontFragment);
    if (packet.checksumOffloaded && !this.#out.fillsChecksums) completeChecksum(packet, protocol);
    const mtu = probesPath ? this.#linkMtu : this.mtu;
    if (total > mtu) return this.#sendLarge(packet, protocol, total, dontFragment);
    // RFC 6864 §4.1: the identification of an atomic datagram has no meaning, so it tells nothing.
    const identification = dontFragment ? 0 : this.#path.identifications(1);
    this.#writeHeader(packet, protocol, identification, dontFragment ? DONT_FRAGMENT : 0);
    this.#out.output(packet);
    return Drop.none;
  }

  /** What is sent to many may also be for us. False if it is for nobody else; the packet is then released. */
  #leaves(packet: Packet, protocol: number, total: number): boolean {
    if (total <= MAX_DATAGRAM) this.#copyToSelf(packet, protocol);
    return !this.#out.isOnlyToSelf(packet);
  }

  /** What hangs on hooks sees the whole datagram: it is cut up, if need be, behind them. */
  #sendHooked(packet: Packet, protocol: number, total: number, dontFragment: boolean): Drop {
    if (total > MAX_DATAGRAM) return this.#out.discard(packet, Drop.tooLong);
    const { segmentSize } = packet;
    const mtu = packet.probesPath ? this.#linkMtu : this.mtu;
    if (segmentSize === 0 && total > mtu && dontFragment) return this.#out.discard(packet, Drop.tooBig);
    const count = segmentSize > 0 ? Math.ceil(total / segmentSize) : 1;
    const flag = dontFragment ? DONT_FRAGMENT : 0;
    const identification = dontFragment && segmentSize === 0 ? 0 : this.#path.identifications(count);
    this.#writeHeader(packet, protocol, identification, flag);
    gatherText(packet);
    return this.#out.cross(packet);
  }

  #sendLarge(packet: Packet, protocol: number, total: number, dontFragment: boolean): Drop {
    if (total > MAX_DATAGRAM) return this.#out.discard(packet, Drop.tooLong);
    if (dontFragment) return this.#out.discard(packet, Drop.tooBig);
    return this.#fragment(packet, protocol);
  }

  /** A TCP super-segment: for the link to cut up, or else cut up here. */
  #sendSuper(packet: Packet, protocol: number, total: number, dontFragment: boolean): Drop {
    const count = Math.ceil(total / packet.segmentSize);
    const identification = this.#path.identifications(count);
    if (total > MAX_DATAGRAM) return this.#out.discard(packet, Drop.tooLong);
    this.#writeHeader(packet, protocol, identification, dontFragment ? DONT_FRAGMENT : 0);
    return this.#out.outputSuper(packet);
  }

  /**
   * Sends a datagram whose header its sender has written (IP_HDRINCL): what is left 0 of length, source and
   * identification is filled in, the checksum always. Takes the packet, `start` at the header, which is whole.
   */
  sendWithHeader(packet: Packet): Drop {
    const { view, start } = packet;
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#out.discard(packet, Drop.linkDown);
    if (packet.end - start > this.#linkMtu) return this.#out.discard(packet, Drop.tooBig);
    packet.network = start;
    fillIpv4Header(view, start, packet.end - start, this.source.word3);
    if (readIpv4Identification(view, start) === 0)
      fillIpv4Identification(view, start, this.#path.identifications(1));
    fillIpv4Checksum(packet, start, ipv4HeaderBytes(view, start));
    if (this.toMany) this.#copyToSelf(packet, WITH_HEADER);
    if (this.#out.hooked) return this.#out.cross(packet);
    this.#out.output(packet);
    return Drop.none;
  }

  /** RFC 1112 §6.1: what is sent to a group of our own, or to everybody, also comes to us. */
  #copyToSelf(packet: Packet, protocol: number): void {
    const copy = this.#out.copyForSelf(packet, this.destination);
    if (copy === undefined) return;
    if (protocol !== WITH_HEADER) this.#writeHeader(copy, protocol, 0, DONT_FRAGMENT);
    this.#out.toSelf(copy);
  }

  /** RFC 791 §3.2, "An Example Fragmentation Procedure". Takes the packet. */
  #fragment(packet: Packet, protocol: number): Drop {
    if (packet.checksumOffloaded) completeChecksum(packet, protocol); // a fragment's cannot be
    const identification = this.#path.identifications(1);
    const room = (this.mtu - this.#header) & ~7;
    for (let at = packet.start; at < packet.end; at += room) {
      const octets = Math.min(room, packet.end - at);
      const piece = this.#out.pieceOf(packet, at, octets);
      const more = at + octets < packet.end ? MORE_FRAGMENTS : 0;
      this.#writeHeader(piece, protocol, identification, more | ((at - packet.start) >> 3));
      this.#out.outputPiece(piece);
    }
    return this.#out.fragmented(packet, Math.ceil(packet.length / room));
  }

  #writeHeader(packet: Packet, protocol: number, identification: number, flagsAndOffset: number): void {
    const at = packet.prepend(this.#header);
    assert(at >= 0, "there is headroom for the IP header");
    packet.network = at;
    writePlainIpv4(
      packet.view,
      at,
      packet.trafficClass,
      packet.end - at,
      identification,
      flagsAndOffset,
      packet.hopLimit,
      protocol,
      this.source.word3,
      this.destination.word3,
      this.#addressSum,
    );
    this.#options?.write(packet, at, this.#host.services.now);
  }
}
