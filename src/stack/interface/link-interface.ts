/**
 * A network interface: framing on the way out, sorting by EtherType on the way in, and batches both ways.
 * RFC 894 (Ethernet II), RFC 1122 §2.3.
 */

import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { BROADCAST_MAC, type MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type { TimerQueue } from "../base/timer-queue.ts";
import { ArpCounters, InterfaceCounters } from "../contract/counters.ts";
import type { Link, LinkSink } from "../contract/link.ts";
import type { NetworkProtocol } from "../contract/network.ts";
import type { NetworkInterface, NextHop } from "../contract/network-interface.ts";
import type { Tracer } from "../contract/trace.ts";
import { Arp } from "../ip/v4/arp.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  EthernetHeader,
  padFrame,
  readEthernet,
  writeEthernet,
} from "../wire/ethernet.ts";
import { InterfaceAddresses, type LocalAddress } from "./addresses.ts";
import { FrameQueue } from "./frame-queue.ts";
import { DirectHop, GroupHop, multicastMac } from "./hops.ts";
import { type NeighbourHost, Neighbours } from "./neighbours.ts";

/** Frames that are given to the link at once. */
const BATCH = 64;

/** What the stack is to its interfaces. */
export interface InterfaceHost {
  readonly entry: { readonly now: Instant };
  readonly timers: TimerQueue;
  readonly pool: PacketPool;
  readonly tracer: Tracer | undefined;
  enter(): void;
  leave(): void;
  /** `flush` of this interface is to be called at the end of the entry. */
  noteTransmit(from: LinkInterface): void;
  /** The protocol of this EtherType. */
  network(etherType: number): NetworkProtocol | undefined;
  /** No link address was found for `packet`, `start` at its IP header. Lent. */
  unresolved(packet: Packet, on: NetworkInterface): void;
  /** Addresses or the state of the interface have changed: routes must be asked for anew. */
  changed(): void;
}

/** Sees every frame of an interface (packet endpoints). */
export interface FrameTap {
  /** Lent, `start` at the link header. */
  frame(packet: Packet, direction: "in" | "out", from: NetworkInterface): void;
}

export class LinkInterface implements NetworkInterface, LinkSink, NeighbourHost {
  readonly name: string;
  readonly index: number;
  readonly link: Link;
  readonly mac: MacAddress;
  readonly loopback: boolean;
  readonly counters: InterfaceCounters = new InterfaceCounters();
  readonly arpCounters: ArpCounters = new ArpCounters();
  readonly neighbours: Neighbours;
  readonly arp: Arp;
  readonly local: InterfaceAddresses;
  /** Why it went down; "" while it has not. */
  failure = "";
  /** A frame batch is waiting for `flush`. For the stack only. */
  noted = false;
  readonly taps: FrameTap[] = [];
  readonly host: InterfaceHost;
  #up = true;
  readonly #ethernet: boolean;
  readonly #batch: Packet[] = [];
  #batched = 0;
  /** The link took fewer than it was given: wait for `writable`. */
  #blocked = false;
  readonly #queue: FrameQueue = new FrameQueue();
  readonly #header: EthernetHeader = new EthernetHeader();
  readonly #outHeader: EthernetHeader = new EthernetHeader();
  readonly #groups: Map<number, NextHop> = new Map();
  readonly #direct: DirectHop;

  constructor(
    host: InterfaceHost,
    name: string,
    index: number,
    link: Link,
    mac: MacAddress,
    loopback: boolean,
    random: Random,
  ) {
    this.host = host;
    this.name = name;
    this.index = index;
    this.link = link;
    this.mac = mac;
    this.loopback = loopback;
    this.#ethernet = link.capabilities.medium === "ethernet";
    this.neighbours = new Neighbours(this);
    this.arp = new Arp(this, random);
    this.local = new InterfaceAddresses(loopback);
    this.#direct = new DirectHop(this);
    link.attach(this);
  }

