/**
 * The neighbours of one interface: which link address belongs to which IP address, as far as known, and the
 * packets that wait to learn it. RFC 1122 §2.3.2; the states are those of RFC 4861 §7.3, which makes the
 * "unicast poll" of RFC 1122 §2.3.2.1 precise.
 *
 * Two tables, both bounded. What we have sent to stands in `#used`, least recently used first; what has
 * only asked for us (RFC 826 has us learn from that) stands in `#heard`. A flood of requests from invented
 * senders so displaces nobody whom we talk to.
 */
import { AddressMap } from "../base/address-map.ts";
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { type MacAddress, NO_MAC } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import { type Duration, type Instant, later, milliseconds, NEVER, seconds } from "../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../base/timer-queue.ts";
import type { NextHop } from "../contract/network-interface.ts";
import type { Trace } from "../contract/trace.ts";
import type { Framer } from "./hops.ts";
import { WaitingPackets } from "./waiting-packets.ts";

/** At most one request a second for the same address (RFC 1122 §2.3.2.1). */
const RETRY: Duration = seconds(1);
/** Requests without an answer before giving up. */
const MAX_REQUESTS = 3;
/** How long an answer is believed without question: the base of RFC 4861's REACHABLE_TIME. */
const REACHABLE: Duration = seconds(30);
/** When a neighbour that is in use is asked again, by unicast, so that it never goes stale (RFC 1122 §2.3.2.1 (2)). */
const REFRESH: Duration = seconds(20);
/** How long a mapping that was only overheard is used before its owner is asked (RFC 4861 DELAY_FIRST_PROBE_TIME). */
const DELAY: Duration = seconds(5);
/** The first of two contradicting answers stands for this long: it takes two hosts a second to quarrel. */
const LOCK: Duration = seconds(1);
/** How often use moves an entry to the end of the order of eviction. */
const TOUCH: Duration = milliseconds(500);

const MAX_USED = 1024;
const MAX_HEARD = 256;

/** How much is known of a neighbour (RFC 4861 §7.3.2). */
export type NeighbourState = "incomplete" | "reachable" | "stale" | "delay" | "probe" | "failed" | "removed";

/** What the table needs of its interface. */
export interface NeighbourHost {
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly trace: Trace | undefined;
  /** Asks for `address`, of everybody or of `mac` only. */
  solicit(address: IpAddress, mac: MacAddress | undefined): void;
  /** There will be no link address for this packet, `start` at its IP header, for that reason. Takes the packet. */
  unresolved(packet: Packet, reason: Drop): void;
  /**
   * A packet that waited, `start` at its IP header, is dropped for a reason that says nothing of the neighbour: for want
   * of room, or because the link is gone. Its transport is not told, and sends it again if it must. Takes the packet.
   */
  discard(packet: Packet, reason: Drop): void;
}

/** One neighbour. A route keeps it, so that output to it needs no look-up. */
export class Neighbour implements NextHop, TimerOwner {
  readonly address: IpAddress;
  mac: MacAddress = NO_MAC;
  /** "stale" is not stored: it is "reachable" that has not been confirmed for too long. */
  state: Exclude<NeighbourState, "stale" | "delay"> = "incomplete";
  /** Until when `mac` is believed without question, from when it is worth asking again, and when it changed. */
  freshUntil: Instant = 0 as Instant;
  refreshAt: Instant = 0 as Instant;
  changedAt: Instant = 0 as Instant;
  usedAt: Instant = -1 as Instant;
  requests = 0;
  readonly #waiting: WaitingPackets;
  readonly #table: Neighbours;
  readonly #retry: Timer;

  constructor(table: Neighbours, address: IpAddress) {
    this.#table = table;
    this.address = address;
    this.#waiting = new WaitingPackets(table);
    this.#retry = new Timer(table.host.timers, this);
  }

  get removed(): boolean {
    return this.state === "removed";
  }

