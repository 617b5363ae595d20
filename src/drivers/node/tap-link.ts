/**
 * The running side of a TAP: when frames are read and written. How they are is for `frame-reader.ts` and
 * `frame-writer.ts`.
 *
 * The descriptor is non-blocking and is watched by Node's own event loop. When it becomes readable, bursts are read
 * for {@link TURN_MILLISECONDS} at most per turn of the loop, so timers and other sockets are served. When it runs
 * dry, the loop is kept turning for {@link SPIN_MICROSECONDS} more before it may sleep.
 */
import { availableParallelism } from "node:os";
import { Drop, type Link, type LinkCapabilities, type LinkSink, type Packet } from "../../stack/index.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import { errnoName, isGone, type Readiness, type Ready } from "./libc.ts";
import { clearInterval, monotonicNow, setImmediate, setInterval } from "./own-timers.ts";
import { newStatistics, type TapDescriptor, type TapStatistics } from "./tap-descriptor.ts";
import { VNET_HEADER_BYTES } from "./vnet-header.ts";

/**
 * How long bursts may follow upon one another before the loop turns. A turn costs some 10 µs by itself: with
 * a burst of a few frames in each, that would be a tenth of all the time.
 */
const TURN_MILLISECONDS = 0.2;

/**
 * How long to go on looking, after a frame came or went, before the loop may sleep. Being woken costs some
 * 50 µs on a virtual machine, and the next frame is often nearer than that: a flood of pings is answered in
 * 14 µs instead of 85. With one processor it would only keep the peer from running.
 */
const SPIN_MICROSECONDS: number = availableParallelism() > 1 ? 100 : 0;

/**
 * How often it is looked whether the device is up. The kernel tells of it by netlink, but only in the network namespace that
 * the device is in, and that may be another than ours.
 */
const LOOK_MILLISECONDS = 1_000;

/** Frames of a burst at which we are the ones whom everything waits for. */
const LARGE_CROWD = 24;

/** Octets of the largest IP datagram, and so of a super-segment. */
const LARGEST_DATAGRAM = 65_535;

/** How a {@link TapLink} is made. */
export interface TapLinkSettings {
  readonly name: string;
  readonly mtu: number;
  /** Frames have a virtio-net header, and the kernel takes and gives super-segments. */
  readonly offload: boolean;
  /** A TUN: IP datagrams without a link header; false by default. */
  readonly bare?: boolean | undefined;
  /** Microseconds to keep looking before sleeping; see {@link SPIN_MICROSECONDS}. */
  readonly spin?: number | undefined;
}

/** A TAP or TUN device as a link. Made by `openTap`. */
export class TapLink implements Link {
  /** The device's name, as in `ip link`. */
  readonly name: string;
  /** What the device can do. */
  readonly capabilities: LinkCapabilities;
  /** What has passed. A live object: it goes on counting. */
  readonly statistics: TapStatistics = newStatistics();
  readonly #descriptor: TapDescriptor;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #spin: number;
  #sink: LinkSink | undefined;
  #state: "open" | "failed" | "closed" = "open";
  #failure = "";
  #delivering = false;
  #scheduled = false;
  /** A `transmit` was cut short: the sink waits for `writable`. */
  #blocked = false;
  #writableAgain = false;
  /** When the last frame came or went, in milliseconds of `monotonicNow()`. */
  #activeAt = 0;
  /** The device is up, as the sink was told. */
  #up = true;
  /** It is to be looked at whether it is. */
  #doubted = false;
  #look: ReturnType<typeof setInterval> | undefined = undefined;

