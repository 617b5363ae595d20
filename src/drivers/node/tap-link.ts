/**
 * The running side of a TAP: bursts of frames from the descriptor to the stack, and from the stack to it.
 *
 * The descriptor is non-blocking and is watched by Node's own event loop. When it becomes readable, one
 * burst is read per turn of the loop, so timers and other sockets are served between bursts; when it runs
 * dry, the loop is kept turning for {@link SPIN_MICROSECONDS} more before it may sleep.
 */
import { availableParallelism } from "node:os";
import type { Link, LinkCapabilities, LinkSink, Packet } from "../../stack/index.ts";
import { EAGAIN, EBADFD, EINTR, errnoName, type Readiness, type Ready } from "./libc.ts";
import { readVnetHeader, VNET_HEADER_BYTES, writeVnetHeader } from "./vnet-header.ts";

/** Frames of one burst. Enough to share the cost of a turn and of an ACK, few enough to keep timers served. */
const BURST_FRAMES = 64;

/** Octets after which a burst ends, so that what it brought is still in the processor's cache when used. */
const BURST_OCTETS = 512 * 1024;

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
 * Where in a receive packet the frame begins: room for the virtio-net header in front of it, and the IP
 * header, 14 octets further on, at a multiple of 4.
 */
const RECEIVE_AT = 26;

const ETHERNET_HEADER_BYTES = 14;
const VLAN_TAG_BYTES = 4;

/** Octets of the largest IP datagram, and so of a super-segment. */
const LARGEST_DATAGRAM = 65_535;

/** The open descriptor, as the link uses it. */
export interface TapDescriptor {
  /** Octets of the frame read to `address`, or a negated errno. */
  read(address: number, octets: number): number;
  /** Octets written, or a negated errno. */
  write(address: number, octets: number): number;
  /** Where in memory the packet's store is. */
  addressOf(packet: Packet): number;
  /** Calls `ready` once per turn of the event loop while it is; a negative `status` is an error. */
  watch(interest: Readiness, ready: Ready): void;
  ref(): void;
  unref(): void;
  /** Gives back all that opening has changed, and the descriptor. */
  close(): void;
}

/** What the link has done so far. */
export interface TapStatistics {
  framesReceived: number;
  octetsReceived: number;
  bursts: number;
  framesSent: number;
  octetsSent: number;
  /** Frames longer than there was room for: the device's MTU was raised under us. */
  truncated: number;
  /** Frames with an offload that was not granted. */
  badHeaders: number;
  /** Frames that the kernel did not take, because the device was down, or for want of memory. */
  sendErrors: number;
}

/** How a {@link TapLink} is made. */
export interface TapLinkSettings {
  readonly name: string;
  readonly mtu: number;
  /** Frames have a virtio-net header, and the kernel takes and gives super-segments. */
  readonly offload: boolean;
  /** Microseconds to keep looking before sleeping; see {@link SPIN_MICROSECONDS}. */
  readonly spin?: number;
}

/** A TAP device as a link. Made by `openTap`. */
export class TapLink implements Link {
  /** The device's name, as in `ip link`. */
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  readonly statistics: TapStatistics = {
    framesReceived: 0,
    octetsReceived: 0,
    bursts: 0,
    framesSent: 0,
    octetsSent: 0,
    truncated: 0,
    badHeaders: 0,
    sendErrors: 0,
  };
  readonly #descriptor: TapDescriptor;
  readonly #offload: boolean;
  readonly #vnet: number;
  readonly #room: number;
  readonly #spin: number;
  readonly #burst: Packet[] = [];
  #count = 0;
  #sink: LinkSink | undefined;
  #state: "open" | "failed" | "closed" = "open";
  #failure = "";
  #delivering = false;
  #scheduled = false;
  /** A `transmit` was cut short: the sink waits for `writable`. */
  #blocked = false;
  #writableAgain = false;
  /** When the last frame came or went, in milliseconds of `performance.now()`. */
  #activeAt = 0;

  /** @param descriptor - closed with the link */
  constructor(descriptor: TapDescriptor, settings: TapLinkSettings) {
    const { name, mtu, offload, spin = SPIN_MICROSECONDS } = settings;
    this.name = name;
    this.#descriptor = descriptor;
    this.#offload = offload;
    this.#vnet = offload ? VNET_HEADER_BYTES : 0;
    // One octet more than a frame may have, so that a frame cut short by the kernel shows.
    const datagram = offload ? LARGEST_DATAGRAM : mtu;
    this.#room = this.#vnet + ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES + datagram + 1;
    this.#spin = spin / 1_000;
    this.capabilities = {
      medium: "ethernet",
      mtu,
      headroom: this.#vnet,
      verifiesChecksums: offload,
      fillsChecksums: offload,
      maxSuperSegment: offload ? LARGEST_DATAGRAM : 0,
    };
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
    this.#descriptor.watch(READ, this.#ready);
  }

