/** The one `Arrival` that IPv4 fills anew for each datagram. */
import { pseudoHeaderSum } from "../../base/checksum.ts";
import { IPV4_ANY, type IpAddress } from "../../base/ip-address.ts";
import { Packet } from "../../base/packet.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Arrival } from "../../contract/transport.ts";

/** A datagram of IPv4 on its way up. */
export class Ipv4Arrival implements Arrival {
  packet: Packet = new Packet(4);
  source: IpAddress = IPV4_ANY;
  destination: IpAddress = IPV4_ANY;
  toMany = false;
  readonly zeroChecksumAllowed: boolean = true;
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
