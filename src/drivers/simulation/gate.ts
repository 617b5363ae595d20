/**
 * Where a host's cable ends. Unless somebody wants to look at frames, they pass as they are; a gate that is shut is a
 * cable that is unplugged. A host that is started anew gets a new socket of the same gate, and what the old one had
 * sent goes on its way meanwhile.
 */
import {
  Drop,
  type Duration,
  type Instant,
  type Link,
  type LinkCapabilities,
  type LinkSink,
  later,
  type MacAddress,
  type Packet,
  timer,
} from "../../stack/index.ts";
import { copyFrame } from "../copy-frame.ts";
import type { Timekeeper } from "../scheduler.ts";

/** What is to become of a frame: it passes, is dropped, or is done to it what the keeper has told the gate. */
export type Verdict = "pass" | "drop" | "keep";

/** Looks at frames, which are lent. */
export interface GateKeeper {
  /**
   * The host sends it. "keep": the keeper has taken a copy, or has changed its mind about when, and sends that by
   * `Gate.send`.
   */
  sends(gate: Gate, frame: Packet): Verdict;
  /** It has arrived for the host. False: the host does not get it. */
  receives(gate: Gate, frame: Packet): boolean;
}

/** What a gate has not let through, in frames. */
export interface GateCounters {
  /** Since it was shut, or nobody was there. */
  shut: number;
  /** Since its keeper said so. */
  dropped: number;
  /** Since too many waited for a host that was paused. */
  overflowed: number;
}

/** Frames that wait for a paused host: the size of the ring of a common network card. */
const MOST_HELD = 1_024;

/** Where a host's cable ends. */
export class Gate implements LinkSink {
  /** What has passed, and what was dropped. */
  readonly counters: GateCounters = { shut: 0, dropped: 0, overflowed: 0 };
  readonly pool: GatePool = new GatePool();
  /** Asked about every frame; undefined: nobody looks. */
  keeper: GateKeeper | undefined = undefined;
  readonly #time: Timekeeper;
  #inner: Link;
  #open = true;
  /** A carrier, as the link under it has one, as it is to look, and as the stack was told. */
  #below = true;
  #above = true;
  #told = true;
  /** What has arrived while the host was paused; undefined while it is not. */
  #held: Packet[] | undefined = undefined;
  #sink: LinkSink | undefined = undefined;
  #socket: GateSocket | undefined = undefined;
  readonly #one: Packet[] = [];
  readonly #admitted: Packet[] = [];
  /** It was let through, but the link had no room: it is not judged twice. */
  #judged: Packet | undefined = undefined;

  constructor(inner: Link, time: Timekeeper) {
    this.#inner = inner;
    this.#time = time;
    inner.attach(this);
  }

  /** Those of the link under it. */
  get capabilities(): LinkCapabilities {
    return this.#inner.capabilities;
  }

  /** That of the link under it. */
  get mac(): MacAddress | undefined {
    return this.#inner.mac;
  }

  /** Whether the cable is plugged in. */
  get open(): boolean {
    return this.#open;
  }

  /** False: the cable is unplugged, and nothing passes. */
  set open(open: boolean) {
    this.#open = open;
  }

  /** The host behind it stands still: what arrives waits, as in the ring of a network card, and nothing is sent. */
  pause(): void {
    this.#held ??= [];
  }

  /** Hands on what has waited. */
  resume(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    if (held.length > 0) this.received(held, held.length);
    for (const frame of held) this.pool.release(frame);
    this.#sink?.writable();
  }

  /**
   * A link for a stack. One that was there before gets nothing more.
   *
   * @param mtu - largest IP datagram that the stack is to send; that of the link by default
   */
  socket(mtu: number = this.capabilities.mtu): Link {
    this.#socket = new GateSocket(this, mtu);
    this.#sink = undefined;
    return this.#socket;
  }

