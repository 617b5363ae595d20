/** The one `Arrival` that IPv4 fills anew for each datagram. */
import { pseudoHeaderSum } from "../../base/checksum.ts";
import { IPV4_ANY, type IpAddress } from "../../base/ip-address.ts";
import { Packet } from "../../base/packet.ts";
import type { Instant } from "../../base/time.ts";
import { NO_HEADERS, type ReceivedHeader } from "../../contract/datagram-shape.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Arrival } from "../../contract/transport.ts";
import type { HeaderOptionsPart } from "./options-of-sockets.ts";

/** A datagram of IPv4 on its way up. */
export class Ipv4Arrival implements Arrival {
  packet: Packet = new Packet(4);
  source: IpAddress = IPV4_ANY;
  destination: IpAddress = IPV4_ANY;
  toMany = false;
  mark = 0;
  readonly zeroChecksumAllowed: boolean = true;
  #from: NetworkInterface | undefined;

  get from(): NetworkInterface {
    return this.#from as NetworkInterface;
  }

  set from(from: NetworkInterface) {
    this.#from = from;
  }

  /** Reads them; undefined: nobody can ask. */
  reader: HeaderOptionsPart["received"] | undefined = undefined;

  headers(now: Instant): readonly ReceivedHeader[] {
    return this.reader?.(this, now) ?? NO_HEADERS;
  }

  pseudoHeaderSum(number: number, octets: number): number {
    return pseudoHeaderSum(this.source, this.destination, number, octets);
  }
}
