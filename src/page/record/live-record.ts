/** The record of a running stack: what happened last, as text that a page can read. */
import type { Tracer } from "tapstack/stack";
import { Recorder } from "./recorder.ts";
import type { RunRecord } from "./run-record.ts";

/** Events of one part; two parts are kept, so that there is always as much to look at. */
const PART = 60_000;
/** With fewer events than that, the part before says more. */
const FEW = 2_000;

/** Keeps what a stack tells, and forgets the oldest. */
export class LiveRecord {
  readonly tracer: Tracer;
  readonly #now: () => number;
  #current: Part;
  #before: Part | undefined = undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#current = this.#begin();
    this.tracer = {
      event: (event) => this.#part().tracer.event?.(event),
      frame: (name, direction, packet) => this.#part().tracer.frame?.(name, direction, packet),
    };
  }

  /** The present part; or the one before, while there is hardly anything in it. */
  json(): string {
    const record = this.#current.recorder.record();
    const before = record.events.length < FEW ? this.#before?.recorder.record() : undefined;
    return encodeRecord(fromZero(before ?? record));
  }

  #part(): Part {
    if (this.#current.recorder.isFull) {
      this.#before = this.#current;
      this.#current = this.#begin();
    }
    return this.#current;
  }

  #begin(): Part {
    const recorder = new Recorder(this.#now, PART);
    return { recorder, tracer: recorder.tracerOfOne("here", "elsewhere") };
  }
}

interface Part {
  readonly recorder: Recorder;
  readonly tracer: Tracer;
}

/** The same, with its first event at 0. */
function fromZero(record: RunRecord): RunRecord {
  const begin = record.events[0]?.time ?? 0;
  const last = Math.max(begin, record.events.at(-1)?.time ?? 0, record.flights.at(-1)?.sent ?? 0);
  return {
    ...record,
    end: last - begin,
    events: record.events.map((event) => ({
      ...event,
      time: event.time - begin,
      detail:
        "at" in event.detail ? { ...event.detail, at: Number(event.detail["at"]) - begin } : event.detail,
    })),
    flights: record.flights.map((flight) => ({
      ...flight,
      sent: flight.sent - begin,
      arrived: flight.arrived - begin,
    })),
  };
}

/** As JSON, which knows neither NaN nor infinity. */
export function encodeRecord(record: RunRecord): string {
  return JSON.stringify({ ...record, numbers: Array.from(record.numbers) }, (_, value: unknown) => {
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  });
}

/** What `encodeRecord` has written. */
export function decodeRecord(text: string): RunRecord {
  const record = JSON.parse(text, (_, value: unknown) => {
    return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : value;
  }) as Omit<RunRecord, "numbers"> & { readonly numbers: readonly number[] };
  return { ...record, numbers: Float64Array.from(record.numbers) };
}
