/** What was told, to be read: by number, in order, and from effect to cause. */
import type { Instant } from "../stack/index.ts";
import type { EventKind, LoggedEvent } from "./logged-event.ts";

/** Which events. All that is left out does not matter. */
export interface EventFilter {
  readonly host?: string | undefined;
  readonly kinds?: readonly EventKind[] | undefined;
  /** Numbers of the first and of the last. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Times of the first and of the last. */
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
}

/** Events in the order of their numbers. */
export interface EventLog {
  /** The number of the oldest event that is there; 1 more than `last` where there is none. */
  readonly first: number;
  /** That of the newest. */
  readonly last: number;
  /** Of those that have told events. */
  readonly hosts: readonly string[];
  /** The event with this number; undefined where it is not there, or not any more. */
  event(id: number): LoggedEvent | undefined;
  /** Events in their order. */
  events(filter?: EventFilter): Iterable<LoggedEvent>;
}

/** Whether the filter lets it pass. */
export function passes(event: LoggedEvent, filter: EventFilter): boolean {
  const { host, kinds, since, until } = filter;
  return (
    (host === undefined || event.host === host) &&
    (kinds === undefined || kinds.includes(event.kind)) &&
    (since === undefined || event.time >= since) &&
    (until === undefined || event.time <= until)
  );
}

/**
 * What led to `event`: on its own host, or, where a frame came from another host of the same log, what sent it there.
 * Undefined at the end of a chain, and where the log does not reach back so far.
 */
export function causeOf(log: EventLog, event: LoggedEvent): LoggedEvent | undefined {
  if (event.cause !== 0) return log.event(event.cause);
  return "sentAs" in event && event.sentAs !== 0 ? log.event(event.sentAs) : undefined;
}

/** `event`, what led to it, and so on to where it began; that of the host itself, or across hosts. */
export function chainOf(log: EventLog, event: LoggedEvent, across = false): readonly LoggedEvent[] {
  const chain = [event];
  for (let one: LoggedEvent | undefined = event; one !== undefined; ) {
    one = across ? causeOf(log, one) : one.cause === 0 ? undefined : log.event(one.cause);
    if (one === undefined) break;
    chain.push(one);
  }
  return chain;
}

/** A log of events that are all there, such as those of a file; their numbers go up. */
export class EventList implements EventLog {
  readonly first: number;
  readonly last: number;
  readonly hosts: readonly string[];
  readonly #events: readonly LoggedEvent[];
  readonly #byId: ReadonlyMap<number, LoggedEvent>;

  /** @throws RangeError for events that are not in the order of their numbers */
  constructor(events: readonly LoggedEvent[]) {
    for (let i = 1; i < events.length; i++) {
      const [before, after] = [events[i - 1], events[i]] as [LoggedEvent, LoggedEvent];
      if (after.id <= before.id) throw new RangeError(`event ${after.id} stands after event ${before.id}`);
    }
    this.#events = events;
    this.#byId = new Map(events.map((event) => [event.id, event]));
    this.first = events[0]?.id ?? 1;
    this.last = events.at(-1)?.id ?? 0;
    this.hosts = [...new Set(events.map(({ host }) => host))];
  }

  event(id: number): LoggedEvent | undefined {
    return this.#byId.get(id);
  }

  *events(filter: EventFilter = {}): Iterable<LoggedEvent> {
    const { from = this.first, to = this.last } = filter;
    for (const event of this.#events) {
      if (event.id >= from && event.id <= to && passes(event, filter)) yield event;
    }
  }
}
