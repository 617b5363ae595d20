/** For links that stand between several stacks and a device: each packet goes back to where it came from. */
import { type Packet, PacketPool, type PacketSource } from "../stack/index.ts";

/** Takes from a pool of its own, and releases to whichever pool a packet is of. */
export class HomePool implements PacketSource {
  readonly #own: PacketPool = new PacketPool();

  /** Packets of its own that are under way. */
  get outstanding(): number {
    return this.#own.outstanding;
  }

  take(octets: number): Packet {
    return this.#own.take(octets);
  }

  release(packet: Packet): void {
    (packet.home as PacketSource).release(packet); // whoever took it, took it from a pool
  }
}
