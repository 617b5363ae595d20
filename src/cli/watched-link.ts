/** A link that passes everything on, and tells one listener more when the device is gone. */
import type { Link, LinkCapabilities, LinkSink, MacAddress, Packet } from "../stack/index.ts";

/** A link that tells when it has failed. */
export class WatchedLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress | undefined;
  readonly #inner: Link;
  readonly #gone: (reason: string) => void;

  /** @param gone - told once, after the stack was */
  constructor(inner: Link, gone: (reason: string) => void) {
    this.capabilities = inner.capabilities;
    this.mac = inner.mac;
    this.#inner = inner;
    this.#gone = gone;
  }

  attach(sink: LinkSink): void {
    this.#inner.attach({
      pool: sink.pool,
      received: (frames, count) => sink.received(frames, count),
      writable: () => sink.writable(),
      lost: (frame, reason, arriving) => sink.lost?.(frame, reason, arriving),
      get delayed(): LinkSink["delayed"] {
        return sink.delayed;
      },
      carrierChanged: (present) => sink.carrierChanged?.(present),
      failed: (reason) => {
        sink.failed(reason);
        this.#gone(reason);
      },
    });
  }

  transmit(frames: readonly Packet[], count: number): number {
    return this.#inner.transmit(frames, count);
  }

  close(): void {
    this.#inner.close();
  }
}
