/**
 * Frames from a TAP's descriptor into packets, burst by burst: one `read` for each while they come singly, one
 * call of a ring for many while they come in crowds.
 */
import { Drop, type LinkSink, type Packet } from "../../stack/index.ts";
import type { FrameRing } from "./io-ring.ts";
import { EAGAIN, EINTR, EOPNOTSUPP } from "./libc.ts";
import type { TapDescriptor, TapStatistics } from "./tap-descriptor.ts";
import { readVnetHeader, VNET_HEADER_BYTES } from "./vnet-header.ts";

/** Frames of one burst. Enough to share the cost of a turn and of an ACK, few enough to keep timers served. */
const BURST_FRAMES = 64;

/** Octets after which a burst ends, so that what it brought is still in the processor's cache when used. */
const BURST_OCTETS = 512 * 1024;

/**
 * After a burst of as many frames the next one is read through the ring. It saves some 250 ns a frame, but what
 * it asks for in vain costs 150: with few frames there is nothing to win.
 */
const CROWD = 12;

/**
 * Where in a receive packet the frame begins: room for the virtio-net header in front of it, and the IP
 * header, 14 octets further on, at a multiple of 4.
 */
const RECEIVE_AT = 26;

const ETHERNET_HEADER_BYTES = 14;
const VLAN_TAG_BYTES = 4;

/** What a {@link FrameReader} reads. */
export interface FrameReaderSettings {
  /** Frames have a virtio-net header. */
  readonly offload: boolean;
  /** Octets of the largest IP datagram. */
  readonly datagram: number;
  /** The device is a TUN: what is read begins with the IP header. */
  readonly bare?: boolean | undefined;
}

/** Reads frames from the device in bursts. */
export class FrameReader {
  /** What the last `read` brought: the first `count` of them. Lent to the sink, and used again. */
  readonly burst: Packet[] = [];
  count = 0;
  /** What has broken the descriptor, as an errno; 0 while nothing has. */
  failure = 0;
  readonly #descriptor: TapDescriptor;
  /** Hears of a frame that is not passed on. */
  lost: LinkSink["lost"];
  readonly #statistics: TapStatistics;
  readonly #offload: boolean;
  /** Where in a packet's store the frame begins. */
  readonly #begin: number;
  /** Where in a packet's store the kernel puts what it reads, and how much of it there may be. */
  readonly #at: number;
  readonly #room: number;
  #ring: FrameRing | undefined;
  #ringAsked = false;
  /** How many frames the next read through the ring asks for; 0 to read one by one. */
  #crowd = 0;
  #octets = 0;
  /** Octets of the link header. */
  readonly #link: number;

  constructor(descriptor: TapDescriptor, statistics: TapStatistics, settings: FrameReaderSettings) {
    this.#descriptor = descriptor;
    this.#statistics = statistics;
    this.#offload = settings.offload;
    const vnet = settings.offload ? VNET_HEADER_BYTES : 0;
    const bare = settings.bare ?? false;
    this.#link = bare ? 0 : ETHERNET_HEADER_BYTES;
    this.#begin = bare ? RECEIVE_AT + ETHERNET_HEADER_BYTES : RECEIVE_AT;
    this.#at = this.#begin - vnet;
    // One octet more than a frame may have, so that a frame cut short by the kernel shows.
    this.#room = vnet + (bare ? 0 : ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES) + settings.datagram + 1;
  }

  /** Fills the burst; true when nothing more was there. */
  read(pool: LinkSink["pool"]): boolean {
    this.#giveUpTaken(pool);
    this.count = 0;
    this.#octets = 0;
    const ring = this.#crowd > 0 ? this.#openRing() : undefined;
    const dry = ring === undefined ? this.#readSingly(pool) : this.#readCrowd(ring, pool);
    this.#crowd = this.#nextCrowd(dry);
    return dry;
  }

  release(pool: LinkSink["pool"] | undefined): void {
    for (const packet of this.burst) pool?.release(packet);
    this.burst.length = 0;
  }

