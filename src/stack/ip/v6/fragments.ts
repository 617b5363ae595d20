/** What is IPv6's own in putting fragments together: RFC 8200 §4.5, RFC 5722, RFC 6946, RFC 7112. */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { HEADROOM } from "../../base/packet-pool.ts";
import { type Duration, seconds } from "../../base/time.ts";
import {
  IPV6_HEADER_BYTES,
  IPV6_HOP_LIMIT_OFFSET,
  IPV6_MAX_PAYLOAD,
  IPV6_NEXT_HEADER_OFFSET,
  IPV6_PAYLOAD_LENGTH_OFFSET,
} from "../../wire/ipv6.ts";
import {
  ExtensionHeaders,
  FRAGMENT_HEADER_BYTES,
  NEXT_FRAGMENT,
  NEXT_NONE,
  PROBLEM_FIELD,
  PROBLEM_INCOMPLETE_CHAIN,
  walkExtensions,
} from "../../wire/ipv6-extensions.ts";
import type { Fragment, FragmentFormat } from "../reassembly.ts";

/** RFC 8200 §4.5. */
const TIMEOUT: Duration = seconds(60);
/** Octets of the upper-layer headers that a first fragment must have (RFC 7112 §3): those of UDP and ICMPv6 at least. */
const LEAST_UPPER = 8;
const LEAST_TCP = 20;
const TCP = 6;

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
    const next = view.getUint8(start + kept);
    const first = view.getUint8(start + IPV6_NEXT_HEADER_OFFSET);
    walkExtensions(
      view,
      start + IPV6_HEADER_BYTES,
      start + headerLength,
      first,
      start + IPV6_NEXT_HEADER_OFFSET,
      chain,
    );
    view.setUint8(chain.nextHeaderAt, next);
    packet.bytes.copyWithin(start + FRAGMENT_HEADER_BYTES, start, start + kept);
    packet.start += FRAGMENT_HEADER_BYTES;
    const at = packet.start;
    view.setUint16(at + IPV6_PAYLOAD_LENGTH_OFFSET, packet.end - at - IPV6_HEADER_BYTES);
    if (congested) view.setUint8(at + 1, view.getUint8(at + 1) | 0x30);
    packet.trafficClass = (view.getUint16(at) >>> 4) & 0xff;
    packet.hopLimit = view.getUint8(at + IPV6_HOP_LIMIT_OFFSET);
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
  const field = view.getUint16(at + 2);
  const offset = field & 0xfff8;
  const moreFragments = (field & 1) !== 0;
  const text = at + FRAGMENT_HEADER_BYTES;
  const octets = end - text;
  if (moreFragments && (octets & 7) !== 0) {
    return refuse(found, PROBLEM_FIELD, start + IPV6_PAYLOAD_LENGTH_OFFSET, Drop.badFragmentLength);
  }
  if (at - start - IPV6_HEADER_BYTES + offset + octets > IPV6_MAX_PAYLOAD) {
    return refuse(found, PROBLEM_FIELD, at + 2, Drop.fragmentTooFar);
  }
  if (octets === 0) return Drop.badFragmentLength;
  if (text - start > HEADROOM) return Drop.fragmentHeadersTooLong;
  if (offset === 0 && !isComplete(view, text, end, view.getUint8(at))) {
    return refuse(found, PROBLEM_INCOMPLETE_CHAIN, start, Drop.firstFragmentIncomplete);
  }
  return {
    source,
    destination,
    protocol: 0,
    identification: view.getInt32(at + 4),
    offset,
    moreFragments,
    headerLength: text - start,
    trafficClass: (view.getUint16(start) >>> 4) & 0xff,
    toMany,
  };
}

/** RFC 7112 §3: all headers are there, that of the upper layer too. */
function isComplete(view: DataView, at: number, end: number, nextHeader: number): boolean {
  const reason = walkExtensions(view, at, end, nextHeader, at, chain);
  if (reason === Drop.truncated) return false;
  if (reason !== Drop.none || chain.protocol === NEXT_FRAGMENT || chain.protocol === NEXT_NONE) return true;
  return end - chain.at >= (chain.protocol === TCP ? LEAST_TCP : LEAST_UPPER);
}

function refuse(found: ExtensionHeaders, code: number, at: number, reason: Drop): Drop {
  found.problem = code;
  found.problemAt = at;
  return reason;
}
