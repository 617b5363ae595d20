/** The contract of address resolution: ARP for IPv4, Neighbour Discovery for IPv6. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Claim, NetworkInterface, NextHop } from "../contract/network-interface.ts";
import type { InterfaceAddresses, OwnAddress } from "./interface-addresses.ts";
import type { NeighbourEntry } from "./neighbours.ts";

/** Takes what arrives in frames of one EtherType. */
export interface FrameReceiver {
  readonly etherType: number;
  /** Lent, `start` behind the link header. `toGroup`: the frame was a link-layer broadcast or multicast. */
  receive(packet: Packet, from: NetworkInterface, toGroup: boolean): Drop;
}

/** Finds the link addresses of one family on one Ethernet interface, and looks after our own addresses there. */
export interface AddressResolver {
  readonly family: 4 | 6;
  /** Takes the protocol's own frames; undefined where it has none (Neighbour Discovery comes in ICMPv6). */
  readonly frames: FrameReceiver | undefined;
  /** Where to send what is for `address`: a neighbour, a group, or everybody. */
  hop(address: IpAddress): NextHop;
  /** Takes an address of ours into use; without `claim` as the family does by itself. */
  claim(own: OwnAddress, claim: Claim | undefined): void;
  /** An address is no longer ours. */
  release(own: OwnAddress): void;
  neighbours(): readonly NeighbourEntry[];
  /**
   * The interface has gone down: nothing is asked or answered any more, what waits is dropped, and what was known of the
   * neighbours is forgotten.
   */
  stop(): void;
  /** It is up again, perhaps on another network: addresses of ours are claimed anew, as they were. */
  start(): void;
}

/** What a resolver needs of its interface. */
export interface ResolverInterface extends NetworkInterface {
  readonly local: InterfaceAddresses;
  /** Sends `packet` in a frame of this EtherType. Takes the packet. */
  frame(packet: Packet, destination: MacAddress, etherType: number): void;
  /** Addresses have changed their state: routes must be asked for anew. */
  addressesChanged(): void;
  /** There will be no link address for this packet, `start` at its IP header, for that reason. Takes the packet. */
  unresolved(packet: Packet, reason: Drop): void;
  /** A packet that waited for a link address is dropped without blame. Takes the packet. */
  discard(packet: Packet, reason: Drop): void;
}
