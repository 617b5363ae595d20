/**
 * The way to one IPv6 destination, with all that does not change from datagram to datagram worked out beforehand:
 * sending is ten stores of header, and the neighbour. RFC 8200 §3, §4.5, §5; RFC 6437; RFC 8201.
 */
import { assert } from "../../base/assert.ts";
import { pseudoHeaderSum } from "../../base/checksum.ts";
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
import { readChecksum, writeChecksum } from "../../wire/checksum-field.ts";
import {
  IPV6_HEADER_BYTES,
  IPV6_MAX_PAYLOAD,
  IPV6_MIN_MTU,
  IPV6_SOURCE_OFFSET,
  isIpv6SourceUnset,
  writeIpv6PayloadLength,
  writePlainIpv6,
} from "../../wire/ipv6.ts";
import { FRAGMENT_HEADER_BYTES, NEXT_FRAGMENT, writeFragmentHeader } from "../../wire/ipv6-extensions.ts";
import { hasPorts, readPorts } from "../../wire/transport.ts";
import { IPPROTO_UDP, UDP_CHECKSUM_OFFSET, UDP_HEADER_BYTES } from "../../wire/udp.ts";
import { completeChecksum, gatherText, segmentPacket } from "../offload.ts";
import type { Destination } from "../path.ts";
import type { LinkParameters } from "./link-parameters.ts";

const HEADER = IPV6_HEADER_BYTES;
/** RFC 9293 MUST-15. */
const DEFAULT_MSS = 1220;

/** What a route needs of IPv6. */
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

/** What a route is made of. */
export interface RouteParts {
  readonly through: NetworkInterface;
  readonly link: LinkParameters;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly nextHop: IpAddress;
  readonly path: Destination;
  /** Asked for with this source, interface and wish; for the cache only. */
  readonly askedSource: IpAddress;
  readonly askedThrough: number;
  readonly askedWish: RouteWish;
  /** Makes flow labels that nobody can foretell. */
  readonly flowSecret: number;
}

/** The way to one destination. */
export class Ipv6Route implements Route {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly interface: NetworkInterface;
  readonly toMany: boolean;
  /** The next hop: the destination itself, or a router. */
  readonly nextHop: IpAddress;
  readonly headroom: number = HEADROOM;
  readonly defaultMss: number = DEFAULT_MSS;
  readonly maxDatagram: number = IPV6_MAX_PAYLOAD;
  /** For the cache only: the source, interface and wish that it was asked for with. */
  readonly askedSource: IpAddress;
  readonly askedThrough: number;
  readonly askedWish: RouteWish;
  readonly #host: RouteHost;
  readonly #path: Destination;
  readonly #link: LinkParameters;
  readonly #generation: number;
  readonly #maxSuperSegment: number;
  readonly #fillsChecksums: boolean;
  /** The 16-bit words of both addresses, added up and folded. */
  readonly #addressSum: number;
  /** What of a flow label is the same for all flows to the destination. */
  readonly #flowSeed: number;
  #hop: NextHop | undefined;
  /** The same for a router, while there are hooks. */
  #way: Way | undefined;

  constructor(host: RouteHost, parts: RouteParts) {
    const { through, source, destination } = parts;
    this.#host = host;
    this.interface = through;
    this.source = source;
    this.destination = destination;
    this.nextHop = parts.nextHop;
    this.toMany = destination.isMulticast;
    this.askedSource = parts.askedSource;
    this.askedThrough = parts.askedThrough;
    this.askedWish = parts.askedWish;
    this.#path = parts.path;
    this.#link = parts.link;
    this.#generation = host.generation;
    const { maxSuperSegment, fillsChecksums } = through.link.capabilities;
    this.#maxSuperSegment = fillsChecksums ? maxSuperSegment : 0;
    this.#fillsChecksums = fillsChecksums;
    this.#addressSum = pseudoHeaderSum(source, destination, 0, 0);
    this.#flowSeed = Math.imul(parts.flowSecret ^ source.hash, 0x85ebca6b) ^ destination.hash;
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
    const { linkMtu } = this.#link;
    if (path.mtu === 0) return linkMtu;
    if (this.#host.services.now >= path.expires) {
      path.forget();
      return linkMtu;
    }
    return Math.min(path.mtu, linkMtu);
  }

  get maxPayload(): number {
    return this.mtu - HEADER;
  }