  get up(): boolean {
    return this.#up;
  }

  get addresses(): readonly LocalAddress[] {
    return this.local.list;
  }

  get now(): Instant {
    return this.host.entry.now;
  }

  get timers(): TimerQueue {
    return this.host.timers;
  }

  get pool(): PacketPool {
    return this.host.pool;
  }

  hasAddress(word: number): boolean {
    return this.local.has(word);
  }

  isBroadcast(word: number): boolean {
    return this.local.isBroadcast(word);
  }

  hasGroup(word: number): boolean {
    return this.local.hasGroup(word);
  }

  neighbour(address: IpAddress): NextHop {
    if (!this.#ethernet) return this.#direct;
    const word = address.word3;
    if (!this.isBroadcast(word) && word >>> 28 !== 14) return this.neighbours.find(address);
    let group = this.#groups.get(word);
    if (group === undefined) {
      group = new GroupHop(this, address, word >>> 28 === 14 ? multicastMac(word) : BROADCAST_MAC);
      if (this.#groups.size >= 256) this.#groups.clear();
      this.#groups.set(word, group);
    }
    return group;
  }

  output(packet: Packet, nextHop: IpAddress): void {
    this.neighbour(nextHop).output(packet);
  }

  // ── out ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Puts the Ethernet header in front of an IP datagram (if the medium has one), and sends it. Takes the packet. */
  frame(packet: Packet, destination: MacAddress): void {
    this.frameAs(packet, destination, ETHERTYPE_IPV4);
  }

  frameAs(packet: Packet, destination: MacAddress, etherType: number): void {
    if (this.#ethernet) {
      const header = this.#outHeader;
      header.destinationHigh = destination.high;
      header.destinationLow = destination.low;
      header.sourceHigh = this.mac.high;
      header.sourceLow = this.mac.low;
      header.etherType = etherType;
      writeEthernet(packet.view, packet.prepend(ETHERNET_HEADER_BYTES), header);
      padFrame(packet);
      if (destination.isGroup) this.counters.ifOutNUcastPkts++;
      else this.counters.ifOutUcastPkts++;
    } else this.counters.ifOutUcastPkts++;
    this.transmit(packet);
  }

  /** Sends a finished frame. Takes the packet. */
  transmit(packet: Packet): void {
    if (!this.#up) {
      this.#discard(packet, Drop.linkDown);
      return;
    }
    this.counters.ifOutOctets += packet.end - packet.start;
    this.#batch[this.#batched++] = packet;
    if (this.#batched === BATCH) this.flush();
    else if (!this.noted) this.host.noteTransmit(this);
  }

  /** Hands the batch to the link; what it does not take waits in the queue. */
  flush(): void {
    const count = this.#batched;
    if (count === 0) return;
    this.#batched = 0;
    this.#observe(this.#batch, count);
    let taken = 0;
    if (!this.#blocked) {
      taken = this.link.transmit(this.#batch, count);
      if (taken < count) this.#blocked = true;
    }
    for (let i = taken; i < count; i++) {
      const packet = this.#batch[i] as Packet;
      if (!this.#queue.push(packet)) this.#discard(packet, Drop.queueFull);
    }
  }

  writable(): void {
    this.host.enter();
    try {
      this.#blocked = !this.#queue.drain(this.link);
    } finally {
      this.host.leave();
    }
  }

  #discard(packet: Packet, reason: Drop): void {
    this.counters.ifOutDiscards++;
    this.#drop(packet, reason);
    this.pool.release(packet);
  }

  /** Tells the tracer and the packet endpoints of what goes out. */
  #observe(frames: readonly Packet[], count: number): void {
    const frame = this.host.tracer?.frame;
    if (frame === undefined && this.taps.length === 0) return;
    for (let i = 0; i < count; i++) this.#show(frames[i] as Packet, "out");
  }

  #show(packet: Packet, direction: "in" | "out"): void {
    this.host.tracer?.frame?.(this.name, direction, packet);
    for (const tap of this.taps) tap.frame(packet, direction, this);
  }

  // ── in ───────────────────────────────────────────────────────────────────────────────────────────────

  received(frames: readonly Packet[], count: number): void {
    this.host.enter();
    try {
      for (let i = 0; i < count; i++) this.#receive(frames[i] as Packet);
    } finally {
      this.host.leave();
    }
  }

  #receive(frame: Packet): void {
    if (!this.#up) return;
    this.counters.ifInOctets += frame.end - frame.start;
    if (this.host.tracer?.frame !== undefined || this.taps.length > 0) this.#show(frame, "in");
    if (this.#ethernet) this.#receiveEthernet(frame);
    else this.#receiveDatagram(frame);
  }

  #receiveDatagram(packet: Packet): void {
    this.counters.ifInUcastPkts++;
    packet.network = packet.start;
    const protocol = this.host.network(ETHERTYPE_IPV4);
    if (protocol === undefined) this.#unknown(packet);
    else protocol.receive(packet, this, false);
  }

  #receiveEthernet(frame: Packet): void {
    const header = this.#header;
    const reason = readEthernet(frame.view, frame.start, frame.end, header);
    if (reason !== Drop.none) {
      this.counters.ifInErrors++;
      this.#drop(frame, reason);
      return;
    }
    const toGroup = (header.destinationHigh & 0x0100) !== 0;
    if (toGroup) this.counters.ifInNUcastPkts++;
    else if (header.destinationLow !== this.mac.low || header.destinationHigh !== this.mac.high) {
      this.#drop(frame, Drop.notOurFrame); // RFC 1122 §2.3.3: a promiscuous device shows us others' frames
      return;
    } else this.counters.ifInUcastPkts++;
    if ((header.sourceHigh & 0x0100) !== 0) {
      this.counters.ifInErrors++;
      this.#drop(frame, Drop.badField); // a group cannot send (IEEE 802.3 §3.2.3)
      return;
    }
    frame.start += ETHERNET_HEADER_BYTES;
    frame.network = frame.start;
    if (header.etherType === ETHERTYPE_ARP) this.arp.receive(frame);
    else {
      const protocol = this.host.network(header.etherType);
      if (protocol === undefined) this.#unknown(frame);
      else protocol.receive(frame, this, toGroup);
    }
  }

  #unknown(packet: Packet): void {
    this.counters.ifInUnknownProtos++;
    this.#drop(packet, Drop.unknownEtherType);
  }

