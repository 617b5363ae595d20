/**
 * Whether an event's reason follows from the numbers that came with it, from its cause, and from what was told before:
 * written from the RFCs, not from the stack. What cannot be confirmed is a problem.
 */
import type { EventLog, LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { SendName, TcpNumbers } from "../../../src/stack/index.ts";
import { dropProblem, Line } from "./check-drop.ts";
import { otherProblem } from "./check-others.ts";
import { History, type Known } from "./known.ts";
import { distance, headOfReceived, type SegmentHead } from "./segment-head.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** All that a check may look at. */
export interface Scene {
  readonly event: LoggedOf<"segment">;
  readonly numbers: TcpNumbers;
  readonly cause: LoggedEvent | undefined;
  /** The segment that was received, if that is the cause. */
  readonly came: SegmentHead | undefined;
  /** What was known before the cause. */
  readonly before: Known;
}
type Check = (scene: Scene) => boolean;

/** Fires the checks on one event after the other. */
export class Checker {
  readonly #log: EventLog;
  readonly #history: History = new History();
  readonly #line: Line = new Line();

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** What is wrong with the event; undefined if nothing is. Events come in their order. */
  problemOf(event: LoggedEvent): string | undefined {
    const problem = this.check(event);
    this.#history.add(event);
    this.#line.add(event);
    return problem === undefined ? undefined : `${problem}: ${JSON.stringify(event)}`;
  }

  /** The same, of an event that is perhaps not the next one: it is not taken in. */
  check(event: LoggedEvent): string | undefined {
    return missingNumber(event) ?? this.#check(event);
  }

  #check(event: LoggedEvent): string | undefined {
    const log = this.#log;
    const cause = event.cause === 0 ? undefined : log.event(event.cause);
    if (event.cause !== 0 && (cause === undefined || cause.id >= event.id || cause.host !== event.host)) {
      return `the cause ${event.cause} of event ${event.id} is not before it on its host`;
    }
    if (event.kind === "held") return heldProblem(event.reason, event.unsent, event.numbers);
    if (event.kind === "dropped")
      return dropProblem(event, cause, this.#knownBefore(event, cause), this.#line);
    if (event.kind !== "segment") return otherProblem(log, event, cause);
    const before = this.#history.before(event.host, event.connection, cause?.id ?? event.id);
    const scene = { event, numbers: event.numbers, cause, came: headOfReceived(cause), before };
    const check = CHECKS[event.reason];
    if (check === undefined) return `no check for ${event.reason}`;
    return check(scene) ? undefined : `${event.reason} does not follow`;
  }

  /** What the host knew of the connection of a segment that it then dropped. */
  #knownBefore(
    event: LoggedEvent,
    cause: LoggedEvent | undefined,
  ): (ends: LoggedOf<"text">["connection"]) => Known {
    return (ends) => this.#history.before(event.host, ends, cause?.id ?? event.id);
  }
}

/** What is a number in events of each kind, beside `id`, `cause` and `time`. */
const NUMBERS: Readonly<Record<LoggedEvent["kind"], readonly string[]>> = {
  received: ["octets", "sentAs"],
  dropped: ["octets", "sentAs"],
  sent: ["octets"],
  delayed: ["octets", "sentAs", "since", "queued", "transmission", "travel"],
  cut: ["octets", "pieces"],
  merged: ["octets", "pieces"],
  withheld: [],
  segment: ["seq", "octets", "flags", "window"],
  text: ["seq", "octets", "rcvNxt"],
  held: ["unsent"],
  timer: ["at"],
  state: [],
  window: ["changed"],
  call: ["octets"],
  ended: ["octets"],
  woken: [],
  link: [],
};
/** How many numbers a connection decides by. */
const OF_CONNECTION = 39;

