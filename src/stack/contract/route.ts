/** The contract between a transport and the way to one destination. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { DatagramShape } from "./datagram-shape.ts";
import type { NetworkInterface } from "./network-interface.ts";

/** What else a socket asks of its routes. */
export interface RouteWish {
  /** Its mark (SO_MARK), by which rules choose among routing tables, and which the hooks see; 0: none. */
  readonly mark: number;
  /** It may send from an address that this host has not got (IP_TRANSPARENT). */
  readonly transparent: boolean;
  /** What stands behind the IP header of each datagram. */
  readonly shape: DatagramShape;
}

/** The way from here to one destination. All that a transport knows of IP. */
export interface Route {
  /** The address that is sent from. */
  readonly source: IpAddress;
  /** The address that is sent to. */
  readonly destination: IpAddress;
  /** The interface that it leaves by. */
  readonly interface: NetworkInterface;
  /** False once addresses, interfaces or the routing table have changed: ask for a new one. */
  readonly valid: boolean;
  /** The destination is a broadcast or multicast address, as seen from the interface. */
  readonly toMany: boolean;
  /** The destination is on the link itself: no gateway lies between. */
  readonly direct: boolean;
  /** Octets of the largest IP datagram that passes without fragmentation, as far as known. Changes. */
  readonly mtu: number;
  /** Octets of text in a segment to a peer that announced no MSS: 536, or 1220 of IPv6 (RFC 9293 MUST-15). */
  readonly defaultMss: number;
  /** Octets of the largest transport header and data that a datagram can have, fragmented if need be. */
  readonly maxDatagram: number;
  /** Octets that a transport may put in one datagram without fragmentation: path MTU less IP header. Changes. */
  readonly maxPayload: number;
  /** The same by the interface's MTU alone, and without options of IP: what the MSS option announces (RFC 6691 §2). */
  readonly maxPayloadOfLink: number;
  /** Octets of IP options or extension headers that each datagram has. */
  readonly extraBytes: number;
  /** Octets to leave free in front of the transport header. */
  readonly headroom: number;
  /** One's-complement sum of the pseudo-header, 16 bits, the seed of the transport checksum. */
  pseudoHeaderSum(protocol: number, octets: number): number;
  /**
   * Takes the packet, `start` at the transport header, `transport` equal to it. Honours its `hopLimit`,
   * `trafficClass` and `dontFragment`. With `segmentSize` set and longer than the link takes, it is cut up;
   * with `source` set, its text is copied from there before this returns.
   * `Drop.none`, or why it cannot be sent (the packet is released all the same).
   */
  send(packet: Packet, protocol: number): Drop;
  /**
   * Sends a datagram whose IP header its sender has written (IP_HDRINCL): what is left 0 of it is filled in. Takes
   * the packet, `start` at the header, which is whole.
   */
  sendWithHeader(packet: Packet): Drop;
  /** The next hop is alive: a segment came from it that acknowledges new data (RFC 1122 §2.3.2.1, as in RFC 4861 §7.3.1). */
  confirm(): void;
  /** The transport suspects the path, by repeated retransmission (RFC 9293 MUST-20, R1). */
  suspect(): void;
  /** A smaller path MTU was reported, in octets of the IP datagram (RFC 1191); the transport has checked that it may be believed. */
  reduceMtu(mtu: number): void;
}
