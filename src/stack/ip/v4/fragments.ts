/** How IPv4 puts fragments together, where it differs from IPv6: RFC 791 §3.2. */
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { type Duration, seconds } from "../../base/time.ts";
import {
  fillIpv4Checksum,
  IPV4_MAX_BYTES,
  type Ipv4Header,
  markIpv4Congested,
  readIpv4TrafficClass,
  readTimeToLive,
  writeIpv4Fragment,
} from "../../wire/ipv4.ts";
import type { Fragment } from "../assembly.ts";
import type { FragmentFormat } from "../reassembly.ts";

/** RFC 1122 §3.3.2 says 60 to 120 s; Linux's 30 s has become customary, since paths are no longer that slow. */
const TIMEOUT: Duration = seconds(30);

/** The fragments of IPv4. */
export const IPV4_FRAGMENTS: FragmentFormat = {
  layer: "ipv4",
  longest: IPV4_MAX_BYTES,
  timeout: TIMEOUT,
  restore(packet: Packet, headerLength: number, congested: boolean): void {
    const { view, start: at } = packet;
    writeIpv4Fragment(view, at, packet.end - at, 0);
    if (congested) markIpv4Congested(view, at);
    fillIpv4Checksum(packet, at, headerLength);
    packet.trafficClass = readIpv4TrafficClass(view, at);
    packet.hopLimit = readTimeToLive(view, at);
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
