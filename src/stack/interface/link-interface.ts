/**
 * A network interface: its addresses, its state, framing on the way out, sorting by EtherType on the way in.
 * RFC 894 (Ethernet II), RFC 1122 §2.3.
 */

import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import { ArpCounters, InterfaceCounters, NdCounters } from "../contract/counters.ts";
import type { Link, LinkSink } from "../contract/link.ts";
import type { Claim, FrameTap, NetworkInterface, NextHop } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import { ETHERNET_HEADER_BYTES, etherTypeOf } from "../wire/ethernet.ts";
import { EthernetFraming } from "./ethernet-framing.ts";
import { type FrameLoser, FrameOutput } from "./frame-output.ts";
import { FrameTaps } from "./frame-taps.ts";
import { DirectHop } from "./hops.ts";
import { InterfaceAddresses, OwnAddress } from "./interface-addresses.ts";
import { LinkState } from "./link-state.ts";
import type { NeighbourEntry } from "./neighbours.ts";
import type { AddressResolver, FrameReceiver, ResolverInterface } from "./resolver.ts";

/** What the stack is to its interfaces. */
export interface InterfaceHost {
  /** No link address was found for `packet`, `start` at its IP header. Lent. */
  unresolved(packet: Packet, on: NetworkInterface): void;
  /** An interface is up again. */
  wentUp(on: LinkInterface): void;
  /** Addresses or the state of an interface have changed: routes must be asked for anew. */
  changed(): void;
}

/** What an interface is made of. */
export interface InterfaceParts {
  readonly name: string;
  readonly index: number;
  readonly link: Link;
  readonly mac: MacAddress;
  readonly loopback: boolean;
}

/** An interface over a link. */
export class LinkInterface implements NetworkInterface, ResolverInterface, LinkSink, FrameLoser {
  readonly name: string;
  readonly index: number;
  readonly link: Link;
  readonly mac: MacAddress;
  readonly loopback: boolean;
  readonly counters: InterfaceCounters = new InterfaceCounters();
  readonly arpCounters: ArpCounters = new ArpCounters();
  readonly ndCounters: NdCounters = new NdCounters();
  readonly local: InterfaceAddresses;
  transparent = false;
  readonly pool: PacketPool;
  readonly #services: Services;
  readonly #host: InterfaceHost;
  readonly #state: LinkState = new LinkState();
  readonly #ethernet: boolean;
  readonly #resolvers: AddressResolver[] = [];
  /** Who takes which frames: few, so the first that fits is looked for. */
  readonly #receivers: FrameReceiver[] = [];
  readonly #taps: FrameTaps;
  readonly #output: FrameOutput;
  readonly #framing: EthernetFraming;
  readonly #direct: DirectHop;

  constructor(services: Services, host: InterfaceHost, parts: InterfaceParts) {
    this.#services = services;
    this.#host = host;
    this.pool = services.pool;
    this.name = parts.name;
    this.index = parts.index;
    this.link = parts.link;
    this.mac = parts.mac;
    this.loopback = parts.loopback;
    this.#ethernet = parts.link.capabilities.medium === "ethernet";
    this.local = new InterfaceAddresses(parts.loopback);
    this.#framing = new EthernetFraming(parts.mac);
    this.#direct = new DirectHop(this);
    this.#taps = new FrameTaps(services, this);
    this.#output = new FrameOutput(services, parts.link, this.#taps, this);
  }

  /** Adds a family: who takes its datagrams, and, on Ethernet, who finds its neighbours. */
  addFamily(receiver: FrameReceiver, resolver: AddressResolver | undefined): void {
    this.#receivers.push(receiver);
    if (resolver === undefined) return;
    this.#resolvers.push(resolver);
    if (resolver.frames !== undefined) this.#receivers.push(resolver.frames);
  }

  /** Begins to receive. */
  start(): void {
    this.link.attach(this);
  }

  get up(): boolean {
    return this.#state.up;
  }

