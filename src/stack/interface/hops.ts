/** Next hops whose link address needs no asking: groups, and links that know no addresses. */
import { IPV4_ANY, type IpAddress } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Random } from "../base/random.ts";
import type { NextHop } from "../contract/network-interface.ts";

/** Puts a link header in front and sends. */
interface Framer {
  frame(packet: Packet, destination: MacAddress): void;
}

/** Everybody on the link, or the members of a multicast group. */
export class GroupHop implements NextHop {
  readonly address: IpAddress;
  readonly removed: boolean = false;
  readonly #framer: Framer;
  readonly #mac: MacAddress;

  constructor(framer: Framer, address: IpAddress, mac: MacAddress) {
    this.#framer = framer;
    this.address = address;
    this.#mac = mac;
  }

  output(packet: Packet): void {
    this.#framer.frame(packet, this.#mac);
  }

  /** A group is always there. */
  confirm(): void {}

  suspect(): void {}
}

/** The other end of a link that carries bare IP datagrams. */
export class DirectHop implements NextHop {
  readonly address: IpAddress = IPV4_ANY;
  readonly removed: boolean = false;
  readonly #sender: { frame(packet: Packet, destination: MacAddress): void; readonly mac: MacAddress };

  constructor(sender: { frame(packet: Packet, destination: MacAddress): void; readonly mac: MacAddress }) {
    this.#sender = sender;
  }

  output(packet: Packet): void {
    this.#sender.frame(packet, this.#sender.mac);
  }

  /** There is nobody to ask. */
  confirm(): void {}

  suspect(): void {}
}

/** The station address of an IPv4 group: 01:00:5e and its low 23 bits (RFC 1112 §6.4). */
export function multicastMac(word: number): MacAddress {
  return new MacAddress(0x0100, 0x5e00_0000 | (word & 0x007f_ffff));
}

/** The address of an interface whose link has none: locally administered, from chance. */
export function chooseMac(random: Random): MacAddress {
  return new MacAddress(0x0200 | (random.bits() & 0xff), random.bits());
}