  get maxPayloadOfLink(): number {
    return this.#link.linkMtu - HEADER;
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

  /** RFC 8201 §4: a report never raises the estimate, and none below the least MTU of IPv6 is heeded (RFC 8021). */
  reduceMtu(mtu: number): void {
    if (mtu >= IPV6_MIN_MTU && mtu < this.mtu) {
      this.#path.reduce(mtu, IPV6_MIN_MTU, this.#host.services.now);
    }
  }

  send(packet: Packet, protocol: number): Drop {
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#discard(packet, Drop.linkDown);
    if (packet.hopLimit === 0) packet.hopLimit = this.toMany ? 1 : this.#link.curHopLimit; // RFC 3493 §5.2
    const octets = packet.end - packet.start;
    if (octets > IPV6_MAX_PAYLOAD) return this.#discard(packet, Drop.tooLong);
    if (!packet.checksumOffloaded && protocol === IPPROTO_UDP) this.#ensureChecksum(packet, octets);
    const label = this.#flowLabel(packet, protocol);
    if (this.toMany && !this.#leaves(packet, protocol, label)) return Drop.none;
    if (this.#host.router?.hooked === true) return this.#sendHooked(packet, protocol, label);
    if (packet.segmentSize > 0) return this.#sendSuper(packet, protocol, label);
    return this.#sendOne(packet, protocol, label, octets + HEADER);
  }

  #sendOne(packet: Packet, protocol: number, label: number, total: number): Drop {
    if (packet.checksumOffloaded && !this.#fillsChecksums) completeChecksum(packet, protocol);
    if (total > (packet.probesPath ? this.#link.linkMtu : this.mtu)) {
      if (packet.dontFragment) return this.#discard(packet, Drop.tooBig);
      return this.#fragment(packet, protocol, label);
    }
    this.#writeHeader(packet, protocol, label);
    this.#output(packet);
    return Drop.none;
  }

  /** What is sent to many may also be for us. False if it is for nobody else; the packet is then released. */
  #leaves(packet: Packet, protocol: number, label: number): boolean {
    this.#copyToSelf(packet, protocol, label);
    if (!packet.onlyToSelf) return true;
    this.#host.services.pool.release(packet);
    return false;
  }

  /** What hangs on hooks sees the whole datagram: it is cut up, if need be, behind them. */
  #sendHooked(packet: Packet, protocol: number, label: number): Drop {
    const mtu = packet.probesPath ? this.#link.linkMtu : this.mtu;
    const tooBig = packet.segmentSize === 0 && packet.end - packet.start + HEADER > mtu;
    if (tooBig && packet.dontFragment) return this.#discard(packet, Drop.tooBig);
    this.#writeHeader(packet, protocol, label);
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

  /** A TCP super-segment: for the link to cut up, or else cut up here. */
  #sendSuper(packet: Packet, protocol: number, label: number): Drop {
    this.#writeHeader(packet, protocol, label);
    if (packet.end - packet.start <= this.#maxSuperSegment) {
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

  /** Sends a datagram whose header its sender has written; its length, and a source left 0, are filled in. */
  sendWithHeader(packet: Packet): Drop {
    const { view, start } = packet;
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#discard(packet, Drop.linkDown);
    if (packet.end - start > this.#link.linkMtu) return this.#discard(packet, Drop.tooBig);
    packet.network = start;
    writeIpv6PayloadLength(view, start, packet.end - start - HEADER);
    if (isIpv6SourceUnset(view, start)) this.source.write(view, start + IPV6_SOURCE_OFFSET);
    if (this.toMany) this.#copyToSelf(packet, WITH_HEADER, 0);
    if (this.#host.router?.hooked === true) return this.#cross(packet);
    this.#output(packet);
    return Drop.none;
  }

  /** RFC 3493 §5.2: what is sent to a group of our own also comes to us. */
  #copyToSelf(packet: Packet, protocol: number, label: number): void {
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
    if (protocol !== WITH_HEADER) this.#writeHeader(copy, protocol, label);
    host.toSelf(copy, this.interface);
  }

  /** RFC 8200 §4.5: each piece with the header and a fragment header in front. Takes the packet. */
  #fragment(packet: Packet, protocol: number, label: number): Drop {
    const { services, counters } = this.#host;
    const { pool } = services;
    if (packet.checksumOffloaded) completeChecksum(packet, protocol); // a fragment's cannot be
    const identification = this.#path.identifications(1);
    const room = (this.mtu - HEADER - FRAGMENT_HEADER_BYTES) & ~7;
    for (let at = packet.start; at < packet.end; at += room) {
      const octets = Math.min(room, packet.end - at);
      const piece = pool.take(octets);
      piece.bytes.set(packet.bytes.subarray(at, at + octets), piece.start);
      piece.end = piece.start + octets;
      piece.hopLimit = packet.hopLimit;
      piece.trafficClass = packet.trafficClass;
      piece.sender = packet.sender;
      piece.cause = packet.cause;
      const more = at + octets < packet.end;
      const header = piece.prepend(FRAGMENT_HEADER_BYTES);
      writeFragmentHeader(piece.view, header, protocol, at - packet.start, more, identification);
      this.#writeHeader(piece, NEXT_FRAGMENT, label);
      counters.ipFragCreates++;
      this.#output(piece);
    }
    counters.ipFragOKs++;
    services.trace?.cut("ipv6", "cut", Send.fragmented, packet, Math.ceil(packet.length / room));
    pool.release(packet);
    return Drop.none;
  }

  /** RFC 8200 §8.1: a UDP datagram without a checksum, which IPv4 allows, would be dropped. */
  #ensureChecksum(packet: Packet, octets: number): void {
    const field = packet.start + UDP_CHECKSUM_OFFSET;
    if (octets < UDP_HEADER_BYTES || readChecksum(packet.view, field) !== 0) return;
    writeChecksum(packet.view, field, this.pseudoHeaderSum(IPPROTO_UDP, octets));
    packet.transport = packet.start;
    packet.checksumOffloaded = true;
  }

  /** RFC 6437 §3: the same for all datagrams of a flow, and of no pattern that an outsider could see. */
  #flowLabel(packet: Packet, protocol: number): number {
    const ports = hasPorts(protocol) ? readPorts(packet.view, packet.start) : 0;
    const hash = Math.imul((ports ^ this.#flowSeed) + protocol, 0xcc9e2d51);
    return Math.imul(hash ^ (hash >>> 15), 0x1b873593) >>> 12;
  }

  #writeHeader(packet: Packet, nextHeader: number, label: number): void {
    const at = packet.prepend(HEADER);
    assert(at >= 0, "there is headroom for the IP header");
    packet.network = at;
    const { view, trafficClass, hopLimit, end } = packet;
    const octets = end - at - HEADER;
    writePlainIpv6(
      view,
      at,
      trafficClass,
      label,
      octets,
      nextHeader,
      hopLimit,
      this.source,
      this.destination,
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

/** In place of a protocol number: the IP header is there already. */
const WITH_HEADER = -1;
