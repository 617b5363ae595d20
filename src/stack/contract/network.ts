/** The contract between the network layer and what is above and below it. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { NetworkInterface } from "./network-interface.ts";

/** IPv4 today, IPv6 later; found by EtherType. */
export interface NetworkProtocol {
  readonly name: string;
  readonly etherType: number;
  /** `packet` is lent, with `start` at the IP header. `toGroup`: the frame was a link-layer broadcast or multicast. */
  receive(packet: Packet, from: NetworkInterface, toGroup: boolean): Drop;
  /**
   * How to reach `destination`, from `source` if given (and not the wildcard) and through the interface
   * `through` if given. Undefined when there is no route. The same arguments give the same object as long
   * as nothing changes, so a route may be kept; `valid` tells when to ask again.
   */
  route(destination: IpAddress, source?: IpAddress, through?: NetworkInterface): Route | undefined;
}

/** The way from here to one destination. All that a transport knows of IP. */
export interface Route {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly interface: NetworkInterface;
  /** False once addresses, interfaces or the routing table have changed: ask for a new one. */
  readonly valid: boolean;
  /** The destination is a broadcast or multicast address, as seen from the interface. */
  readonly toMany: boolean;
  /** The destination is on the link itself: no gateway lies between. */
  readonly direct: boolean;
  /** Octets of the largest IP datagram that passes without fragmentation, as far as known. Changes. */
  readonly mtu: number;
  /** Octets that a transport may put in one datagram without fragmentation: path MTU less IP header. Changes. */
  readonly maxPayload: number;
  /** The same by the interface's MTU alone: what the MSS option announces (RFC 9293 §3.7.1). */
  readonly maxPayloadOfLink: number;
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
  /** The next hop is alive: a segment came from it that acknowledges new data (RFC 1122 §2.3.2.1, as in RFC 4861 §7.3.1). */
  confirm(): void;
  /** The transport suspects the path, by repeated retransmission (RFC 9293 MUST-20, R1). */
  suspect(): void;
  /** A smaller path MTU was reported, in octets of the IP datagram (RFC 1191); the transport has checked that it may be believed. */
  reduceMtu(mtu: number): void;
}
