/**
 * Where a host's cable ends: everything that the host sends is seen here, and what arrives for it is let in, or
 * dropped because of a partition, a cable that is unplugged, or a rule that somebody wrote.
 */
import type { Link, LinkCapabilities, LinkSink, MacAddress, Packet } from "../../stack/index.ts";

/** Who decides. Frames are lent. */
export interface GateKeeper {
  /** The host sends it. False: it goes nowhere. */
  sends(frame: Packet): boolean;
  /** It has arrived. False: the host does not get it. */
  receives(frame: Packet): boolean;
}

/** Lets packets of a link pass, or not. */
export class Gate implements Link, LinkSink {
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress;
  readonly #inner: Link;
  readonly #keeper: GateKeeper;
  readonly #passing: Packet[] = [];
  #sink: LinkSink | undefined = undefined;

  constructor(inner: Link, mac: MacAddress, keeper: GateKeeper) {
    this.#inner = inner;
    this.#keeper = keeper;
    this.mac = mac;
    this.capabilities = inner.capabilities;
  }

  attach(sink: LinkSink): void {
    this.#sink = sink;
    this.#inner.attach(this);
  }

  /** Takes all frames: what is too much for the cable, it drops. */
  transmit(frames: readonly Packet[], count: number): number {
    const passing = this.#passing;
    for (let i = 0; i < count; i++) {
      const frame = frames[i] as Packet;
      if (this.#keeper.sends(frame)) passing.push(frame);
      else this.pool.release(frame);
    }
    const taken = this.#inner.transmit(passing, passing.length);
    for (let i = taken; i < passing.length; i++) this.pool.release(passing[i] as Packet);
    passing.length = 0;
    return count;
  }

  close(): void {
    this.#inner.close();
  }

  // ── for the link under this one ─────────────────────────────────────────────────────────────────────

  get pool(): LinkSink["pool"] {
    return (this.#sink as LinkSink).pool; // it was attached before the first frame
  }

  received(frames: readonly Packet[], count: number): void {
    const admitted = frames.slice(0, count).filter((frame) => this.#keeper.receives(frame));
    if (admitted.length > 0) this.#sink?.received(admitted, admitted.length);
  }

  writable(): void {
    this.#sink?.writable();
  }

  failed(reason: string): void {
    this.#sink?.failed(reason);
  }
}
