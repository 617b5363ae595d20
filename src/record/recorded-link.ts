/** A link of which everything is written down that it says to the stack, or answers. */
import type { Drop, Link, LinkCapabilities, LinkSink, MacAddress, Packet } from "../stack/index.ts";
import { recordFrame, sumOf } from "./frames.ts";
import type { RunFrame, SentStep, Step } from "./recorded-run.ts";
import type { Recorder } from "./recorder.ts";

/** Stands between a stack and its link. */
export class RecordedLink implements Link {
  readonly #on: string;
  readonly #inner: Link;
  readonly #recorder: Recorder;

  /** @param on - the name of its interface */
  constructor(on: string, inner: Link, recorder: Recorder) {
    this.#on = on;
    this.#inner = inner;
    this.#recorder = recorder;
  }

  get capabilities(): LinkCapabilities {
    return this.#inner.capabilities;
  }

  get mac(): MacAddress | undefined {
    return this.#inner.mac;
  }

  attach(sink: LinkSink): void {
    const recorder = this.#recorder;
    const on = this.#on;
    this.#inner.attach({
      pool: sink.pool,
      received: (frames, count) => {
        const kept: RunFrame[] = [];
        for (let i = 0; i < count; i++) kept.push(recordFrame(frames[i] as Packet));
        recorder.during({ do: "frames", on, frames: kept }, () => sink.received(frames, count));
      },
      writable: () => recorder.during({ do: "writable", on }, () => sink.writable()),
      lost: (frame: Packet, reason: Drop, arriving = false) => {
        const step: Step = {
          do: "lost",
          on,
          frame: recordFrame(frame),
          reason,
          ...(arriving && { arriving }),
        };
        recorder.during(step, () => sink.lost?.(frame, reason, arriving));
      },
      // Only traces know of it, and a replay has a trace of its own.
      get delayed(): LinkSink["delayed"] {
        return sink.delayed;
      },
      carrierChanged: (present) =>
        recorder.during({ do: present ? "carrierFound" : "carrierLost", on }, () =>
          sink.carrierChanged?.(present),
        ),
      failed: (why) => recorder.during({ do: "failed", on, why }, () => sink.failed(why)),
    });
  }

  transmit(frames: readonly Packet[], count: number): number {
    const sums: string[] = [];
    for (let i = 0; i < count; i++) sums.push(sumOf(frames[i] as Packet));
    const step: SentStep = { do: "sent", on: this.#on, sums, taken: 0 };
    return this.#recorder.during(step, () => {
      step.taken = this.#inner.transmit(frames, count);
      return step.taken;
    });
  }

  close(): void {
    this.#inner.close();
  }
}
