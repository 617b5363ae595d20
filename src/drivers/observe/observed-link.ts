/** A link that wraps a link and tells a recorder of each frame that passes. */
import type { Link, LinkCapabilities, LinkSink, MacAddress, Packet } from "../../stack/index.ts";

/** `in`: towards the stack. */
export type Direction = "in" | "out";

/** Makes records of frames. In two steps, since a frame is gone by the time that a link has taken it. */
export interface FrameRecorder<R> {
  /** What there is to record of `frame`, which is lent. */
  describe(direction: Direction, frame: Packet, medium: LinkCapabilities["medium"]): R;
  /** The frame did pass. */
  record(description: R): void;
}

/**
 * Has `recorder` record what the stack receives through `inner`, and what `inner` takes from the stack: at
 * this point of the way, super-segments not yet cut up and checksums perhaps not yet completed.
 */
export class ObservedLink<R> implements Link {
  readonly #inner: Link;
  readonly #recorder: FrameRecorder<R>;

  constructor(inner: Link, recorder: FrameRecorder<R>) {
    this.#inner = inner;
    this.#recorder = recorder;
  }

  /** Those of the link under it. */
  get capabilities(): LinkCapabilities {
    return this.#inner.capabilities;
  }

  get mac(): MacAddress | undefined {
    return this.#inner.mac;
  }

  attach(sink: LinkSink): void {
    const recorder = this.#recorder;
    const { medium } = this.capabilities;
    this.#inner.attach({
      pool: sink.pool,
      received: (frames, count) => {
        for (let i = 0; i < count; i++) {
          recorder.record(recorder.describe("in", frames[i] as Packet, medium));
        }
        sink.received(frames, count);
      },
      writable: () => sink.writable(),
      lost: (frame, reason, arriving) => sink.lost?.(frame, reason, arriving),
      get delayed(): LinkSink["delayed"] {
        return sink.delayed;
      },
      carrierChanged: (present) => sink.carrierChanged?.(present),
      failed: (reason) => sink.failed(reason),
    });
  }

  transmit(frames: readonly Packet[], count: number): number {
    const { medium } = this.capabilities;
    const descriptions: R[] = [];
    for (let i = 0; i < count; i++) {
      descriptions.push(this.#recorder.describe("out", frames[i] as Packet, medium));
    }
    const taken = this.#inner.transmit(frames, count);
    for (let i = 0; i < taken; i++) this.#recorder.record(descriptions[i] as R);
    return taken;
  }

  /** Closes the link under it. */
  close(): void {
    this.#inner.close();
  }
}