  output(packet: Packet): void {
    const now = this.#table.host.now;
    if (now - this.usedAt > TOUCH) this.#table.touch(this);
    if (this.state === "reachable") {
      if (now >= this.refreshAt) this.#startProbing();
      this.#table.frame(packet, this.mac);
    } else if (this.state === "probe") this.#table.frame(packet, this.mac);
    else if (this.state === "removed") this.#table.find(this.address).output(packet);
    else this.#wait(packet);
  }

  confirm(): void {
    if (this.state === "reachable" || this.state === "probe") this.#believe();
  }

  /** RFC 9293 MUST-20 (R1): ask the neighbour whether it is still there. */
  suspect(): void {
    if (this.state === "reachable") this.#startProbing();
  }

  /**
   * An ARP packet says that the neighbour is at `mac`; `answer`: it is a reply to us. A neighbour is
   * believed without question only when it has answered. `Drop.none`, or why it is not believed.
   */
  heard(mac: MacAddress, answer: boolean): Drop {
    const now = this.#table.host.now;
    const asked = this.state === "incomplete" || this.state === "probe";
    const known = this.state === "reachable" || this.state === "probe";
    if (known && !this.mac.equals(mac)) {
      if (now < later(this.changedAt, LOCK)) return Drop.neighbourContradicted;
      this.mac = mac;
      this.changedAt = now;
    } else if (!known) {
      this.mac = mac;
      this.changedAt = now;
    } else if (!answer || !asked) return Drop.none; // nothing new
    if (answer && asked) this.#believe();
    else {
      this.#arm(NEVER);
      this.state = "reachable";
      this.requests = 0;
      this.freshUntil = now;
      this.refreshAt = later(now, DELAY);
    }
    this.#sendWaiting();
    return Drop.none;
  }

  expired(now: Instant): void {
    this.#table.host.trace?.fired("arp", this, "neighbour");
    if (this.requests < MAX_REQUESTS) {
      this.#ask();
      return;
    }
    if (this.state === "probe") {
      // RFC 1122 §2.3.2.1 (2): no answer to the unicast polls deletes the entry; everybody is asked next time.
      this.#table.remove(this, Drop.none); // nothing waits for a neighbour that has a link address
      return;
    }
    this.state = "failed";
    this.#table.failures++;
    this.requests = 0;
    this.freshUntil = now;
    this.#dropWaiting(Drop.unresolved);
  }

  /** For the table only: the entry is gone, and what waits for it is dropped for that reason. */
  remove(reason: Drop): void {
    this.state = "removed";
    this.#arm(NEVER);
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      this.#table.host.discard(packet, reason);
    }
  }

  #arm(at: Instant): void {
    if (at === NEVER) this.#retry.cancel();
    else this.#retry.set(at);
    this.#table.host.trace?.armed("arp", this, "neighbour", at);
  }

  #believe(): void {
    const now = this.#table.host.now;
    this.#arm(NEVER);
    this.state = "reachable";
    this.requests = 0;
    this.freshUntil = later(now, REACHABLE);
    this.refreshAt = later(now, REFRESH);
  }

  #startProbing(): void {
    this.state = "probe";
    this.requests = 0;
    this.#ask();
  }

  #ask(): void {
    this.requests++;
    this.#arm(later(this.#table.host.now, RETRY));
    this.#table.host.solicit(this.address, this.state === "probe" ? this.mac : undefined);
  }

  #wait(packet: Packet): void {
    const waiting = this.#waiting;
    if (waiting.full) {
      // Lost for want of room, as on any queue: nothing is known yet that a transport should be told.
      const oldest = waiting.shift();
      this.#table.host.discard(oldest ?? packet, Drop.neighbourQueueFull);
      if (oldest === undefined) return;
    }
    waiting.push(packet);
    this.#table.host.trace?.waits("arp", Send.waitsForNeighbour, packet);
    if (this.#retry.armed) return;
    this.state = "incomplete";
    this.requests = 0;
    this.#ask();
  }

  #sendWaiting(): void {
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      this.#table.frame(packet, this.mac);
    }
  }

  /** The neighbour does not answer: transports are told. */
  #dropWaiting(reason: Drop): void {
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      this.#table.host.unresolved(packet, reason);
    }
  }
}

