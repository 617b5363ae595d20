/** The ports of a switch: a link for a stack, or the end of a link that was there before. */
import {
  Drop,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  Packet,
  type PacketSource,
} from "../../stack/index.ts";
import { copyFrame } from "../copy-frame.ts";
import { HomePool } from "../home-pool.ts";
import type { Deferred, Scheduler } from "../scheduler.ts";
import type { TreePort } from "./spanning-tree.ts";
import type { Membership } from "./vlan-membership.ts";

/** What a switch wants of a port. */
export interface BridgePort {
  /** Which VLANs it is in; undefined of a switch that knows none. */
  readonly membership: Membership | undefined;
  /** Its part in the spanning tree; undefined of a switch without one. */
  readonly tree: TreePort | undefined;
  /** Where copies for it are taken from; undefined while nobody is there. */
  readonly pool: PacketSource | undefined;
  /** `frame` is lent until `deliver` has returned. */
  enqueue(frame: Packet): void;
  /** `copy`, of its `pool`, is the port's now, and will be delivered. */
  enqueueOwn(copy: Packet): void;
  /** Hands on what was enqueued, in one burst. */
  deliver(): void;
  /** A frame from this port goes nowhere. */
  lost(frame: Packet, reason: Drop): void;
}

/** What a port wants of its switch. */
export interface PortOwner {
  readonly capabilities: LinkCapabilities;
  /** It is just handing on frames: whatever comes meanwhile has to wait. */
  readonly isDelivering: boolean;
  /** Sorts `frames[0..count)` of `from` into the queues of the ports that they go to, and delivers. */
  forward(from: BridgePort, frames: readonly Packet[], count: number): void;
  /** Something waits to be delivered there. */
  note(port: BridgePort): void;
  unplug(port: BridgePort): void;
  /** Forgets who is behind it. */
  forget(port: BridgePort): void;
}

const NOTHING: Packet = new Packet(0);

/** One port: a link for the stack that is plugged in. `Switch.port` makes them. */
export class SwitchPort implements Link, Deferred, BridgePort {
  /** What the port can do. */
  readonly capabilities: LinkCapabilities;
  readonly membership: Membership | undefined;
  readonly tree: TreePort | undefined;
  readonly #switch: PortOwner;
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

  constructor(
    owner: PortOwner,
    scheduler: Scheduler,
    limit: number,
    membership: Membership | undefined,
    tree: TreePort | undefined,
  ) {
    this.#switch = owner;
    this.#scheduler = scheduler;
    this.#limit = limit;
    this.membership = membership;
    this.tree = tree;
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

  /** Who has it is told that there is no carrier, or that there is one again. */
  setCarrier(present: boolean): void {
    this.#sink?.carrierChanged?.(present);
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

  lost(frame: Packet, reason: Drop): void {
    this.#sink?.lost?.(frame, reason);
  }

  get pool(): PacketSource | undefined {
    return this.#sink?.pool;
  }

  enqueue(frame: Packet): void {
    if (this.#sink === undefined) return;
    if (this.#outgoing.length === 0) this.#switch.note(this);
    this.#outgoing.push(frame);
  }

  enqueueOwn(copy: Packet): void {
    this.#copies.push(copy);
    this.enqueue(copy);
  }

  deliver(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#outgoing.length === 0) return;
    if (!this.#closed) sink.received(this.#outgoing, this.#outgoing.length);
    this.#outgoing.length = 0;
    for (const copy of this.#copies) sink.pool.release(copy);
    this.#copies.length = 0;
  }
}

/** A port in which another link ends: a TAP, a tunnel, or a cable to another switch. `Switch.join` makes them. */
export class JoinedPort implements LinkSink, Deferred, BridgePort {
  readonly pool: HomePool = new HomePool();
  readonly membership: Membership | undefined;
  readonly tree: TreePort | undefined;
  readonly #switch: PortOwner;
  readonly #link: Link;
  readonly #limit: number;
  readonly #scheduler: Scheduler;
  /** What the link has had no room for yet. */
  #waiting: Packet[] = [];
  /** Copies of what came while the switch was busy with what had led to it: two switches may be joined in a loop. */
  #late: Packet[] = [];
  /** Frames for which there was no room at all. */
  overflowed = 0;

  constructor(
    owner: PortOwner,
    scheduler: Scheduler,
    link: Link,
    limit: number,
    membership: Membership | undefined,
    tree: TreePort | undefined,
  ) {
    this.#switch = owner;
    this.#scheduler = scheduler;
    this.#link = link;
    this.#limit = limit;
    this.membership = membership;
    this.tree = tree;
    link.attach(this);
  }

  /** Takes the link out of the switch, and ends it. */
  close(): void {
    this.#switch.unplug(this);
    for (const frame of [...this.#waiting, ...this.#late]) this.pool.release(frame);
    this.#waiting = [];
    this.#late = [];
    this.#link.close();
  }

  // ── for the link ────────────────────────────────────────────────────────────────────────────────────

  received(frames: readonly Packet[], count: number): void {
    if (!this.#switch.isDelivering) {
      this.#switch.forward(this, frames, count);
      return;
    }
    if (this.#late.length === 0) this.#scheduler.defer(this);
    for (let i = 0; i < count; i++) {
      if (this.#late.length < this.#limit) this.#late.push(copyFrame(this.pool, frames[i] as Packet));
      else this.overflowed++;
    }
  }

  /** For the scheduler: hands on what had to wait. */
  run(): void {
    const late = this.#late;
    this.#late = [];
    this.#switch.forward(this, late, late.length);
    for (const frame of late) this.pool.release(frame);
  }

  writable(): void {
    this.#send();
  }

  /** Who was behind it may come back elsewhere. */
  carrierChanged(present: boolean): void {
    if (!present) this.#switch.forget(this);
  }

  failed(): void {
    this.#switch.unplug(this);
  }

  // ── for the switch ──────────────────────────────────────────────────────────────────────────────────

  /** What came in here and goes nowhere has nobody to be told of it but the switch, which counts. */
  lost(): void {}

  enqueue(frame: Packet): void {
    this.enqueueOwn(copyFrame(this.pool, frame)); // lent to us, and a link is given what it sends
  }

  enqueueOwn(copy: Packet): void {
    if (this.#waiting.length >= this.#limit) {
      this.overflowed++;
      this.pool.release(copy);
      return;
    }
    this.#switch.note(this);
    this.#waiting.push(copy);
  }

  deliver(): void {
    this.#send();
  }

  #send(): void {
    if (this.#waiting.length === 0) return;
    const taken = this.#link.transmit(this.#waiting, this.#waiting.length);
    if (taken > 0) this.#waiting = this.#waiting.slice(taken);
  }
}
