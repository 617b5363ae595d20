/**
 * What a connection remembers at a moment of the log. To go to any moment without reading all that came before, the
 * states are kept at every so many events: key frames.
 */
import type {
  ConnectionEnds,
  Instant,
  SendName,
  TcpNumbers,
  TcpState,
  TimerPurpose,
} from "../stack/index.ts";
import type { EventLog } from "./event-log.ts";
import { type LoggedEvent, type LoggedOf, nameOf } from "./logged-event.ts";

/** Events between two key frames. */
const KEY_FRAME = 1024;

/** A timer that runs. */
export interface RunningTimer {
  /** When it is due. */
  readonly at: Instant;
  /** The event that has armed it. */
  readonly armedBy: number;
}

/** One end of a connection. */
export interface ConnectionState {
  readonly host: string;
  readonly connection: ConnectionEnds;
  readonly state: TcpState;
  /** As the last event had them that has any; undefined before the first. */
  readonly numbers: TcpNumbers | undefined;
  /** What keeps it from sending, octets that wait, and since which event. */
  readonly held: { readonly reason: SendName; readonly unsent: number; readonly since: number } | undefined;
  readonly timers: ReadonlyMap<TimerPurpose, RunningTimer>;
  /** The number of the last segment that it sent; 0: none. */
  readonly lastSegment: number;
  /** The number of the last event that was about it. */
  readonly lastEvent: number;
}

/** All ends of connections, by host and name. Those that are closed are still there. */
export type ConnectionStates = ReadonlyMap<string, ConnectionState>;

/** How an end of a connection is found among the states. */
export function stateKey(host: string, connection: ConnectionEnds): string {
  return `${host} ${nameOf(connection)}`;
}

/** Reads the states of connections out of a log. */
export class StateReader {
  readonly #log: EventLog;
  /** States after so many events each; the number of the event that comes next. */
  readonly #frames: { readonly next: number; readonly states: ConnectionStates }[] = [];

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** The states after event `id`; after the last one by default. */
  at(id: number = this.#log.last): ConnectionStates {
    const frame = this.#frameBefore(id);
    const states = new Map(frame?.states);
    let since = 0;
    for (const event of this.#log.events({ from: frame?.next ?? this.#log.first, to: id })) {
      applyEvent(states, event);
      if (++since % KEY_FRAME === 0) this.#keep(event.id + 1, states);
    }
    return states;
  }

  #keep(next: number, states: ConnectionStates): void {
    if ((this.#frames.at(-1)?.next ?? 0) < next) this.#frames.push({ next, states: new Map(states) });
  }

  #frameBefore(id: number): { readonly next: number; readonly states: ConnectionStates } | undefined {
    let low = -1;
    let high = this.#frames.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#frames[middle]?.next ?? 0) <= id + 1) low = middle;
      else high = middle;
    }
    return this.#frames[low];
  }
}

/** Changes the state of the connection that `event` is about. */
function applyEvent(states: Map<string, ConnectionState>, event: LoggedEvent): void {
  if (!("connection" in event) || event.connection === undefined) return;
  const { host, connection, id } = event;
  const key = stateKey(host, connection);
  const before = states.get(key) ?? {
    host,
    connection,
    state: "closed" as const,
    numbers: undefined,
    held: undefined,
    timers: new Map(),
    lastSegment: 0,
    lastEvent: 0,
  };
  states.set(key, { ...before, ...changesOf(event, before), lastEvent: id });
}

function changesOf(event: LoggedEvent, before: ConnectionState): Partial<ConnectionState> {
  switch (event.kind) {
    case "segment":
      return { numbers: event.numbers, state: event.numbers.state, lastSegment: event.id };
    case "window":
      return { numbers: event.numbers, state: event.numbers.state };
    case "held": {
      const held = { reason: event.reason, unsent: event.unsent, since: event.id };
      return { numbers: event.numbers, state: event.numbers.state, held };
    }
    case "state":
      return { state: event.to };
    case "timer":
      return { timers: timersAfter(event, before.timers) };
    default:
      return {};
  }
}

function timersAfter(
  { what, purpose, at, id }: LoggedOf<"timer">,
  before: ConnectionState["timers"],
): ConnectionState["timers"] {
  const timers = new Map(before);
  if (what === "armed") timers.set(purpose, { at, armedBy: id });
  else timers.delete(purpose);
  return timers;
}
