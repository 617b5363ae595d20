/**
 * Where the time went: the delay of each octet of a stream, from the call that offered it to the read that took it,
 * split into what it waited for. One thing at a time, in the order below, so that the parts add up to the whole.
 */
import type { EventLog } from "../events/index.ts";
import type { ConnectionEnds, Instant } from "../stack/index.ts";
import { Ways } from "./frame-way.ts";
import { historyOf, type Limit, type Step, type StreamHistory } from "./stream-history.ts";

/** What an octet can wait for: see `WAITS`. */
export type Wait =
  | "application"
  | "opening"
  | "nagle"
  | "congestionWindow"
  | "receiveWindow"
  | "route"
  | "retransmission"
  | "neighbour"
  | "queue"
  | "transmission"
  | "propagation"
  | "headOfLine"
  | "reading";

/** In the order in which it does. */
export const WAITS: readonly Wait[] = [
  /** The send buffer was full: the application had offered it, and had to offer it again. */
  "application",
  /** The handshake was not finished. */
  "opening",
  /** Nagle's rule, or TCP_CORK. */
  "nagle",
  "congestionWindow",
  "receiveWindow",
  /** No way to the peer was known. */
  "route",
  /** It was sent, but that copy did not arrive: until the copy was sent that did. */
  "retransmission",
  /** The link address of the next hop was not known. */
  "neighbour",
  /** In the queue of an interface or a line. */
  "queue",
  /** Its octets were sent, one after the other, at the rate of the line. */
  "transmission",
  "propagation",
  /** It was there, but something before it was not. */
  "headOfLine",
  /** The application had not read it yet. */
  "reading",
];

/** Octets `[from, to)` of a stream that had the same way. Times are microseconds. */
export interface OctetDelay {
  readonly from: number;
  readonly to: number;
  readonly offered: Instant;
  readonly read: Instant;
  /** What they waited for; adds up to `read - offered`. */
  readonly parts: Readonly<Record<Wait, number>>;
  /** The segment that brought them, the event of their arrival, and that of their reading. */
  readonly segment: number;
  readonly arrival: number;
  readonly reading: number;
}

/** By reasons of `Limit`. */
const BY_LIMIT: Readonly<Record<string, Wait>> = {
  opening: "opening",
  heldByNagle: "nagle",
  heldByCork: "nagle",
  heldByCongestion: "congestionWindow",
  heldByReceiveWindow: "receiveWindow",
  heldByRoute: "route",
};

/**
 * The delays of a stream's octets, as far as they have been read, in their order.
 *
 * @param log - with the events of both ends, from before the connection was opened; and of the routers between them
 * @param host - who sends
 * @param connection - as its host sees it
 */
export function whereTimeWent(
  log: EventLog,
  host: string,
  connection: ConnectionEnds,
): readonly OctetDelay[] {
  const history = historyOf(log, host, connection);
  const { offered, written, sent, arrived, inOrder, read } = history;
  const lists = [offered, written, sent, arrived, inOrder, read];
  const end = Math.min(...lists.map((steps) => steps.at(-1)?.to ?? 0));
  const at = lists.map(() => 0);
  const ways = new Ways(log);
  const delays: OctetDelay[] = [];
  for (let from = 0; from < end; ) {
    const steps = lists.map((list, index) => {
      let place = at[index] as number;
      while ((list[place] as Step).to <= from) place++;
      at[index] = place;
      return list[place] as Step;
    });
    const to = Math.min(end, ...steps.map((step) => step.to));
    delays.push(delayOf(log, ways, history, steps, from, to));
    from = to;
  }
  return delays;
}

function delayOf(
  log: EventLog,
  ways: Ways,
  history: StreamHistory,
  steps: readonly Step[],
  from: number,
  to: number,
): OctetDelay {
  const [offered, written, sent, arrived, inOrder, read] = steps as [Step, Step, Step, Step, Step, Step];
  const parts = Object.fromEntries(WAITS.map((wait) => [wait, 0])) as Record<Wait, number>;
  parts.application = written.time - offered.time;
  addLimits(parts, history.limits, written.time, sent.time);
  const text = log.event(arrived.event);
  const arrival = text === undefined ? undefined : log.event(text.cause);
  const { segment, way } = ways.of(arrival);
  const departed = segment?.time ?? arrived.time;
  parts.retransmission = departed - sent.time;
  Object.assign(parts, way);
  parts.headOfLine = inOrder.time - arrived.time;
  parts.reading = read.time - inOrder.time;
  return {
    from,
    to,
    offered: offered.time,
    read: read.time,
    parts,
    segment: segment?.id ?? 0,
    arrival: arrival?.id ?? 0,
    reading: read.event,
  };
}

/** What held the sender back between two times, by whatever it was that did at each moment. */
function addLimits(
  parts: Record<Wait, number>,
  limits: readonly Limit[],
  since: Instant,
  until: Instant,
): void {
  if (until === since) return;
  let low = -1;
  let high = limits.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((limits[middle] as Limit).since <= since) low = middle;
    else high = middle;
  }
  for (let time: number = since; time < until; low++) {
    const ends = Math.min(limits[low + 1]?.since ?? until, until);
    parts[BY_LIMIT[limits[low]?.reason ?? ""] ?? "application"] += ends - time;
    time = ends;
  }
}

/** All waits of a stream, each octet counted: where the time went on the whole, in octets times microseconds. */
export function totalWaits(delays: readonly OctetDelay[]): Readonly<Record<Wait, number>> {
  const totals = Object.fromEntries(WAITS.map((wait) => [wait, 0])) as Record<Wait, number>;
  for (const { from, to, parts } of delays)
    for (const wait of WAITS) totals[wait] += parts[wait] * (to - from);
  return totals;
}
