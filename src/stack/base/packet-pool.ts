/** Packets that are used again and again: two sizes, one for a frame and one for a 64 KB super-segment. */
import { Packet } from "./packet.ts";

/** Octets in front of a transport header: 12 for a driver's own header, Ethernet, IP with all options. */
export const HEADROOM: number = 12 + 16 + 60;

/** Room for a frame of a 1500-octet MTU behind the headroom. */
const SMALL = 2048;

/** Room for the largest IP datagram behind the headroom. */
const LARGE = 65_536 + 256;

/** Free packets of one size that are kept; more than that goes back to the garbage collector. */
const KEPT_SMALL = 4096;
const KEPT_LARGE = 256;

/**
 * Large packets share stores of so many. By themselves they are small enough for the allocator to clear them
 * by hand; a store of a megabyte comes as untouched pages, so a packet takes only the memory that its
 * contents have ever needed, which for most is a frame.
 */
const PER_STORE = 16;

export class PacketPool {
  readonly #small: Packet[] = [];
  readonly #large: Packet[] = [];
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
    return (free ?? (large ? this.#newLarge() : new Packet(SMALL))).reset(HEADROOM);
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
    this.#outstanding--;
    if (packet.bytes.length === SMALL) {
      if (this.#small.length < KEPT_SMALL) this.#small.push(packet);
    } else if (packet.bytes.length === LARGE && this.#large.length < KEPT_LARGE) this.#large.push(packet);
  }
}
