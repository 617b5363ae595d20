/**
 * ARP on one Ethernet interface: answering, asking (RFC 826, RFC 1122 §2.3.2), and looking after our own
 * addresses: probe, announcement, conflict and defence (RFC 5227).
 */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import { BROADCAST_MAC, MacAddress, NO_MAC } from "../../base/mac-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { PacketPool } from "../../base/packet-pool.ts";
import { below, type Random } from "../../base/random.ts";
import { type Duration, type Instant, later, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../../base/timer-queue.ts";
import type { ArpCounters } from "../../contract/counters.ts";
import type { Tracer } from "../../contract/trace.ts";
import type { InterfaceAddresses, LocalAddress } from "../../interface/addresses.ts";
import type { Neighbours } from "../../interface/neighbours.ts";
import { ARP_BYTES, ARP_REPLY, ARP_REQUEST, ArpPacket, readArp, writeArp } from "../../wire/arp.ts";
import { ETHERTYPE_ARP } from "../../wire/ethernet.ts";

/** RFC 5227 §1.1. */
const PROBE_WAIT: Duration = seconds(1);
const PROBE_NUM = 3;
const PROBE_MIN: Duration = seconds(1);
const PROBE_MAX: Duration = seconds(2);
const ANNOUNCE_WAIT: Duration = seconds(2);
const ANNOUNCE_NUM = 2;
const ANNOUNCE_INTERVAL: Duration = seconds(2);
const DEFEND_INTERVAL: Duration = seconds(10);

/** What ARP needs of its interface. */
export interface ArpHost {
  readonly name: string;
  readonly mac: MacAddress;
  readonly local: InterfaceAddresses;
  readonly neighbours: Neighbours;
  readonly arpCounters: ArpCounters;
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly pool: PacketPool;
  readonly host: { readonly tracer: Tracer | undefined; changed(): void };
  /** Sends `packet` in a frame of this type. Takes the packet. */
  frameAs(packet: Packet, destination: MacAddress, etherType: number): void;
}

/** One of our addresses on its way through probing and announcing, or being defended. */
class Claim implements TimerOwner {
  readonly local: LocalAddress;
  readonly timer: Timer;
  probesLeft: number;
  announcementsLeft: number;
  defendedAt: Instant = Number.NEGATIVE_INFINITY as Instant;
  readonly #step: (claim: Claim) => void;

  constructor(timers: TimerQueue, local: LocalAddress, probes: number, step: (claim: Claim) => void) {
    this.local = local;
    this.probesLeft = probes;
    this.announcementsLeft = ANNOUNCE_NUM;
    this.timer = new Timer(timers, this);
    this.#step = step;
  }

  expired(): void {
    this.#step(this);
  }
}

export class Arp {
  readonly #host: ArpHost;
  readonly #random: Random;
  readonly #in: ArpPacket = new ArpPacket();
  readonly #out: ArpPacket = new ArpPacket();
  readonly #claims: Map<number, Claim> = new Map();

  constructor(host: ArpHost, random: Random) {
    this.#host = host;
    this.#random = random;
  }

  /** `packet` is lent, `start` behind the Ethernet header. */
  receive(packet: Packet): void {
    const reason = this.#check(packet);
    if (reason === Drop.none) return;
    this.#host.arpCounters.drops.count(reason);
    this.#host.host.tracer?.dropped?.("arp", packet, reason);
  }

  /** RFC 826, "Packet Reception", after the checks of RFC 5227 §2.4 and against senders that cannot be. */
  #check(packet: Packet): Drop {
    const { mac, local, arpCounters } = this.#host;
    const header = this.#in;
    const reason = readArp(packet.view, packet.start, packet.end, header);
    if (reason !== Drop.none) return reason;
    if (header.operation !== ARP_REQUEST && header.operation !== ARP_REPLY) return Drop.badField;
    const isRequest = header.operation === ARP_REQUEST;
    if (isRequest) arpCounters.arpInRequests++;
    else arpCounters.arpInReplies++;
    if ((header.senderMacHigh & 0x0100) !== 0) return Drop.martian;
    if (header.senderMacHigh === mac.high && header.senderMacLow === mac.low) return Drop.ignored; // our own echo
    const sender = header.senderAddress;
    const target = header.targetAddress;
    if (this.#conflicts(sender, target, isRequest)) return Drop.ignored;
    if (sender !== 0 && !isUnicast(sender)) return Drop.martian;
    const toUs = local.has(target);
    if (sender !== 0) this.#learn(header, toUs, isRequest);
    if (isRequest && toUs) this.#reply(header);
    return Drop.none;
  }

  #learn(header: ArpPacket, toUs: boolean, isRequest: boolean): void {
    const { local, neighbours } = this.#host;
    const sender = header.senderAddress;
    const mac = new MacAddress(header.senderMacHigh, header.senderMacLow);
    neighbours.heard(sender, mac, toUs && !isRequest, toUs && isRequest && local.onLink(sender));
  }

  /**
   * Asks who has `address`: everybody, or the neighbour at `mac` whether it is still there (RFC 1122
   * §2.3.2.1 (2)).
   */
  request(address: IpAddress, mac: MacAddress | undefined): void {
    this.#ask(this.#sourceFor(address.word3), address.word3, mac ?? BROADCAST_MAC);
  }

  /**
   * Takes an address into use. With `probes`, only after nobody else was found to have it (RFC 5227 §2.1);
   * in either case it is announced (§2.3).
   */
  claim(local: LocalAddress, probe: boolean): void {
    const claim = new Claim(this.#host.timers, local, probe ? PROBE_NUM : 0, (one) => this.#advance(one));
    this.#claims.set(local.address.word3, claim);
    if (!probe) {
      this.#advance(claim);
      return;
    }
    local.state = "tentative";
    this.#host.local.changed();
    claim.timer.set(later(this.#host.now, below(this.#random, PROBE_WAIT) as Duration));
  }

  /** The address is used without a word; only if somebody else claims it, it is defended. */
  defend(local: LocalAddress): void {
    const claim = new Claim(this.#host.timers, local, 0, (one) => this.#advance(one));
    this.#claims.set(local.address.word3, claim);
  }

  /** The address is no longer ours. */
  release(local: LocalAddress): void {
    this.#claims.get(local.address.word3)?.timer.cancel();
    this.#claims.delete(local.address.word3);
  }

  stop(): void {
    for (const claim of this.#claims.values()) claim.timer.cancel();
    this.#claims.clear();
  }

  /** The next step of RFC 5227 §2.1.1 and §2.3. */
  #advance(claim: Claim): void {
    const { now } = this.#host;
    if (claim.probesLeft > 0) {
      claim.probesLeft--;
      this.#ask(0, claim.local.address.word3, BROADCAST_MAC);
      const wait = PROBE_MIN + below(this.#random, PROBE_MAX - PROBE_MIN);
      claim.timer.set(later(now, claim.probesLeft > 0 ? (wait as Duration) : ANNOUNCE_WAIT));
      return;
    }
    if (claim.local.state === "tentative") {
      claim.local.state = "preferred";
      this.#host.local.changed();
      this.#host.host.changed();
    }
    if (claim.announcementsLeft === 0) return;
    claim.announcementsLeft--;
    this.#announce(claim);
    if (claim.announcementsLeft > 0) claim.timer.set(later(now, ANNOUNCE_INTERVAL));
  }

  #announce(claim: Claim): void {
    const word = claim.local.address.word3;
    this.#ask(word, word, BROADCAST_MAC);
  }

  /** Somebody else uses, or wants to use, one of our addresses. True if this packet says nothing more. */
  #conflicts(sender: number, target: number, isRequest: boolean): boolean {
    const claim = this.#claims.get(sender === 0 ? target : sender);
    if (claim === undefined) return false;
    const { arpCounters } = this.#host;
    if (claim.local.state === "tentative") {
      // RFC 5227 §2.1.1: its user, or another host's probe for the same address.
      if (sender === 0 && !isRequest) return false;
      arpCounters.arpConflicts++;
      claim.timer.cancel();
      claim.local.state = "duplicate";
      return true;
    }
    if (sender === 0 || claim.local.state === "duplicate") return false;
    // RFC 5227 §2.4 (c): a server keeps its address, and says so once in DEFEND_INTERVAL.
    arpCounters.arpConflicts++;
    if (this.#host.now - claim.defendedAt >= DEFEND_INTERVAL) {
      claim.defendedAt = this.#host.now;
      this.#announce(claim);
    }
    return true;
  }

  /** The address to ask with: one on the same prefix, so that the other side can answer. */
  #sourceFor(target: number): number {
    let first = 0;
    for (const { address, prefixLength, state } of this.#host.local.list) {
      if (state !== "preferred") continue;
      if (first === 0) first = address.word3;
      const shift = 32 - prefixLength;
      if (shift === 32 || (address.word3 ^ target) >>> shift === 0) return address.word3;
    }
    return first;
  }

  #ask(sender: number, target: number, to: MacAddress): void {
    this.#host.arpCounters.arpOutRequests++;
    this.#send(ARP_REQUEST, sender, to.isGroup ? NO_MAC : to, target, to);
  }

  #reply(request: ArpPacket): void {
    this.#host.arpCounters.arpOutReplies++;
    const asker = new MacAddress(request.senderMacHigh, request.senderMacLow);
    this.#send(ARP_REPLY, request.targetAddress, asker, request.senderAddress, asker);
  }

  #send(operation: number, sender: number, targetMac: MacAddress, target: number, to: MacAddress): void {
    const { pool, mac } = this.#host;
    const header = this.#out;
    header.operation = operation;
    header.senderMacHigh = mac.high;
    header.senderMacLow = mac.low;
    header.senderAddress = sender;
    header.targetMacHigh = targetMac.high;
    header.targetMacLow = targetMac.low;
    header.targetAddress = target;
    const packet = pool.take(ARP_BYTES);
    packet.network = packet.start;
    packet.end = packet.start + ARP_BYTES;
    writeArp(packet.view, packet.start, header);
    this.#host.frameAs(packet, to, ETHERTYPE_ARP);
  }
}

/** An address that one host can have: not of network 0 or 127, nor class D or E (RFC 1122 §3.2.1.3). */
function isUnicast(word: number): boolean {
  const first = word >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}
