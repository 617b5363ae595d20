/**
 * Frames from packets to a TAP's descriptor, in one of three ways: a `write` for each, one call of a ring for a
 * batch, or a ring whose kernel thread writes on another processor while we go on. A write to a TAP runs the
 * kernel's whole receive path for the frame, so in bulk that thread takes over half of the work. But it has to be
 * woken, and a waiting peer has its processor to itself no more. So single frames never go that way.
 *
 * Frames never overtake one another: what is to be sent while the thread has work is for the thread too.
 */
import { Drop, type LinkSink, type Packet } from "../../stack/index.ts";
import type { FrameRing } from "./io-ring.ts";
import { EAGAIN, EINTR, EIO, EOPNOTSUPP, isGone } from "./libc.ts";
import { monotonicNow } from "./own-timers.ts";
import type { TapDescriptor, TapStatistics } from "./tap-descriptor.ts";
import { VNET_HEADER_BYTES, writeVnetHeader } from "./vnet-header.ts";

/** Frames of a batch from which on a ring saves more than it costs. */
const CROWD = 4;

/** Octets of such a batch from which on it is bulk, and for the kernel's thread. */
const BULK_OCTETS = 4096;

/** Frames that the thread may have before it. */
const THREAD_ENTRIES = 512;

/** Milliseconds without progress after which the thread is believed to be without a processor. */
const STALL = 0.1;

/** Frames that the stack gives a link at once. */
const BATCH_ENTRIES = 64;

/** Writes frames to the device in bursts. */
export class FrameWriter {
  /** What has broken the descriptor, as an errno; 0 while nothing has. */
  failure = 0;
  /** A frame was refused as the device is down; whoever looks into it sets it back. */
  refused = false;
  /**
   * What is received comes in crowds, so that all else waits for us: then the thread has the ACKs to write, too,
   * and in doing so sends the kernel's next segments.
   */
  receivesCrowds = false;
  /** Hears of a frame that could not be written. */
  lost: LinkSink["lost"];
  readonly #descriptor: TapDescriptor;
  readonly #statistics: TapStatistics;
  readonly #vnet: number;
  #ring: FrameRing | undefined;
  #ringAsked = false;
  #thread: FrameRing | undefined;
  #threadAsked = false;
  /** What the thread has not yet written, by tag. */
  readonly #waiting: (Packet | undefined)[] = [];
  #nextTag = 0;
  /** When the thread was last seen to have written something, in milliseconds of `monotonicNow()`. */
  #progressAt = 0;
  /** Rings turned out not to work here. */
  #unusable = false;

  /** @param offload - frames have a virtio-net header */
  constructor(descriptor: TapDescriptor, statistics: TapStatistics, offload: boolean) {
    this.#descriptor = descriptor;
    this.#statistics = statistics;
    this.#vnet = offload ? VNET_HEADER_BYTES : 0;
  }

  /** Frames that the kernel's thread has yet to write. */
  get waiting(): number {
    return this.#thread?.pending ?? 0;
  }

  /**
   * Writes `frames[0..count)`, and releases each when it has been written. Returns how many were taken: fewer
   * than `count` when there is no room now.
   */
  write(frames: readonly Packet[], count: number, pool: LinkSink["pool"]): number {
    if (this.waiting > 0) this.collect(pool);
    const thread = this.#threadFor(frames, count);
    if (thread !== undefined) {
      const taken = this.#writeByThread(thread, frames, count, pool);
      return taken + this.#writeSingly(frames, taken, count, pool);
    }
    const crowd = count >= CROWD && count <= BATCH_ENTRIES && this.failure === 0;
    const ring = crowd ? this.#openRing() : undefined;
    if (ring !== undefined) return this.#writeByRing(ring, frames, count, pool);
    return this.#writeSingly(frames, 0, count, pool);
  }

