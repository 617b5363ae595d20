/** One neighbour of IPv6, with the states of RFC 4861 §7.3.2 and the transitions of §7.2.3, §7.2.5 and §7.3.3. */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import { type MacAddress, NO_MAC } from "../../base/mac-address.ts";
import type { Packet } from "../../base/packet.ts";
import { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, milliseconds, NEVER, seconds } from "../../base/time.ts";
import { Timer, type TimerOwner, type TimerQueue } from "../../base/timer-queue.ts";
import type { NextHop } from "../../contract/network-interface.ts";
import type { Trace } from "../../contract/trace.ts";
import type { NeighbourState } from "../../interface/neighbours.ts";
import { WaitingPackets, type WaitingTotal } from "../../interface/waiting-packets.ts";
import type { LinkParameters } from "./link-parameters.ts";

/** RFC 4861 §10. */
const MAX_MULTICAST_SOLICIT = 3;
const MAX_UNICAST_SOLICIT = 3;
const DELAY_FIRST_PROBE_TIME: Duration = seconds(5);
/** How often use moves an entry to the end of the order of eviction. */
const TOUCH: Duration = milliseconds(500);

/** What a neighbour needs of its table. */
export interface NeighbourTable extends WaitingTotal {
  readonly now: Instant;
  readonly timers: TimerQueue;
  readonly trace: Trace | undefined;
  readonly link: LinkParameters;
  /** Asks for the neighbour: its solicited-node group, or itself where `mac` is. */
  solicit(address: IpAddress, mac: MacAddress | undefined): void;
  /** Sends to a station. Takes the packet. */
  frame(packet: Packet, destination: MacAddress): void;
  /** The neighbour does not answer: what waits for it is dropped, and its senders are told. Takes the packet. */
  unresolved(packet: Packet, reason: Drop): void;
  /** Drops without blame. Takes the packet. */
  discard(packet: Packet, reason: Drop): void;
  /** The neighbour has just been used. */
  touch(neighbour: Neighbour6): void;
  /** The entry is given up: whoever sends to it asks again. */
  forget(neighbour: Neighbour6, reason: Drop): void;
  /** Whether the neighbour can be reached is now known to be so, or to be otherwise. */
  reachabilityChanged(neighbour: Neighbour6, reachable: boolean): void;
  find(address: IpAddress): Neighbour6;
}

/** One neighbour. A route keeps it, so that output to it needs no look-up. */
export class Neighbour6 implements NextHop, TimerOwner {
  readonly address: IpAddress;
  mac: MacAddress = NO_MAC;
  /** "reachable" may be "stale": `stateAt` tells. */
  state: Exclude<NeighbourState, "failed"> = "incomplete";
  /** IsRouter. */
  isRouter = false;
  usedAt: Instant = -1 as Instant;
  /** Until when it is reachable without being asked. */
  #freshUntil: Instant = 0 as Instant;
  #solicits = 0;
  readonly #waiting: WaitingPackets;
  readonly #table: NeighbourTable;
  readonly #timer: Timer;

  constructor(table: NeighbourTable, address: IpAddress) {
    this.#table = table;
    this.address = address;
    this.#waiting = new WaitingPackets(table);
    this.#timer = new Timer(table.timers, this);
  }

  get removed(): boolean {
    return this.state === "removed";
  }

  stateAt(now: Instant): NeighbourState {
    return this.state === "reachable" && now >= this.#freshUntil ? "stale" : this.state;
  }

