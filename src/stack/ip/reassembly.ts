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
import { Send } from "../base/send.ts";
import { type Duration, type Instant, later, NEVER } from "../base/time.ts";
import { Timer, type TimerOwner } from "../base/timer-queue.ts";
import type { IpCounters } from "../contract/counters.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import { Assembly, type Fragment } from "./assembly.ts";

/** Octets of buffers in all, as Linux's ipfrag_high_thresh, and for one source. */
const MAX_OCTETS = 4 * 1024 * 1024;
const MAX_OCTETS_PER_SOURCE = 1024 * 1024;
/** Datagrams under way, the condemned ones counted too. */
const MAX_ASSEMBLIES = 4096;
/** The fields for a datagram's length have 16 bits. */
const MAX_DATAGRAM = 65_535;

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
  readonly services: Services;
  readonly counters: IpCounters;
  /** What had come of a datagram is dropped: `packet` is what holds it, `start` at its text. Lent. */
  reassemblyDropped(packet: Packet, reason: Drop): void;
  /** The datagram's time is up, and its first fragment was seen: `packet` is that, header and all. Lent. */
  reassemblyTimedOut(packet: Packet, from: NetworkInterface): void;
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
    this.#timer = new Timer(host.services.timers, this, true);
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
    if (assembly.condemned) return Drop.fragmentCondemned;
    let reason = checkBounds(fragment, length, end, this.#format.longest);
    if (assembly.mixes(fragment) && reason === Drop.none) reason = Drop.fragmentEcnMixed;
    if (reason === Drop.none) reason = assembly.judge(fragment, packet, end);
    if (reason !== Drop.none) {
      this.#condemn(assembly);
      return reason;
    }
    assembly.store(this.#room(assembly, end), fragment, packet, length);
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
    this.#host.services.trace?.armed(this.#format.layer, assembly, "reassembly", NEVER);
    this.#account(assembly, -assembly.octets);
    assembly.packet = undefined;
    this.#host.counters.ipReasmOKs++;
    if (this.#assemblies.size === 0) this.#timer.cancel();
    const { headerLength, total } = assembly;
    packet.end = packet.start + total;
    packet.prepend(headerLength);
    // The headers are the first fragment's, DSCP and all; but congestion that any of them met is the datagram's.
    this.#format.restore(packet, headerLength, assembly.congested);
    this.#host.services.trace?.cut(this.#format.layer, "merged", Send.reassembled, packet, assembly.pieces);
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
      this.#host.services.trace?.fired(this.#format.layer, assembly, "reassembly");
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
    const made = new Assembly(fragment, from, later(this.#host.services.now, this.#format.timeout));
    this.#assemblies.set(key, made);
    this.#host.services.trace?.armed(this.#format.layer, made, "reassembly", made.expires);
    if (!this.#timer.armed) this.#timer.set(made.expires);
    return made;
  }

  /** The buffer of `assembly`, with room for `end` octets: small at first, of full size when need be. */
  #room(assembly: Assembly, end: number): Packet {
    const { pool } = this.#host.services;
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

  /** Whatever else comes of this datagram is dropped too, until its time is up (RFC 5722 §4). */
  #condemn(assembly: Assembly): void {
    this.#host.counters.ipReasmFails++;
    this.#dropHeld(assembly, Drop.fragmentCondemned);
    this.#release(assembly);
    assembly.condemned = true;
  }

  #giveUp(key: number, assembly: Assembly): void {
    this.#assemblies.delete(key);
    this.#host.services.trace?.armed(this.#format.layer, assembly, "reassembly", NEVER);
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
    this.#host.services.pool.release(assembly.packet);
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

/** RFC 791 §3.1: all but the last are multiples of 8 octets; none is empty, nor past the largest datagram. */
function checkBounds(fragment: Fragment, length: number, end: number, longest: number): Drop {
  if (length === 0 || (fragment.moreFragments && (length & 7) !== 0)) return Drop.badFragmentLength;
  return fragment.headerLength + end <= longest ? Drop.none : Drop.fragmentTooFar;
}
