/** Whether the reason of a drop follows from what was dropped. */
import type { EventLog, LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { ConnectionEnds, DropName, IpAddress, TcpState } from "../../../src/stack/index.ts";
import type { Facts } from "./facts.ts";
import { datagramIn, isSummed, isToMany, octet, short, word } from "./frame-view.ts";
import type { Known } from "./known.ts";
import type { HostPremises } from "./premises.ts";
import { distance, headOfReceived, type SegmentHead } from "./segment-head.ts";

type Check = (came: SegmentHead, known: Known, rcvNxt: number, event: LoggedOf<"dropped">) => boolean;

/** Octets of sequence space that it takes. */
const lengthOf = ({ text, hasFin, hasSyn }: SegmentHead): number =>
  text + (hasFin ? 1 : 0) + (hasSyn ? 1 : 0);
/** Where the receive window ends, as far as was told. */
const edgeOf = ({ numbers, edge, pendingSyn }: Known): number | undefined => {
  // What was told before the peer's SYN had come is a length: where the window begins was not known (RFC 9293 §3.10.7.3).
  if (numbers?.state === "syn-sent" && pendingSyn !== undefined)
    return (pendingSyn + distance(numbers.rcvNxt, numbers.rcvAdv)) | 0;
  return numbers?.rcvAdv ?? edge;
};
/** Where it ends at the furthest: the ACK that numbers came with may have moved it, as far as there is room. */
const furthestEdge = (known: Known): number | undefined => {
  const { numbers } = known;
  if (numbers === undefined) return known.edge;
  const room = (numbers.rcvNxt + numbers.receiveBuffer - numbers.held) | 0;
  return distance(numbers.rcvAdv, room) > 0 ? room : numbers.rcvAdv;
};
/** It acknowledges what was not sent, or so little that no window ever reached so far back (RFC 5961 §5.2). */
const isBadAck = ({ ack }: SegmentHead, { numbers }: Known): boolean =>
  numbers !== undefined &&
  (distance(numbers.sndNxt, ack) > 0 || distance(ack, numbers.sndUna - numbers.sndMaxWnd) > 0);
/** The half-open connection of a listener: all that is known is what its SYN|ACK said. */
const isHalfOpen = ({ iss, numbers, state }: Known): boolean =>
  iss !== undefined && (numbers === undefined || state === "syn-received");
/** The ACK of a SYN|ACK may begin a connection here: of a half-open one, or of a cookie, even when that was used before. */
const mayBegin = ({ ack }: SegmentHead, known: Known): boolean => {
  const isOfOurs = ack === (((known.iss ?? 0) + 1) | 0);
  if (isHalfOpen(known)) return known.isCookie || known.pendingSyn !== undefined || isOfOurs;
  return known.isCookie && known.state === "closed" && isOfOurs;
};
/** RCV.NXT, when the FIN has come. */
const behind = (fin: number | undefined, rcvNxt: number): number =>
  fin === undefined ? rcvNxt : (fin + 1) | 0;
const isAfter = (event: LoggedOf<"dropped">, known: Known): boolean => event.time - known.answered <= 500_000;

/** RFC 9293 §3.10.7.4, for segments of a connection. */
/** The SYN of a connection that has not begun yet. */
const isSynAgain = (came: SegmentHead, { pendingSyn }: Known, rcvNxt: number): boolean =>
  came.hasSyn && ((came.seq + 1) | 0) === (pendingSyn ?? rcvNxt);
const lacksTimestamp: Check = ({ tsVal, hasRst }, { stamped }) =>
  tsVal === undefined && stamped === true && !hasRst;
const OF_TCP: Partial<Record<DropName, Check>> = {
  // First: nothing of it is in the window: all of it was received before. A FIN has a number, too.
  // What there is beyond lies outside of the window, if that is shut.
  oldSegment: (came, known, rcvNxt) =>
    (isHalfOpen(known) ||
      distance(came.seq + lengthOf(came), rcvNxt + 1) >= 0 ||
      distance(edgeOf(known) ?? rcvNxt, rcvNxt) >= 0) &&
    distance(came.seq, rcvNxt + 1) > 0,
  oldText: (came, known, rcvNxt, event) =>
    came.text > 0 &&
    !lacksTimestamp(came, known, rcvNxt, event) &&
    distance(came.seq, rcvNxt) > 0 &&
    distance(rcvNxt, came.seq + lengthOf(came)) > 0,
  // What lies beyond the window is no part of it any more.
  textAgainEarly: ({ seq, text }, known, rcvNxt) => {
    const { furthest } = known;
    const end = (seq + text) | 0;
    const edge = edgeOf(known) ?? end;
    const kept = distance(edge, end) > 0 ? edge : end;
    return distance(rcvNxt, seq) > 0 && furthest !== undefined && distance(kept, furthest) >= 0;
  },
  // Text right behind what was received, where there is no room, is a probe.
  beyondWindow: ({ seq, text }, known, rcvNxt) =>
    distance(edgeOf(known) ?? seq, seq) >= 0 && (seq !== rcvNxt || text === 0),
  textBeyondWindow: ({ seq, text }, known) => distance(edgeOf(known) ?? seq, seq + text) > 0 && text > 0,
  closedWindow: ({ seq, text }, known, rcvNxt) =>
    text > 0 && distance(edgeOf(known) ?? seq, seq) >= 0 && distance(seq, rcvNxt) >= 0,
  // RFC 5961 §3.2.
  resetOutsideWindow: ({ seq, hasRst }, known, rcvNxt) =>
    hasRst && (distance(seq, rcvNxt) > 0 || distance(edgeOf(known) ?? seq, seq) >= 0),
  resetNotExact: ({ seq, hasRst }, known, rcvNxt) =>
    hasRst && seq !== rcvNxt && distance(rcvNxt, seq) > 0 && distance(seq, furthestEdge(known) ?? seq) >= 0,
  resetInTimeWait: ({ hasRst }, { state }) => hasRst && isWaiting(state),
  // RFC 5961 §4.2.
  synInWindow: (came, known, rcvNxt, event) =>
    came.hasSyn &&
    !came.hasRst &&
    !lacksTimestamp(came, known, rcvNxt, event) &&
    (!isSynAgain(came, known, rcvNxt) || !NOBODYS.includes(known.state)),
  noAck: ({ hasAck, hasRst, hasSyn }) => !hasAck && !hasRst && !hasSyn,
  badAckInSynReceived: ({ ack, hasAck }, known) =>
    hasAck &&
    (known.pendingSyn !== undefined ||
      (known.iss === undefined ? isBadAck({ ack } as SegmentHead, known) : ack !== ((known.iss + 1) | 0))),
  acceptQueueFull: (came, known) => came.hasAck && mayBegin(came, known),
  acceptDeferred: (came, known) => came.hasAck && came.text === 0 && mayBegin(came, known),
  noTimestamp: ({ tsVal, hasRst }, { stamped, stamp }) =>
    tsVal === undefined && !hasRst && stamped !== false && stamp !== undefined,
  receiveShut: ({ text, hasFin }, { discarded }) => discarded && (text > 0 || hasFin),
  nobodyReads: ({ text }, { closed, discarded }) => (closed || discarded) && text > 0,
  textAfterFin: ({ text, seq }, _, rcvNxt) => text > 0 && distance(rcvNxt, seq + text) >= 0,
  textInSyn: ({ hasSyn, text }) => hasSyn && text > 0,
  badAckInSynSent: ({ hasAck, hasRst, ack }, { state, numbers }) =>
    state === "syn-sent" && hasAck && !hasRst && numbers !== undefined && ack !== numbers.sndNxt,
  resetBadAck: ({ hasAck, hasRst, ack }, { state, numbers }) =>
    state === "syn-sent" && hasAck && hasRst && numbers !== undefined && ack !== numbers.sndNxt,
  resetWithoutAck: ({ hasAck, hasRst }, { state }) => state === "syn-sent" && !hasAck && hasRst,
  noSynInSynSent: ({ hasSyn, hasRst }, { state }) => state === "syn-sent" && !hasSyn && !hasRst,
  // RFC 7323 §5.3 R1.
  oldTimestamp: ({ tsVal }, { stamp }) =>
    tsVal !== undefined && stamp !== undefined && distance(tsVal, stamp) > 0,
  ackTooOld: ({ ack }, { numbers }) => numbers !== undefined && distance(ack, numbers.sndUna) > 0,
  ackOfUnsent: ({ ack }, { numbers }) => numbers !== undefined && distance(numbers.sndNxt, ack) > 0,
  synAgain: isSynAgain,
  ackInTimeWait: (came, { state, fin }, rcvNxt) =>
    isWaiting(state) && lengthOf(came) === 0 && !came.hasRst && distance(behind(fin, rcvNxt), came.seq) >= 0,
  textInTimeWait: (came, { state, fin }, rcvNxt) =>
    isWaiting(state) && (lengthOf(came) > 0 || came.seq !== behind(fin, rcvNxt)) && !came.hasRst,
  // RFC 5961 §7: there was an answer just now.
  rateLimited: ({ hasRst }, known, _, event) => !hasRst && isAfter(event, known),
};

/** TIME-WAIT, of which the connection itself has no number any more. */
function isWaiting(state: TcpState): boolean {
  return state === "time-wait" || state === "closed";
}

/** States in which a listener, or nobody, may hear of it. */
const NOBODYS: readonly TcpState[] = ["closed", "listen", "syn-received", "time-wait"];

/** For segments of no connection, or of one that begins: RFC 9293 §3.10.7.1, §3.10.7.2. */
const OF_NOBODY: Partial<Record<DropName, (came: SegmentHead, facts: Facts, known: Known) => boolean>> = {
  closedPort: ({ hasRst }) => !hasRst,
  resetForNobody: ({ hasRst }) => hasRst,
  ackInListen: ({ hasRst, hasAck, hasSyn, ends }, { cookies }, { isHalfOpen }) =>
    hasAck && !hasRst && !isHalfOpen && (hasSyn || !cookies.has(ends.localPort)),
  badCookie: ({ hasRst, hasAck, hasSyn, ends }, { cookies }) =>
    hasAck && !hasRst && !hasSyn && cookies.has(ends.localPort),
  noSynInListen: ({ hasRst, hasAck, hasSyn }) => !hasRst && !hasAck && !hasSyn,
  listenQueueFull: ({ hasSyn, hasAck, hasRst }) => hasSyn && !hasAck && !hasRst,
  synCacheFull: ({ hasSyn, hasAck }) => hasSyn && !hasAck,
  // The net of the soak is 10.0.0.0/24, or fd00::/64.
  noRouteBack: ({ ends: { remoteAddress } }) => !isOnLink(remoteAddress),
};

function isOnLink({ family, word0, word1, word3 }: IpAddress): boolean {
  if (family === 4) return word3 >>> 8 === 0x0a0000;
  // RFC 4291 §2.5.6: behind the prefix of link-local addresses are 54 zeros.
  return word1 === 0 && (word0 >>> 0 === 0xfd00_0000 || word0 >>> 0 === 0xfe80_0000);
}

/** What the octets say, whoever they are for. */
function headProblem(event: LoggedOf<"dropped">, cause: LoggedEvent): boolean | undefined {
  const { head, octets, reason } = event;
  const frame = cause.kind === "received" ? cause.head : new Uint8Array();
  const datagram = datagramIn(frame);
  const header = (octet(head, 12) >> 4) * 4;
  if (reason === "truncated") return octets < 20;
  if (reason === "badHeaderLength") return header < 20 || header > octets;
  if (reason === "badChecksum")
    return datagram !== undefined && head.length === octets && !isSummed(frame, datagram, head);
  if (reason === "segmentToMany") return isToMany(frame);
  return undefined;
}

/** The lines between hosts, by what they tell of the frames that they hold. */
export class Line {
  readonly #log: EventLog;
  /** By the host that tells, and whether it is the way to it: until when what has come is being sent. */
  readonly #busyUntil: Map<string, number> = new Map();

  constructor(log: EventLog) {
    this.#log = log;
  }

  add(event: LoggedEvent): void {
    if (event.kind !== "delayed" || event.layer !== "link") return;
    const sent = event.since + event.queued + event.transmission;
    this.#busyUntil.set(wayOf(event), Math.max(this.#busyUntil.get(wayOf(event)) ?? 0, sent));
  }

  /** Whether anything has ever waited there: RED goes by an average, which is above what waits now. */
  wasUsed(event: LoggedOf<"dropped">): boolean {
    return this.#busyUntil.has(wayOf(event)) || this.isBusy(event);
  }

  /** Whether something is still waiting, or being sent, where `event` was lost. */
  isBusy(event: LoggedOf<"dropped">): boolean {
    return (this.#busyUntil.get(wayOf(event)) ?? 0) >= event.time || this.#wasBusy(event);
  }

  /** Lines with a queue that thinks tell of a frame when it has left that: later than of what has found no room. */
  #wasBusy(event: LoggedOf<"dropped">): boolean {
    for (let id = event.id + 1; id <= this.#log.last; id++) {
      const one = this.#log.event(id);
      if (one?.kind !== "delayed" || one.layer !== "link" || wayOf(one) !== wayOf(event)) continue;
      if (one.since <= event.time && one.since + one.queued + one.transmission >= event.time) return true;
      if (one.since > event.time) return false;
    }
    return false;
  }
}

function wayOf({ host, sentAs }: LoggedOf<"dropped" | "delayed">): string {
  return `${host} ${sentAs === 0 ? "out" : "in"}`;
}

/** What else there is to know. */
interface Around {
  readonly log: EventLog;
  readonly line: Line;
  readonly facts: Facts;
  readonly premises: HostPremises | undefined;
}

/** Where the window of a half-open connection ends whose SYN|ACK has not left yet: as that will say. */
function edgeToCome(
  log: EventLog,
  { id, time, host }: LoggedEvent,
  { ends }: SegmentHead,
): number | undefined {
  for (let at = id + 1; at <= log.last; at++) {
    const one = log.event(at);
    if (one === undefined || one.time > time) return undefined;
    if (one.host !== host || one.kind !== "sent" || one.reason !== "synAck") continue;
    const { head } = one;
    if (short(head, 0) === ends.localPort && short(head, 2) === ends.remotePort)
      return (word(head, 8) + short(head, 14)) | 0;
  }
  return undefined;
}

/** What is wrong with it; undefined if nothing is. */
export function dropProblem(
  event: LoggedOf<"dropped">,
  cause: LoggedEvent | undefined,
  knownOf: (ends: ConnectionEnds) => Known,
  { log, line, facts, premises }: Around,
): string | undefined {
  if (event.layer === "link") {
    // The line decides by its own chance, or since its queue is full, in which case it is sending something.
    // A queue that thinks drops what has waited for long, or what comes when much waits (RFC 8289 §5.3, RFC 2309 §2).
    const queued = event.reason === "linkQueueFull" || event.reason === "linkQueueLong";
    const busy = event.reason === "linkQueueLong" ? line.wasUsed(event) : line.isBusy(event);
    const known = event.reason === "linkLoss" || (queued && busy);
    const sent = event.sentAs !== 0 || cause !== undefined;
    return known && sent ? undefined : `${event.reason} does not follow`;
  }
  const wrong = `${event.reason} does not follow`;
  if (event.reason === "listenerClosed") return cause?.kind === "call" ? undefined : wrong;
  if (cause?.kind !== "received") return `${event.reason} is not due to a segment`;
  const ofHead = headProblem(event, cause);
  if (ofHead !== undefined) return ofHead ? undefined : wrong;
  const came = headOfReceived(cause);
  if (came === undefined) return `${event.reason} is not due to a segment`;
  const ofNobody = OF_NOBODY[event.reason];
  if (ofNobody !== undefined) {
    const known = knownOf(came.ends);
    const isForgotten = premises?.restarts.some((at) => at <= event.time) === true;
    const isNobodys = isForgotten || NOBODYS.includes(known.state);
    return isNobodys && ofNobody(came, facts, known) ? undefined : wrong;
  }
  if (event.reason === "acceptDeferred" && premises?.deferring.has(came.ends.localPort) === false)
    return wrong;
  const check = OF_TCP[event.reason];
  if (check === undefined) return `no check for tcp: ${event.reason}`;
  const told = knownOf(came.ends);
  const isUnanswered = told.isHalfOpen && edgeOf(told) === undefined;
  const known = isUnanswered ? { ...told, edge: edgeToCome(log, event, came) } : told;
  const text = known.rcvNxt ?? known.pendingSyn ?? known.numbers?.rcvNxt;
  const rcvNxt = text !== undefined && text === known.fin ? behind(known.fin, text) : text;
  if (rcvNxt === undefined && event.reason !== "synAgain" && known.state !== "syn-sent")
    return `${event.reason}: nothing is known of the connection`;
  return check(came, known, rcvNxt ?? 0, event) ? undefined : wrong;
}
