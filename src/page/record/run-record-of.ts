/** A run as the page shows it, out of the log of events and the frames that were noted beside it. */
import type { EventLog, LoggedEvent } from "tapstack/events";
import { ConnectionBook } from "./connection-book.ts";
import { detailOf } from "./detail.ts";
import type { FlightBook, NotedFlight } from "./flight-book.ts";
import { NumberRows } from "./number-rows.ts";
import type { Flight, RunEvent, RunRecord } from "./run-record.ts";

/** Events that are shown: a page with more is of no use to anybody. */
export const MOST_EVENTS = 400_000;

/** Which events, and how the run ended. */
export interface RunWindow {
  /** Numbers of the first event and of the last. */
  readonly first: number;
  readonly last: number;
  /** When it ended, microseconds. */
  readonly end: number;
  /** Why it ended early; "" if it did not. */
  readonly failure: string;
}

/** The first events of a run that is over. */
export function wholeRun(log: EventLog, end: number, failure: string): RunWindow {
  return { first: log.first, last: Math.min(log.last, log.first + MOST_EVENTS - 1), end, failure };
}

/** That part of a run. */
export function recordOf(log: EventLog, book: FlightBook, window: RunWindow): RunRecord {
  return new Making(log, book, window).record();
}

/** Goes through events and frames in their order, once. */
class Making {
  readonly #log: EventLog;
  readonly #book: FlightBook;
  readonly #window: RunWindow;
  readonly #connections: ConnectionBook = new ConnectionBook();
  readonly #numbers: NumberRows = new NumberRows();
  readonly #events: RunEvent[] = [];
  readonly #flights: Flight[] = [];
  /** Flights by the event with which they ended. */
  readonly #ended: Map<number, Flight> = new Map();
  readonly #hosts: ReadonlyMap<string, number>;

  constructor(log: EventLog, book: FlightBook, window: RunWindow) {
    this.#log = log;
    this.#book = book;
    this.#window = window;
    this.#hosts = new Map(book.hosts.map((name, host) => [name, host]));
  }

  record(): RunRecord {
    const { first, last, end, failure } = this.#window;
    const noted = this.#book.flights.filter(({ after }) => after >= first - 1 && after <= last);
    let next = 0;
    const depart = (before: number): void => {
      for (; next < noted.length && (noted[next] as NotedFlight).after < before; next++) {
        this.#depart(noted[next] as NotedFlight);
      }
    };
    for (const event of this.#log.events({ from: first, to: last })) {
      depart(event.id);
      this.#enter(event);
    }
    depart(Number.POSITIVE_INFINITY);
    return {
      hosts: this.#book.hosts,
      events: this.#events,
      flights: this.#flights,
      connections: this.#connections.list,
      numbers: this.#numbers.all(),
      first,
      end,
      failure,
      cutOff: first > 1 || last < this.#log.last,
    };
  }

  #depart(noted: NotedFlight): void {
    const { ends, after: _, ...rest } = noted;
    const connection = this.#connections.ofPacket(noted.from, ends);
    const flight: Flight = {
      ...rest,
      index: this.#flights.length,
      event: this.#placeOf(noted.event),
      arrival: this.#placeOf(noted.arrival),
      loss: this.#placeOf(noted.loss),
      connection,
      side: this.#connections.sideOf(connection, ends),
    };
    this.#flights.push(flight);
    if (noted.arrival >= 0) this.#ended.set(noted.arrival, flight);
    if (noted.loss >= 0) this.#ended.set(noted.loss, flight);
  }

  #enter(event: LoggedEvent): void {
    const host = this.#hosts.get(event.host) ?? -1;
    const isEnd = event.kind === "received" || event.kind === "dropped";
    const flight = isEnd ? this.#ended.get(event.id) : undefined;
    const ends = "connection" in event ? event.connection : undefined;
    const own = ends === undefined ? -1 : this.#connections.ofHost(host, ends);
    this.#events.push({
      index: this.#events.length,
      host,
      kind: event.kind,
      layer: event.layer,
      time: event.time,
      cause: this.#causeOf(event, flight),
      connection: flight?.connection ?? own,
      reason: "reason" in event ? event.reason : "",
      numbers: "numbers" in event ? this.#numbers.add(event.numbers) : -1,
      detail: { ...detailOf(event), ...(flight !== undefined && { flight: flight.index }) },
    });
  }

  /** A frame that came is due to what sent it, at the other host. */
  #causeOf(event: LoggedEvent, flight: Flight | undefined): number {
    if (flight !== undefined && flight.event >= 0) return flight.event;
    return event.cause === 0 ? -1 : this.#placeOf(event.cause);
  }

  /** The place of an event in the record; -1 of one that is not in it. */
  #placeOf(id: number): number {
    const { first, last } = this.#window;
    return id < first || id > last ? -1 : id - first;
  }
}
