/**
 * ARP on one Ethernet interface: answering, asking (RFC 826, RFC 1122 §2.3.2), and looking after our own
 * addresses: probe, announcement, conflict and defence (RFC 5227).
 */

import { AddressMap } from "../../base/address-map.ts";
import { Drop } from "../../base/drop.ts";
import { type IpAddress, ipv4 } from "../../base/ip-address.ts";
import { BROADCAST_MAC, MacAddress, NO_MAC } from "../../base/mac-address.ts";
import type { Packet } from "../../base/packet.ts";
import { samePrefix } from "../../base/prefix.ts";
import { below } from "../../base/random.ts";
import { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, NEVER, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../../base/timer-queue.ts";
import type { Claim, NetworkInterface, NextHop } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import type { Trace } from "../../contract/trace.ts";
import { GroupHop } from "../../interface/hops.ts";
import type { OwnAddress } from "../../interface/interface-addresses.ts";
import { type NeighbourEntry, type NeighbourHost, Neighbours } from "../../interface/neighbours.ts";
import type { AddressResolver, FrameReceiver, ResolverInterface } from "../../interface/resolver.ts";
import { ARP_BYTES, ARP_REPLY, ARP_REQUEST, ArpPacket, readArp, writeArp } from "../../wire/arp.ts";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "../../wire/ethernet.ts";

/** RFC 5227 §1.1. */
const PROBE_WAIT: Duration = seconds(1);
const PROBE_NUM = 3;
const PROBE_MIN: Duration = seconds(1);
const PROBE_MAX: Duration = seconds(2);
const ANNOUNCE_WAIT: Duration = seconds(2);
const ANNOUNCE_NUM = 2;
const ANNOUNCE_INTERVAL: Duration = seconds(2);
const DEFEND_INTERVAL: Duration = seconds(10);

/** Groups whose hop is kept; then all are made anew. */
const MAX_GROUPS = 256;

/** One of our addresses on its way through probing and announcing, or being defended. */
class ClaimedAddress implements TimerOwner {
  readonly own: OwnAddress;
  readonly timer: Timer;
  probesLeft: number;
  announcementsLeft: number;
  defendedAt: Instant = Number.NEGATIVE_INFINITY as Instant;
  readonly #step: (claim: ClaimedAddress) => void;

  constructor(timers: TimerQueue, own: OwnAddress, probes: number, step: (claim: ClaimedAddress) => void) {
    this.own = own;
    this.probesLeft = probes;
    this.announcementsLeft = ANNOUNCE_NUM;
    // Announcements and defence serve others; what is probed has somebody who waits for its address.
    this.timer = new Timer(timers, this, probes === 0);
    this.#step = step;
  }

  expired(): void {
    this.#step(this);
  }
}

/** ARP (RFC 826) on one interface, with RFC 5227's care for the own addresses. */
export class Arp implements AddressResolver, FrameReceiver, NeighbourHost {
  readonly family: 4 = 4;
  readonly etherType: number = ETHERTYPE_ARP;
  readonly frames: FrameReceiver = this;
  readonly #services: Services;
  readonly #interface: ResolverInterface;
  readonly #neighbours: Neighbours;
  readonly #groups: AddressMap<NextHop> = new AddressMap();
  readonly #in: ArpPacket = new ArpPacket();
  readonly #out: ArpPacket = new ArpPacket();
  readonly #claims: AddressMap<ClaimedAddress> = new AddressMap();

  constructor(services: Services, on: ResolverInterface) {
    this.#services = services;
    this.#interface = on;
    this.#neighbours = new Neighbours(this, on, ETHERTYPE_IPV4);
  }

  get now(): Instant {
    return this.#services.now;
  }

  get timers(): TimerQueue {
    return this.#services.timers;
  }

  get trace(): Trace | undefined {
    return this.#services.trace;
  }

  hop(address: IpAddress): NextHop {
    const group = address.isMulticast;
    if (!group && !this.#interface.isBroadcast(address)) return this.#neighbours.find(address);
    let hop = this.#groups.get(address);
    if (hop === undefined) {
      const mac = group ? multicastMac(address.word3) : BROADCAST_MAC;
      hop = new GroupHop(this.#interface, address, mac, ETHERTYPE_IPV4);
      if (this.#groups.size >= MAX_GROUPS) this.#groups.clear();
      this.#groups.set(address, hop);
    }
    return hop;
  }

  neighbours(): readonly NeighbourEntry[] {
    return this.#neighbours.list();
  }

  // ── What the neighbours ask for ────────────────────────────────────────────────────────────────────

  /**
   * Asks who has `address`: everybody, or the neighbour at `mac` whether it is still there (RFC 1122
   * §2.3.2.1 (2)).
   */
  solicit(address: IpAddress, mac: MacAddress | undefined): void {
    const why = mac === undefined ? Send.arpRequest : Send.arpPoll;
    this.#ask(this.#sourceFor(address), address.word3, mac ?? BROADCAST_MAC, why);
  }

  unresolved(packet: Packet, reason: Drop): void {
    this.#interface.arpCounters.arpFailures++;
    this.#interface.unresolved(packet, reason);
  }

  discard(packet: Packet, reason: Drop): void {
    this.#interface.discard(packet, reason);
  }

  // ── What arrives ───────────────────────────────────────────────────────────────────────────────────

  receive(packet: Packet, _from: NetworkInterface): Drop {
    const reason = this.#check(packet);
    if (reason === Drop.none) return reason;
    this.#interface.arpCounters.drops.count(reason);
    this.#services.trace?.dropped("arp", packet, reason);
    return reason;
  }

  /** RFC 826, "Packet Reception", after the checks of RFC 5227 §2.4 and against senders that cannot be. */
  #check(packet: Packet): Drop {
    const { mac, local, arpCounters } = this.#interface;
    const header = this.#in;
    const reason = readArp(packet.view, packet.start, packet.end, header);
    if (reason !== Drop.none) return reason;
    if (header.operation !== ARP_REQUEST && header.operation !== ARP_REPLY) return Drop.badOperation;
    const isRequest = header.operation === ARP_REQUEST;
    if (isRequest) arpCounters.arpInRequests++;
    else arpCounters.arpInReplies++;
    if ((header.senderMacHigh & 0x0100) !== 0) return Drop.groupSource;
    if (header.senderMacHigh === mac.high && header.senderMacLow === mac.low) return Drop.ownEcho;
    const sender = ipv4(header.senderAddress);
    const target = ipv4(header.targetAddress);
    const conflict = this.#conflicts(sender, target, isRequest);
    if (conflict !== Drop.none) return conflict;
    if (!sender.isAny && !isUnicast(header.senderAddress)) return Drop.badSenderAddress;
    const toUs = local.has(target);
    const learnt = sender.isAny ? Drop.none : this.#learn(header, sender, toUs, isRequest);
    if (!isRequest || !toUs) return learnt;
    this.#reply(header);
    return Drop.none;
  }

  #learn(header: ArpPacket, sender: IpAddress, toUs: boolean, isRequest: boolean): Drop {
    const mac = new MacAddress(header.senderMacHigh, header.senderMacLow);
    const mayLearn = toUs && isRequest && this.#interface.isOnLink(sender);
    return this.#neighbours.heard(sender, mac, toUs && !isRequest, mayLearn);
  }

  // ── Our own addresses ──────────────────────────────────────────────────────────────────────────────

  /**
   * Takes an address into use. "probe": only after nobody else was found to have it (RFC 5227 §2.1), and then
   * announced (§2.3), as "announce" is at once; "off": it is used without a word, and only defended.
   */
  claim(own: OwnAddress, how: Claim = "announce"): void {
    if (!this.#interface.up) {
      // Nobody can be asked: whether somebody has it shows when the interface is up.
      if (how === "probe") own.state = "tentative";
      return;
    }
    const probes = how === "probe" ? PROBE_NUM : 0;
    const claim = new ClaimedAddress(this.timers, own, probes, (one) => {
      this.trace?.fired("arp", one, "address");
      this.#advance(one);
    });
    this.#claims.set(own.address, claim);
    if (how === "announce") this.#advance(claim);
    if (how !== "probe") return;
    own.state = "tentative";
    this.#arm(claim, later(this.now, below(this.#services.random, PROBE_WAIT) as Duration));
  }

  release(own: OwnAddress): void {
    this.#claims.get(own.address)?.timer.cancel();
    this.#claims.delete(own.address);
  }

  stop(): void {
    for (const claim of this.#claims.values()) claim.timer.cancel();
    this.#claims.clear();
    this.#neighbours.clear();
    for (const own of this.#interface.local.list)
      if (own.address.family === 4 && own.claim === "probe") own.state = "tentative";
  }

  /** RFC 5227 §2.1: a host probes, or announces, when the link signals that a cable has been connected. */
  start(): void {
    for (const own of [...this.#interface.local.list])
      if (own.address.family === 4) this.claim(own, own.claim);
  }

  /** The next step of RFC 5227 §2.1.1 and §2.3. */
  #advance(claim: ClaimedAddress): void {
    const { now } = this;
    if (claim.probesLeft > 0) {
      claim.probesLeft--;
      this.#ask(0, claim.own.address.word3, BROADCAST_MAC, Send.arpProbe);
      const wait = PROBE_MIN + below(this.#services.random, PROBE_MAX - PROBE_MIN);
      this.#arm(claim, later(now, claim.probesLeft > 0 ? (wait as Duration) : ANNOUNCE_WAIT));
      return;
    }
    if (claim.own.state === "tentative") {
      claim.own.state = "preferred";
      this.#interface.addressesChanged();
    }
    if (claim.announcementsLeft === 0) return;
    claim.announcementsLeft--;
    claim.timer.setBackground(true);
    this.#announce(claim, Send.arpAnnouncement);
    if (claim.announcementsLeft > 0) this.#arm(claim, later(now, ANNOUNCE_INTERVAL));
  }

  #arm(claim: ClaimedAddress, at: Instant): void {
    if (at === NEVER) claim.timer.cancel();
    else claim.timer.set(at);
    this.trace?.armed("arp", claim, "address", at);
  }

  #announce(claim: ClaimedAddress, why: Send): void {
    const word = claim.own.address.word3;
    this.#ask(word, word, BROADCAST_MAC, why);
  }

  /** Somebody else uses, or wants to use, one of our addresses. A reason to take nothing more of this packet. */
  #conflicts(sender: IpAddress, target: IpAddress, isRequest: boolean): Drop {
    const claim = this.#claims.get(sender.isAny ? target : sender);
    if (claim === undefined) return Drop.none;
    const { arpCounters } = this.#interface;
    if (claim.own.state === "tentative") {
      // RFC 5227 §2.1.1: its user, or another host's probe for the same address.
      if (sender.isAny && !isRequest) return Drop.none;
      arpCounters.arpConflicts++;
      this.#arm(claim, NEVER);
      claim.own.state = "duplicate";
      return Drop.probeConflict;
    }
    if (sender.isAny || claim.own.state === "duplicate") return Drop.none;
    // RFC 5227 §2.4 (c): a server keeps its address, and says so once in DEFEND_INTERVAL.
    arpCounters.arpConflicts++;
    if (this.now - claim.defendedAt >= DEFEND_INTERVAL) {
      claim.defendedAt = this.now;
      this.#announce(claim, Send.arpDefence);
    }
    return Drop.addressConflict;
  }

  /** The address to ask with: one on the same prefix, so that the other side can answer. */
  #sourceFor(target: IpAddress): number {
    let first = 0;
    for (const { address, prefixLength, state } of this.#interface.local.list) {
      if (state !== "preferred" || address.family !== 4) continue;
      if (first === 0) first = address.word3;
      if (samePrefix(address, target, prefixLength)) return address.word3;
    }
    return first;
  }

  #ask(sender: number, target: number, to: MacAddress, why: Send): void {
    this.#interface.arpCounters.arpOutRequests++;
    this.#send(ARP_REQUEST, sender, to.isGroup ? NO_MAC : to, target, to, why);
  }

  #reply(request: ArpPacket): void {
    this.#interface.arpCounters.arpOutReplies++;
    const asker = new MacAddress(request.senderMacHigh, request.senderMacLow);
    this.#send(ARP_REPLY, request.targetAddress, asker, request.senderAddress, asker, Send.arpReply);
  }

  #send(
    operation: number,
    sender: number,
    targetMac: MacAddress,
    target: number,
    to: MacAddress,
    why: Send,
  ): void {
    const { mac } = this.#interface;
    const header = this.#out;
    header.operation = operation;
    header.senderMacHigh = mac.high;
    header.senderMacLow = mac.low;
    header.senderAddress = sender;
    header.targetMacHigh = targetMac.high;
    header.targetMacLow = targetMac.low;
    header.targetAddress = target;
    const packet = this.#services.pool.take(ARP_BYTES);
    packet.network = packet.start;
    packet.end = packet.start + ARP_BYTES;
    writeArp(packet.view, packet.start, header);
    const { trace } = this.#services;
    const before = trace?.sent("arp", why, packet) ?? 0;
    this.#interface.frame(packet, to, ETHERTYPE_ARP);
    if (trace !== undefined) trace.cause = before;
  }
}

/** An address that one host can have: not of network 0 or 127, nor class D or E (RFC 1122 §3.2.1.3). */
function isUnicast(word: number): boolean {
  const first = word >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** The station address of an IPv4 group: 01:00:5e and its low 23 bits (RFC 1112 §6.4). */
function multicastMac(word: number): MacAddress {
  return new MacAddress(0x0100, 0x5e00_0000 | (word & 0x007f_ffff));
}