  transmit(frames: readonly Packet[], count: number): number {
    const sink = this.#sink;
    if (sink === undefined) return 0;
    let taken = 0;
    while (taken < count) {
      const packet = frames[taken] as Packet;
      if (this.#state === "open" && !this.#send(packet)) break;
      sink.pool.release(packet);
      taken++;
    }
    if (taken < count) this.#block();
    else if (this.#spin > 0 && this.#state === "open") this.#expectAnswer();
    return taken;
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#descriptor.close();
    if (!this.#delivering) this.#releaseBurst();
  }

  /** Keeps the process alive, as it does from the start. */
  ref(): void {
    this.#descriptor.ref();
  }

  /** Lets the process end though the link is open. */
  unref(): void {
    this.#descriptor.unref();
  }

  /** False when there is no room now; then the frame stays the caller's. */
  #send(packet: Packet): boolean {
    if (this.#offload) writeVnetHeader(packet);
    const at = packet.start - this.#vnet;
    const octets = packet.end - at;
    const written = this.#descriptor.write(this.#descriptor.addressOf(packet) + at, octets);
    if (written === octets) {
      this.statistics.framesSent++;
      this.statistics.octetsSent += packet.end - packet.start;
      return true;
    }
    if (written === -EAGAIN || written === -EINTR) return false;
    // A device that is down gives EIO, and may come up again: the frame is lost, as on an unplugged cable.
    this.statistics.sendErrors++;
    if (isGone(-written)) this.#fail(`the device ${this.name} is gone`);
    return true;
  }

  #block(): void {
    if (this.#blocked) return;
    this.#blocked = true;
    this.#descriptor.watch(READ_AND_WRITE, this.#ready);
  }

  /** Something was sent: its answer may be quick. */
  #expectAnswer(): void {
    this.#activeAt = performance.now();
    this.#schedule();
  }

  /**
   * The work is left to an immediate, which runs in the same turn of the loop: this call comes straight from
   * libuv. What it throws reaches `uncaughtException` like any other error, but a process that then goes on
   * finds its timers dead (seen with Node 20.20 and koffi 3.3.4).
   */
  readonly #ready = (status: number, now: Readiness): void => {
    if (this.#state !== "open") return;
    if (status < 0) this.#failure = `the device ${this.name} is gone`;
    if (now.writable && this.#blocked) this.#writableAgain = true;
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
    if (!this.#writableAgain) return;
    this.#writableAgain = false;
    this.#blocked = false;
    this.#descriptor.watch(READ, this.#ready);
    sink.writable();
  }

  /** Bursts, until nothing more is there or the turn has lasted long enough for others to wait. */
  #receive(sink: LinkSink): void {
    const until = performance.now() + TURN_MILLISECONDS;
    let late = false;
    while (this.#state === "open" && !late) {
      const dry = this.#readBurst(sink);
      const count = this.#count;
      const now = performance.now();
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
    if (this.#state === "closed") this.#releaseBurst();
    if (this.#state !== "open") return;
    if (late || (this.#spin > 0 && performance.now() - this.#activeAt < this.#spin)) this.#schedule();
  }

  #deliver(sink: LinkSink, count: number): void {
    this.#delivering = true;
    try {
      sink.received(this.#burst, count);
    } finally {
      this.#delivering = false;
    }
  }

  /** Fills the burst; true when nothing more was there. */
  #readBurst(sink: LinkSink): boolean {
    this.#count = 0;
    let octets = 0;
    // Reads are counted, not frames, lest frames that are dropped here keep the loop from turning.
    for (let reads = 0; reads < BURST_FRAMES && octets < BURST_OCTETS; reads++) {
      const packet = this.#burst[this.#count] ?? this.#grow(sink);
      const at = RECEIVE_AT - this.#vnet;
      const got = this.#descriptor.read(this.#descriptor.addressOf(packet) + at, this.#room);
      if (got < 0) return this.#unread(-got);
      octets += got;
      this.#take(packet, got);
    }
    return false;
  }

  /** True when there was nothing to read. */
  #unread(errno: number): boolean {
    if (errno === EAGAIN) return true;
    if (errno === EINTR) return false;
    this.#fail(isGone(errno) ? `the device ${this.name} is gone` : `cannot read: ${errnoName(errno)}`);
    return true;
  }

  /** Keeps the frame just read if it is good; else its packet is used for the next one. */
  #take(packet: Packet, got: number): void {
    const end = RECEIVE_AT - this.#vnet + got;
    packet.reset(RECEIVE_AT);
    packet.end = end;
    if (got === this.#room) this.statistics.truncated++;
    else if (end < RECEIVE_AT || (this.#offload && !readVnetHeader(packet, RECEIVE_AT - VNET_HEADER_BYTES))) {
      this.statistics.badHeaders++;
    } else {
      this.statistics.framesReceived++;
      this.statistics.octetsReceived += end - RECEIVE_AT;
      this.#count++;
    }
  }

  #grow(sink: LinkSink): Packet {
    const packet = sink.pool.take(this.#room);
    this.#burst.push(packet);
    return packet;
  }

  #fail(reason: string): void {
    this.#state = "failed";
    this.#failure = reason;
    this.#schedule();
  }

  #releaseBurst(): void {
    for (const packet of this.#burst) this.#sink?.pool.release(packet);
    this.#burst.length = 0;
  }
}

const READ: Readiness = { readable: true, writable: false };
const READ_AND_WRITE: Readiness = { readable: true, writable: true };

const ENXIO = 6;
const EBADF = 9;
const ENODEV = 19;

function isGone(errno: number): boolean {
  return errno === EBADFD || errno === ENODEV || errno === ENXIO || errno === EBADF;
}
