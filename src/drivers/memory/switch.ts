/**
 * A learning Ethernet switch (IEEE 802.1D-2004 §7) in memory: every port is a link for one stack. Frames to
 * a station that has been heard are lent to its port as they are; to others, and to groups, each port gets
 * a copy of its own.
 */
import {
  type Clock,
  checkSettings,
  Drop,
  type Duration,
  type Instant,
  integer,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  later,
  Packet,
  seconds,
} from "../../stack/index.ts";
import { copyFrame } from "../copy-frame.ts";
import type { Deferred, Scheduler } from "../host.ts";
import { MEMORY_LINK_RULES, type MemoryLinkOptions, memoryCapabilities } from "./capabilities.ts";

/** What a switch may be. Times are microseconds. */
export interface SwitchOptions extends Omit<MemoryLinkOptions, "medium"> {
  /** Frames that wait at one port before its `transmit` takes no more; 1024 by default. */
  readonly queue?: number | undefined;
  /** Stations that are remembered; 4096 by default. The one heard first gives way. */
  readonly stations?: number | undefined;
  /** A station not heard for so long is forgotten; 300 s by default (IEEE 802.1D-2004 §7.9.2). */
  readonly ageing?: Duration | undefined;
}

/** Where a station was heard last. */
interface Station {
  port: SwitchPort;
  expires: Instant;
}

/** Octets of the Ethernet II header: without them a frame has no addresses. */
const ETHERNET_HEADER = 14;

const NOTHING: Packet = new Packet(0);

