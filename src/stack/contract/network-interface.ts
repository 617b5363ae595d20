/** A network interface: a link, its addresses, and the neighbours that are on it. */
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Link } from "./link.ts";

export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** Where a datagram goes next: a neighbour with its link address, a group of them, or simply the link. */
export interface NextHop {
  readonly address: IpAddress;
  /** No longer in the table of neighbours: ask the interface for another. */
  readonly removed: boolean;
  /** Sends an IP datagram there, `start` at its header; waits for the link address if need be. Takes the packet. */
  output(packet: Packet): void;
  /** See `Route.confirm` and `Route.suspect`. */
  confirm(): void;
  suspect(): void;
}

export interface NetworkInterface {
  readonly name: string;
  /** From 1, in the order of creation, as the kernel numbers them. */
  readonly index: number;
  readonly link: Link;
  readonly addresses: readonly InterfaceAddress[];
  /** Datagrams can be sent: it has neither been removed nor failed. */
  readonly up: boolean;
  /** Sends an IP datagram to `nextHop`, resolving its link address first if need be. Takes the packet. */
  output(packet: Packet, nextHop: IpAddress): void;
  /** The neighbour with this address, which a route keeps to save the look-up per datagram. */
  neighbour(address: IpAddress): NextHop;
  /** One of the addresses of this interface, and in use: not tentative, not given up as a duplicate. */
  hasAddress(word: number): boolean;
  /** A broadcast address on this interface: limited, or directed to one of its prefixes (RFC 919, 922). */
  isBroadcast(word: number): boolean;
  /** A multicast group that this interface is a member of. */
  hasGroup(word: number): boolean;
}
