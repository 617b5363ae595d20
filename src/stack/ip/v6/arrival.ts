/** The one `Arrival` that IPv6 fills anew for each datagram. */
import { pseudoHeaderSum } from "../../base/checksum.ts";
import { IPV6_ANY, type IpAddress } from "../../base/ip-address.ts";
import { Packet } from "../../base/packet.ts";
import type { ReceivedHeader } from "../../contract/datagram-shape.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Arrival } from "../../contract/transport.ts";
import { IPV6_HEADER_BYTES, readIpv6NextHeader } from "../../wire/ipv6.ts";
import {
  extensionHeaderBytes,
  NEXT_DESTINATION,
  NEXT_HOP_BY_HOP,
  NEXT_ROUTING,
  readNextHeader,
} from "../../wire/ipv6-extensions.ts";

const TYPES: ReadonlyMap<number, ReceivedHeader["type"]> = new Map([
  [NEXT_HOP_BY_HOP, "hop-by-hop"],
  [NEXT_ROUTING, "routing"],
  [NEXT_DESTINATION, "destination"],
]);

/** A datagram of IPv6 on its way up. */
export class Ipv6Arrival implements Arrival {
  packet: Packet = new Packet(4);
  source: IpAddress = IPV6_ANY;
  destination: IpAddress = IPV6_ANY;
  toMany = false;
  mark = 0;
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

  /** In their order. They were checked when the datagram arrived. */
  headers(): readonly ReceivedHeader[] {
    const { view, bytes, network, transport } = this.packet;
    const headers: ReceivedHeader[] = [];
    let type = readIpv6NextHeader(view, network);
    for (let at = network + IPV6_HEADER_BYTES; at < transport; ) {
      const octets = extensionHeaderBytes(view, at, type);
      const name = TYPES.get(type);
      if (name !== undefined) headers.push({ type: name, octets: bytes.slice(at, at + octets) });
      type = readNextHeader(view, at);
      at += octets;
    }
    return headers;
  }

  pseudoHeaderSum(number: number, octets: number): number {
    return pseudoHeaderSum(this.source, this.destination, number, octets);
  }
}
