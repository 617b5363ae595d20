/**
 * The way to one IPv4 destination, with all that does not change from datagram to datagram worked out
 * beforehand: sending is five stores of header, and the neighbour.
 */
import { assert } from "../../base/assert.ts";
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { HEADROOM } from "../../base/packet-pool.ts";
import { Send } from "../../base/send.ts";
import type { IpCounters } from "../../contract/counters.ts";
import type { DatagramCodec, Forwarder, Way } from "../../contract/forwarding.ts";
import type { Route, RouteWish } from "../../contract/network.ts";
import type { NetworkInterface, NextHop } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
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
import { completeChecksum, gatherText, segmentPacket } from "../offload.ts";
import { type Destination, MIN_PATH_MTU } from "../path.ts";

/** Without options, which this stack does not send. */
const HEADER = IPV4_HEADER_BYTES;
/** RFC 9293 MUST-15. */
const DEFAULT_MSS = 536;
const MAX_DATAGRAM = IPV4_MAX_BYTES;
const DONT_FRAGMENT = IPV4_DONT_FRAGMENT;
const MORE_FRAGMENTS = IPV4_MORE_FRAGMENTS;
/** In place of a protocol number: the IP header is there already. */
const WITH_HEADER = -1;

/** What a route needs of IPv4. */
export interface RouteHost {
  readonly services: Services;
  readonly counters: IpCounters;
  /** Where the segments of a super-segment stand while it is being sent. */
  readonly parts: Packet[];
  /** Grows when addresses, interfaces or the routing table change. */
  readonly generation: number;
  /** Undefined on a plain host. */
  readonly router: Forwarder | undefined;
  readonly codec: DatagramCodec | undefined;
  sendDropped(packet: Packet, reason: Drop): void;
  /** What is sent to `destination` through that interface is also for this host. */
  isForSelf(destination: IpAddress, through: NetworkInterface): boolean;
  /** A copy of what was sent, for this host. Takes the packet, `start` at its IP header. */
  toSelf(copy: Packet, through: NetworkInterface): void;
}

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
  readonly maxDatagram: number = MAX_DATAGRAM - HEADER;
  /** For the cache only: the source, interface and wish that it was asked for with. */
  readonly askedSource: IpAddress;
  readonly askedThrough: number;
  readonly askedWish: RouteWish;
  readonly #host: RouteHost;
  readonly #path: Destination;
  readonly #generation: number;
  readonly #linkMtu: number;
  readonly #maxSuperSegment: number;
  readonly #fillsChecksums: boolean;
  /** The 16-bit words of both addresses, added up. */
  readonly #addressSum: number;
  readonly #hopLimit: number;
  #hop: NextHop | undefined;
  /** The same for a router, while there are hooks. */
  #way: Way | undefined;

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
    this.#generation = host.generation;
    const { mtu, maxSuperSegment, fillsChecksums } = through.link.capabilities;
    this.#linkMtu = Math.min(mtu, MAX_DATAGRAM);
    this.#maxSuperSegment = fillsChecksums ? Math.min(maxSuperSegment, MAX_DATAGRAM) : 0;
    this.#fillsChecksums = fillsChecksums;
    const from = source.word3;
    const to = destination.word3;
    this.#hopLimit = destination.isMulticast ? 1 : DEFAULT_HOP_LIMIT; // RFC 1112 §6.1
    this.#addressSum = (from >>> 16) + (from & 0xffff) + (to >>> 16) + (to & 0xffff);
  }

  get valid(): boolean {
    return this.#generation === this.#host.generation && this.interface.up;
  }

  get direct(): boolean {
    return this.nextHop.equals(this.destination);
  }

  /** What is known of the path expires. */
  get mtu(): number {
    const path = this.#path;
    if (path.mtu === 0) return this.#linkMtu;
    if (this.#host.services.now >= path.expires) {
      path.forget();
      return this.#linkMtu;
    }
    return Math.min(path.mtu, this.#linkMtu);
  }

  get maxPayload(): number {
    return this.mtu - HEADER;
  }

  get maxPayloadOfLink(): number {
    return this.#linkMtu - HEADER;
  }

  pseudoHeaderSum(protocol: number, octets: number): number {
    const sum = this.#addressSum + protocol + octets;
    const folded = (sum & 0xffff) + (sum >>> 16);
    return (folded & 0xffff) + (folded >>> 16);
  }

  confirm(): void {
    this.#hop?.confirm();
  }

  suspect(): void {
    this.#hop?.suspect();
  }

  reduceMtu(mtu: number): void {
    const current = this.mtu;
    const told = mtu === 0 ? plateauBelow(current) : mtu;
    // RFC 1191 §3: a report never raises the estimate; and IP promises 68 octets, whatever is reported.
    if (told >= 68 && told < current) this.#path.reduce(told, MIN_PATH_MTU, this.#host.services.now);
  }

  send(packet: Packet, protocol: number): Drop {
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#discard(packet, Drop.linkDown);
    if (packet.hopLimit === 0) packet.hopLimit = this.#hopLimit;
    const total = packet.end - packet.start + HEADER;
    if (this.toMany && !this.#leaves(packet, protocol, total)) return Drop.none;
    const { probesPath } = packet;
    const dontFragment = packet.dontFragment && (probesPath || !this.#path.mayFragment);
    if (this.#host.router?.hooked === true) return this.#sendHooked(packet, protocol, total, dontFragment);
    if (packet.segmentSize > 0) return this.#sendSuper(packet, protocol, total, dontFragment);
    if (packet.checksumOffloaded && !this.#fillsChecksums) completeChecksum(packet, protocol);
    const mtu = probesPath ? this.#linkMtu : this.mtu;
    if (total > mtu) return this.#sendLarge(packet, protocol, total, dontFragment);
    // RFC 6864 §4.1: the identification of an atomic datagram has no meaning, so it tells nothing.
    const identification = dontFragment ? 0 : this.#path.identifications(1);
    this.#writeHeader(packet, protocol, identification, dontFragment ? DONT_FRAGMENT : 0);
    this.#output(packet);
    return Drop.none;
  }

  /** What is sent to many may also be for us. False if it is for nobody else; the packet is then released. */
  #leaves(packet: Packet, protocol: number, total: number): boolean {
    if (total <= MAX_DATAGRAM) this.#copyToSelf(packet, protocol);
    if (!packet.onlyToSelf) return true;
    this.#host.services.pool.release(packet);
    return false;
  }

  /** What hangs on hooks sees the whole datagram: it is cut up, if need be, behind them. */
  #sendHooked(packet: Packet, protocol: number, total: number, dontFragment: boolean): Drop {
    if (total > MAX_DATAGRAM) return this.#discard(packet, Drop.tooLong);
    const { segmentSize } = packet;
    const mtu = packet.probesPath ? this.#linkMtu : this.mtu;
    if (segmentSize === 0 && total > mtu && dontFragment) return this.#discard(packet, Drop.tooBig);
    const count = segmentSize > 0 ? Math.ceil(total / segmentSize) : 1;
    const flag = dontFragment ? DONT_FRAGMENT : 0;
    const identification = dontFragment && segmentSize === 0 ? 0 : this.#path.identifications(count);
    this.#writeHeader(packet, protocol, identification, flag);
    gatherText(packet);
    return this.#cross(packet);
  }

  /** Past the hooks; takes the packet. */
  #cross(packet: Packet): Drop {
    const { router, codec } = this.#host;
    if (router === undefined || codec === undefined) return Drop.none;
    this.#way ??= router.way(this.interface, this.nextHop, this.askedWish.mark);
    return router.sends(packet, this.#way, codec);
  }

  #sendLarge(packet: Packet, protocol: number, total: number, dontFragment: boolean): Drop {
    if (total > MAX_DATAGRAM) return this.#discard(packet, Drop.tooLong);
    if (dontFragment) return this.#discard(packet, Drop.tooBig);
    return this.#fragment(packet, protocol);
  }

  /** A TCP super-segment: for the link to cut up, or else cut up here. */
  #sendSuper(packet: Packet, protocol: number, total: number, dontFragment: boolean): Drop {
    const count = Math.ceil(total / packet.segmentSize);
    const identification = this.#path.identifications(count);
    if (total > MAX_DATAGRAM) return this.#discard(packet, Drop.tooLong);
    this.#writeHeader(packet, protocol, identification, dontFragment ? DONT_FRAGMENT : 0);
    if (total <= this.#maxSuperSegment) {
      gatherText(packet);
      this.#output(packet);
      return Drop.none;
    }
    const { services, parts } = this.#host;
    const { pool } = services;
    const made = segmentPacket(packet, this.#fillsChecksums, pool, parts);
    services.trace?.cut("tcp", "cut", Send.cutUp, packet, made);
    pool.release(packet);
    for (let i = 0; i < made; i++) this.#output(parts[i] as Packet);
    return Drop.none;
  }

  /**
   * Sends a datagram whose header its sender has written (IP_HDRINCL): what is left 0 of length, source and
   * identification is filled in, the checksum always. Takes the packet, `start` at the header, which is whole.
   */
  sendWithHeader(packet: Packet): Drop {
    const { view, start } = packet;
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#discard(packet, Drop.linkDown);
    if (packet.end - start > this.#linkMtu) return this.#discard(packet, Drop.tooBig);
    packet.network = start;
    fillIpv4Header(view, start, packet.end - start, this.source.word3);
    if (readIpv4Identification(view, start) === 0)
      fillIpv4Identification(view, start, this.#path.identifications(1));
    fillIpv4Checksum(packet, start, ipv4HeaderBytes(view, start));
    if (this.toMany) this.#copyToSelf(packet, WITH_HEADER);
    if (this.#host.router?.hooked === true) return this.#cross(packet);
    this.#output(packet);
    return Drop.none;
  }

  /** RFC 1112 §6.1: what is sent to a group of our own, or to everybody, also comes to us. */
  #copyToSelf(packet: Packet, protocol: number): void {
    const host = this.#host;
    if (packet.notToSelf || !host.isForSelf(this.destination, this.interface)) return;
    const octets = packet.end - packet.start;
    const copy = host.services.pool.take(octets);
    copy.bytes.set(packet.bytes.subarray(packet.start, packet.end), copy.start);
    copy.end = copy.start + octets;
    copy.hopLimit = packet.hopLimit;
    copy.trafficClass = packet.trafficClass;
    copy.cause = packet.cause;
    copy.checksumOffloaded = true; // nothing can spoil it on the way
    if (protocol !== WITH_HEADER) this.#writeHeader(copy, protocol, 0, DONT_FRAGMENT);
    host.toSelf(copy, this.interface);
  }

  /** RFC 791 §3.2, "An Example Fragmentation Procedure". Takes the packet. */
  #fragment(packet: Packet, protocol: number): Drop {
    const { services, counters } = this.#host;
    const { pool } = services;
    if (packet.checksumOffloaded) completeChecksum(packet, protocol); // a fragment's cannot be
    const identification = this.#path.identifications(1);
    const room = (this.mtu - HEADER) & ~7;
    for (let at = packet.start; at < packet.end; at += room) {
      const octets = Math.min(room, packet.end - at);
      const piece = pool.take(octets);
      piece.bytes.set(packet.bytes.subarray(at, at + octets), piece.start);
      piece.end = piece.start + octets;
      piece.hopLimit = packet.hopLimit;
      piece.trafficClass = packet.trafficClass;
      piece.sender = packet.sender;
      piece.cause = packet.cause;
      const more = at + octets < packet.end ? MORE_FRAGMENTS : 0;
      this.#writeHeader(piece, protocol, identification, more | ((at - packet.start) >> 3));
      counters.ipFragCreates++;
      this.#output(piece);
    }
    counters.ipFragOKs++;
    services.trace?.cut("ipv4", "cut", Send.fragmented, packet, Math.ceil(packet.length / room));
    pool.release(packet);
    return Drop.none;
  }

  #writeHeader(packet: Packet, protocol: number, identification: number, flagsAndOffset: number): void {
    const at = packet.prepend(HEADER);
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
  }

  #output(packet: Packet): void {
    let hop = this.#hop;
    if (hop?.removed !== false) {
      hop = this.interface.neighbour(this.nextHop);
      this.#hop = hop;
    }
    hop.output(packet);
  }

  #discard(packet: Packet, reason: Drop): Drop {
    this.#host.sendDropped(packet, reason);
    return reason;
  }
}
