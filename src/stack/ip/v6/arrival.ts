/** The one `Arrival` that IPv6 fills anew for each datagram. */
import { pseudoHeaderSum } from "../../base/checksum.ts";
import { IPV6_ANY, type IpAddress } from "../../base/ip-address.ts";
import { Packet } from "../../base/packet.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Arrival } from "../../contract/transport.ts";

/** A datagram of IPv6 on its way up. */
export class Ipv6Arrival implements Arrival {
  packet: Packet = new Packet(4);
  source: IpAddress = IPV6_ANY;
  destination: IpAddress = IPV6_ANY;
  toMany = false;
  /** It came in fragments, or had a fragment header: of Neighbour Discovery it is not taken then (RFC 6980). */
  fragmented = false;
  /** It asks routers to look at it (RFC 2711). */
  routerAlert = false;
  readonly zeroChecksumAllowed: boolean = false;
  #from: NetworkInterface | undefined;

  get from(): NetworkInterface {
    return this.#from as NetworkInterface;
  }

  set from(from: NetworkInterface) {
    this.#from = from;
  }

  pseudoHeaderSum(number: number, octets: number): number {
    return pseudoHeaderSum(this.source, this.destination, number, octets);
  }
}