/** A number that is left out, or is none. */
function missingNumber(event: LoggedEvent): string | undefined {
  const values = event as unknown as Readonly<Record<string, unknown>>;
  for (const name of ["id", "cause", "time", ...NUMBERS[event.kind]]) {
    if (typeof values[name] !== "number" || Number.isNaN(values[name])) return `there is no ${name}`;
  }
  if (!("numbers" in event)) return undefined;
  const numbers = Object.entries(event.numbers);
  if (numbers.length < OF_CONNECTION) return "a number is missing";
  const bad = numbers.find(([, value]) => value === undefined || Number.isNaN(value));
  return bad === undefined ? undefined : `there is no ${bad[0]}`;
}

// ── what segments are about ─────────────────────────────────────────────────────────────────────────────

const isAck: Check = ({ event: { octets, flags } }) =>
  octets === 0 && (flags & (ACK | SYN | FIN | RST)) === ACK;
/** Old text, or the FIN behind it. */
const isAgain: Check = ({ event: { seq, octets, flags }, numbers: { sndUna, sndNxt } }) =>
  distance(sndUna, seq) >= 0 && distance(seq, sndNxt) > 0 && (octets > 0 || (flags & FIN) !== 0);
const isFirstAgain: Check = (scene) => isAgain(scene) && scene.event.seq === scene.numbers.sndUna;
/** A timer has led to it. */
const fired =
  (...purposes: readonly string[]): Check =>
  ({ cause }) =>
    cause?.kind === "timer" && cause.what === "fired" && purposes.includes(cause.purpose);
const called =
  (...calls: readonly string[]): Check =>
  ({ cause }) =>
    cause?.kind === "call" && calls.includes(cause.call);
const received = (scene: Scene, is: (came: SegmentHead) => boolean): boolean =>
  scene.came !== undefined && is(scene.came);
/** RCV.NXT before the segment came. */
const rcvNxtBefore = ({ before, numbers }: Scene): number =>
  before.rcvNxt ?? before.numbers?.rcvNxt ?? numbers.rcvNxt;
/** The ACK that came acknowledges something new. */
const isNews = (scene: Scene): boolean =>
  received(scene, ({ ack }) => scene.before.acked !== undefined && distance(scene.before.acked, ack) > 0);
const wasRecovering = ({ before }: Scene): boolean => before.numbers?.recovery === 1;
const inReset: Check = ({ event: { flags } }) => (flags & RST) !== 0;

/** What congestion control lets go: RFC 5681 §3.1, in recovery RFC 9937 §6.2; a segment when nothing is in flight. */
function congestionRoom({ cwnd, inFlight, sndCnt, mss }: TcpNumbers): number {
  const room = sndCnt < Infinity ? sndCnt : cwnd - inFlight;
  return inFlight === 0 ? Math.max(room, mss) : room;
}

const newText: Check = ({ event: { seq, octets, window }, numbers }) => {
  const { sndNxt, sndEnd, mss, sndSml, sndUna, sndMaxWnd, noDelay, finQueued } = numbers;
  const unsent = distance(sndNxt, sndEnd);
  if (seq !== sndNxt || octets <= 0 || octets > unsent || octets > window) return false;
  if (octets > congestionRoom(numbers)) return false;
  if (octets % mss === 0) return true;
  // RFC 9293 §3.7.4, §3.8.6.2.1: a small segment is the last of the text, and no other one is out; or fills the window.
  const nagle = octets === unsent && (noDelay || finQueued || distance(sndUna, sndSml) <= 0);
  return nagle || (octets === window && window >= sndMaxWnd >> 1);
};

const textCame = (scene: Scene): boolean => isAck(scene) && received(scene, ({ text }) => text > 0);

