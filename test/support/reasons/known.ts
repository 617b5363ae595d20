/** What the checker knows of a connection before an event, out of the events before it. */
import type { LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { ConnectionEnds, DropName, SendName, TcpNumbers, TcpState } from "../../../src/stack/index.ts";
import { distance, endsOfReceived, headOfReceived, type SegmentHead } from "./segment-head.ts";

/** One end of a connection, as all before an event tells of it. */
export interface Known {
  /** As the last event had them that came before the cause of this one; undefined before any. */
  readonly numbers: TcpNumbers | undefined;
  /** SND.UNA when it was first told of. */
  readonly base: number | undefined;
  readonly state: TcpState;
  /** RCV.NXT and the end of the text that lies furthest ahead, by what was told of text; undefined before any. */
  readonly rcvNxt: number | undefined;
  readonly furthest: number | undefined;
  /** The highest ACK of a segment that was taken; undefined before any. */
  readonly acked: number | undefined;
  /** The newest timestamp of such a segment; undefined before any. */
  readonly stamp: number | undefined;
  /** Timestamps were agreed on: all but SYNs have had one; undefined before any. */
  readonly stamped: boolean | undefined;
  /** Octets of text in order that the application has not read. */
  readonly unread: number;
  /** The timer of a listener's half-open connection runs. */
  readonly isHalfOpen: boolean;
  /** Our SYN|ACK was a cookie. */
  readonly isCookie: boolean;
  /** What our SYN|ACK said, as long as it is all that is known: its number, and where the window ends. */
  readonly iss: number | undefined;
  readonly edge: number | undefined;
  /** RCV.NXT behind a SYN that has come, and whose answer has not left yet. */
  readonly pendingSyn: number | undefined;
  /** ACKs that repeat `acked`, without text, since that was told first. */
  readonly repeats: number;
  /** The application has closed, or has said that it reads no more. */
  readonly closed: boolean;
  readonly discarded: boolean;
  /** Where the peer's FIN stands, by what has come; undefined before it. */
  readonly fin: number | undefined;
  /** Where a segment with the urgent bit ended, the last of ours. */
  readonly urgent: number | undefined;
  /** When a timeout was last. */
  readonly timedOut: number;
  /** The persist timer runs; when it was last cancelled. */
  readonly persisting: boolean;
  readonly persisted: number;
  /** When something was last answered that is no text: challenged, or outside of the window. */
  readonly answered: number;
  /** `acked`, `stamp` and `fin` before the last segment came, and which event that was. */
  readonly last: Pick<Known, "acked" | "stamp" | "stamped" | "fin" | "pendingSyn"> & { readonly id: number };
}

const NOTHING: Known = {
  numbers: undefined,
  base: undefined,
  state: "closed",
  rcvNxt: undefined,
  furthest: undefined,
  acked: undefined,
  stamp: undefined,
  stamped: undefined,
  unread: 0,
  isHalfOpen: false,
  isCookie: false,
  iss: undefined,
  edge: undefined,
  pendingSyn: undefined,
  repeats: 0,
  closed: false,
  discarded: false,
  fin: undefined,
  urgent: undefined,
  timedOut: Number.NEGATIVE_INFINITY,
  persisting: false,
  persisted: Number.NEGATIVE_INFINITY,
  answered: Number.NEGATIVE_INFINITY,
  last: {
    id: 0,
    acked: undefined,
    stamp: undefined,
    stamped: undefined,
    fin: undefined,
    pendingSyn: undefined,
  },
};

/** Drops of part of a segment: what else it says is taken. */
const PARTIAL: readonly DropName[] = [
  "oldText",
  "textBeyondWindow",
  "closedWindow",
  "textAgainEarly",
  "tooManyHoles",
  "textAfterFin",
  "receiveShut",
  "nobodyReads",
  "textInSyn",
  "synAgain",
  "acceptQueueFull",
  "acceptDeferred",
  "listenerClosed",
  "synCacheFull",
];

/** What is known of one end of a connection, by the event that it is known since. */
interface Line {
  readonly host: string;
  readonly ends: ConnectionEnds;
  readonly list: [id: number, known: Known][];
}

function isOf({ host, ends }: Line, other: string, { localAddress, remoteAddress }: ConnectionEnds): boolean {
  return host === other && ends.localAddress.equals(localAddress) && ends.remoteAddress.equals(remoteAddress);
}

/** Follows a log, event by event, and remembers what was known before each. */
export class History {
  /** By ports. */
  readonly #of: Map<number, Line[]> = new Map();

  /** What was known before event `id` was told. */
  before(host: string, ends: ConnectionEnds, id: number): Known {
    const { list } = this.#line(host, ends);
    for (let i = list.length - 1; i >= 0; i--) {
      const [at, known] = list[i] as [number, Known];
      if (at < id) return known;
    }
    return NOTHING;
  }

  /** Takes an event in, after it was checked. */
  add(event: LoggedEvent, cause: LoggedEvent | undefined): void {
    const ends = endsOf(event, cause);
    if (ends === undefined) return;
    const { list } = this.#line(event.host, ends);
    const known = after(event, cause, list.at(-1)?.[1] ?? NOTHING);
    if (known === undefined) return;
    list.push([event.id, known]);
    if (list.length > 4096) list.splice(0, 2048);
  }

  #line(host: string, ends: ConnectionEnds): Line {
    const ports = ends.localPort * 65_536 + ends.remotePort;
    let lines = this.#of.get(ports);
    if (lines === undefined) {
      lines = [];
      this.#of.set(ports, lines);
    }
    let line = lines.find((one) => isOf(one, host, ends));
    if (line === undefined) {
      line = { host, ends, list: [] };
      lines.push(line);
    }
    return line;
  }
}

