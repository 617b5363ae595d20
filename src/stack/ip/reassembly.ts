/**
 * Reassembly for either family: RFC 791 §3.2 (in the manner of RFC 815, ranges instead of holes), RFC 1122 §3.3.2;
 * RFC 8200 §4.5. What makes a datagram of the pieces is the family's (`FragmentFormat`).
 *
 * What an attacker can do is bounded: octets in all and per source, datagrams in all; the oldest is given
 * up for the newest, so an honest datagram gets through during a flood and right after it. Fragments that
 * overlap with other contents condemn their datagram (RFC 5722 §4, here for IPv4 too); repeated ones do not.
 */
import { AddressMap } from "../base/address-map.ts";
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import { Send } from "../base/send.ts";
import { type Duration, type Instant, later, NEVER } from "../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../base/timer-queue.ts";
import type { IpCounters } from "../contract/counters.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Trace } from "../contract/trace.ts";

/** Octets of buffers in all, as Linux's ipfrag_high_thresh, and for one source. */
const MAX_OCTETS = 4 * 1024 * 1024;
const MAX_OCTETS_PER_SOURCE = 1024 * 1024;
/** Datagrams under way, the condemned ones counted too. */
const MAX_ASSEMBLIES = 4096;
/** The fields for a datagram's length have 16 bits. */
const MAX_DATAGRAM = 65_535;
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

/** What is different from family to family. */
export interface FragmentFormat {
  readonly layer: "ipv4" | "ipv6";
  /** Octets of headers and text together, at most. */
  readonly longest: number;
  /** How long the pieces of a datagram are waited for. */
  readonly timeout: Duration;
  /**
   * Makes the headers of the first fragment, `headerLength` octets at `packet.start`, those of the whole datagram,
   * which ends at `packet.end`.
   *
   * @param congested - one of the fragments was marked with CE
   */
  restore(packet: Packet, headerLength: number, congested: boolean): void;
}

/** What reassembly needs of its family. */
export interface ReassemblyHost {
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly pool: PacketPool;
  readonly counters: IpCounters;
  readonly trace: Trace | undefined;
  /** What had come of a datagram is dropped: `packet` is what holds it, `start` at its text. Lent. */
  reassemblyDropped(packet: Packet, reason: Drop): void;
  /** The datagram's time is up, and its first fragment was seen: `packet` is that, header and all. Lent. */
  reassemblyTimedOut(packet: Packet, from: NetworkInterface): void;
}

/** One datagram under way. */
class Assembly {
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
  total = UNKNOWN;
  /** Octets of the first fragment and of its header, which stands in front of `packet.start`; -1 before it came. */
  firstLength = UNKNOWN;
  headerLength = 0;
  /** Some fragment came by broadcast: no error message about it (RFC 1122 §3.2.2). */
  toMany = false;
  /** The ECN codepoints of its fragments, a bit each; and how many were stored. */
  codepoints = 0;
  pieces = 0;

  constructor(fragment: Fragment, from: NetworkInterface, expires: Instant) {
    this.source = fragment.source;
    this.destination = fragment.destination;
    this.protocol = fragment.protocol;
    this.identification = fragment.identification;
    this.from = from;
    this.expires = expires;
  }

  get octets(): number {
    return this.packet?.bytes.length ?? 0;
  }

  is(fragment: Fragment): boolean {
    return (
      this.source.equals(fragment.source) &&
      this.destination.equals(fragment.destination) &&
      this.protocol === fragment.protocol &&
      this.identification === fragment.identification
    );
  }

  get complete(): boolean {
    return (
      this.total >= 0 && this.ranges.length === 2 && this.ranges[0] === 0 && this.ranges[1] === this.total
    );
  }
}

