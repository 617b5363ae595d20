/** Why each datagram was sent, as the stack tells its tracer. */
import type { TraceEvent, Tracer } from "../../stack/index.ts";
import { SENDS } from "../../stack/reasons.ts";

/** Reasons that are kept: of those who sent last. */
const KEPT = 1024;

/** Listens to a stack. */
export class Reasons {
  /** By the id of the event. */
  readonly #reasons: Map<number, string> = new Map();
  /** Of frames that are on their way to the link, in order. */
  readonly #leaving: (string | undefined)[] = [];
  /** Listens as well. */
  readonly #also: (event: TraceEvent) => void;
  /** For the stack. */
  readonly tracer: Tracer = {
    event: (event) => this.#note(event),
    frame: (_name, direction, packet) => {
      if (direction === "out") this.#leaving.push(this.#reasons.get(packet.cause));
    },
  };

  constructor(also: (event: TraceEvent) => void) {
    this.#also = also;
  }

  /** Why the next frame was sent. */
  take(): string | undefined {
    return this.#leaving.shift();
  }

  #note(event: TraceEvent): void {
    this.#also(event);
    if (event.kind === "segment" || event.kind === "sent") {
      const row = SENDS[event.reason];
      this.#reasons.set(event.id, `${event.reason}: ${row?.meaning} (${row?.where[event.layer]})`);
      if (this.#reasons.size > KEPT) this.#reasons.delete(this.#reasons.keys().next().value ?? 0);
    }
  }
}