/** A neighbour, for people. */
export interface NeighbourEntry {
  /** Its IP address. */
  readonly address: IpAddress;
  /** Its station address; undefined while it is asked for. */
  readonly mac: MacAddress | undefined;
  /** How much is known of it. */
  readonly state: NeighbourState;
}

/** The neighbours on one interface. */
export class Neighbours {
  readonly host: NeighbourHost;
  /** Packets that wait for any answer. */
  waiting = 0;
  /** Resolutions that failed. */
  failures = 0;
  readonly #framer: Framer;
  readonly #etherType: number;
  readonly #used: AddressMap<Neighbour> = new AddressMap();
  readonly #heard: AddressMap<Neighbour> = new AddressMap();

  /** @param framer - sends to a station, in frames of `etherType` */
  constructor(host: NeighbourHost, framer: Framer, etherType: number) {
    this.host = host;
    this.#framer = framer;
    this.#etherType = etherType;
  }

  /** For `Neighbour` only: sends to a station. Takes the packet. */
  frame(packet: Packet, destination: MacAddress): void {
    this.#framer.frame(packet, destination, this.#etherType);
  }

  /** The neighbour with this address, made if need be. */
  find(address: IpAddress): Neighbour {
    const used = this.#used.get(address);
    if (used !== undefined) return used;
    const heard = this.#heard.get(address);
    if (heard !== undefined) this.#heard.delete(address);
    const neighbour = heard ?? new Neighbour(this, address);
    if (this.#used.size >= MAX_USED) this.#evict(this.#used);
    this.#used.set(address, neighbour);
    return neighbour;
  }

  /**
   * The sender fields of an ARP packet (RFC 826 "Packet Reception"): an entry that is there is brought up
   * to date; one is made only if `mayLearn`, which a request to us gives and a reply never does. `Drop.none`, or
   * why the sender is not believed.
   */
  heard(address: IpAddress, mac: MacAddress, answer: boolean, mayLearn: boolean): Drop {
    const known = this.#used.get(address) ?? this.#heard.get(address);
    if (known !== undefined) return known.heard(mac, answer);
    if (!mayLearn) return Drop.none;
    if (this.#heard.size >= MAX_HEARD) this.#evict(this.#heard);
    const neighbour = new Neighbour(this, address);
    this.#heard.set(address, neighbour);
    return neighbour.heard(mac, false);
  }

  list(): NeighbourEntry[] {
    const now = this.host.now;
    return [...this.#used.values(), ...this.#heard.values()].map(({ address, mac, state, freshUntil }) => ({
      address,
      mac: state === "incomplete" || state === "failed" ? undefined : mac,
      state: state === "reachable" && now >= freshUntil ? "stale" : state,
    }));
  }

  /** Forgets everybody: the link or our own address has changed. */
  clear(): void {
    for (const neighbour of [...this.#used.values(), ...this.#heard.values()]) {
      this.remove(neighbour, Drop.linkDown);
    }
  }

  /** For `Neighbour` only: it has just been used. */
  touch(neighbour: Neighbour): void {
    neighbour.usedAt = this.host.now;
    const { address } = neighbour;
    if (this.#used.delete(address)) this.#used.set(address, neighbour);
  }

  remove(neighbour: Neighbour, reason: Drop): void {
    const { address } = neighbour;
    if (this.#used.get(address) === neighbour) this.#used.delete(address);
    if (this.#heard.get(address) === neighbour) this.#heard.delete(address);
    neighbour.remove(reason);
  }

  #evict(table: AddressMap<Neighbour>): void {
    const oldest = table.oldest();
    if (oldest !== undefined) this.remove(oldest, Drop.neighbourForgotten);
  }
}