  /**
   * To be called when there is nothing else to do. If the thread has written nothing for a while, it does not
   * get a processor, and we have one that it could use: so we sleep until it has done half of its work.
   */
  yieldToThread(pool: LinkSink["pool"]): void {
    if (this.waiting > 0 && monotonicNow() - this.#progressAt >= STALL) this.#waitForThread(pool);
  }

  /** Releases what the thread has written meanwhile. */
  collect(pool: LinkSink["pool"]): void {
    const thread = this.#thread;
    if (thread === undefined) return;
    const done = thread.done();
    if (done === 0) return;
    this.#progressAt = monotonicNow();
    for (let i = 0; i < done; i++) {
      const tag = thread.tagAt(i);
      const packet = this.#waiting[tag] as Packet;
      this.#waiting[tag] = undefined;
      this.#written(packet, thread.resultAt(i));
      pool.release(packet);
    }
    thread.forget(done);
  }

  /** Waits for what is under way, and gives everything back. */
  close(pool: LinkSink["pool"] | undefined): void {
    this.#thread?.wait(THREAD_ENTRIES);
    if (pool !== undefined) {
      this.collect(pool);
      this.#buryThread(pool);
    }
    this.#ring?.close();
    this.#ring = undefined;
  }

  #threadFor(frames: readonly Packet[], count: number): FrameRing | undefined {
    if (this.waiting > 0) return this.#thread;
    // With offloads the kernel's share of the work is too small: handing it over costs as much as it saves.
    if (this.#vnet > 0 || this.#unusable || this.failure !== 0) return undefined;
    if (!this.receivesCrowds && !isBulk(frames, count)) return undefined;
    if (!this.#threadAsked) this.#thread = this.#descriptor.ring(THREAD_ENTRIES, true);
    this.#threadAsked = true;
    return this.#thread;
  }

  #openRing(): FrameRing | undefined {
    if (this.#unusable) return undefined;
    if (!this.#ringAsked) this.#ring = this.#descriptor.ring(BATCH_ENTRIES, false);
    this.#ringAsked = true;
    return this.#ring;
  }

  /** Waits for room where there is none: as with a `write`, the sender goes on at the device's pace. */
  #writeByThread(
    thread: FrameRing,
    frames: readonly Packet[],
    count: number,
    pool: LinkSink["pool"],
  ): number {
    if (thread.pending === 0) this.#progressAt = monotonicNow();
    for (let i = 0; i < count; i++) {
      if (thread.pending === THREAD_ENTRIES) this.#waitForThread(pool);
      if (this.#thread === undefined) return i;
      const packet = frames[i] as Packet;
      const tag = this.#nextTag;
      this.#nextTag = (tag + 1) % THREAD_ENTRIES;
      this.#waiting[tag] = packet;
      this.#put(thread, packet, tag);
    }
    if (!thread.submit()) this.#buryThread(pool);
    return count;
  }

  #waitForThread(pool: LinkSink["pool"]): void {
    const thread = this.#thread;
    if (thread === undefined) return;
    const goesOn = thread.submit() && thread.wait((thread.pending + 1) >> 1);
    this.collect(pool);
    if (!goesOn) this.#buryThread(pool);
  }

  /** Ends the thread, or the kernel has done so: what it has not written is lost, as on an unplugged cable. */
  #buryThread(pool: LinkSink["pool"]): void {
    for (const [tag, packet] of this.#waiting.entries()) {
      if (packet === undefined) continue;
      this.#waiting[tag] = undefined;
      this.#statistics.sendErrors++;
      this.lost?.(packet, Drop.linkError);
      pool.release(packet);
    }
    this.#thread?.close();
    this.#thread = undefined;
  }

  #writeByRing(ring: FrameRing, frames: readonly Packet[], count: number, pool: LinkSink["pool"]): number {
    for (let i = 0; i < count; i++) this.#put(ring, frames[i] as Packet, i);
    const accepted = ring.submit();
    const done = ring.done();
    for (let i = 0; i < done; i++) {
      const packet = frames[ring.tagAt(i)] as Packet;
      this.#written(packet, ring.resultAt(i));
      pool.release(packet);
    }
    ring.forget(done);
    if (accepted && done === count) return count;
    ring.close();
    this.#ring = undefined;
    return done + this.#writeSingly(frames, done, count, pool);
  }

  #writeSingly(frames: readonly Packet[], from: number, count: number, pool: LinkSink["pool"]): number {
    let taken = from;
    while (taken < count) {
      const packet = frames[taken] as Packet;
      if (this.failure === 0 && !this.#writeOne(packet)) break;
      pool.release(packet);
      taken++;
    }
    return taken - from;
  }

  /** False when there is no room now; then the frame stays the caller's. */
  #writeOne(packet: Packet): boolean {
    const at = this.#prepare(packet);
    const written = this.#descriptor.write(this.#descriptor.addressOf(packet) + at, packet.end - at);
    if (written === -EAGAIN || written === -EINTR) return false;
    this.#count(packet, written);
    return true;
  }

  #put(ring: FrameRing, packet: Packet, tag: number): void {
    const at = this.#prepare(packet);
    ring.write(this.#descriptor.addressOf(packet) + at, packet.end - at, tag);
  }

  /** Where what is to be written begins in the packet's store. */
  #prepare(packet: Packet): number {
    if (this.#vnet > 0) writeVnetHeader(packet);
    return packet.start - this.#vnet;
  }

  /** What came of a write through a ring. */
  #written(packet: Packet, result: number): void {
    if (result !== -EOPNOTSUPP) {
      this.#count(packet, result);
      return;
    }
    // This device cannot be written through a ring; so it has not been, and is now, in its turn.
    this.#unusable = true;
    if (this.failure !== 0 || this.#writeOne(packet)) return;
    this.#statistics.sendErrors++;
    this.lost?.(packet, Drop.linkError);
  }

  #count(packet: Packet, written: number): void {
    if (written >= 0) {
      this.#statistics.framesSent++;
      this.#statistics.octetsSent += packet.end - packet.start;
      return;
    }
    // A device that is down gives EIO, and may come up again: the frame is lost, as on an unplugged cable.
    this.#statistics.sendErrors++;
    this.lost?.(packet, Drop.linkError);
    if (-written === EIO) this.refused = true;
    if (isGone(-written)) this.failure = -written;
  }
}

function isBulk(frames: readonly Packet[], count: number): boolean {
  if (count < CROWD) return false;
  let octets = 0;
  for (let i = 0; i < count && octets < BULK_OCTETS; i++) octets += (frames[i] as Packet).length;
  return octets >= BULK_OCTETS;
}
