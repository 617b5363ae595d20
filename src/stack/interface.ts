/** A network interface: a link, its addresses, and the neighbours that are on it. */
import type { IpAddress } from "./base/ip-address.ts";
import type { Packet } from "./base/packet.ts";
import type { Link } from "./link.ts";

export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

export interface NetworkInterface {
  readonly name: string;
  /** From 1, in the order of creation, as the kernel numbers them. */
  readonly index: number;
  readonly link: Link;
  readonly addresses: readonly InterfaceAddress[];
  /** Sends an IP datagram to `nextHop`, resolving its link address first if need be. Takes the packet. */
  output(packet: Packet, nextHop: IpAddress): void;
}
