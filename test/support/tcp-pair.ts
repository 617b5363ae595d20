/**
 * Two TCPs joined at the level of their segments, without IP and links under them: a wire that loses, delays,
 * reorders, duplicates, in virtual time. Super-segments are cut up, checksums completed, as a link would.
 */
import { addSums, finishSum, pseudoHeaderSum, sumOctets } from "../../src/stack/base/checksum.ts";
import { Drop } from "../../src/stack/base/drop.ts";
import { type IpAddress, ipv4 } from "../../src/stack/base/ip-address.ts";
import type { Packet } from "../../src/stack/base/packet.ts";
import { PacketPool } from "../../src/stack/base/packet-pool.ts";
import { fraction, type Random, Xoshiro128 } from "../../src/stack/base/random.ts";
import { type Duration, type Instant, later, NEVER } from "../../src/stack/base/time.ts";
import { TimerQueue, timer } from "../../src/stack/base/timer-queue.ts";
import type { Endpoint } from "../../src/stack/contract/endpoint.ts";
import type { Route } from "../../src/stack/contract/network.ts";
import type { NetworkInterface } from "../../src/stack/contract/network-interface.ts";
import type {
  Arrival,
  TransportContext,
  TransportProtocol,
  Wakeable,
} from "../../src/stack/contract/transport.ts";
import { gatherText } from "../../src/stack/ip/offload.ts";
import { Tcp } from "../../src/stack/tcp/tcp.ts";
import type { TcpSettings } from "../../src/stack/tcp/tcp-settings.ts";

export interface Spoil {
  loss?: number;
  duplicate?: number;
  reorder?: number;
  delay?: number;
}

/** What both hosts share: time, and the wire. */
export class Wire {
  now: Instant = 0 as Instant;
  readonly timers: TimerQueue = new TimerQueue();
  readonly random: Random;
  spoil: Spoil;
  mtu = 1500;
  /** Called for each segment that enters the wire, before anything happens to it. */
  tap: ((from: Host, packet: Packet) => void) | undefined;
  /** Called next: whether the segment is lost, beyond what chance does. */
  drop: ((from: Host, packet: Packet) => boolean) | undefined;

  constructor(seed: number, spoil: Spoil = {}) {
    this.random = new Xoshiro128(seed);
    this.spoil = spoil;
  }

  /** Lets time pass until nothing is armed or `until` says so; false when `limit` has passed first. */
  run(until: () => boolean, limit: Duration): boolean {
    const end = later(this.now, limit);
    while (!until()) {
      const next = this.timers.nextDeadline();
      if (next === NEVER || next > end) return false;
      this.now = next;
      this.timers.advance(next);
    }
    return true;
  }
}

class PairRoute implements Route {
  readonly valid: boolean = true;
  readonly toMany: boolean = false;
  readonly extraBytes: number = 0;
  readonly direct: boolean = true;
  readonly headroom: number = 40;
  readonly defaultMss: number = 536;
  readonly maxDatagram: number = 65_515;
  readonly interface: NetworkInterface = undefined as unknown as NetworkInterface;
  readonly host: Host;
  readonly source: IpAddress;
  readonly destination: IpAddress;

  constructor(host: Host, source: IpAddress, destination: IpAddress) {
    this.host = host;
    this.source = source;
    this.destination = destination;
  }

  get mtu(): number {
    return this.host.wire.mtu;
  }
  get maxPayload(): number {
    return this.host.wire.mtu - 20;
  }
  get maxPayloadOfLink(): number {
    return this.host.wire.mtu - 20;
  }
  pseudoHeaderSum(protocol: number, octets: number): number {
    return pseudoHeaderSum(this.source, this.destination, protocol, octets);
  }
  sendWithHeader(): never {
    throw new Error("nothing here writes IP headers");
  }
  confirm(): void {}
  suspect(): void {}
  reduceMtu(mtu: number): void {
    this.host.wire.mtu = mtu;
  }
  send(packet: Packet): Drop {
    gatherText(packet);
    this.host.transmit(packet, this);
    return Drop.none;
  }
}

export class Host implements TransportContext {
  readonly wire: Wire;
  readonly address: IpAddress;
  readonly pool: PacketPool = new PacketPool();
  /** Timers of a host fire inside an entry of the host. */
  readonly timers: TimerQueue;
  readonly tcp: Tcp;
  readonly tracer: undefined = undefined;
  readonly trace: undefined = undefined;
  readonly turns: undefined = undefined;
  peer: Host | undefined;
  #depth = 0;
  #flushes: TransportProtocol[] = [];
  /** Handlers note, the flush sends: a segment that leaves at another time is a fault. */
  #isFlushing = false;
  #wakes: (Endpoint & Wakeable)[] = [];
  readonly #random: Random;

  constructor(wire: Wire, address: number, settings: TcpSettings = {}) {
    this.wire = wire;
    this.timers = new BridgedQueue(this);
    this.address = ipv4(address);
    this.#random = wire.random.fork(String(address));
    this.tcp = new Tcp(this, settings);
  }

  get now(): Instant {
    return this.wire.now;
  }