  get failure(): string {
    return this.#state.failure;
  }

  // ── addresses and groups ─────────────────────────────────────────────────────────────────────────────

  get addresses(): readonly OwnAddress[] {
    return this.local.list;
  }

  addAddress(address: IpAddress, prefixLength: number, claim: Claim | undefined, temporary = false): void {
    const own = new OwnAddress(address, prefixLength, temporary, claim);
    this.local.add(own);
    this.#resolver(address.family)?.claim(own, claim);
  }

  /** False if there is no such address. */
  removeAddress(address: IpAddress): boolean {
    const removed = this.local.remove(address);
    if (removed === undefined) return false;
    this.#resolver(address.family)?.release(removed);
    return true;
  }

  hasAddress(address: IpAddress): boolean {
    return this.local.has(address);
  }

  isBroadcast(address: IpAddress): boolean {
    return this.local.isBroadcast(address);
  }

  isOnLink(address: IpAddress): boolean {
    return this.local.isOnLink(address);
  }

  hasGroup(group: IpAddress): boolean {
    return this.local.hasGroup(group);
  }

  join(group: IpAddress): boolean {
    return this.local.join(group);
  }

  leave(group: IpAddress): boolean {
    return this.local.leave(group);
  }

  addressesChanged(): void {
    this.#host.changed();
  }

  // ── neighbours ───────────────────────────────────────────────────────────────────────────────────────

  neighbour(address: IpAddress): NextHop {
    return this.#resolver(address.family)?.hop(address) ?? this.#direct;
  }

  neighbours(): readonly NeighbourEntry[] {
    return this.#resolvers.flatMap((resolver) => resolver.neighbours());
  }

  output(packet: Packet, nextHop: IpAddress): void {
    this.neighbour(nextHop).output(packet);
  }

  unresolved(packet: Packet, reason: Drop): void {
    this.#dropOut(packet, reason);
    this.#host.unresolved(packet, this);
    this.pool.release(packet);
  }

  /** The link counts what it loses itself; errors of the device are the interface's, too. */
  lost(frame: Packet, reason: Drop, arriving = false): void {
    if (reason === Drop.linkError) this.counters.ifOutErrors++;
    else if (reason === Drop.linkTruncated || reason === Drop.linkBadHeader) this.counters.ifInErrors++;
    this.#services.trace?.lost(frame, reason, arriving);
  }

  /** Only while somebody traces: else links need not reckon. */
  get delayed(): LinkSink["delayed"] {
    const { trace } = this.#services;
    return trace === undefined
      ? undefined
      : (frame, delay, arriving) => trace.delayed(frame, delay, arriving);
  }

  #resolver(family: 4 | 6): AddressResolver | undefined {
    for (const resolver of this.#resolvers) if (resolver.family === family) return resolver;
    return undefined;
  }

  // ── packet endpoints ─────────────────────────────────────────────────────────────────────────────────

  tap(tap: FrameTap): void {
    this.#taps.add(tap);
  }

  untap(tap: FrameTap): void {
    this.#taps.remove(tap);
  }

  // ── out ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Puts the Ethernet header in front of what goes to the station `destination` (if the medium has one), and
   * sends it. Takes the packet.
   */
  frame(packet: Packet, destination: MacAddress, etherType: number): void {
    if (this.#ethernet) {
      this.#framing.write(packet, destination, etherType);
      if (destination.isGroup) this.counters.ifOutNUcastPkts++;
      else this.counters.ifOutUcastPkts++;
    } else this.counters.ifOutUcastPkts++;
    this.transmit(packet);
  }

  /** Sends a finished frame. Takes the packet. */
  transmit(packet: Packet): void {
    if (!this.#state.up) {
      this.discard(packet, Drop.linkDown);
      return;
    }
    this.counters.ifOutOctets += packet.end - packet.start;
    this.#output.add(packet);
  }

