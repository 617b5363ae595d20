/** One datagram of which fragments have come: what is there of it, and whether a further one fits (RFC 815, RFC 5722). */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Instant } from "../base/time.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";

const UNKNOWN = -1;
/** ECN codepoints (RFC 3168 §5), as bits of a set. */
const NOT_ECT = 1 << 0;
const CE = 1 << 3;

/** A fragment, as its headers describe it. */
export interface Fragment {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Of IPv4; 0 of IPv6, whose fragments of one datagram need not agree on it (RFC 8200 §4.5). */
  readonly protocol: number;
  readonly identification: number;
  /** Octets before it in the datagram. */
  readonly offset: number;
  readonly moreFragments: boolean;
  /** Octets of all headers in front of its text, a fragment header included; at most `HEADROOM`. */
  readonly headerLength: number;
  /** DSCP and ECN. */
  readonly trafficClass: number;
  readonly toMany: boolean;
}

/** One datagram under way. */
export class Assembly {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly identification: number;
  readonly from: NetworkInterface;
  readonly expires: Instant;
  /** Its octets, where `packet.start` stands for offset 0; undefined once condemned. */
  packet: Packet | undefined;
  /** What has come, as ordered disjoint ranges: starts at even places, ends at odd ones. */
  readonly ranges: number[] = [];
  /** Octets of the whole, once the last fragment has come. */
  total: number = UNKNOWN;
  /** Octets of the first fragment and of its header, which stands in front of `packet.start`; -1 before it came. */
  firstLength: number = UNKNOWN;
  headerLength = 0;
  /** Some fragment came by broadcast: no error message about it (RFC 1122 §3.2.2). */
  toMany = false;
  /** It was contradicted, and whatever else comes of it is dropped, too. */
  condemned = false;
  /** Fragments that were stored. */
  pieces = 0;
  /** The ECN codepoints of its fragments, a bit each. */
  #codepoints = 0;

  constructor(fragment: Fragment, from: NetworkInterface, expires: Instant) {
    this.source = fragment.source;
    this.destination = fragment.destination;
    this.protocol = fragment.protocol;
    this.identification = fragment.identification;
    this.from = from;
    this.expires = expires;
  }

  /** Octets of its buffer. */
  get octets(): number {
    return this.packet?.bytes.length ?? 0;
  }

  /** Whether `fragment` is a piece of it. */
  is(fragment: Fragment): boolean {
    return (
      this.source.equals(fragment.source) &&
      this.destination.equals(fragment.destination) &&
      this.protocol === fragment.protocol &&
      this.identification === fragment.identification
    );
  }

  /** All of it has come. */
  get complete(): boolean {
    return (
      this.total >= 0 && this.ranges.length === 2 && this.ranges[0] === 0 && this.ranges[1] === this.total
    );
  }

  /** Some fragment has met congestion. */
  get congested(): boolean {
    return (this.#codepoints & CE) !== 0;
  }

  /**
   * RFC 3168 §5.3: fragments that cannot be marked beside one that was, or could be, are no sender's: the datagram is
   * dropped, as Linux does (ip_frag_ecn_table). Takes note of one more; whether they are such.
   */
  mixes(fragment: Fragment): boolean {
    this.#codepoints |= 1 << (fragment.trafficClass & 3);
    return (this.#codepoints & NOT_ECT) !== 0 && this.#codepoints !== NOT_ECT;
  }

  /** How the fragment contradicts what came before, by another end, or other octets where they overlap. */
  judge(fragment: Fragment, packet: Packet, end: number): Drop {
    const { ranges, total } = this;
    const last = ranges.at(-1) ?? 0;
    if (!fragment.moreFragments && ((total >= 0 && total !== end) || last > end))
      return Drop.fragmentEndMoved;
    if (fragment.moreFragments && total >= 0 && end > total) return Drop.fragmentEndMoved;
    for (let i = 0; i < ranges.length; i += 2) {
      const from = ranges[i] as number;
      const to = ranges[i + 1] as number;
      if (end <= from || fragment.offset >= to) continue;
      const repeats = from <= fragment.offset && end <= to && this.#repeats(fragment, packet, end);
      return repeats ? Drop.none : Drop.fragmentOverlaps;
    }
    return Drop.none;
  }

  #repeats(fragment: Fragment, packet: Packet, end: number): boolean {
    const held = this.packet;
    if (held === undefined) return false;
    const at = packet.start + fragment.headerLength - fragment.offset;
    for (let i = fragment.offset; i < end; i++) {
      if (held.bytes[held.start + i] !== packet.bytes[at + i]) return false;
    }
    return true;
  }

  /** Copies the text of a fragment to its place in `buffer`, which has room; of the first one its headers, too. */
  store(buffer: Packet, fragment: Fragment, packet: Packet, length: number): void {
    const { offset, headerLength } = fragment;
    const from = packet.start + headerLength;
    this.pieces++;
    buffer.bytes.set(packet.bytes.subarray(from, from + length), buffer.start + offset);
    insert(this.ranges, offset, offset + length);
    if (!fragment.moreFragments) this.total = offset + length;
    if (fragment.toMany) this.toMany = true;
    if (offset > 0) return;
    this.firstLength = length;
    this.headerLength = headerLength;
    buffer.bytes.set(packet.bytes.subarray(packet.start, from), buffer.start - headerLength);
  }
}

/** Adds `[start, end)`, which overlaps no range or lies within one, to ordered disjoint ranges. */
function insert(ranges: number[], start: number, end: number): void {
  let at = ranges.length;
  while (at > 0 && (ranges[at - 2] as number) > start) at -= 2;
  if (at > 0 && (ranges[at - 1] as number) >= end) return;
  const joinsBefore = at > 0 && ranges[at - 1] === start;
  const joinsAfter = at < ranges.length && ranges[at] === end;
  if (joinsBefore && joinsAfter) ranges.splice(at - 1, 2);
  else if (joinsBefore) ranges[at - 1] = end;
  else if (joinsAfter) ranges[at] = start;
  else ranges.splice(at, 0, start, end);
}