/** Puts fragments together (RFC 791 §3.2, RFC 815). */
export class Reassembly implements TimerOwner {
  readonly #host: ReassemblyHost;
  readonly #format: FragmentFormat;
  /** By key; datagrams whose keys collide displace one another, which the secret makes unpredictable. */
  readonly #assemblies: Map<number, Assembly> = new Map();
  readonly #perSource: AddressMap<number> = new AddressMap();
  readonly #secret: number;
  readonly #timer: Timer;
  #octets = 0;

  /** @param secret - random bits */
  constructor(host: ReassemblyHost, format: FragmentFormat, secret: number) {
    this.#host = host;
    this.#format = format;
    this.#secret = secret;
    this.#timer = new Timer(host.timers, this, true);
  }

  /** Datagrams under way, and the octets of their buffers. */
  get size(): number {
    return this.#assemblies.size;
  }

  get octets(): number {
    return this.#octets;
  }

  /**
   * Takes in the fragment `packet`, which is lent, with `start` at its IP header and `end` at its end.
   * `Drop.none` when it has been stored; `completed` then tells whether the datagram is whole.
   */
  add(packet: Packet, fragment: Fragment, from: NetworkInterface): Drop {
    this.#host.counters.ipReasmReqds++;
    const length = packet.end - packet.start - fragment.headerLength;
    const end = fragment.offset + length;
    const assembly = this.#find(fragment, from);
    if (assembly.packet === undefined && assembly.firstLength === Number.MAX_SAFE_INTEGER)
      return Drop.fragmentCondemned;
    assembly.codepoints |= 1 << (fragment.trafficClass & 3);
    let reason = checkBounds(fragment, length, end, this.#format.longest);
    if (reason === Drop.none && isMixed(assembly.codepoints)) reason = Drop.fragmentEcnMixed;
    if (reason === Drop.none) reason = this.#checkAgreement(assembly, fragment, packet, end);
    if (reason !== Drop.none) {
      this.#condemn(assembly);
      return reason;
    }
    const buffer = this.#room(assembly, end);
    this.#store(assembly, buffer, fragment, packet, length);
    return Drop.none;
  }

  /**
   * The datagram that `fragment` has completed, with `start` at its IP header, which has been made that of
   * an unfragmented one. The caller now owns it. Undefined while something is missing.
   */
  take(fragment: Fragment): Packet | undefined {
    const assembly = this.#assemblies.get(this.#key(fragment));
    if (assembly?.packet === undefined || !assembly.complete) return undefined;
    const packet = assembly.packet;
    this.#assemblies.delete(this.#key(assembly));
    this.#host.trace?.armed(this.#format.layer, assembly, "reassembly", NEVER);
    this.#account(assembly, -assembly.octets);
    assembly.packet = undefined;
    this.#host.counters.ipReasmOKs++;
    if (this.#assemblies.size === 0) this.#timer.cancel();
    const { headerLength, total } = assembly;
    packet.end = packet.start + total;
    packet.prepend(headerLength);
    // The headers are the first fragment's, DSCP and all; but congestion that any of them met is the datagram's.
    this.#format.restore(packet, headerLength, (assembly.codepoints & CE) !== 0);
    this.#host.trace?.cut(this.#format.layer, "merged", Send.reassembled, packet, assembly.pieces);
    return packet;
  }

  /** Gives up everything: the stack closes. */
  clear(): void {
    for (const assembly of this.#assemblies.values()) this.#release(assembly);
    this.#assemblies.clear();
    this.#timer.cancel();
  }

  expired(now: Instant): void {
    for (const [key, assembly] of this.#assemblies) {
      if (assembly.expires > now) {
        this.#timer.set(assembly.expires);
        return;
      }
      this.#assemblies.delete(key);
      this.#host.trace?.fired(this.#format.layer, assembly, "reassembly");
      this.#timeOut(assembly);
      this.#release(assembly);
    }
  }

  /** RFC 1122 §3.3.2: time exceeded, if fragment zero has come (RFC 792). */
  #timeOut(assembly: Assembly): void {
    const { packet, firstLength, headerLength } = assembly;
    if (packet === undefined) return;
    this.#dropHeld(assembly, Drop.reassemblyTimeout);
    this.#host.counters.ipReasmTimeout++;
    this.#host.counters.ipReasmFails++;
    if (firstLength < 0 || assembly.toMany) return;
    packet.end = packet.start + firstLength;
    packet.prepend(headerLength);
    packet.network = packet.start;
    this.#host.reassemblyTimedOut(packet, assembly.from);
  }

  #find(fragment: Fragment, from: NetworkInterface): Assembly {
    const key = this.#key(fragment);
    const found = this.#assemblies.get(key);
    if (found?.is(fragment)) return found;
    if (found !== undefined) this.#giveUp(key, found);
    if (this.#assemblies.size >= MAX_ASSEMBLIES) this.#giveUpOldest(undefined);
    const made = new Assembly(fragment, from, later(this.#host.now, this.#format.timeout));
    this.#assemblies.set(key, made);
    this.#host.trace?.armed(this.#format.layer, made, "reassembly", made.expires);
    if (!this.#timer.armed) this.#timer.set(made.expires);
    return made;
  }

  /** How the fragment contradicts what came before, by another end, or other octets where they overlap. */
  #checkAgreement(assembly: Assembly, fragment: Fragment, packet: Packet, end: number): Drop {
    const { ranges, total } = assembly;
    const last = ranges.at(-1) ?? 0;
    if (!fragment.moreFragments && ((total >= 0 && total !== end) || last > end))
      return Drop.fragmentEndMoved;
    if (fragment.moreFragments && total >= 0 && end > total) return Drop.fragmentEndMoved;
    for (let i = 0; i < ranges.length; i += 2) {
      const from = ranges[i] as number;
      const to = ranges[i + 1] as number;
      if (end <= from || fragment.offset >= to) continue;
      const repeats = from <= fragment.offset && end <= to && this.#repeats(assembly, fragment, packet, end);
      return repeats ? Drop.none : Drop.fragmentOverlaps;
    }
    return Drop.none;
  }

  #repeats(assembly: Assembly, fragment: Fragment, packet: Packet, end: number): boolean {
    const held = assembly.packet;
    if (held === undefined) return false;
    const at = packet.start + fragment.headerLength - fragment.offset;
    for (let i = fragment.offset; i < end; i++) {
      if (held.bytes[held.start + i] !== packet.bytes[at + i]) return false;
    }
    return true;
  }

  /** The buffer of `assembly`, with room for `end` octets: small at first, of full size when need be. */
  #room(assembly: Assembly, end: number): Packet {
    const { pool } = this.#host;
    const held = assembly.packet;
    if (held !== undefined && held.start + end <= held.bytes.length) return held;
    const buffer = pool.take(held === undefined ? end : MAX_DATAGRAM);
    const grown = buffer.bytes.length - assembly.octets;
    if (held !== undefined) {
      buffer.bytes.set(held.bytes.subarray(0, held.bytes.length));
      pool.release(held);
    }
    assembly.packet = buffer;
    this.#account(assembly, grown);
    while ((this.#perSource.get(assembly.source) ?? 0) > MAX_OCTETS_PER_SOURCE) {
      if (!this.#giveUpOldest(assembly.source, assembly)) break;
    }
    while (this.#octets > MAX_OCTETS) if (!this.#giveUpOldest(undefined, assembly)) break;
    return buffer;
  }

  #store(assembly: Assembly, buffer: Packet, fragment: Fragment, packet: Packet, length: number): void {
    const { offset, headerLength } = fragment;
    const from = packet.start + headerLength;
    assembly.pieces++;
    buffer.bytes.set(packet.bytes.subarray(from, from + length), buffer.start + offset);
    insert(assembly.ranges, offset, offset + length);
    if (!fragment.moreFragments) assembly.total = offset + length;
    if (fragment.toMany) assembly.toMany = true;
    if (offset > 0) return;
    assembly.firstLength = length;
    assembly.headerLength = headerLength;
    buffer.bytes.set(packet.bytes.subarray(packet.start, from), buffer.start - headerLength);
  }

  /** Whatever else comes of this datagram is dropped too, until its time is up (RFC 5722 §4). */
  #condemn(assembly: Assembly): void {
    this.#host.counters.ipReasmFails++;
    this.#dropHeld(assembly, Drop.fragmentCondemned);
    this.#release(assembly);
    assembly.firstLength = Number.MAX_SAFE_INTEGER;
  }

  #giveUp(key: number, assembly: Assembly): void {
    this.#assemblies.delete(key);
    this.#host.trace?.armed(this.#format.layer, assembly, "reassembly", NEVER);
    if (assembly.packet !== undefined) this.#host.counters.ipReasmFails++;
    this.#dropHeld(assembly, Drop.reassemblyFull);
    this.#release(assembly);
  }

  /** Gives up the oldest (of `source`, if given) that holds a buffer or, for a place in the table, any. */
  #giveUpOldest(source: IpAddress | undefined, except?: Assembly): boolean {
    for (const [key, assembly] of this.#assemblies) {
      if (assembly === except || (source !== undefined && !assembly.source.equals(source))) continue;
      if (except !== undefined && assembly.packet === undefined) continue;
      this.#giveUp(key, assembly);
      return true;
    }
    return false;
  }

  #dropHeld({ packet, ranges }: Assembly, reason: Drop): void {
    if (packet === undefined) return;
    packet.end = packet.start + (ranges.at(-1) ?? 0);
    this.#host.reassemblyDropped(packet, reason);
  }

