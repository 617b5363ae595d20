/**
 * A run, to be asked about any of its instants. A live stack cannot be copied, its promises least of all; so the past is
 * looked up in the log: by halving for what a connection remembered, from key frames for its timers.
 */
import {
  type Flight,
  NUMBER_NAMES,
  type NumberName,
  type RunConnection,
  type RunEvent,
  type RunRecord,
} from "../record/run-record.ts";
import { lowerBound } from "./search.ts";
import { TimerLog } from "./timer-log.ts";

/** What one end of a connection remembered at some instant. */
export interface EndState {
  /** As RFC 9293 §3.3.2 names it; "" before the first word of it. */
  readonly state: string;
  /** The event that told the numbers; undefined before the first. */
  readonly event: RunEvent | undefined;
  /** One of `NUMBER_NAMES`; NaN before the first event that tells them. */
  number(name: NumberName): number;
}

/** What is known of one end of a connection, in order of time. */
interface End {
  readonly numbered: RunEvent[];
  readonly states: RunEvent[];
  readonly timers: TimerLog;
}

const WIDTH = NUMBER_NAMES.length;
const PLACE: ReadonlyMap<string, number> = new Map(NUMBER_NAMES.map((name, at) => [name, at]));

/** A run that can be looked at. */
export class RunModel {
  readonly record: RunRecord;
  /** In order of sending. */
  readonly flights: readonly Flight[];
  /** When the last flight up to this one is over: they overtake one another. */
  readonly #latest: Float64Array;
  readonly #ends: Map<string, End> = new Map();
  /** The first flight that an event has sent. */
  readonly #sentBy: Map<number, Flight> = new Map();

  constructor(record: RunRecord) {
    this.record = record;
    this.flights = record.flights.toSorted((a, b) => a.sent - b.sent || a.index - b.index);
    this.#latest = new Float64Array(this.flights.length);
    let latest = 0;
    this.flights.forEach((flight, at) => {
      latest = Math.max(latest, endOf(flight));
      this.#latest[at] = latest;
      if (flight.event >= 0 && !this.#sentBy.has(flight.event)) this.#sentBy.set(flight.event, flight);
    });
    for (const event of record.events) this.#enter(event);
  }

  /** When the run ended, microseconds. */
  get end(): number {
    return this.record.end;
  }

  /** Flights of which some part lies between these instants, in order of sending. */
  flightsBetween(from: number, to: number): Flight[] {
    const found: Flight[] = [];
    const first = lowerBound(this.#latest.length, (at) => (this.#latest[at] as number) >= from);
    for (let at = first; at < this.flights.length; at++) {
      const flight = this.flights[at] as Flight;
      if (flight.sent > to) break;
      if (endOf(flight) >= from) found.push(flight);
    }
    return found;
  }

  /** Events between these instants. */
  eventsBetween(from: number, to: number): readonly RunEvent[] {
    const { events } = this.record;
    const first = lowerBound(events.length, (at) => (events[at] as RunEvent).time >= from);
    const last = lowerBound(events.length, (at) => (events[at] as RunEvent).time > to);
    return events.slice(first, last);
  }

  /** The last event that had happened at `time`; undefined before the first. */
  eventAt(time: number): RunEvent | undefined {
    const { events } = this.record;
    return events[lowerBound(events.length, (at) => (events[at] as RunEvent).time > time) - 1];
  }

  /** What `host` remembered of a connection at `time`. */
  stateAt(connection: number, host: number, time: number): EndState {
    const end = this.#ends.get(keyOf(connection, host));
    const event = end === undefined ? undefined : lastUntil(end.numbered, time);
    const change = end === undefined ? undefined : lastUntil(end.states, time);
    const { numbers } = this.record;
    const row = event === undefined ? -1 : event.numbers * WIDTH;
    const told = change !== undefined && change.index > (event?.index ?? -1);
    return {
      state: String((told ? change.detail["to"] : event?.detail["state"]) ?? change?.detail["to"] ?? ""),
      event,
      number: (name) => (row < 0 ? Number.NaN : (numbers[row + (PLACE.get(name) as number)] as number)),
    };
  }

  /** The timers of a connection that ran at `time`, and when each was due. */
  timersAt(connection: number, host: number, time: number): ReadonlyMap<string, number> {
    return this.#ends.get(keyOf(connection, host))?.timers.at(time) ?? new Map();
  }

  /** All that `host` has told with numbers of a connection, in order. */
  numbered(connection: number, host: number): readonly RunEvent[] {
    return this.#ends.get(keyOf(connection, host))?.numbered ?? [];
  }

  /** A number that an event was told with. NaN: it was told without. */
  numberOf(event: RunEvent, name: NumberName): number {
    if (event.numbers < 0) return Number.NaN;
    return this.record.numbers[event.numbers * WIDTH + (PLACE.get(name) as number)] as number;
  }

  /** The flight that an event has sent, received or lost; undefined of one that is about none. */
  flightOf(event: RunEvent): Flight | undefined {
    const index = event.detail["flight"];
    return typeof index === "number" ? this.record.flights[index] : this.#sentBy.get(event.index);
  }

  /** From `event` to what began it: each is due to the next. */
  chain(event: RunEvent): readonly RunEvent[] {
    const chain = [event];
    for (let one = event; one.cause >= 0 && one.cause < one.index; ) {
      const next = this.record.events[one.cause];
      if (next === undefined) break;
      chain.push(next);
      one = next;
    }
    return chain;
  }

  /** Sequence number `seq` of the end that is `side`, from 0 on, as it is shown. */
  relative(connection: number, side: 0 | 1, seq: number): number {
    const isn = this.record.connections[connection]?.isn[side];
    return isn === undefined || Number.isNaN(isn) ? seq : ((seq - isn) << 0) >>> 0;
  }

  /** Which end of its connection a host is. */
  sideOf(connection: number, host: number): 0 | 1 {
    return (this.record.connections[connection] as RunConnection | undefined)?.hosts[1] === host ? 1 : 0;
  }

  #enter(event: RunEvent): void {
    if (event.connection < 0) return;
    const key = keyOf(event.connection, event.host);
    let end = this.#ends.get(key);
    if (end === undefined) {
      end = { numbered: [], states: [], timers: new TimerLog() };
      this.#ends.set(key, end);
    }
    if (event.numbers >= 0) end.numbered.push(event);
    if (event.kind === "state") end.states.push(event);
    if (event.kind === "timer") end.timers.add(event);
  }
}

/** When a flight is over; one that was lost ends where it was lost. */
export function endOf(flight: Flight): number {
  return flight.arrival < 0 ? flight.sent : flight.arrived;
}

function lastUntil(events: readonly RunEvent[], time: number): RunEvent | undefined {
  return events[lowerBound(events.length, (at) => (events[at] as RunEvent).time > time) - 1];
}

function keyOf(connection: number, host: number): string {
  return `${connection} ${host}`;
}
