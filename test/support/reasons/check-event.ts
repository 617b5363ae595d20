/**
 * Whether an event's reason follows from the numbers that came with it: written from the RFCs, not from the stack. A
 * reason whose condition is about the past (a duplicate of what came before, say) is held to what its numbers can tell.
 */
import type { SegmentEvent, SendName, TcpNumbers, TraceEvent } from "../../../src/stack/index.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** From `a` to `b` in sequence space. */
const distance = (a: number, b: number): number => (b - a) | 0;

type Check = (event: SegmentEvent, numbers: TcpNumbers) => boolean;

const isAck: Check = ({ octets, flags }) => octets === 0 && (flags & (ACK | SYN | FIN | RST)) === ACK;
/** Old text, or the FIN behind it. */
const isAgain: Check = ({ seq, octets, flags }, { sndUna, sndNxt }) =>
  distance(sndUna, seq) >= 0 && distance(seq, sndNxt) > 0 && (octets > 0 || (flags & FIN) !== 0);
const isFirstAgain: Check = (event, numbers) => isAgain(event, numbers) && event.seq === numbers.sndUna;

/** What congestion control lets go: RFC 5681 §3.1, in recovery RFC 9937 §6.2; a segment when nothing is in flight. */
function congestionRoom({ cwnd, inFlight, sndCnt, mss }: TcpNumbers): number {
  const room = sndCnt < Infinity ? sndCnt : cwnd - inFlight;
  return inFlight === 0 ? Math.max(room, mss) : room;
}

const CHECKS: Partial<Record<SendName, Check>> = {
  syn: ({ seq, flags }, { state, sndUna }) =>
    state === "syn-sent" && seq === sndUna && (flags & (SYN | ACK)) === SYN,
  synAgain: ({ flags }, { retries }) => (flags & (SYN | ACK)) === SYN && retries > 0,
  newText: ({ seq, octets, window }, numbers) => {
    const { sndNxt, sndEnd, mss, sndSml, sndUna, sndMaxWnd, noDelay, finQueued } = numbers;
    const unsent = distance(sndNxt, sndEnd);
    if (seq !== sndNxt || octets <= 0 || octets > unsent || octets > window) return false;
    if (octets > congestionRoom(numbers)) return false;
    if (octets % mss === 0) return true;
    // RFC 9293 §3.7.4, §3.8.6.2.1: a small segment is the last of the text, and no other one is out; or fills the window.
    const nagle = octets === unsent && (noDelay || finQueued || distance(sndUna, sndSml) <= 0);
    return nagle || (octets === window && window >= sndMaxWnd >> 1);
  },
  fin: ({ seq, octets, flags }, { sndNxt, sndEnd, finQueued }) =>
    finQueued && octets === 0 && (flags & FIN) !== 0 && seq === sndNxt && seq === sndEnd,
  windowProbe: ({ octets, window }) => octets === 1 && window <= 0,
  windowProbeAgain: (event, numbers) => isFirstAgain(event, numbers) && numbers.sndWnd === 0,
  tailProbe: ({ seq, octets }, { sndNxt, mss, recovery }) =>
    seq === sndNxt && octets > 0 && octets <= mss && recovery === 0,
  tailProbeAgain: (event, numbers) => isAgain(event, numbers) && numbers.recovery === 0,
  fastRetransmit: (event, numbers) =>
    isFirstAgain(event, numbers) &&
    numbers.recovery === 1 &&
    (numbers.duplicateAcks >= 3 || numbers.sacked > 0),
  reorderingOver: (event, numbers) =>
    isFirstAgain(event, numbers) && numbers.recovery === 1 && numbers.sacked > 0,
  partialAck: (event, numbers) =>
    isFirstAgain(event, numbers) &&
    numbers.recovery === 1 &&
    distance(numbers.sndUna, numbers.recoveryPoint) > 0,
  lostAgain: (event, numbers) =>
    isFirstAgain(event, numbers) && distance(numbers.sndUna, numbers.highRxt) > 0 && numbers.sacked > 0,
  nextHole: (event, numbers) =>
    isAgain(event, numbers) &&
    numbers.recovery === 1 &&
    distance(event.seq, numbers.lostEdge) > 0 &&
    distance(numbers.highRxt, event.seq) >= 0 &&
    event.octets <= congestionRoom(numbers),
  timeout: (event, numbers) => isFirstAgain(event, numbers) && numbers.recovery === 2 && numbers.retries > 0,
  afterTimeout: (event, numbers) =>
    isAgain(event, numbers) && numbers.recovery === 2 && distance(event.seq, numbers.recoveryPoint) > 0,
  ackFullSegments: (event, { unackedText, rcvMss }) =>
    isAck(event, undefined as never) && unackedText >= 2 * rcvMss,
  ackDelayed: (event, { unackedText }) => isAck(event, undefined as never) && unackedText > 0,
  ackEarly: (event, { unackedText, quickAcks }) =>
    isAck(event, undefined as never) && unackedText > 0 && quickAcks > 0,
  ackOutOfOrder: (event, { early, rcvNxt }) =>
    isAck(event, undefined as never) && (early > 0 || rcvNxt !== 0),
  ackGapFilled: isAck,
  ackFin: isAck,
  ackOldText: isAck,
  ackNotAcceptable: isAck,
  ackWindowUpdate: isAck,
  ackSynAck: isAck,
  ackOldTimestamp: isAck,
  challengeAck: isAck,
};

/** What is wrong with the reason; undefined if nothing is. */
export function problemOf(event: TraceEvent): string | undefined {
  if (event.kind === "held") return heldProblem(event.reason, event.unsent, event.numbers);
  if (event.kind !== "segment") return undefined;
  const check = CHECKS[event.reason];
  if (check === undefined) return `no check for ${event.reason}`;
  return check(event, event.numbers)
    ? undefined
    : `${event.reason} does not follow from ${JSON.stringify(event)}`;
}

function heldProblem(reason: SendName, unsent: number, numbers: TcpNumbers): string | undefined {
  const { sndUna, sndWnd, sndNxt, mss, noDelay, cork, sndSml } = numbers;
  const window = distance(sndNxt, sndUna + sndWnd);
  const wanted = Math.min(Math.max(unsent, 1), mss);
  const room = numbers.sndCnt < Infinity ? numbers.sndCnt : numbers.cwnd - numbers.inFlight;
  const holds =
    (reason === "heldByApplication" && unsent === 0) ||
    (reason === "heldByReceiveWindow" && window < wanted) ||
    (reason === "heldByCongestion" && window >= wanted && room < wanted) ||
    (reason === "heldByCork" && cork && unsent < mss) ||
    (reason === "heldByNagle" && !noDelay && unsent < mss && distance(sndUna, sndSml) > 0);
  return holds ? undefined : `${reason} does not follow from ${JSON.stringify(numbers)}`;
}
