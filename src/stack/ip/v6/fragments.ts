/** How IPv6 puts fragments together, where it differs from IPv4: RFC 8200 §4.5, RFC 5722, RFC 6946, RFC 7112. */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { HEADROOM } from "../../base/packet-pool.ts";
import { type Duration, seconds } from "../../base/time.ts";
import {
  IPV6_HEADER_BYTES,
  IPV6_MAX_PAYLOAD,
  IPV6_NEXT_HEADER_OFFSET,
  IPV6_PAYLOAD_LENGTH_OFFSET,
  markIpv6Congested,
  readIpv6HopLimit,
  readIpv6NextHeader,
  readIpv6TrafficClass,
  writeIpv6PayloadLength,
} from "../../wire/ipv6.ts";
import {
  ExtensionHeaders,
  FRAGMENT_FIELD_OFFSET,
  FRAGMENT_HEADER_BYTES,
  NEXT_FRAGMENT,
  NEXT_HOP_BY_HOP,
  NEXT_NONE,
  PROBLEM_FIELD,
  PROBLEM_INCOMPLETE_CHAIN,
  PROBLEM_NEXT_HEADER,
  readFragmentIdentification,
  readFragmentOffset,
  readMoreFragments,
  readNextHeader,
  walkExtensions,
  writeNextHeader,
} from "../../wire/ipv6-extensions.ts";
import { IPPROTO_TCP, TCP_HEADER_BYTES } from "../../wire/tcp.ts";
import type { Fragment } from "../assembly.ts";
import type { FragmentFormat } from "../reassembly.ts";

/** RFC 8200 §4.5. */
const TIMEOUT: Duration = seconds(60);
/** Octets of the upper-layer headers that a first fragment must have (RFC 7112 §3): those of UDP and ICMPv6 at least. */
const LEAST_UPPER = 8;

const chain = new ExtensionHeaders();

/** The fragments of IPv6. */
export const IPV6_FRAGMENTS: FragmentFormat = {
  layer: "ipv6",
  longest: IPV6_HEADER_BYTES + FRAGMENT_HEADER_BYTES + IPV6_MAX_PAYLOAD,
  timeout: TIMEOUT,
  /** The fragment header, the last of the headers, is taken out; what named it, names what it named. */
  restore(packet: Packet, headerLength: number, congested: boolean): void {
    const { view, start } = packet;
    const kept = headerLength - FRAGMENT_HEADER_BYTES;
    const next = readNextHeader(view, start + kept);
    const first = readIpv6NextHeader(view, start);
    walkExtensions(
      view,
      start + IPV6_HEADER_BYTES,
      start + headerLength,
      first,
      start + IPV6_NEXT_HEADER_OFFSET,
      chain,
    );
    writeNextHeader(view, chain.nextHeaderAt, next);
    packet.bytes.copyWithin(start + FRAGMENT_HEADER_BYTES, start, start + kept);
    packet.start += FRAGMENT_HEADER_BYTES;
    const at = packet.start;
    writeIpv6PayloadLength(view, at, packet.end - at - IPV6_HEADER_BYTES);
    if (congested) markIpv6Congested(view, at);
    packet.trafficClass = readIpv6TrafficClass(view, at);
    packet.hopLimit = readIpv6HopLimit(view, at);
  },
};

/**
 * The fragment in `packet`, `start` at its IPv6 header and `found.at` at its fragment header; or why it goes no
 * further, with `found.problem` as for other headers.
 */
export function readFragment(
  packet: Packet,
  found: ExtensionHeaders,
  source: IpAddress,
  destination: IpAddress,
  toMany: boolean,
): Fragment | Drop {
  const { view, start, end } = packet;
  const at = found.at;
  const offset = readFragmentOffset(view, at);
  const moreFragments = readMoreFragments(view, at);
  const text = at + FRAGMENT_HEADER_BYTES;
  const octets = end - text;
  if (moreFragments && (octets & 7) !== 0) {
    return refuse(found, PROBLEM_FIELD, start + IPV6_PAYLOAD_LENGTH_OFFSET, Drop.badFragmentLength);
  }
  if (at - start - IPV6_HEADER_BYTES + offset + octets > IPV6_MAX_PAYLOAD) {
    return refuse(found, PROBLEM_FIELD, at + FRAGMENT_FIELD_OFFSET, Drop.fragmentTooFar);
  }
  if (text - start > HEADROOM) return Drop.fragmentHeadersTooLong;
  if (offset === 0 && readNextHeader(view, at) === NEXT_HOP_BY_HOP) {
    // Put together, it would stand behind the fixed header as if it had been there on the way.
    return refuse(found, PROBLEM_NEXT_HEADER, at, Drop.hopByHopNotFirst);
  }
  if (offset === 0 && !isComplete(view, text, end, readNextHeader(view, at))) {
    return refuse(found, PROBLEM_INCOMPLETE_CHAIN, start, Drop.firstFragmentIncomplete);
  }
  if (octets === 0) return Drop.badFragmentLength;
  return {
    source,
    destination,
    protocol: 0,
    identification: readFragmentIdentification(view, at),
    offset,
    moreFragments,
    headerLength: text - start,
    trafficClass: readIpv6TrafficClass(view, start),
    toMany,
  };
}

/** RFC 7112 §3: all headers are there, that of the upper layer too. */
function isComplete(view: DataView, at: number, end: number, nextHeader: number): boolean {
  const reason = walkExtensions(view, at, end, nextHeader, at, chain);
  if (reason === Drop.truncated) return false;
  if (reason !== Drop.none || chain.protocol === NEXT_FRAGMENT || chain.protocol === NEXT_NONE) return true;
  return end - chain.at >= (chain.protocol === IPPROTO_TCP ? TCP_HEADER_BYTES : LEAST_UPPER);
}

function refuse(found: ExtensionHeaders, code: number, at: number, reason: Drop): Drop {
  found.problem = code;
  found.problemAt = at;
  return reason;
}