const CHECKS: Partial<Record<SendName, Check>> = {
  syn: (scene) =>
    called("connect")(scene) &&
    scene.numbers.state === "syn-sent" &&
    scene.event.seq === scene.numbers.sndUna &&
    scene.numbers.retries === 0 &&
    (scene.event.flags & (SYN | ACK)) === SYN,
  synAgain: (scene) =>
    fired("retransmission")(scene) && (scene.event.flags & (SYN | ACK)) === SYN && scene.numbers.retries > 0,
  newText: (scene) => !fired("tail-probe", "retransmission", "persist")(scene) && newText(scene),
  fin: ({ event: { seq, octets, flags }, numbers: { sndNxt, sndEnd, finQueued } }) =>
    finQueued && octets === 0 && (flags & FIN) !== 0 && seq === sndNxt && seq === sndEnd,
  forcedText: (scene) =>
    fired("persist")(scene) && scene.event.octets < scene.numbers.mss && scene.event.window > 0,
  windowProbe: (scene) => fired("persist")(scene) && scene.event.octets === 1 && scene.event.window <= 0,
  windowProbeAgain: (scene) => fired("persist")(scene) && isFirstAgain(scene) && scene.numbers.sndWnd === 0,
  tailProbe: (scene) =>
    fired("tail-probe")(scene) &&
    scene.event.seq === scene.numbers.sndNxt &&
    scene.event.octets > 0 &&
    scene.event.octets <= scene.numbers.mss,
  tailProbeAgain: (scene) => fired("tail-probe")(scene) && isAgain(scene),
  // RFC 5681 §3.2, RFC 6675 §5: loss recovery begins with an ACK that says so.
  fastRetransmit: (scene) =>
    isFirstAgain(scene) &&
    !wasRecovering(scene) &&
    received(scene, ({ hasAck }) => hasAck) &&
    scene.numbers.recovery === 1 &&
    (scene.numbers.duplicateAcks >= 3 || scene.numbers.sacked > 0),
  reorderingOver: (scene) =>
    fired("reordering")(scene) && isAgain(scene) && scene.numbers.recovery === 1 && scene.numbers.sacked > 0,
  // RFC 6582 §3.2 (3): an ACK within recovery for some of it, and not all.
  partialAck: (scene) =>
    isFirstAgain(scene) &&
    wasRecovering(scene) &&
    isNews(scene) &&
    scene.numbers.recovery === 1 &&
    distance(scene.numbers.sndUna, scene.numbers.recoveryPoint) > 0,
  // A recovery that begins now may find it, too: of a hole that the one before has sent again, beyond its own end.
  lostAgain: (scene) =>
    isFirstAgain(scene) &&
    !isNews(scene) &&
    scene.numbers.recovery > 0 &&
    (fired("reordering")(scene) || received(scene, ({ hasAck }) => hasAck)) &&
    distance(scene.numbers.sndUna, scene.numbers.highRxt) > 0 &&
    scene.numbers.sacked > 0,
  nextHole: (scene) =>
    isAgain(scene) &&
    scene.numbers.recovery === 1 &&
    distance(scene.event.seq, scene.numbers.lostEdge) > 0 &&
    distance(scene.numbers.highRxt, scene.event.seq) >= 0 &&
    (wasRecovering(scene) || distance(scene.numbers.sndUna, scene.numbers.highRxt) > 0) &&
    scene.event.octets <= congestionRoom(scene.numbers),
  timeout: (scene) =>
    fired("retransmission")(scene) &&
    isFirstAgain(scene) &&
    scene.numbers.recovery === 2 &&
    scene.numbers.retries > 0,
  afterTimeout: (scene) =>
    !fired("retransmission")(scene) &&
    isAgain(scene) &&
    scene.numbers.recovery === 2 &&
    distance(scene.event.seq, scene.numbers.recoveryPoint) > 0,

  ackSynAck: (scene) => isAck(scene) && received(scene, ({ hasSyn, hasAck }) => hasSyn && hasAck),
  ackFullSegments: (scene) => textCame(scene) && scene.numbers.unackedText >= 2 * scene.numbers.rcvMss,
  ackDelayed: (scene) => isAck(scene) && fired("delayed-ack")(scene) && scene.numbers.unackedText > 0,
  ackEarly: (scene) =>
    textCame(scene) &&
    scene.numbers.unackedText > 0 &&
    scene.numbers.quickAcks > 0 &&
    scene.numbers.unackedText < 2 * scene.numbers.rcvMss,
  // RFC 5681 §4.2: ahead of what is expected.
  ackOutOfOrder: (scene) =>
    isAck(scene) &&
    received(
      scene,
      ({ seq, text, hasFin }) => (text > 0 || hasFin) && distance(rcvNxtBefore(scene), seq) > 0,
    ),
  // RFC 5681 §4.2: what came is next in order, and there was something behind it.
  ackGapFilled: (scene) =>
    textCame(scene) &&
    received(
      scene,
      ({ seq, text }) =>
        distance(rcvNxtBefore(scene), seq) <= 0 && distance(rcvNxtBefore(scene), seq + text) > 0,
    ) &&
    distance(rcvNxtBefore(scene), scene.before.furthest ?? rcvNxtBefore(scene)) > 0,
  ackFin: (scene) => isAck(scene) && received(scene, ({ hasFin }) => hasFin),
  ackOldText: (scene) =>
    textCame(scene) && received(scene, ({ seq }) => distance(seq, rcvNxtBefore(scene)) > 0),
  ackNotAcceptable: (scene) =>
    isAck(scene) &&
    received(scene, ({ seq, text, hasFin, hasSyn }) => {
      const length = text + (hasFin ? 1 : 0) + (hasSyn ? 1 : 0);
      const edge = scene.before.numbers?.rcvAdv ?? scene.numbers.rcvAdv;
      const old =
        distance(seq + Math.max(length, 1), rcvNxtBefore(scene)) >= 0 &&
        distance(seq, rcvNxtBefore(scene)) > 0;
      // The FIN that was received has a number, too, of which nothing is told as text.
      const again = distance(seq + length, scene.numbers.rcvNxt) >= 0 && length > 0;
      return old || again || distance(edge, seq) >= 0;
    }),
  ackWindowUpdate: (scene) => isAck(scene) && called("read", "discard", "configure")(scene),
  ackClosedWindow: (scene) =>
    isAck(scene) && scene.came !== undefined && scene.numbers.rcvAdv === scene.numbers.rcvNxt,
  ackMarked: (scene) => isAck(scene) && received(scene, ({ marked }) => marked),
  // RFC 7323 §5.3 R1: what came is older than what had come before.
  ackOldTimestamp: (scene) =>
    isAck(scene) &&
    received(scene, ({ tsVal }) => tsVal !== undefined && distance(tsVal, scene.before.stamp ?? tsVal) > 0),
  ackQuick: textCame,
  challengeAck: (scene) =>
    isAck(scene) &&
    received(scene, ({ hasSyn, hasRst, ack }) => hasSyn || hasRst || distance(scene.numbers.sndNxt, ack) > 0),
  keepAlive: (scene) =>
    isAck(scene) && fired("keep-alive")(scene) && scene.event.seq === ((scene.numbers.sndUna - 1) | 0),
  resetUnread: (scene) => inReset(scene) && called("close")(scene),
  resetAbort: (scene) => inReset(scene) && called("abort")(scene),
  resetNobodyReads: (scene) => inReset(scene) && received(scene, ({ text }) => text > 0),
};

function heldProblem(reason: SendName, unsent: number, numbers: TcpNumbers): string | undefined {
  const { sndUna, sndWnd, sndNxt, mss, noDelay, cork, sndSml } = numbers;
  const window = distance(sndNxt, sndUna + sndWnd);
  const wanted = Math.min(Math.max(unsent, 1), mss);
  const room = numbers.sndCnt < Infinity ? numbers.sndCnt : numbers.cwnd - numbers.inFlight;
  const fits = window >= wanted && room >= wanted && (unsent > 0 || numbers.finQueued);
  const holds =
    (reason === "heldByApplication" && unsent === 0) ||
    (reason === "heldByReceiveWindow" && window < wanted) ||
    (reason === "heldByCongestion" && window >= wanted && room < wanted) ||
    (reason === "heldByCork" && cork && unsent < mss && fits) ||
    (reason === "heldByNagle" && !noDelay && !cork && unsent < mss && distance(sndUna, sndSml) > 0 && fits);
  return holds ? undefined : `${reason} does not follow`;
}