/** A learning Ethernet switch in memory. */
export class Switch {
  /** What each port can do. */
  readonly capabilities: LinkCapabilities;
  /** Frames sent to one known port, to all ports, and nowhere: too short, or their station is where they came from. */
  forwarded = 0;
  /** Frames sent to all ports. */
  flooded = 0;
  /** Frames sent nowhere: too short, or their station is where they came from. */
  filtered = 0;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  #ports: SwitchPort[] = [];
  /** Ports that something has been enqueued for; two lists that change places, as in a pipe. */
  #due: SwitchPort[] = [];
  #delivering: SwitchPort[] = [];
  /** By address as a 48-bit integer; in the order in which stations were first heard. */
  readonly #stations: Map<number, Station> = new Map();
  readonly #capacity: number;
  readonly #ageing: Duration;
  readonly #queue: number;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(scheduler: Scheduler, clock: Clock, options: SwitchOptions = {}) {
    const { medium: _, ...rules } = MEMORY_LINK_RULES; // a switch is Ethernet
    checkSettings("Switch", options, {
      ...rules,
      queue: integer(1),
      stations: integer(1),
      ageing: integer(0),
    });
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.capabilities = memoryCapabilities(options);
    this.#queue = options.queue ?? 1024;
    this.#capacity = options.stations ?? 4096;
    this.#ageing = options.ageing ?? seconds(300);
  }

  /** Stations that are remembered, those that have aged out included until their place is needed. */
  get stations(): number {
    return this.#stations.size;
  }

  /** A new port. It is unplugged by its `close`. */
  port(): Link {
    const port = new SwitchPort(this, this.#scheduler, this.#queue);
    this.#ports.push(port);
    return port;
  }

  /** For ports only: sorts `frames[0..count)` of `from` into the queues of the ports that they go to, and delivers. */
  forward(from: SwitchPort, frames: readonly Packet[], count: number): void {
    const expires = later(this.#clock.now(), this.#ageing);
    for (let i = 0; i < count; i++) this.#forwardOne(from, frames[i] as Packet, expires);
    const due = this.#due;
    this.#due = this.#delivering;
    this.#delivering = due;
    for (let i = 0; i < due.length; i++) (due[i] as SwitchPort).deliver();
    due.length = 0;
  }

  /** For ports only: something waits to be delivered there. */
  note(port: SwitchPort): void {
    this.#due.push(port);
  }

  /** For ports only. */
  unplug(port: SwitchPort): void {
    this.#ports = this.#ports.filter((other) => other !== port);
    for (const [address, station] of this.#stations) {
      if (station.port === port) this.#stations.delete(address);
    }
  }

  #forwardOne(from: SwitchPort, frame: Packet, expires: Instant): void {
    if (frame.length < ETHERNET_HEADER) {
      this.filtered++;
      from.lost(frame, Drop.truncated);
      return;
    }
    const { view, start } = frame;
    const source = addressAt(view, start + 6);
    if (!isGroup(source)) this.#learn(source, from, expires);
    const target = addressAt(view, start);
    const port = isGroup(target) ? undefined : this.#find(target);
    if (port === undefined) {
      this.flooded++;
      for (const other of this.#ports) if (other !== from) other.enqueueCopy(frame);
    } else if (port === from) {
      this.filtered++;
      from.lost(frame, Drop.notForwarded);
    } else {
      this.forwarded++;
      port.enqueue(frame);
    }
  }

  #find(address: number): SwitchPort | undefined {
    const station = this.#stations.get(address);
    if (station === undefined) return undefined;
    if (station.expires > this.#clock.now()) return station.port;
    this.#stations.delete(address);
    return undefined;
  }

  #learn(address: number, port: SwitchPort, expires: Instant): void {
    const known = this.#stations.get(address);
    if (known !== undefined) {
      known.port = port;
      known.expires = expires;
      return;
    }
    if (this.#stations.size >= this.#capacity) this.#makeRoom();
    this.#stations.set(address, { port, expires });
  }

  /** Forgets who has aged out; if nobody has, who was heard first. */
  #makeRoom(): void {
    const now = this.#clock.now();
    for (const [address, station] of this.#stations) {
      if (station.expires <= now) this.#stations.delete(address);
    }
    if (this.#stations.size < this.#capacity) return;
    for (const address of this.#stations.keys()) {
      this.#stations.delete(address);
      return;
    }
  }
}

/** One port: a link for the stack that is plugged in. `Switch.port` makes them. */
export class SwitchPort implements Link, Deferred {
  /** What the port can do. */
  readonly capabilities: LinkCapabilities;
  readonly #switch: Switch;
  readonly #scheduler: Scheduler;
  readonly #limit: number;
  /** From the stack into the switch: two queues that change places, as in a pipe. */
  #gathering: Packet[] = [];
  #forwarding: Packet[] = [];
  #waiting = 0;
  #refused = false;
  #closed = false;
  /** From the switch to the stack: `copies` says which of them are this port's own. */
  readonly #outgoing: Packet[] = [];
  readonly #copies: Packet[] = [];
  #sink: LinkSink | undefined = undefined;

  constructor(owner: Switch, scheduler: Scheduler, limit: number) {
    this.#switch = owner;
    this.#scheduler = scheduler;
    this.#limit = limit;
    this.capabilities = owner.capabilities;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
  }

  transmit(frames: readonly Packet[], count: number): number {
    const room = this.#limit - this.#waiting;
    const taken = Math.min(count, room);
    if (taken < count) this.#refused = true;
    if (taken === 0) return 0;
    if (this.#waiting === 0) this.#scheduler.defer(this);
    for (let i = 0; i < taken; i++) this.#gathering[this.#waiting++] = frames[i] as Packet;
    return taken;
  }

  /** Unplugs the port. */
  close(): void {
    this.#closed = true;
    this.#switch.unplug(this);
  }

  /** For the scheduler: hands what has gathered to the switch. */
  run(): void {
    const count = this.#waiting;
    const burst = this.#gathering;
    this.#gathering = this.#forwarding;
    this.#forwarding = burst;
    this.#waiting = 0;
    const sink = this.#sink as LinkSink; // only an attached stack transmits
    if (!this.#closed) this.#switch.forward(this, burst, count);
    else for (let i = 0; i < count; i++) this.lost(burst[i] as Packet, Drop.nobodyThere);
    for (let i = 0; i < count; i++) {
      sink.pool.release(burst[i] as Packet);
      burst[i] = NOTHING;
    }
    if (!this.#refused || this.#closed) return;
    this.#refused = false;
    sink.writable();
  }

  /** For the switch: a frame from this port goes nowhere. */
  lost(frame: Packet, reason: Drop): void {
    this.#sink?.lost?.(frame, reason);
  }

  /** For the switch: `frame` is lent until `deliver` has returned. */
  enqueue(frame: Packet): void {
    if (this.#sink === undefined) return;
    if (this.#outgoing.length === 0) this.#switch.note(this);
    this.#outgoing.push(frame);
  }

  /** For the switch: a copy of `frame` will be delivered. */
  enqueueCopy(frame: Packet): void {
    if (this.#sink === undefined) return;
    const copy = copyFrame(this.#sink.pool, frame);
    this.#copies.push(copy);
    this.enqueue(copy);
  }

  /** For the switch: hands what was enqueued to the stack, in one burst. */
  deliver(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#outgoing.length === 0) return;
    if (!this.#closed) sink.received(this.#outgoing, this.#outgoing.length);
    this.#outgoing.length = 0;
    for (const copy of this.#copies) sink.pool.release(copy);
    this.#copies.length = 0;
  }
}

/** The station address at `at`, as an integer. */
function addressAt(view: DataView, at: number): number {
  return view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
}

/** Group addresses have the lowest bit of their first octet set. */
function isGroup(address: number): boolean {
  return Math.floor(address / 0x100_0000_0000) % 2 === 1;
}
