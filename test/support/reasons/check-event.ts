/**
 * Whether an event's reason follows from the numbers that came with it, from its cause, and from what was told before:
 * written from the RFCs, not from the stack. What cannot be confirmed is a problem.
 */
import type { EventLog, LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { SendName, TcpNumbers } from "../../../src/stack/index.ts";
import { dropProblem, Line } from "./check-drop.ts";
import { frameDropProblem } from "./check-frames.ts";
import { otherProblem } from "./check-others.ts";
import { Facts } from "./facts.ts";
import { History, type Known } from "./known.ts";
import type { Premises } from "./premises.ts";
import { distance, headOfReceived, type SegmentHead } from "./segment-head.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
const URG = 32;

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
  readonly #line: Line;
  readonly #premises: Premises;
  readonly #facts: Map<string, Facts> = new Map();

  /** @param premises - what is known of the hosts; without it, no drop below TCP can be confirmed */
  constructor(log: EventLog, premises: Premises = new Map()) {
    this.#log = log;
    this.#line = new Line(log);
    this.#premises = premises;
  }

  /** What is wrong with the event; undefined if nothing is. Events come in their order. */
  problemOf(event: LoggedEvent): string | undefined {
    const problem = this.check(event);
    const cause = event.cause === 0 ? undefined : this.#log.event(event.cause);
    this.#history.add(event, cause);
    this.#line.add(event);
    this.#factsOf(event.host).add(event, cause);
    return problem;
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
    if (event.kind === "held") {
      const restarts = this.#premises.get(event.host)?.restarts ?? [];
      const hasRoute = !restarts.some((at) => at <= event.time);
      return heldProblem(event.reason, event.unsent, event.numbers, hasRoute);
    }
    if (event.kind === "dropped") return this.#dropProblem(event, cause);
    if (event.kind !== "segment") return otherProblem(log, event, cause, this.#knownBefore(event, cause));
    const before = this.#history.before(event.host, event.connection, cause?.id ?? event.id);
    const scene = { event, numbers: event.numbers, cause, came: headOfReceived(cause), before };
    const check = CHECKS[event.reason];
    if (check === undefined) return `no check for ${event.reason}`;
    return check(scene) ? undefined : `${event.reason} does not follow`;
  }

  #dropProblem(event: LoggedOf<"dropped">, cause: LoggedEvent | undefined): string | undefined {
    if (event.layer === "link" || event.layer === "tcp")
      return dropProblem(event, cause, this.#knownBefore(event, cause), {
        log: this.#log,
        line: this.#line,
        facts: this.#factsOf(event.host),
        premises: this.#premises.get(event.host),
      });
    return frameDropProblem(event, cause, this.#premises.get(event.host), this.#factsOf(event.host));
  }

  #factsOf(host: string): Facts {
    let facts = this.#facts.get(host);
    if (facts === undefined) {
      facts = new Facts();
      this.#facts.set(host, facts);
    }
    return facts;
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
/** What a connection decides by. */
const OF_CONNECTION: readonly (keyof TcpNumbers)[] = [
  ...([
    "state",
    "sndUna",
    "sndNxt",
    "sndWnd",
    "sndMaxWnd",
    "sndEnd",
    "mss",
    "sndSml",
    "cwnd",
    "ssthresh",
  ] as const),
  ...(["inFlight", "sndCnt", "duplicateAcks", "recovery", "recoveryPoint", "highRxt", "lostEdge"] as const),
  ...([
    "sacked",
    "srtt",
    "rttvar",
    "rto",
    "retries",
    "persistBackoff",
    "rtoAt",
    "persistAt",
    "ackAt",
  ] as const),
  ...(["idleAt", "holesAt", "rcvNxt", "rcvAdv", "rcvMss", "unackedText", "quickAcks", "held"] as const),
  ...(["receiveBuffer", "early", "noDelay", "cork", "finQueued"] as const),
];

/** A number that is left out, or is none. */
function missingNumber(event: LoggedEvent): string | undefined {
  const values = event as unknown as Readonly<Record<string, unknown>>;
  for (const name of ["id", "cause", "time", ...NUMBERS[event.kind]]) {
    if (typeof values[name] !== "number" || Number.isNaN(values[name])) return `there is no ${name}`;
  }
  if (!("numbers" in event)) return undefined;
  const numbers = event.numbers as unknown as Readonly<Record<string, unknown>>;
  for (const name in numbers) if (Number.isNaN(numbers[name])) return `${name} is no number`;
  const missing = OF_CONNECTION.find((name) => numbers[name] === undefined);
  return missing === undefined ? undefined : `there is no ${missing}`;
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
/** Text lies behind a gap. */
const isEarlyThere = ({ before: { rcvNxt, furthest } }: Scene): boolean =>
  rcvNxt !== undefined && furthest !== undefined && distance(rcvNxt, furthest) > 0;
const isSynAck: Check = ({ event: { flags } }) => (flags & (SYN | ACK | RST)) === (SYN | ACK);
const inReset: Check = ({ event: { flags } }) => (flags & RST) !== 0;

/** What congestion control lets go: RFC 5681 §3.1, in recovery RFC 9937 §6.2; a segment when nothing is in flight. */
function congestionRoom({ cwnd, inFlight, sndCnt, mss }: TcpNumbers): number {
  const room = sndCnt < Infinity ? sndCnt : cwnd - inFlight;
  return inFlight === 0 ? Math.max(room, mss) : room;
}

const newText: Check = (scene) => {
  const { seq, octets, window, flags } = scene.event;
  const { numbers } = scene;
  const { urgent } = scene.before;
  const { sndNxt, sndEnd, mss, sndSml, sndUna, sndMaxWnd, noDelay, finQueued } = numbers;
  const unsent = distance(sndNxt, sndEnd);
  const isUrgent = (flags & URG) !== 0 || (urgent !== undefined && distance(sndUna, urgent) > 0);
  if (seq !== sndNxt || octets <= 0 || octets > unsent || octets > window) return false;
  if (octets > congestionRoom(numbers)) return false;
  if (octets % mss === 0) return true;
  // RFC 5682 §3.1 (2b): new text shows whether the timeout was spurious.
  const isTest = numbers.recovery === 2 && isNews(scene);
  // RFC 9293 §3.7.4, §3.8.6.2.1: a small segment is the last of the text, and no other one is out; or fills the window.
  const nagle =
    octets === unsent && (noDelay || finQueued || distance(sndUna, sndSml) <= 0 || isUrgent || isTest);
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
  // At a timeout, if all that was lost has gone again.
  newText: (scene) =>
    !fired("tail-probe", "persist")(scene) &&
    (!fired("retransmission")(scene) || distance(scene.numbers.recoveryPoint, scene.event.seq) >= 0) &&
    newText(scene),
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
    (wasRecovering(scene) || scene.before.repeats >= 3) &&
    isNews(scene) &&
    distance(scene.numbers.highRxt, scene.numbers.sndUna) >= 0 &&
    scene.numbers.recovery === 1 &&
    distance(scene.numbers.sndUna, scene.numbers.recoveryPoint) > 0,
  // A recovery that begins now may find it, too: of a hole that the one before has sent again, beyond its own end.
  lostAgain: (scene) =>
    isFirstAgain(scene) &&
    scene.numbers.recovery > 0 &&
    (fired("reordering")(scene) || received(scene, ({ hasAck }) => hasAck)) &&
    distance(scene.numbers.sndUna, scene.numbers.highRxt) > 0 &&
    scene.numbers.sacked > 0,
  // In recovery; or, after a timeout, of what was sent since then.
  nextHole: (scene) =>
    isAgain(scene) &&
    (scene.numbers.recovery === 1 || distance(scene.numbers.recoveryPoint, scene.event.seq) >= 0) &&
    distance(scene.event.seq, scene.numbers.lostEdge) > 0 &&
    distance(scene.numbers.highRxt, scene.event.seq) >= 0 &&
    (wasRecovering(scene) || distance(scene.numbers.sndUna, scene.numbers.highRxt) > 0) &&
    scene.event.octets <= congestionRoom(scene.numbers),
  timeout: (scene) =>
    fired("retransmission")(scene) &&
    isFirstAgain(scene) &&
    scene.numbers.recovery === 2 &&
    scene.numbers.retries > 0,
  // At the timeout itself, if the first segment leaves room in the window of one.
  afterTimeout: (scene) =>
    !(fired("retransmission")(scene) && isFirstAgain(scene)) &&
    isAgain(scene) &&
    scene.numbers.recovery === 2 &&
    distance(scene.event.seq, scene.numbers.recoveryPoint) > 0,

  // RFC 9293 §3.10.7.3 fourth: SYNs have crossed.
  synAck: (scene) =>
    received(scene, ({ hasSyn, hasAck }) => hasSyn && !hasAck) &&
    isSynAck(scene) &&
    scene.before.state === "syn-sent",
  synAckRepeated: (scene) =>
    received(scene, ({ hasSyn }) => hasSyn) && isSynAck(scene) && scene.numbers.state === "syn-received",
  synAckAgain: (scene) => fired("retransmission")(scene) && isSynAck(scene) && scene.numbers.retries > 0,
  // What probes have sent of text is out, and the window that opens now was shut before.
  windowReopened: (scene) =>
    isAgain(scene) &&
    received(scene, ({ hasAck }) => hasAck) &&
    distance(scene.event.seq, scene.numbers.recoveryPoint) > 0 &&
    scene.numbers.sndWnd > 0 &&
    (scene.before.persisting || scene.before.persisted >= scene.before.timedOut),

  ackSynAck: (scene) =>
    isAck(scene) &&
    scene.before.state.startsWith("syn-") &&
    received(scene, ({ hasSyn, hasAck }) => hasAck && (hasSyn || scene.before.state === "syn-received")),
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
  // It has come now, or before and what was missing in front of it now.
  ackFin: (scene) =>
    isAck(scene) &&
    received(
      scene,
      ({ hasFin }) =>
        hasFin || (scene.before.fin !== undefined && scene.numbers.rcvNxt === ((scene.before.fin + 1) | 0)),
    ),
  // Before RCV.NXT, or ahead of it.
  ackOldText: (scene) =>
    textCame(scene) &&
    received(
      scene,
      ({ seq }) => distance(seq, rcvNxtBefore(scene)) > 0 || distance(seq, scene.before.furthest ?? seq) > 0,
    ),
  ackNotAcceptable: (scene) =>
    isAck(scene) &&
    received(scene, ({ seq, text, hasFin, hasSyn }) => {
      const length = text + (hasFin ? 1 : 0) + (hasSyn ? 1 : 0);
      const edge = scene.before.numbers?.rcvAdv ?? scene.numbers.rcvAdv;
      const old =
        distance(seq + Math.max(length, 1), rcvNxtBefore(scene)) >= 0 &&
        distance(seq, rcvNxtBefore(scene)) > 0;
      // The FIN that was received has a number, too, of which nothing is told as text.
      const again =
        distance(seq + Math.max(length, 1), scene.numbers.rcvNxt) >= 0 &&
        distance(seq, scene.numbers.rcvNxt) > 0;
      // RFC 9293 §3.10.7.4: into a window that is shut, nothing is acceptable that has a length.
      const shut = length > 0 && distance(edge, rcvNxtBefore(scene)) >= 0;
      return old || again || shut || distance(edge, seq) >= 0;
    }),
  ackWindowUpdate: (scene) => isAck(scene) && called("read", "discard", "configure")(scene),
  ackClosedWindow: (scene) =>
    isAck(scene) && scene.came !== undefined && scene.numbers.rcvAdv === scene.numbers.rcvNxt,
  ackMarked: (scene) => isAck(scene) && received(scene, ({ marked }) => marked),
  // RFC 7323 §5.3 R1: what came is older than what had come before.
  ackOldTimestamp: (scene) =>
    isAck(scene) &&
    received(scene, ({ tsVal }) => tsVal !== undefined && distance(tsVal, scene.before.stamp ?? tsVal) > 0),
  ackQuick: (scene) => isAck(scene) && (textCame(scene) || called("configure")(scene)),
  challengeAck: (scene) =>
    isAck(scene) &&
    scene.before.state !== "syn-sent" &&
    received(
      scene,
      ({ hasSyn, hasRst, ack }) =>
        hasSyn ||
        hasRst ||
        distance(scene.numbers.sndNxt, ack) > 0 ||
        // RFC 5961 §5.2; and no window reached back before the first octet.
        distance(ack, scene.numbers.sndUna - scene.numbers.sndMaxWnd) > 0 ||
        (scene.before.base !== undefined && distance(ack, scene.before.base) >= 0),
    ),
  keepAlive: (scene) =>
    isAck(scene) && fired("keep-alive")(scene) && scene.event.seq === ((scene.numbers.sndUna - 1) | 0),
  resetTimeout: (scene) =>
    inReset(scene) && fired("user-timeout", "retransmission", "keep-alive", "persist", "tail-probe")(scene),
  resetLinger: (scene) => inReset(scene) && called("close")(scene),
  resetUnread: (scene) =>
    inReset(scene) && called("close")(scene) && (scene.before.unread > 0 || isEarlyThere(scene)),
  resetAbort: (scene) => inReset(scene) && called("abort")(scene),
};

function heldProblem(
  reason: SendName,
  unsent: number,
  numbers: TcpNumbers,
  hasRoute: boolean,
): string | undefined {
  const { sndUna, sndWnd, sndNxt, mss, noDelay, cork, sndSml } = numbers;
  const window = distance(sndNxt, sndUna + sndWnd);
  const wanted = Math.min(Math.max(unsent, 1), mss);
  const room = numbers.sndCnt < Infinity ? numbers.sndCnt : numbers.cwnd - numbers.inFlight;
  const fits = window >= wanted && room >= wanted && (unsent > 0 || numbers.finQueued);
  const holds =
    (reason === "heldByApplication" && unsent === 0) ||
    (reason === "heldByRoute" && !hasRoute) ||
    (reason === "heldByReceiveWindow" && window < wanted) ||
    (reason === "heldByCongestion" && window >= wanted && room < wanted) ||
    (reason === "heldByCork" && cork && unsent < mss && fits) ||
    (reason === "heldByNagle" && !noDelay && !cork && unsent < mss && distance(sndUna, sndSml) > 0 && fits);
  return holds ? undefined : `${reason} does not follow`;
}
