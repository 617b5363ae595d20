/** Packets that are used again and again: two sizes, one for a frame and one for a 64 KB super-segment. */
import { Packet } from "./packet.ts";
import { type SummingStore, summingStore } from "./summing-store.ts";

/** A driver's own header, and an Ethernet header with a VLAN tag. */
const LINK = 12 + 18;
/** An IPv4 header with all options; an IPv6 header with a fragment header is shorter. */
const NETWORK = 60;
/** A tunnel around that: IPv6, UDP, VXLAN (RFC 7348 §5), and the Ethernet header of the frame inside. */
const TUNNEL = 40 + 8 + 8 + 18;

/** Octets in front of a transport header. A multiple of 8, so that headers and text are aligned as in the packet. */
export const HEADROOM: number = (LINK + NETWORK + TUNNEL + 7) & ~7;

/** Room for a frame of a 1500-octet MTU behind the headroom. */
const SMALL = 2048;

/** Room for the largest IP datagram behind the headroom. */
const LARGE = 65_536 + 256;

/** Free packets of one size that are kept; more than that goes back to the garbage collector. */
const KEPT_SMALL = 4096;
const KEPT_LARGE = 256;

/**
 * A pool that has had so many small packets out at a time moves bulk: from then on it makes them in a store that sums
 * its own octets. Such a store takes a tenth of a millisecond to make, and much address space, so the many stacks
 * of a simulation that say little have none.
 */
const BULK = 32;

/**
 * Large packets share stores of so many. By themselves they are small enough for the allocator to clear them
 * by hand; a store of a megabyte comes as untouched pages, so a packet takes only the memory that its
 * contents have ever needed, which for most is a frame.
 */
const PER_STORE = 16;

/** Packets that are used again and again: taken, and released by whoever has them last. */
export class PacketPool {
  readonly #small: Packet[] = [];
  readonly #large: Packet[] = [];
  /** For small packets, once the pool moves bulk; false where there is no such store. */
  #summing: SummingStore | false | undefined = undefined;
  /** Octets of it that are packets already. */
  #summingCut = 0;
  #store: ArrayBuffer = new ArrayBuffer(0);
  /** Octets of `#store` that are packets already. */
  #cut = 0;
  #outstanding = 0;

  /** Packets taken and not yet released: 0 at the end of every test. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** An empty packet with room for `octets` behind the headroom; the caller now owns it. */
  take(octets: number): Packet {
    this.#outstanding++;
    const large = octets + HEADROOM > SMALL;
    const free = (large ? this.#large : this.#small).pop();
    const packet = (free ?? (large ? this.#newLarge() : this.#newSmall())).reset(HEADROOM);
    packet.home = this;
    return packet;
  }

  /**
   * Makes a lent packet the caller's own, beyond the loan: to send it on, as a router does, or to keep it. The same
   * packet if it is of this pool, since then whoever lends it gives it back to this pool; else a copy. The caller
   * passes it on or releases it, exactly once.
   */
  takeOver(packet: Packet): Packet {
    if (packet.home !== this) return this.#copyOf(packet);
    packet.holders++;
    return packet;
  }

  /** Octets, offsets and all that is known of them. */
  #copyOf(packet: Packet): Packet {
    const copy = this.take(packet.length + 3);
    copy.start += (packet.start - copy.start) & 3;
    copy.end = copy.start + packet.length;
    copy.bytes.set(packet.bytes.subarray(packet.start, packet.end), copy.start);
    copy.network = packet.network + copy.start - packet.start;
    copy.transport = packet.transport + copy.start - packet.start;
    copy.checksumOffloaded = packet.checksumOffloaded;
    copy.checksumComplete = packet.checksumComplete;
    copy.segmentSize = packet.segmentSize;
    copy.hopLimit = packet.hopLimit;
    copy.trafficClass = packet.trafficClass;
    return copy;
  }

  #newSmall(): Packet {
    if (this.#outstanding > BULK) this.#summing ??= summingStore(KEPT_SMALL * SMALL) ?? false;
    const store = this.#summing;
    // Those beyond it are of a moment's need, and will not be kept.
    if (!store || this.#summingCut === KEPT_SMALL * SMALL) return new Packet(SMALL);
    this.#summingCut += SMALL;
    return new Packet(SMALL, store.buffer, this.#summingCut - SMALL, store.sum);
  }

  #newLarge(): Packet {
    if (this.#cut === this.#store.byteLength) {
      this.#store = new ArrayBuffer(PER_STORE * LARGE);
      this.#cut = 0;
    }
    this.#cut += LARGE;
    return new Packet(LARGE, this.#store, this.#cut - LARGE);
  }

  /** Ends ownership. Every packet taken is released exactly once, by whoever has it then. */
  release(packet: Packet): void {
    if (packet.holders > 0) {
      packet.holders--;
      return;
    }
    this.#outstanding--;
    if (packet.bytes.length === SMALL) {
      if (this.#keepsSmall(packet)) this.#small.push(packet);
    } else if (packet.bytes.length === LARGE && this.#large.length < KEPT_LARGE) this.#large.push(packet);
  }

  /** Once there is a store for small packets, those that were made before are let go, so that bulk is all in there. */
  #keepsSmall(packet: Packet): boolean {
    return this.#small.length < KEPT_SMALL && (!this.#summing || packet.storeSum !== undefined);
  }
}
