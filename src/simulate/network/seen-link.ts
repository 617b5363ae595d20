/** A link at which everything is seen that a stack sends, whether it gets anywhere or not. */
import type { Link, LinkCapabilities, LinkSink, MacAddress, Packet } from "../../stack/index.ts";

/** Where a stack is plugged in. */
export class SeenLink implements Link {
  /** Those of the link under it. */
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress;
  readonly #inner: Link;
  readonly #sees: (frame: Packet) => void;

  /** @param sees - is lent each frame */
  constructor(inner: Link, mac: MacAddress, sees: (frame: Packet) => void) {
    this.#inner = inner;
    this.#sees = sees;
    this.mac = mac;
    this.capabilities = inner.capabilities;
  }

  attach(sink: LinkSink): void {
    this.#inner.attach(sink);
  }

  /** The cables of a world take all frames: what is too much for one, it drops. */
  transmit(frames: readonly Packet[], count: number): number {
    for (let i = 0; i < count; i++) this.#sees(frames[i] as Packet);
    return this.#inner.transmit(frames, count);
  }

  close(): void {
    this.#inner.close();
  }
}