/** The connection that the event tells something new of. */
function endsOf(event: LoggedEvent, cause: LoggedEvent | undefined): ConnectionEnds | undefined {
  if (event.kind === "received") return endsOfReceived(event);
  if ("connection" in event) return event.connection;
  const isOfSegment = (event.kind === "sent" && event.layer === "tcp") || event.kind === "dropped";
  return isOfSegment ? endsOfReceived(cause) : undefined;
}

function after(event: LoggedEvent, cause: LoggedEvent | undefined, before: Known): Known | undefined {
  switch (event.kind) {
    case "sent":
      return afterBare(event, cause, before);
    case "dropped":
      if (PARTIAL.includes(event.reason) || before.last.id !== event.cause) return undefined;
      return {
        ...before,
        acked: before.last.acked,
        stamp: before.last.stamp,
        stamped: before.last.stamped,
        pendingSyn: before.last.pendingSyn,
        fin: before.last.fin,
        answered: ANSWERED.includes(event.reason) ? event.time : before.answered,
      };
    case "ended":
      return event.call === "read" && event.octets > 0
        ? { ...before, unread: before.unread - event.octets }
        : undefined;
    case "call":
      if (event.call === "close") return { ...before, closed: true };
      return event.call === "discard" ? { ...before, discarded: true } : undefined;
    case "segment":
      return {
        ...before,
        numbers: event.numbers,
        base: before.base ?? event.numbers.sndUna,
        rcvNxt: later(before.rcvNxt, rcvNxtIn(event.numbers)),
        answered: ANSWERS.includes(event.reason) ? event.time : before.answered,
        timedOut: event.reason === "timeout" ? event.time : before.timedOut,
        urgent: (event.flags & URG) !== 0 ? event.seq + event.octets : before.urgent,
      };
    case "timer":
      if (event.purpose === "syn-ack") return afterSynTimer(event, before);
      if (event.purpose !== "persist") return undefined;
      if (event.what === "cancelled") return { ...before, persisting: false, persisted: event.time };
      return { ...before, persisting: event.what === "armed" };
    case "held":
    case "window":
      return {
        ...before,
        numbers: event.numbers,
        base: before.base ?? event.numbers.sndUna,
        rcvNxt: later(before.rcvNxt, rcvNxtIn(event.numbers)),
      };
    case "state":
      // A new connection in place of an old one knows nothing of it.
      return event.from === "closed" || before.state === "closed"
        ? { ...afresh(before), state: event.to }
        : { ...before, state: event.to };
    case "text": {
      const end = event.seq + event.octets;
      const furthest =
        before.furthest === undefined || distance(before.furthest, end) > 0 ? end : before.furthest;
      const unread = before.unread + Math.max(0, distance(before.rcvNxt ?? event.seq, event.rcvNxt));
      return { ...before, rcvNxt: event.rcvNxt, furthest, unread };
    }
    case "received": {
      const head = headOfReceived(event);
      return head === undefined
        ? undefined
        : {
            ...before,
            acked: later(before.acked, head.hasAck ? head.ack : undefined),
            stamp: later(before.stamp, head.tsVal),
            // The FIN again is answered, and nothing of it dropped.
            answered: head.hasFin && before.state === "time-wait" ? event.time : before.answered,
            stamped: isStamped(before, head),
            pendingSyn: head.hasSyn && !head.hasAck ? (head.seq + 1) | 0 : before.pendingSyn,
            repeats: repeatsAfter(before, head),
            fin: before.fin ?? (head.hasFin ? (head.seq + head.text) | 0 : undefined),
            last: {
              id: event.id,
              acked: before.acked,
              stamp: before.stamp,
              stamped: before.stamped,
              fin: before.fin,
              pendingSyn: before.pendingSyn,
            },
          };
    }
    default:
      return undefined;
  }
}