  /** @param descriptor - closed with the link */
  constructor(descriptor: TapDescriptor, settings: TapLinkSettings) {
    const { name, mtu, offload, bare = false, spin = SPIN_MICROSECONDS } = settings;
    this.name = name;
    this.#descriptor = descriptor;
    this.#reader = new FrameReader(descriptor, this.statistics, {
      offload,
      datagram: offload ? LARGEST_DATAGRAM : mtu,
      bare,
    });
    this.#writer = new FrameWriter(descriptor, this.statistics, offload);
    this.#spin = spin / 1_000;
    this.capabilities = {
      medium: bare ? "ip" : "ethernet",
      mtu,
      headroom: offload ? VNET_HEADER_BYTES : 0,
      verifiesChecksums: offload,
      fillsChecksums: offload,
      maxSuperSegment: offload ? LARGEST_DATAGRAM : 0,
    };
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
    const lost = (frame: Packet, reason: Drop): void => sink.lost?.(frame, reason);
    this.#reader.lost = lost;
    this.#writer.lost = lost;
    this.#descriptor.watch(READ, this.#ready);
    this.#look = setInterval(() => this.#lookAtState(), LOOK_MILLISECONDS);
    this.#look.unref();
  }

  transmit(frames: readonly Packet[], count: number): number {
    const sink = this.#sink;
    if (sink === undefined) return 0;
    if (this.#state !== "open") {
      for (let i = 0; i < count; i++) {
        sink.lost?.(frames[i] as Packet, Drop.linkError);
        sink.pool.release(frames[i] as Packet);
      }
      return count;
    }
    const taken = this.#writer.write(frames, count, sink.pool);
    if (this.#writer.failure !== 0) this.#fail(this.#writer.failure, "write");
    else if (taken < count) this.#block();
    if (this.#writer.refused) this.#doubt();
    // What was sent may be answered soon; and the kernel's thread has no other way to say that it has written.
    if (this.#spin > 0 || this.#writer.waiting > 0) this.#expectAnswer();
    return taken;
  }

  /** Gives the device back: see `openTap`. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearInterval(this.#look);
    this.#writer.close(this.#sink?.pool);
    this.#reader.close();
    this.#descriptor.close();
    if (!this.#delivering) this.#reader.release(this.#sink?.pool);
  }

  /** Keeps the process alive, as it does from the start. */
  ref(): void {
    this.#descriptor.ref();
  }

  /** Lets the process end though the link is open. */
  unref(): void {
    this.#descriptor.unref();
  }

  /** A frame was refused: perhaps the device is down. Told from the next turn, never from within `transmit`. */
  #doubt(): void {
    this.#writer.refused = false;
    this.#doubted = true;
    this.#schedule();
  }

  /** Somebody may have set the device down, or up: in whatever network namespace it is now. */
  #lookAtState(): void {
    this.#doubted = false;
    if (this.#state !== "open" || this.#descriptor.up === this.#up) return;
    this.#up = !this.#up;
    // A device that is down is not ready to be written to: when it is, it is up.
    this.#descriptor.watch(this.#up && !this.#blocked ? READ : READ_AND_WRITE, this.#ready);
    this.#sink?.carrierChanged?.(this.#up);
  }

  #block(): void {
    if (this.#blocked) return;
    this.#blocked = true;
    this.#descriptor.watch(READ_AND_WRITE, this.#ready);
  }

  /** Something was sent: its answer may be quick. */
  #expectAnswer(): void {
    this.#activeAt = monotonicNow();
    this.#schedule();
  }

  /**
   * The work is left to an immediate, which runs in the same turn of the loop: this call comes straight from
   * libuv. What it throws reaches `uncaughtException` like any other error, but a process that then goes on
   * finds its timers dead (seen with Node 20.20 and koffi 3.3.4).
   */
  readonly #ready: Ready = (status, now) => {
    if (this.#state !== "open") return;
    if (status < 0) this.#failure = `the device ${this.name} is gone`;
    if (now.writable && this.#blocked) this.#writableAgain = true;
    if (now.writable && !this.#up) this.#doubted = true;
    this.#schedule();
  };

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    const sink = this.#sink;
    if (sink === undefined || this.#state === "closed") return;
    if (this.#state === "open") {
      if (this.#doubted) this.#lookAtState();
      this.#resume(sink);
      this.#receive(sink);
    }
    // `failed` is told from here, never from within `transmit`.
    if (this.#failure !== "" && this.#isOpenOrFailed()) this.#report(sink);
  };

  /** A method, since calls to the sink change the state behind the compiler's back. */
  #isOpenOrFailed(): boolean {
    return this.#state !== "closed";
  }

  #report(sink: LinkSink): void {
    const reason = this.#failure;
    this.#failure = "";
    this.close();
    sink.failed(reason);
  }

  #resume(sink: LinkSink): void {
    if (this.#writer.waiting > 0) this.#writer.collect(sink.pool);
    if (this.#writer.failure !== 0) this.#fail(this.#writer.failure, "write");
    if (!this.#writableAgain) return;
    this.#writableAgain = false;
    this.#blocked = false;
    this.#descriptor.watch(this.#up ? READ : READ_AND_WRITE, this.#ready);
    sink.writable();
  }

  /** Bursts, until nothing more is there or the turn has lasted long enough for others to wait. */
  #receive(sink: LinkSink): void {
    const reader = this.#reader;
    const until = monotonicNow() + TURN_MILLISECONDS;
    let late = false;
    while (this.#state === "open" && !late) {
      const dry = reader.read(sink.pool);
      if (reader.failure !== 0) this.#fail(reader.failure, "read");
      const { count } = reader;
      this.#writer.receivesCrowds = count >= LARGE_CROWD;
      const now = monotonicNow();
      if (count > 0) {
        this.statistics.bursts++;
        this.#deliver(sink, count);
        this.#activeAt = now;
      }
      // What was sent just now may have been answered within the call: so a burst that ran dry is no end.
      if (dry && count === 0) break;
      late = now >= until;
    }
    this.#afterBursts(late);
  }

  /** @param late - the turn has ended before the descriptor ran dry */
  #afterBursts(late: boolean): void {
    if (this.#state === "closed") this.#reader.release(this.#sink?.pool);
    if (this.#state !== "open") return;
    if (!late && this.#writer.waiting > 0 && this.#sink !== undefined)
      this.#writer.yieldToThread(this.#sink.pool);
    const looksOn = this.#spin > 0 && monotonicNow() - this.#activeAt < this.#spin;
    if (late || looksOn || this.#writer.waiting > 0) this.#schedule();
  }

  #deliver(sink: LinkSink, count: number): void {
    this.#delivering = true;
    try {
      sink.received(this.#reader.burst, count);
    } finally {
      this.#delivering = false;
    }
  }

  #fail(errno: number, doing: "read" | "write"): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#failure = isGone(errno)
      ? `the device ${this.name} is gone`
      : `cannot ${doing}: ${errnoName(errno)}`;
    this.#schedule();
  }
}

const READ: Readiness = { readable: true, writable: false };
const READ_AND_WRITE: Readiness = { readable: true, writable: true };
