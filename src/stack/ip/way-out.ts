/**
 * How a datagram leaves once its route has written the header, for either family. It passes the hooks of a router; it
 * goes to the next hop, in parts if the link cannot cut it up; and a copy may come back to this host.
 */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import type { IpCounters } from "../contract/counters.ts";
import type { DatagramCodec, Forwarder, Way } from "../contract/forwarding.ts";
import type { NetworkInterface, NextHop } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import { gatherText, segmentPacket } from "./offload.ts";
import type { Destination } from "./path.ts";

/** What all routes of one family share. */
export interface RouteHost {
  /** What traces and texts call the family. */
  readonly layer: "ipv4" | "ipv6";
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

/** The way out to one next hop. */
export class WayOut {
  readonly #host: RouteHost;
  readonly #through: NetworkInterface;
  readonly #nextHop: IpAddress;
  /** Of who sends (SO_MARK). */
  readonly mark: number;
  readonly #generation: number;
  readonly #maxSuperSegment: number;
  /** The link completes checksums. */
  readonly fillsChecksums: boolean;
  #hop: NextHop | undefined;
  /** The same for a router, while there are hooks. */
  #way: Way | undefined;

  /**
   * @param longest - octets of the longest datagram that the family has
   * @param mark - of who sends (SO_MARK)
   */
  constructor(host: RouteHost, through: NetworkInterface, nextHop: IpAddress, longest: number, mark: number) {
    this.mark = mark;
    this.#host = host;
    this.#through = through;
    this.#nextHop = nextHop;
    this.#generation = host.generation;
    const { maxSuperSegment, fillsChecksums } = through.link.capabilities;
    this.#maxSuperSegment = fillsChecksums ? Math.min(maxSuperSegment, longest) : 0;
    this.fillsChecksums = fillsChecksums;
  }

  /** False once addresses, interfaces or the routing table have changed. */
  get valid(): boolean {
    return this.#generation === this.#host.generation && this.#through.up;
  }

  /** There are hooks, which must see the whole datagram. */
  get hooked(): boolean {
    return this.#host.router?.hooked === true;
  }

  /** Octets of the largest datagram that passes, as far as is known of `path`: what is known expires. */
  mtu(path: Destination, linkMtu: number): number {
    if (path.mtu === 0) return linkMtu;
    if (this.#host.services.now < path.expires) return Math.min(path.mtu, linkMtu);
    path.forget();
    return linkMtu;
  }

  confirm(): void {
    this.#hop?.confirm();
  }

  suspect(): void {
    this.#hop?.suspect();
  }

  /** Past the hooks of the router, which has some. Takes the packet. */
  cross(packet: Packet): Drop {
    const { router, codec } = this.#host;
    if (router === undefined || codec === undefined) return Drop.none;
    this.#way ??= router.way(this.#through, this.#nextHop, this.mark);
    return router.sends(packet, this.#way, codec);
  }

  /** To the next hop. Takes the packet. */
  output(packet: Packet): void {
    let hop = this.#hop;
    if (hop?.removed !== false) {
      hop = this.#through.neighbour(this.#nextHop);
      this.#hop = hop;
    }
    hop.output(packet);
  }

  /** A TCP super-segment, its header written: for the link to cut up, or else cut up here. Takes the packet. */
  outputSuper(packet: Packet): Drop {
    if (packet.end - packet.start <= this.#maxSuperSegment) {
      gatherText(packet);
      this.output(packet);
      return Drop.none;
    }
    const { services, parts } = this.#host;
    const made = segmentPacket(packet, this.fillsChecksums, services.pool, parts);
    services.trace?.cut("tcp", "cut", Send.cutUp, packet, made);
    services.pool.release(packet);
    for (let i = 0; i < made; i++) this.output(parts[i] as Packet);
    return Drop.none;
  }

  /** One piece of a datagram that is too long, without a header: `octets` of its text from `at` on. */
  pieceOf(packet: Packet, at: number, octets: number): Packet {
    const piece = this.#host.services.pool.take(octets);
    piece.bytes.set(packet.bytes.subarray(at, at + octets), piece.start);
    piece.end = piece.start + octets;
    piece.hopLimit = packet.hopLimit;
    piece.trafficClass = packet.trafficClass;
    piece.sender = packet.sender;
    piece.cause = packet.cause;
    return piece;
  }

  /** A piece of a datagram, its header written. Takes the packet. */
  outputPiece(piece: Packet): void {
    this.#host.counters.ipFragCreates++;
    this.output(piece);
  }

  /** All `pieces` of `packet` have left. Takes the packet. */
  fragmented(packet: Packet, pieces: number): Drop {
    const { services, counters, layer } = this.#host;
    counters.ipFragOKs++;
    services.trace?.cut(layer, "cut", Send.fragmented, packet, pieces);
    services.pool.release(packet);
    return Drop.none;
  }

  /**
   * A copy of what is sent to `destination`, a group of our own or everybody, which comes to us as well (RFC 1112 §6.1,
   * RFC 3493 §5.2): its header is the caller's to write, before `toSelf`. Undefined if none is due.
   */
  copyForSelf(packet: Packet, destination: IpAddress): Packet | undefined {
    if (packet.notToSelf || !this.#host.isForSelf(destination, this.#through)) return undefined;
    const octets = packet.end - packet.start;
    const copy = this.#host.services.pool.take(octets);
    copy.bytes.set(packet.bytes.subarray(packet.start, packet.end), copy.start);
    copy.end = copy.start + octets;
    copy.hopLimit = packet.hopLimit;
    copy.trafficClass = packet.trafficClass;
    copy.mark = packet.mark;
    copy.cause = packet.cause;
    copy.checksumOffloaded = true; // nothing can spoil it on the way
    return copy;
  }

  /** Takes the copy, `start` at its IP header. */
  toSelf(copy: Packet): void {
    this.#host.toSelf(copy, this.#through);
  }

  /** A datagram for nobody but ourselves goes no further. Takes the packet if so. */
  isOnlyToSelf(packet: Packet): boolean {
    const { onlyToSelf } = packet;
    if (onlyToSelf) this.#host.services.pool.release(packet);
    return onlyToSelf;
  }

  /** Why the packet is not sent: counted and traced. Takes it. */
  discard(packet: Packet, reason: Drop): Drop {
    this.#host.sendDropped(packet, reason);
    return reason;
  }
}
