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

export class PacketPool {
  readonly #small: Packet[] = [];
  readonly #large: Packet[] = [];
  #outstanding = 0;

  /** Packets taken and not yet released: 0 at the end of every test. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** An empty packet with room for `octets` behind the headroom; the caller now owns it. */
  take(octets: number): Packet {
    this.#outstanding++;
    const large = octets + HEADROOM > SMALL;
    const packet = (large ? this.#large : this.#small).pop() ?? new Packet(large ? LARGE : SMALL);
    return packet.reset(HEADROOM);
  }

  /** Ends ownership. Every packet taken is released exactly once, by whoever has it then. */
  release(packet: Packet): void {
    this.#outstanding--;
    if (packet.bytes.length === SMALL) {
      if (this.#small.length < KEPT_SMALL) this.#small.push(packet);
    } else if (packet.bytes.length === LARGE && this.#large.length < KEPT_LARGE) this.#large.push(packet);
  }
}
