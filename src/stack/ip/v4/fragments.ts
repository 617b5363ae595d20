/** What is IPv4's own in putting fragments together: RFC 791 §3.2. */
import { finishSum, sumOctets } from "../../base/checksum.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { type Duration, seconds } from "../../base/time.ts";
import { IPV4_MAX_BYTES, type Ipv4Header } from "../../wire/ipv4.ts";
import type { Fragment, FragmentFormat } from "../reassembly.ts";

/** RFC 1122 §3.3.2 says 60 to 120 s; Linux's 30 s has become customary, since paths are no longer that slow. */
const TIMEOUT: Duration = seconds(30);

/** The fragments of IPv4. */
export const IPV4_FRAGMENTS: FragmentFormat = {
  layer: "ipv4",
  longest: IPV4_MAX_BYTES,
  timeout: TIMEOUT,
  restore(packet: Packet, headerLength: number, congested: boolean): void {
    const { view, start: at } = packet;
    view.setUint16(at + 2, packet.end - at);
    view.setUint16(at + 6, 0);
    if (congested) view.setUint8(at + 1, view.getUint8(at + 1) | 3);
    view.setUint16(at + 10, 0);
    view.setUint16(at + 10, finishSum(sumOctets(packet, at, at + headerLength)));
    packet.trafficClass = view.getUint8(at + 1);
    packet.hopLimit = view.getUint8(at + 8);
  },
};

/** What the header says of a fragment. */
export function fragmentOf(
  header: Ipv4Header,
  source: IpAddress,
  destination: IpAddress,
  toMany: boolean,
): Fragment {
  return {
    source,
    destination,
    protocol: header.protocol,
    identification: header.identification,
    offset: header.fragmentOffset,
    moreFragments: header.moreFragments,
    headerLength: header.headerBytes,
    trafficClass: header.trafficClass,
    toMany,
  };
}