  /** Puts a link around the one under the gate, such as one with faults. */
  wrap<T extends Link & LinkSink>(wrapped: (inner: Link) => T): T {
    const made = wrapped(this.#inner);
    this.#inner = made;
    made.attach(this);
    return made;
  }

  /** Sends a copy of `frame`, whatever the keeper thinks of it, `wait` from now. */
  send(frame: Packet, wait: Duration): void {
    const copy = copyFrame(this.pool, frame);
    if (wait === 0) this.#sendOne(copy);
    else {
      const deadline = later(this.#time.now(), wait);
      timer(this.#time.timers, () => this.#sendOne(copy)).set(deadline as Instant);
      this.#time.wakeAt(deadline);
    }
  }

  /** Closes the link under it, for good. */
  close(): void {
    for (const frame of this.#held ?? []) this.pool.release(frame);
    this.#held = undefined;
    this.#sink = undefined;
    this.#inner.close();
  }

  // ── for its socket ──────────────────────────────────────────────────────────────────────────────────

  /** Begins delivery. */
  attach(socket: GateSocket, sink: LinkSink): void {
    if (socket !== this.#socket) return;
    this.#sink = sink;
    this.pool.follow(sink.pool);
    if (!this.#told) sink.carrierChanged?.(false);
  }

  /** Ends delivery. */
  detach(socket: GateSocket): void {
    if (socket !== this.#socket) return;
    for (const frame of this.#held ?? []) this.pool.release(frame);
    this.#held = undefined;
    this.#sink = undefined;
  }

  /** Lets pass what may; drops the rest. */
  transmit(socket: GateSocket, frames: readonly Packet[], count: number): number {
    if (socket !== this.#socket || this.#held !== undefined) return 0;
    if (!this.#open) return this.#lose(frames, count);
    const { keeper } = this;
    if (keeper === undefined) {
      const taken = this.#inner.transmit(frames, count);
      this.pool.lent(taken);
      return taken;
    }
    for (let i = 0; i < count; i++) if (!this.#judge(keeper, frames[i] as Packet)) return i;
    return count;
  }

  // ── for the link under it ───────────────────────────────────────────────────────────────────────────

  received(frames: readonly Packet[], count: number): void {
    const sink = this.#sink;
    if (!this.#open || sink === undefined) {
      this.counters.shut += count;
      return;
    }
    if (this.#held !== undefined) this.#hold(this.#held, frames, count);
    else if (this.keeper === undefined) sink.received(frames, count);
    else this.#admit(this.keeper, sink, frames, count);
  }

  #admit(keeper: GateKeeper, sink: LinkSink, frames: readonly Packet[], count: number): void {
    const admitted = this.#admitted;
    for (let i = 0; i < count; i++) {
      const frame = frames[i] as Packet;
      if (keeper.receives(this, frame)) admitted.push(frame);
      else {
        this.counters.dropped++;
        sink.lost?.(frame, Drop.linkLoss, true);
      }
    }
    if (admitted.length > 0) sink.received(admitted, admitted.length);
    admitted.length = 0;
  }

  #hold(held: Packet[], frames: readonly Packet[], count: number): void {
    for (let i = 0; i < count; i++) {
      if (held.length < MOST_HELD) held.push(copyFrame(this.pool, frames[i] as Packet));
      else this.counters.overflowed++;
    }
  }

  writable(): void {
    if (this.#held === undefined) this.#sink?.writable();
  }

  lost(frame: Packet, reason: Drop, arriving?: boolean): void {
    this.#sink?.lost?.(frame, reason, arriving);
  }

  /** What the stack has of it. */
  get delayed(): LinkSink["delayed"] {
    return this.#sink?.delayed;
  }

  carrierChanged(present: boolean): void {
    this.#below = present;
    this.#tellCarrier();
  }

  /** Whether the host's network card sees that it is plugged in; true at first. */
  get carrier(): boolean {
    return this.#above;
  }

  /** The stack is told. */
  /** Tells the stack that there is a carrier, or none. */
  setCarrier(present: boolean): void {
    this.#above = present;
    this.#tellCarrier();
  }

  #tellCarrier(): void {
    const present = this.#above && this.#below;
    if (present === this.#told) return;
    this.#told = present;
    this.#sink?.carrierChanged?.(present);
  }

  failed(reason: string): void {
    this.#sink?.failed(reason);
  }

  /** Does with `frame` what the keeper says; false if the link has no room for it. */
  #judge(keeper: GateKeeper, frame: Packet): boolean {
    const verdict = frame === this.#judged ? "pass" : keeper.sends(this, frame);
    if (verdict === "pass") {
      this.#one[0] = frame;
      const taken = this.#inner.transmit(this.#one, 1);
      this.pool.lent(taken);
      this.#judged = taken === 0 ? frame : undefined;
      return taken === 1;
    }
    if (verdict === "drop") {
      this.counters.dropped++;
      this.lost(frame, Drop.linkLoss);
    }
    this.pool.giveBack(frame);
    return true;
  }

  #sendOne(frame: Packet): void {
    this.#one[0] = frame;
    if (this.#open && this.#inner.transmit(this.#one, 1) === 1) return;
    this.counters.shut++;
    this.pool.release(frame);
  }

  #lose(frames: readonly Packet[], count: number): number {
    this.counters.shut += count;
    for (let i = 0; i < count; i++) {
      this.lost(frames[i] as Packet, Drop.linkLoss);
      this.pool.giveBack(frames[i] as Packet);
    }
    return count;
  }
}

/** One end of a gate, as a stack has it. */
class GateSocket implements Link {
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress | undefined;
  readonly #gate: Gate;

  constructor(gate: Gate, mtu: number) {
    this.#gate = gate;
    this.capabilities = { ...gate.capabilities, mtu };
    this.mac = gate.mac;
  }

  attach(sink: LinkSink): void {
    this.#gate.attach(this, sink);
  }

  transmit(frames: readonly Packet[], count: number): number {
    return this.#gate.transmit(this, frames, count);
  }

  close(): void {
    this.#gate.detach(this);
  }
}

/**
 * The pool of the stack that is behind the gate now. What comes back from the time of one before it goes to that
 * one's pool, by count: packets are alike.
 */
class GatePool {
  #pool: LinkSink["pool"] | undefined = undefined;
  /** Packets of the present pool that are under way. */
  #out = 0;
  readonly #former: { readonly pool: LinkSink["pool"]; out: number }[] = [];

  follow(pool: LinkSink["pool"]): void {
    if (this.#pool !== undefined && this.#out > 0) this.#former.push({ pool: this.#pool, out: this.#out });
    this.#pool = pool;
    this.#out = 0;
  }

  /** The link has taken so many. */
  lent(count: number): void {
    this.#out += count;
  }

  take(octets: number): Packet {
    this.#out++;
    return this.#current().take(octets);
  }

  release(packet: Packet): void {
    const [former] = this.#former;
    if (former === undefined) {
      this.#out--;
      this.#current().release(packet);
      return;
    }
    former.pool.release(packet);
    if (--former.out === 0) this.#former.shift();
  }

  /** Gives back one that was never lent. */
  giveBack(packet: Packet): void {
    this.#current().release(packet);
  }

  #current(): LinkSink["pool"] {
    return this.#pool as LinkSink["pool"]; // frames come only when a stack is attached
  }
}