  #release(assembly: Assembly): void {
    if (assembly.packet === undefined) return;
    this.#account(assembly, -assembly.octets);
    this.#host.pool.release(assembly.packet);
    assembly.packet = undefined;
  }

  #account(assembly: Assembly, octets: number): void {
    this.#octets += octets;
    const ofSource = (this.#perSource.get(assembly.source) ?? 0) + octets;
    if (ofSource > 0) this.#perSource.set(assembly.source, ofSource);
    else this.#perSource.delete(assembly.source);
  }

  /** RFC 791 §2.3: identification, source, destination and protocol make one datagram; RFC 8200 §4.5: the first three. */
  #key({ source, destination, protocol, identification }: Fragment | Assembly): number {
    let key = this.#secret;
    for (const { word0, word1, word2, word3 } of [source, destination]) {
      key = Math.imul(key ^ word3, 0x9e3779b1);
      key = Math.imul(key ^ (key >>> 15) ^ word2, 0x85ebca6b);
      key = Math.imul(key ^ (key >>> 13) ^ word1, 0xc2b2ae35);
      key = Math.imul(key ^ (key >>> 16) ^ word0, 0x27d4eb2f);
    }
    key = Math.imul((key ^ (key >>> 13) ^ (identification | (protocol << 16))) | 0, 0xc2b2ae35);
    return key ^ (key >>> 16);
  }
}

/**
 * RFC 3168 §5.3: fragments that cannot be marked beside one that was, or could be, are no sender's: the datagram is
 * dropped, as Linux does (ip_frag_ecn_table).
 */
function isMixed(codepoints: number): boolean {
  return (codepoints & NOT_ECT) !== 0 && codepoints !== NOT_ECT;
}

/** RFC 791 §3.1: all but the last are multiples of 8 octets; none is empty, nor past the largest datagram. */
function checkBounds(fragment: Fragment, length: number, end: number, longest: number): Drop {
  if (length === 0 || (fragment.moreFragments && (length & 7) !== 0)) return Drop.badFragmentLength;
  return fragment.headerLength + end <= longest ? Drop.none : Drop.fragmentTooFar;
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