  get random(): Random {
    return this.#random;
  }
  fork(): this {
    return this;
  }
  noteTransmit(): never {
    throw new Error("there is no interface here");
  }
  noteDelivery(): never {
    throw new Error("there is no loopback here");
  }
  route(destination: IpAddress): Route {
    return new PairRoute(this, this.address, destination);
  }
  isLocal(address: IpAddress): boolean {
    return address.equals(this.address);
  }
  isMany(): boolean {
    return false;
  }
  joinGroup(): undefined {}
  leaveGroup(): undefined {}
  wishChanged(): void {}
  interface(): undefined {
    return undefined;
  }
  enter(): void {
    this.#depth++;
  }
  leave(): void {
    if (--this.#depth > 0) return;
    this.#depth = 1;
    while (this.#flushes.length > 0 || this.#wakes.length > 0) {
      this.#isFlushing = true;
      for (const protocol of this.#flushes.splice(0)) protocol.flush(this.now);
      this.#isFlushing = false;
      for (const endpoint of this.#wakes.splice(0)) {
        endpoint.wakeNoted = false;
        endpoint.wake();
      }
    }
    this.#depth = 0;
  }
  noteFlush(protocol: TransportProtocol): void {
    this.#flushes.push(protocol);
  }
  noteWake(endpoint: Endpoint & Wakeable): void {
    if (endpoint.wakeNoted) return;
    endpoint.wakeNoted = true;
    this.#wakes.push(endpoint);
  }

  /** Cuts a super-segment up and puts the parts on the wire. */
  transmit(packet: Packet, route: Route): void {
    if (!this.#isFlushing) throw new Error("a segment was sent outside of the flush");
    const headerBytes = (packet.view.getUint8(packet.start + 12) >>> 4) * 4;
    const size = packet.segmentSize || packet.end;
    const text = packet.start + headerBytes;
    for (let at = text; at < packet.end || at === text; at += size) {
      const end = Math.min(at + size, packet.end);
      const part = this.pool.take(headerBytes + end - at);
      part.end = part.start + headerBytes + end - at;
      part.trafficClass = packet.trafficClass;
      if (at > text) packet.view.setUint8(packet.start + 13, packet.view.getUint8(packet.start + 13) & ~0x80);
      part.bytes.set(packet.bytes.subarray(packet.start, text), part.start);
      part.bytes.set(packet.bytes.subarray(at, end), part.start + headerBytes);
      part.view.setInt32(part.start + 4, part.view.getInt32(part.start + 4) + (at - text));
      if (end < packet.end) part.view.setUint8(part.start + 13, part.view.getUint8(part.start + 13) & ~9);
      part.view.setUint16(part.start + 16, route.pseudoHeaderSum(6, part.length));
      part.view.setUint16(part.start + 16, finishSum(sumOctets(part, part.start, part.end)));
      this.#post(part);
    }
    this.pool.release(packet);
  }

  #post(packet: Packet): void {
    const { random, spoil } = this.wire;
    this.wire.tap?.(this, packet);
    const dropped = this.wire.drop?.(this, packet) === true;
    if (fraction(random) < (spoil.loss ?? 0) || dropped) {
      this.pool.release(packet);
      return;
    }
    let copies = fraction(random) < (spoil.duplicate ?? 0) ? 2 : 1;
    const deliver = (): void => {
      const arrival = timer(this.wire.timers, () => {
        this.peer?.deliver(packet, this.address);
        if (--copies === 0) this.pool.release(packet);
      });
      const late = fraction(random) < (spoil.reorder ?? 0) ? fraction(random) * 20_000 : 0;
      arrival.set(later(this.wire.now, Math.round((spoil.delay ?? 1000) + late) as Duration));
    };
    for (let i = copies; i > 0; i--) deliver();
  }

  deliver(packet: Packet, from: IpAddress): void {
    const arrival: Arrival = {
      packet,
      from: undefined as unknown as NetworkInterface,
      source: from,
      destination: this.address,
      toMany: false,
      mark: 0,
      headers: () => [],
      zeroChecksumAllowed: true,
      pseudoHeaderSum: (protocol, octets) => pseudoHeaderSum(from, this.address, protocol, octets),
    };
    this.enter();
    this.tcp.receive(arrival);
    this.leave();
  }
}

/** A queue whose timers fire inside an entry of their host, driven by the wire's time. */
class BridgedQueue extends TimerQueue {
  readonly #bridge;

  constructor(host: Host) {
    super();
    this.#bridge = timer(host.wire.timers, (now) => {
      host.enter();
      super.advance(now);
      host.leave();
      this.#sync();
    });
  }

  override armed(which: Parameters<TimerQueue["armed"]>[0]): void {
    super.armed(which);
    this.#sync();
  }

  override removed(which: Parameters<TimerQueue["removed"]>[0]): void {
    super.removed(which);
    if (this.size === 0) this.#bridge.cancel();
  }

  #sync(): void {
    const next = this.nextDeadline();
    if (next === NEVER) this.#bridge.cancel();
    else if (next !== this.#bridge.deadline) this.#bridge.set(next);
  }
}

export function pair(seed: number, spoil: Spoil = {}, settings: TcpSettings = {}): [Host, Host, Wire] {
  const wire = new Wire(seed, spoil);
  const a = new Host(wire, 0x0a000001, settings);
  const b = new Host(wire, 0x0a000002, settings);
  a.peer = b;
  b.peer = a;
  return [a, b, wire];
}

/** Guards against a checksum that is never looked at. */
export function sumIsRight(packet: Packet, source: IpAddress, destination: IpAddress): boolean {
  const sum = pseudoHeaderSum(source, destination, 6, packet.length);
  return finishSum(addSums(sum, sumOctets(packet, packet.start, packet.end))) === 0;
}
