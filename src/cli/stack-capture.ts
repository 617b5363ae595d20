/** The capture of a stack that serves: pcapng with reasons, or classic pcap, as the name of the file has it. */
import { hostname, release, type as systemName } from "node:os";
import { Capture, captureLink } from "../drivers/observe/index.ts";
import { EventRing } from "../events/index.ts";
import type { Clock, Link, Tracer } from "../stack/index.ts";
import { type CaptureSink, compileFilter, isClassic, openCapture } from "./capture-file.ts";
import { UsageError } from "./usage-error.ts";

/** Octets of events that are kept for the end of the file: the last ones. */
const KEPT_EVENTS = 64 << 20;

/** One capture, from the first frame to the end of the process. */
export class StackCapture {
  readonly #sink: CaptureSink;
  readonly #clock: Clock;
  readonly #epoch: number;
  readonly #capture: Capture | undefined;

  /** @throws {@link UsageError} when there can be no such file or filter */
  constructor(path: string, filter: string | undefined, clock: Clock) {
    const compiled = filter === undefined ? undefined : compileFilter(filter);
    if (isClassic(path) && compiled !== undefined) {
      throw new UsageError("--filter needs a capture in pcapng: let the name not end in .pcap");
    }
    this.#sink = openCapture(path);
    this.#clock = clock;
    this.#epoch = Math.round(Date.now() * 1e3 - clock.now());
    if (isClassic(path)) return;
    this.#capture = new Capture({
      write: (bytes) => this.#sink.write(bytes),
      clock,
      epoch: this.#epoch,
      filter: compiled,
      hardware: hostname(),
      system: `${systemName()} ${release()}`,
      events: new EventRing({ octets: KEPT_EVENTS }),
      process: `${process.title} ${process.pid}`,
    });
  }

  /** For the stack, which tells `also` of everything, too; the format may have no room for reasons. */
  tracer(also: Tracer | undefined): Tracer | undefined {
    return this.#capture === undefined ? also : this.#capture.tracer(also);
  }

  /** A link that does what `link` does, and is captured. */
  watch(name: string, link: Link): Link {
    if (this.#capture !== undefined) return this.#capture.watch(name, link);
    return captureLink(link, {
      write: (bytes) => this.#sink.write(bytes),
      clock: this.#clock,
      epoch: this.#epoch,
    });
  }

  /** Writes the end. */
  async close(): Promise<void> {
    this.#capture?.finish();
    await this.#sink.close();
  }
}
