/** The record of a running stack: what happened last, as text that a page can read. */
import { EventRing } from "tapstack/events";
import type { Tracer } from "tapstack/stack";
import { FlightBook } from "./flight-book.ts";
import type { RunRecord } from "./run-record.ts";
import { recordOf } from "./run-record-of.ts";

/** Events that are shown: the newest. */
const MOST_EVENTS = 60_000;
/** Memory for them: records have 270 octets at most, and what is kept of packets. */
const OCTETS = 20 << 20;

/** Keeps what a stack tells, and forgets the oldest. */
export class LiveRecord {
  readonly tracer: Tracer;
  readonly #now: () => number;
  readonly #ring: EventRing = new EventRing({ octets: OCTETS, head: 0 });
  readonly #book: FlightBook;

  /** @param now - the stack's clock, in microseconds */
  constructor(now: () => number) {
    this.#now = now;
    const book = new FlightBook(now);
    this.#book = book;
    const { event, frame } = book.tracerOfOne("here", "elsewhere");
    this.tracer = this.#ring.tracer("here", {
      event: (told) => {
        if (book.flights.length > 2 * MOST_EVENTS) book.forget(this.#first);
        event?.(told);
      },
      ...(frame !== undefined && { frame }),
    });
  }

  /** What happened last. */
  json(): string {
    const window = { first: this.#first, last: this.#ring.last, end: this.#now(), failure: "" };
    return encodeRecord(fromZero({ ...recordOf(this.#ring, this.#book, window), cutOff: false }));
  }

  /** The number of the oldest event that is shown. */
  get #first(): number {
    return Math.max(this.#ring.first, this.#ring.last - MOST_EVENTS + 1);
  }
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
