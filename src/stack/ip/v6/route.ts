/**
 * The way to one IPv6 destination. All that is the same for every datagram is worked out beforehand: to send one takes
 * ten stores for the header, and the neighbour. RFC 8200 §3, §4.5, §5; RFC 6437; RFC 8201.
 */
import { assert } from "../../base/assert.ts";
import { foldSum, pseudoHeaderSum } from "../../base/checksum.ts";
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { HEADROOM } from "../../base/packet-pool.ts";
import { PLAIN } from "../../contract/datagram-shape.ts";
import type { Route, RouteWish } from "../../contract/network.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
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
import { completeChecksum, gatherText } from "../offload.ts";
import type { Destination } from "../path.ts";
import { type RouteHost, WayOut } from "../way-out.ts";
import type { LinkParameters } from "./link-parameters.ts";
import { SentExtensions } from "./sent-extensions.ts";

const HEADER = IPV6_HEADER_BYTES;
/** RFC 9293 MUST-15. */
const DEFAULT_MSS = 1220;

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
  readonly maxDatagram: number;
  readonly extraBytes: number;
  /** For the cache only: the source, interface and wish that it was asked for with. */
  readonly askedSource: IpAddress;
  readonly askedThrough: number;
  readonly askedWish: RouteWish;
  readonly #host: RouteHost;
  readonly #path: Destination;
  readonly #link: LinkParameters;
  readonly #out: WayOut;
  /** Undefined: nothing stands behind the header. */
  readonly #extensions: SentExtensions | undefined;
  /** The 16-bit words of both addresses, added up and folded. */
  readonly #addressSum: number;
  /** What of a flow label is the same for all flows to the destination. */
  readonly #flowSeed: number;

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
    const longest = IPV6_HEADER_BYTES + IPV6_MAX_PAYLOAD;
    this.#out = new WayOut(host, through, parts.nextHop, longest, parts.askedWish.mark);
    const { shape } = parts.askedWish;
    const extensions = shape === PLAIN ? undefined : new SentExtensions(shape);
    this.#extensions = extensions;
    this.extraBytes = extensions?.length ?? 0;
    this.maxDatagram = IPV6_MAX_PAYLOAD - this.extraBytes;
    this.#addressSum = pseudoHeaderSum(source, destination, 0, 0);
    this.#flowSeed = Math.imul(parts.flowSecret ^ source.hash, 0x85ebca6b) ^ destination.hash;
  }

  get valid(): boolean {
    return this.#out.valid;
  }

  get direct(): boolean {
    return this.nextHop.equals(this.destination);
  }

  get mtu(): number {
    return this.#out.mtu(this.#path, this.#link.linkMtu);
  }

  get maxPayload(): number {
    return this.#limit(this.mtu) - HEADER - this.extraBytes;
  }

  get maxPayloadOfLink(): number {
    return this.#link.linkMtu - HEADER;
  }

  /** Octets of the largest datagram, or fragment, where the way takes `mtu` (IPV6_MTU). */
  #limit(mtu: number): number {
    const own = this.askedWish.shape.mtu;
    return own === 0 ? mtu : Math.min(own, mtu);
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

  /** RFC 8201 §4: a report never raises the estimate, and none below the least MTU of IPv6 is heeded (RFC 8021). */
  reduceMtu(mtu: number): void {
    if (mtu >= IPV6_MIN_MTU && mtu < this.mtu) {
      this.#path.reduce(mtu, IPV6_MIN_MTU, this.#host.services.now);
    }
  }

  send(packet: Packet, protocol: number): Drop {
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#out.discard(packet, Drop.linkDown);
    if (packet.hopLimit === 0) packet.hopLimit = this.toMany ? 1 : this.#link.curHopLimit; // RFC 3493 §5.2
    packet.mark = this.#out.mark;
    const octets = packet.end - packet.start;
    if (octets > this.maxDatagram) return this.#out.discard(packet, Drop.tooLong);
    if (!packet.checksumOffloaded && protocol === IPPROTO_UDP) this.#ensureChecksum(packet, octets);
    const label = this.#flowLabel(packet, protocol);
    const extensions = this.#extensions;
    if (extensions === undefined) return this.#sendBehind(packet, protocol, label, octets + HEADER);
    const larger = extensions.roomFor(packet, this.#host.services.pool);
    completeChecksum(larger, protocol); // links find the transport right behind the header
    const nextHeader = extensions.prependDestination(larger, protocol);
    return this.#sendBehind(larger, nextHeader, label, octets + HEADER + extensions.length);
  }

  /** @param nextHeader - what stands first behind the header, and in every fragment */
  #sendBehind(packet: Packet, protocol: number, label: number, total: number): Drop {
    if (this.toMany && !this.#leaves(packet, protocol, label)) return Drop.none;
    if (this.#out.hooked) return this.#sendHooked(packet, protocol, label, total);
    if (packet.segmentSize > 0) return this.#sendSuper(packet, protocol, label);
    return this.#sendOne(packet, protocol, label, total);
  }

  #sendOne(packet: Packet, protocol: number, label: number, total: number): Drop {
    if (packet.checksumOffloaded && !this.#out.fillsChecksums) completeChecksum(packet, protocol);
    if (total > this.#limit(packet.probesPath ? this.#link.linkMtu : this.mtu)) {
      if (packet.dontFragment) return this.#out.discard(packet, Drop.tooBig);
      return this.#fragment(packet, protocol, label);
    }
    this.#writeHeader(packet, protocol, label);
    this.#out.output(packet);
    return Drop.none;
  }

  /** What is sent to many may also be for us. False if it is for nobody else; the packet is then released. */
  #leaves(packet: Packet, protocol: number, label: number): boolean {
    this.#copyToSelf(packet, protocol, label);
    return !this.#out.isOnlyToSelf(packet);
  }

  /** What hangs on hooks sees the whole datagram: it is cut up, if need be, behind them. */
  #sendHooked(packet: Packet, protocol: number, label: number, total: number): Drop {
    const mtu = packet.probesPath ? this.#link.linkMtu : this.mtu;
    const tooBig = packet.segmentSize === 0 && total > mtu;
    if (tooBig && packet.dontFragment) return this.#out.discard(packet, Drop.tooBig);
    this.#writeHeader(packet, protocol, label);
    gatherText(packet);
    return this.#out.cross(packet);
  }

  /** A TCP super-segment: for the link to cut up, or else cut up here. */
  #sendSuper(packet: Packet, protocol: number, label: number): Drop {
    this.#writeHeader(packet, protocol, label);
    return this.#out.outputSuper(packet);
  }

  /** Sends a datagram whose header its sender has written; its length, and a source left 0, are filled in. */
  sendWithHeader(packet: Packet): Drop {
    const { view, start } = packet;
    this.#host.counters.ipOutRequests++;
    if (!this.interface.up) return this.#out.discard(packet, Drop.linkDown);
    if (packet.end - start > this.#link.linkMtu) return this.#out.discard(packet, Drop.tooBig);
    packet.network = start;
    writeIpv6PayloadLength(view, start, packet.end - start - HEADER);
    if (isIpv6SourceUnset(view, start)) this.source.write(view, start + IPV6_SOURCE_OFFSET);
    if (this.toMany) this.#copyToSelf(packet, WITH_HEADER, 0);
    if (this.#out.hooked) return this.#out.cross(packet);
    this.#out.output(packet);
    return Drop.none;
  }

  /** RFC 3493 §5.2: what is sent to a group of our own also comes to us. */
  #copyToSelf(packet: Packet, protocol: number, label: number): void {
    const copy = this.#out.copyForSelf(packet, this.destination);
    if (copy === undefined) return;
    if (protocol !== WITH_HEADER) this.#writeHeader(copy, protocol, label);
    this.#out.toSelf(copy);
  }

  /** RFC 8200 §4.5: each piece with the header and a fragment header in front. Takes the packet. */
  #fragment(packet: Packet, protocol: number, label: number): Drop {
    if (packet.checksumOffloaded) completeChecksum(packet, protocol); // a fragment's cannot be
    const identification = this.#path.identifications(1);
    const before = HEADER + (this.#extensions?.hopByHopBytes ?? 0) + FRAGMENT_HEADER_BYTES;
    const room = (this.#limit(this.mtu) - before) & ~7;
    for (let at = packet.start; at < packet.end; at += room) {
      const octets = Math.min(room, packet.end - at);
      const piece = this.#out.pieceOf(packet, at, octets);
      const more = at + octets < packet.end;
      const header = piece.prepend(FRAGMENT_HEADER_BYTES);
      writeFragmentHeader(piece.view, header, protocol, at - packet.start, more, identification);
      this.#writeHeader(piece, NEXT_FRAGMENT, label);
      this.#out.outputPiece(piece);
    }
    return this.#out.fragmented(packet, Math.ceil(packet.length / room));
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

  #writeHeader(packet: Packet, behind: number, label: number): void {
    const nextHeader = this.#extensions?.prependHopByHop(packet, behind) ?? behind;
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
}

/** In place of a protocol number: the IP header is there already. */
const WITH_HEADER = -1;