  writable(): void {
    this.#services.enter();
    try {
      this.#output.resume();
    } finally {
      this.#services.leave();
    }
  }

  /** Drops what was to be sent. Takes the packet. */
  discard(packet: Packet, reason: Drop): void {
    this.counters.ifOutDiscards++;
    this.#dropOut(packet, reason);
    this.pool.release(packet);
  }

  // ── in ───────────────────────────────────────────────────────────────────────────────────────────────

  received(frames: readonly Packet[], count: number): void {
    this.#services.enter();
    try {
      for (let i = 0; i < count; i++) this.#receive(frames[i] as Packet);
    } finally {
      this.#services.leave();
    }
  }

  #receive(frame: Packet): void {
    this.#services.trace?.received(this.name, frame);
    if (!this.#state.up) {
      this.counters.ifInDiscards++;
      this.#drop(frame, Drop.linkDown);
      return;
    }
    this.counters.ifInOctets += frame.end - frame.start;
    if (!this.#taps.none) this.#taps.show(frame, "in");
    if (this.#ethernet) this.#receiveEthernet(frame);
    else this.#receiveDatagram(frame);
  }

  /** A link without headers: the version in the IP header tells the family. */
  #receiveDatagram(packet: Packet): void {
    this.counters.ifInUcastPkts++;
    packet.network = packet.start;
    this.#pass(packet, etherTypeOf(packet.view, packet.start, packet.end), false);
  }

  #receiveEthernet(frame: Packet): void {
    const framing = this.#framing;
    const reason = framing.read(frame);
    if (reason !== Drop.none) {
      if (reason !== Drop.notOurFrame) this.counters.ifInErrors++;
      this.#drop(frame, reason);
      return;
    }
    if (framing.toGroup) this.counters.ifInNUcastPkts++;
    else this.counters.ifInUcastPkts++;
    frame.start += ETHERNET_HEADER_BYTES;
    frame.network = frame.start;
    this.#pass(frame, framing.etherType, framing.toGroup);
  }

  #pass(packet: Packet, etherType: number, toGroup: boolean): void {
    const receivers = this.#receivers;
    for (let i = 0; i < receivers.length; i++) {
      const receiver = receivers[i] as FrameReceiver;
      if (receiver.etherType !== etherType) continue;
      receiver.receive(packet, this, toGroup);
      return;
    }
    this.#unknown(packet);
  }

  #unknown(packet: Packet): void {
    this.counters.ifInUnknownProtos++;
    this.#drop(packet, Drop.unknownEtherType);
  }

  #drop(packet: Packet, reason: Drop): void {
    this.counters.drops.count(reason);
    this.#services.trace?.dropped("interface", packet, reason);
  }

  #dropOut(packet: Packet, reason: Drop): void {
    this.counters.drops.count(reason);
    this.#services.trace?.droppedOut("interface", packet, reason);
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────

  failed(reason: string): void {
    this.#told((state) => {
      state.failure = reason;
    });
  }

  carrierChanged(present: boolean): void {
    this.#told((state) => {
      state.carrier = present;
    });
  }

  /** The link has told something, of its own accord. */
  #told(change: (state: LinkState) => void): void {
    this.#services.enter();
    if (this.#services.trace !== undefined) this.#services.trace.cause = 0;
    try {
      change(this.#state);
      this.#settle();
    } finally {
      this.#services.leave();
    }
  }

  /** Its user sets it up or down, as `ip link set` does. Within an entry. */
  setUp(up: boolean): void {
    this.#state.enabled = up;
    this.#settle();
  }

  #settle(): void {
    if (!this.#state.settle()) return;
    const { up } = this.#state;
    this.#services.trace?.link(this.name, up);
    if (up) {
      for (const resolver of this.#resolvers) resolver.start();
      this.#host.wentUp(this);
    } else {
      for (const resolver of this.#resolvers) resolver.stop();
      this.#output.clear();
    }
    this.#taps.changed();
    this.#host.changed();
  }
}