  #drop(packet: Packet, reason: Drop): void {
    this.counters.drops.count(reason);
    this.host.tracer?.dropped?.("interface", packet, reason);
  }

  // ── neighbours and state ─────────────────────────────────────────────────────────────────────────────

  solicit(address: IpAddress, mac: MacAddress | undefined): void {
    this.arp.request(address, mac);
  }

  unresolved(packet: Packet): void {
    this.arpCounters.arpFailures++;
    this.#drop(packet, Drop.unresolved);
    this.host.unresolved(packet, this);
    this.pool.release(packet);
  }

  crowdedOut(packet: Packet): void {
    this.#discard(packet, Drop.queueFull);
  }

  failed(reason: string): void {
    this.host.enter();
    try {
      this.failure = reason;
      this.shutDown();
    } finally {
      this.host.leave();
    }
  }

  /** Nothing goes in or out any more; what was waiting is released. */
  shutDown(): void {
    if (!this.#up) return;
    this.#up = false;
    this.arp.stop();
    this.neighbours.clear();
    for (let i = 0; i < this.#batched; i++) this.#discard(this.#batch[i] as Packet, Drop.linkDown);
    this.#batched = 0;
    for (let packet = this.#queue.shift(); packet !== undefined; packet = this.#queue.shift()) {
      this.#discard(packet, Drop.linkDown);
    }
    this.host.changed();
  }
}