  output(packet: Packet): void {
    const table = this.#table;
    const { now } = table;
    if (now - this.usedAt > TOUCH) table.touch(this);
    if (this.state === "incomplete") this.#wait(packet);
    else if (this.state === "removed") table.find(this.address).output(packet);
    else {
      if (this.state === "reachable" && now >= this.#freshUntil) this.#delay();
      table.frame(packet, this.mac);
    }
  }

  /** Something came that only an answer to what we sent can be (RFC 4861 §7.3.1). */
  confirm(): void {
    if (this.state !== "incomplete" && this.state !== "removed") this.#reachable();
  }

  /** RFC 9293 MUST-20 (R1): ask the neighbour whether it is still there. */
  suspect(): void {
    if (this.state === "reachable" || this.state === "delay") this.#probe();
  }

  /** A message from the neighbour has its link address, unasked: it is stale, if that is news (RFC 4861 §7.2.3, §6.3.4). */
  heard(mac: MacAddress): void {
    if (this.state !== "incomplete" && this.mac.equals(mac)) return;
    this.mac = mac;
    this.#stale();
    this.#sendWaiting();
  }

  /** A neighbour advertisement of it has come (RFC 4861 §7.2.5). `Drop.none`, or why it is not believed. */
  advertised(mac: MacAddress | undefined, solicited: boolean, override: boolean, router: boolean): Drop {
    if (this.state === "incomplete") {
      if (mac === undefined) return Drop.badNdAddresses; // nothing could be sent to it
      this.mac = mac;
      this.isRouter = router;
      if (solicited) this.#reachable();
      else this.#stale();
      this.#sendWaiting();
      return Drop.none;
    }
    const changes = mac !== undefined && !this.mac.equals(mac);
    if (changes && !override) {
      if (this.stateAt(this.#table.now) === "reachable") this.#stale();
      return Drop.notOverriding;
    }
    if (mac !== undefined) this.mac = mac;
    if (solicited) this.#reachable();
    else if (changes) this.#stale();
    this.isRouter = router;
    return Drop.none;
  }

  expired(now: Instant): void {
    this.#table.trace?.fired("nd", this, "neighbour");
    void now;
    if (this.state === "delay") this.#probe();
    else if (this.#solicits < (this.state === "probe" ? MAX_UNICAST_SOLICIT : MAX_MULTICAST_SOLICIT)) {
      this.#solicit();
    } else this.#failed();
  }

  /** For the table only: the entry is gone, and what waits for it is dropped for that reason. */
  remove(reason: Drop): void {
    this.state = "removed";
    this.#arm(NEVER);
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      this.#table.discard(packet, reason);
    }
  }

  /** No answer (RFC 4861 §7.2.2, §7.3.3): the entry is deleted, so that the next hop is determined anew. */
  #failed(): void {
    const table = this.#table;
    table.reachabilityChanged(this, false);
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      table.unresolved(packet, Drop.unresolved);
    }
    table.forget(this, Drop.none);
  }

  #reachable(): void {
    const { now, link } = this.#table;
    const news = this.stateAt(now) !== "reachable";
    this.#arm(NEVER);
    this.state = "reachable";
    this.#freshUntil = later(now, link.reachableTime(now));
    if (news) this.#table.reachabilityChanged(this, true);
  }

  #stale(): void {
    this.#arm(NEVER);
    this.state = "reachable";
    this.#freshUntil = this.#table.now;
  }

  #delay(): void {
    this.state = "delay";
    this.#arm(later(this.#table.now, DELAY_FIRST_PROBE_TIME));
  }

  #probe(): void {
    this.state = "probe";
    this.#solicits = 0;
    this.#solicit();
  }

  #solicit(): void {
    const { now, link } = this.#table;
    this.#solicits++;
    this.#arm(later(now, link.retransTimer));
    this.#table.solicit(this.address, this.state === "probe" ? this.mac : undefined);
  }

  #wait(packet: Packet): void {
    const waiting = this.#waiting;
    if (waiting.full) {
      const oldest = waiting.shift();
      this.#table.discard(oldest ?? packet, Drop.neighbourQueueFull);
      if (oldest === undefined) return;
    }
    waiting.push(packet);
    this.#table.trace?.waits("nd", Send.waitsForNeighbour, packet);
    if (this.#timer.armed) return;
    this.#solicits = 0;
    this.#solicit();
  }

  #sendWaiting(): void {
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      this.#table.frame(packet, this.mac);
    }
  }

  #arm(at: Instant): void {
    if (at === NEVER) this.#timer.cancel();
    else this.#timer.set(at);
    this.#table.trace?.armed("nd", this, "neighbour", at);
  }
}
