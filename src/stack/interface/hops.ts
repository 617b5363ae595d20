/** Next hops whose link address needs no asking: groups, and links that know no addresses. */
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import { MacAddress, NO_MAC } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Random } from "../base/random.ts";
import type { NextHop } from "../contract/network-interface.ts";

/** Puts a link header in front and sends. Takes the packet. */
export interface Framer {
  frame(packet: Packet, destination: MacAddress, etherType: number): void;
}

/** Everybody on the link, or the members of a multicast group. */
export class GroupHop implements NextHop {
  readonly address: IpAddress;
  readonly removed: boolean = false;
  readonly #framer: Framer;
  readonly #mac: MacAddress;
  readonly #etherType: number;

  constructor(framer: Framer, address: IpAddress, mac: MacAddress, etherType: number) {
    this.#framer = framer;
    this.address = address;
    this.#mac = mac;
    this.#etherType = etherType;
  }

  output(packet: Packet): void {
    this.#framer.frame(packet, this.#mac, this.#etherType);
  }

  /** A group is always there. */
  confirm(): void {}

  suspect(): void {}
}

/** The next hop on a link that carries bare IP datagrams: its other end. */
export class DirectHop implements NextHop {
  readonly address: IpAddress = ANY_ADDRESS;
  readonly removed: boolean = false;
  readonly #framer: Framer;

  constructor(framer: Framer) {
    this.#framer = framer;
  }

  output(packet: Packet): void {
    this.#framer.frame(packet, NO_MAC, 0);
  }

  /** There is nobody to ask. */
  confirm(): void {}

  suspect(): void {}
}

/** The address of an interface whose link has none: locally administered, from chance. */
export function chooseMac(random: Random): MacAddress {
  return new MacAddress(0x0200 | (random.bits() & 0xff), random.bits());
}