/** Text with the same ACK is no repetition, and does not end a row of them either (RFC 5681 §2). */
function repeatsAfter({ acked, repeats }: Known, { hasAck, ack, text }: SegmentHead): number {
  if (!hasAck) return repeats;
  if (acked === undefined || distance(acked, ack) > 0) return 0;
  return ack === acked && text === 0 ? repeats + 1 : repeats;
}

/** Once agreed on, every segment has them: one without shows that they are not. */
function isStamped({ stamped }: Known, { tsVal, hasSyn, hasRst }: SegmentHead): boolean | undefined {
  return hasSyn || hasRst ? stamped : stamped !== false && tsVal !== undefined;
}

const URG = 32;
/** What is answered, though perhaps only a little later. */
const ANSWERED: readonly DropName[] = [
  "textInTimeWait",
  "oldSegment",
  "beyondWindow",
  "resetNotExact",
  "synInWindow",
  "ackOfUnsent",
  "ackTooOld",
  "oldTimestamp",
];
const ANSWERS: readonly SendName[] = ["challengeAck", "ackNotAcceptable", "ackTimeWait", "ackOldTimestamp"];

/** What the segment that opens a new connection said is what is known. */
function afresh({ numbers, acked, stamp, last }: Known): Known {
  void numbers;
  return { ...NOTHING, acked, stamp, last };
}

/** A half-open connection begins, of which nothing but the SYN is known; or has ended. */
function afterSynTimer({ what }: LoggedOf<"timer">, before: Known): Known {
  const isHalfOpen = what === "armed";
  if (!isHalfOpen || before.state !== "closed" || before.pendingSyn === undefined)
    return { ...before, isHalfOpen };
  const { pendingSyn, fin } = before;
  return { ...afresh(before), isHalfOpen, pendingSyn, rcvNxt: pendingSyn, fin, state: "syn-received" };
}

/** A segment of no whole connection was sent: a SYN|ACK tells of one that begins. */
function afterBare(
  { reason, time, head }: LoggedOf<"sent">,
  cause: LoggedEvent | undefined,
  before: Known,
): Known | undefined {
  const came = headOfReceived(cause);
  if (reason === "synAck" || reason === "synCookie") {
    if (came === undefined) return undefined;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const rcvNxt = (came.seq + 1) | 0;
    return {
      ...NOTHING,
      isHalfOpen: before.isHalfOpen,
      rcvNxt,
      iss: view.getInt32(4),
      edge: rcvNxt + view.getUint16(14),
      isCookie: reason === "synCookie",
      stamp: came.tsVal,
      state: "syn-received",
    };
  }
  return ANSWERS.includes(reason) ? { ...before, answered: time } : undefined;
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