  close(): void {
    this.#ring?.close();
    this.#ring = undefined;
  }

  /** What the last burst's receiver has taken over and still holds is not read into again. */
  #giveUpTaken(pool: LinkSink["pool"]): void {
    const { burst } = this;
    for (let i = 0; i < this.count; i++) {
      const packet = burst[i] as Packet;
      if (packet.holders === 0) continue;
      pool.release(packet);
      burst[i] = pool.take(this.#room);
    }
  }

  #openRing(): FrameRing | undefined {
    if (!this.#ringAsked) this.#ring = this.#descriptor.ring(BURST_FRAMES, false);
    this.#ringAsked = true;
    return this.#ring;
  }

  /** Half as many again as came, or twice as many as were asked for and did come; of large ones, fewer. */
  #nextCrowd(dry: boolean): number {
    const { count } = this;
    if (count < CROWD) return 0;
    const wanted = dry ? count + (count >> 1) : count * 2;
    return Math.min(wanted, BURST_FRAMES, Math.ceil((BURST_OCTETS * count) / this.#octets));
  }

  #readSingly(pool: LinkSink["pool"]): boolean {
    // Reads are counted, not frames, lest frames that are dropped here keep the loop from turning.
    for (let reads = 0; reads < BURST_FRAMES && this.#octets < BURST_OCTETS; reads++) {
      const packet = this.burst[this.count] ?? this.#grow(pool);
      const got = this.#descriptor.read(this.#descriptor.addressOf(packet) + this.#at, this.#room);
      if (got < 0) return this.#unread(-got);
      this.#take(packet, got);
    }
    return false;
  }

  #readCrowd(ring: FrameRing, pool: LinkSink["pool"]): boolean {
    const wanted = this.#crowd;
    for (let i = 0; i < wanted; i++) {
      const packet = this.burst[i] ?? this.#grow(pool);
      ring.read(this.#descriptor.addressOf(packet) + this.#at, this.#room, i);
    }
    let usable = ring.submit();
    let dry = false;
    const done = ring.done();
    for (let i = 0; i < done; i++) {
      const got = ring.resultAt(i);
      if (got >= 0) this.#takeFrom(ring.tagAt(i), got);
      else if (got === -EOPNOTSUPP) usable = false;
      else dry = this.#unread(-got) || dry;
    }
    ring.forget(done);
    if (!usable || done < wanted) this.close(); // then, and from now on, one by one
    return dry;
  }

  /** A frame has been read into the packet of this index: that goes to the end of those that hold one. */
  #takeFrom(index: number, got: number): void {
    const packet = this.burst[index] as Packet;
    const place = this.count;
    if (index !== place) {
      // A frame that came amid the reads was missed by some of them, and found by a later one.
      this.burst[index] = this.burst[place] as Packet;
      this.burst[place] = packet;
    }
    this.#take(packet, got);
  }

  /** True when there was nothing to read. */
  #unread(errno: number): boolean {
    if (errno === EAGAIN) return true;
    if (errno === EINTR) return false;
    this.failure = errno;
    return true;
  }

  /** Keeps the frame just read if it is good; else its packet is used for the next one. */
  #take(packet: Packet, got: number): void {
    const end = this.#at + got;
    this.#octets += got;
    packet.reset(this.#begin);
    packet.end = end;
    if (got === this.#room) {
      this.#statistics.truncated++;
      this.lost?.(packet, Drop.linkTruncated);
    } else if (end < this.#begin || (this.#offload && !readVnetHeader(packet, this.#at, this.#link))) {
      this.#statistics.badHeaders++;
      this.lost?.(packet, Drop.linkBadHeader);
    } else {
      this.#statistics.framesReceived++;
      this.#statistics.octetsReceived += end - this.#begin;
      this.count++;
    }
  }

  #grow(pool: LinkSink["pool"]): Packet {
    const packet = pool.take(this.#room);
    this.burst.push(packet);
    return packet;
  }
}
