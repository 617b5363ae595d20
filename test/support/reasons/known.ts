/** What the checker knows of a connection before an event, out of the events before it. */
import type { LoggedEvent } from "../../../src/events/index.ts";
import type { ConnectionEnds, TcpNumbers, TcpState } from "../../../src/stack/index.ts";
import { distance, endsOfReceived, headOfReceived } from "./segment-head.ts";

/** One end of a connection, as all before an event tells of it. */
export interface Known {
  /** As the last event had them that came before the cause of this one; undefined before any. */
  readonly numbers: TcpNumbers | undefined;
  readonly state: TcpState;
  /** RCV.NXT and the end of the text that lies furthest ahead, by what was told of text; undefined before any. */
  readonly rcvNxt: number | undefined;
  readonly furthest: number | undefined;
  /** The highest ACK that has come; undefined before any. */
  readonly acked: number | undefined;
  /** The newest timestamp that has come; undefined before any. */
  readonly stamp: number | undefined;
}

const NOTHING: Known = {
  numbers: undefined,
  state: "closed",
  rcvNxt: undefined,
  furthest: undefined,
  acked: undefined,
  stamp: undefined,
};

export function connectionKey(host: string, ends: ConnectionEnds): string {
  return `${host} ${ends.localAddress} ${ends.localPort} ${ends.remoteAddress} ${ends.remotePort}`;
}

/** Follows a log, event by event, and remembers what was known before each. */
export class History {
  readonly #of: Map<string, [id: number, known: Known][]> = new Map();

  /** What was known before event `id` was told. */
  before(host: string, ends: ConnectionEnds, id: number): Known {
    const list = this.#of.get(connectionKey(host, ends)) ?? [];
    for (let i = list.length - 1; i >= 0; i--) {
      const [at, known] = list[i] as [number, Known];
      if (at < id) return known;
    }
    return NOTHING;
  }

  /** Takes an event in, after it was checked. */
  add(event: LoggedEvent): void {
    const ends =
      event.kind === "received"
        ? endsOfReceived(event)
        : "connection" in event
          ? event.connection
          : undefined;
    if (ends === undefined) return;
    const key = connectionKey(event.host, ends);
    const list = this.#of.get(key) ?? [];
    const known = after(event, list.at(-1)?.[1] ?? NOTHING);
    if (known === undefined) return;
    list.push([event.id, known]);
    if (list.length > 4096) list.splice(0, 2048);
    this.#of.set(key, list);
  }
}

function after(event: LoggedEvent, before: Known): Known | undefined {
  switch (event.kind) {
    case "segment":
    case "held":
    case "window":
      return { ...before, numbers: event.numbers, rcvNxt: before.rcvNxt ?? rcvNxtIn(event.numbers) };
    case "state":
      return { ...before, state: event.to };
    case "text": {
      const end = event.seq + event.octets;
      const furthest =
        before.furthest === undefined || distance(before.furthest, end) > 0 ? end : before.furthest;
      return { ...before, rcvNxt: event.rcvNxt, furthest };
    }
    case "received": {
      const head = headOfReceived(event);
      return head === undefined
        ? undefined
        : {
            ...before,
            acked: later(before.acked, head.hasAck ? head.ack : undefined),
            stamp: later(before.stamp, head.tsVal),
          };
    }
    default:
      return undefined;
  }
}

/** Before the peer's SYN has come, there is none. */
function rcvNxtIn({ state, rcvNxt }: TcpNumbers): number | undefined {
  return state === "syn-sent" ? undefined : rcvNxt;
}

/** Whichever comes after the other. */
function later(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return distance(one, other) > 0 ? other : one;
}
