/** Whether the reason of a drop follows from what was dropped. */
import type { LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { ConnectionEnds, DropName } from "../../../src/stack/index.ts";
import type { Known } from "./known.ts";
import { distance, endsOfReceived, headOfReceived, type SegmentHead } from "./segment-head.ts";

type Check = (came: SegmentHead, known: Known, rcvNxt: number) => boolean;

/** RFC 9293 §3.10.7.4, for segments of a connection. */
const OF_TCP: Partial<Record<DropName, Check>> = {
  // First: nothing of it is in the window: all of it was received before. A FIN has a number, too.
  oldSegment: ({ seq, text, hasFin, hasSyn }, _, rcvNxt) =>
    distance(seq + text + (hasFin || hasSyn ? 1 : 0), rcvNxt + 1) >= 0 && distance(seq, rcvNxt + 1) > 0,
  oldText: ({ seq, text }, _, rcvNxt) => distance(seq, rcvNxt) > 0 && distance(rcvNxt, seq + text) > 0,
  textAgainEarly: ({ seq, text }, { furthest }, rcvNxt) =>
    distance(rcvNxt, seq) > 0 && furthest !== undefined && distance(seq + text, furthest) >= 0,
  beyondWindow: ({ seq }, { numbers }) => numbers !== undefined && distance(numbers.rcvAdv, seq) >= 0,
  textBeyondWindow: ({ seq, text }, { numbers }) =>
    numbers !== undefined && distance(numbers.rcvAdv, seq + text) > 0,
  // RFC 7323 §5.3 R1.
  oldTimestamp: ({ tsVal }, { stamp }) =>
    tsVal !== undefined && stamp !== undefined && distance(tsVal, stamp) > 0,
  ackTooOld: ({ ack }, { numbers }) => numbers !== undefined && distance(ack, numbers.sndUna) > 0,
  ackOfUnsent: ({ ack }, { numbers }) => numbers !== undefined && distance(numbers.sndNxt, ack) > 0,
  synAgain: ({ hasSyn }) => hasSyn,
  ackInTimeWait: ({ text, hasFin }) => text === 0 && !hasFin,
  textInTimeWait: ({ text, hasFin }) => text > 0 || hasFin,
  // RFC 5961 §7, of answers in TIME-WAIT: only what asks for one can be too much.
  rateLimited: ({ text, hasFin, hasSyn }) => text > 0 || hasFin || hasSyn,
  closedPort: ({ hasRst }) => !hasRst,
  resetForNobody: ({ hasRst }) => hasRst,
};

/** The lines between hosts, by what they tell of the frames that they hold. */
export class Line {
  /** By the host that tells, and whether it is the way to it: until when what has come is being sent. */
  readonly #busyUntil: Map<string, number> = new Map();

  add(event: LoggedEvent): void {
    if (event.kind !== "delayed" || event.layer !== "link") return;
    const sent = event.since + event.queued + event.transmission;
    this.#busyUntil.set(wayOf(event), Math.max(this.#busyUntil.get(wayOf(event)) ?? 0, sent));
  }

  /** Whether something is still waiting, or being sent, where `event` was lost. */
  isBusy(event: LoggedOf<"dropped">): boolean {
    return (this.#busyUntil.get(wayOf(event)) ?? 0) > event.time;
  }
}

function wayOf({ host, sentAs }: LoggedOf<"dropped" | "delayed">): string {
  return `${host} ${sentAs === 0 ? "out" : "in"}`;
}

/** What is wrong with it; undefined if nothing is. */
export function dropProblem(
  event: LoggedOf<"dropped">,
  cause: LoggedEvent | undefined,
  knownOf: (ends: ConnectionEnds) => Known,
  line: Line,
): string | undefined {
  if (event.layer === "link") {
    // The line decides by its own chance, or since its queue is full, in which case it is sending something.
    const known = event.reason === "linkLoss" || (event.reason === "linkQueueFull" && line.isBusy(event));
    const sent = event.sentAs !== 0 || cause !== undefined;
    return known && sent ? undefined : `${event.reason} does not follow`;
  }
  if (event.layer !== "tcp") return `no check for ${event.layer}: ${event.reason}`;
  const came = headOfReceived(cause);
  const check = OF_TCP[event.reason];
  if (check === undefined) return `no check for tcp: ${event.reason}`;
  if (came === undefined || cause?.kind !== "received") return `${event.reason} is not due to a segment`;
  const ends = endsOfReceived(cause);
  if (ends === undefined) return "it is no segment";
  const known = knownOf(ends);
  const rcvNxt = known.rcvNxt ?? known.numbers?.rcvNxt;
  if (rcvNxt === undefined && event.reason !== "synAgain") {
    return event.reason === "closedPort" || event.reason === "resetForNobody"
      ? undefined
      : "nothing is known of the connection";
  }
  return check(came, known, rcvNxt ?? 0) ? undefined : `${event.reason} does not follow`;
}
