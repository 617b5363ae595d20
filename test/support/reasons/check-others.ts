/** Whether events that are no segment, and no drop, are what their causes allow. */
import type { EventLog, LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { ConnectionEnds, SendName, TcpState } from "../../../src/stack/index.ts";
import { ARP, datagramIn, isToMany, octet, short, word } from "./frame-view.ts";
import type { Known } from "./known.ts";
import { distance, endsOfReceived, headOfReceived } from "./segment-head.ts";

/** RFC 9293 §3.3.2, Figure 5; and every state may end at once. */
const NEXT: Readonly<Record<TcpState, readonly TcpState[]>> = {
  closed: ["syn-sent", "listen", "syn-received", "established"],
  listen: ["syn-received", "syn-sent"],
  "syn-sent": ["syn-received", "established"],
  "syn-received": ["established", "fin-wait-1", "listen", "close-wait"],
  established: ["fin-wait-1", "close-wait"],
  "fin-wait-1": ["fin-wait-2", "closing", "time-wait"],
  "fin-wait-2": ["time-wait"],
  "close-wait": ["last-ack"],
  closing: ["time-wait"],
  "last-ack": [],
  "time-wait": [],
};

type Cause = LoggedEvent | undefined;
/** The message of ICMP in what was received: its type; -1 if it is none. */
function icmpType(cause: Cause): number {
  if (cause?.kind !== "received") return -1;
  const datagram = datagramIn(cause.head);
  return datagram?.protocol === 1 || datagram?.protocol === 58 ? octet(cause.head, datagram.payload) : -1;
}
/** Somebody has something to send to a neighbour, or waits for its answer. */
const needsNeighbour = (cause: Cause): boolean =>
  cause?.kind === "segment" || cause?.kind === "sent" || isFired(cause, "neighbour");
const called = (cause: Cause, ...calls: readonly string[]): boolean =>
  cause?.kind === "call" && calls.includes(cause.call);
/** What was received is a datagram for us, of this protocol (0: any). */
const cameFor = (cause: Cause, ...protocols: readonly number[]): boolean => {
  const datagram = cause?.kind === "received" ? datagramIn(cause.head) : undefined;
  // Of fragments the first alone tells the protocol (RFC 8200 §4.5).
  return datagram !== undefined && (protocols.includes(datagram.protocol) || datagram.offset > 0);
};

const [SYN, RST, ACK] = [2, 4, 16];
const isSegment = (cause: Cause): boolean => headOfReceived(cause) !== undefined;
const isSyn = (cause: Cause): boolean => headOfReceived(cause)?.hasSyn === true;
const isSynAck = (head: Uint8Array): boolean => (octet(head, 13) & (SYN | RST | ACK)) === (SYN | ACK);
const isBareAck = (head: Uint8Array): boolean => (octet(head, 13) & (SYN | RST | ACK)) === ACK;
/** It was answered before. */
const isRepeated = (cause: Cause, known: Known | undefined): boolean =>
  known !== undefined && (known.pendingSyn ?? known.rcvNxt) === (((headOfReceived(cause)?.seq ?? 0) + 1) | 0);
/** All that is left of the connection is TIME-WAIT. */
const isOver = (known: Known | undefined): boolean =>
  known?.state === "time-wait" || known?.state === "closed";

/** What packets of other protocols are due to; `head` is what is sent. */
const SENT: Partial<Record<SendName, (cause: Cause, head: Uint8Array, known: Known | undefined) => boolean>> =
  {
    datagram: (cause) => called(cause, "send"),
    frame: (cause) => called(cause, "send"),
    echoRequest: (cause, head) => called(cause, "send") && (octet(head, 0) === 8 || octet(head, 0) === 128),
    // RFC 792, RFC 4443 §4.2: the same identifier and number.
    echoReply: (cause, head) =>
      (octet(head, 0) === 0 && icmpType(cause) === 8) ||
      (octet(head, 0) === 129 && icmpType(cause) === 128) ||
      (cause?.kind === "received" && datagramIn(cause.head)?.offset !== 0),
    errorPort: (cause, head) =>
      cameFor(cause, 17) && (octet(head, 0) === 3 ? octet(head, 1) === 3 : octet(head, 1) === 4),
    errorProtocol: (cause, head) =>
      cause?.kind === "received" &&
      (octet(head, 0) === 3 ? octet(head, 1) === 2 : octet(head, 0) === 4 && octet(head, 1) === 1),
    errorParameter: (cause, head) =>
      cause?.kind === "received" && (octet(head, 0) === 12 || octet(head, 0) === 4),
    errorReassembly: (cause, head) => isFired(cause, "reassembly") && octet(head, 1) === 1,
    arpRequest: needsNeighbour,
    // RFC 1122 §2.3.2.1 (2), or since a segment was not acknowledged (RFC 9293 MUST-20, R1).
    arpPoll: (cause) => needsNeighbour(cause) || isFired(cause, "retransmission"),
    arpReply: (cause) =>
      cause?.kind === "received" && short(cause.head, 12) === ARP && short(cause.head, 20) === 1,
    arpProbe: (cause, head) => isFired(cause, "address") && word(head, 14) === 0,
    arpAnnouncement: (cause, head) =>
      (cause?.kind === "call" || isFired(cause, "address")) && word(head, 14) === word(head, 24),
    arpDefence: (cause, head) =>
      cause?.kind === "received" && short(cause.head, 12) === ARP && word(cause.head, 28) === word(head, 14),
    // To the solicited-node group, as nobody knows where it is; or to where it was (RFC 4861 §7.2.2, §7.3.3).
    neighbourSolicitation: (cause, head) =>
      needsNeighbour(cause) && octet(head, 40) === 135 && octet(head, 24) === 0xff,
    neighbourProbe: (cause, head) =>
      octet(head, 24) !== 0xff &&
      (needsNeighbour(cause) || isFired(cause, "retransmission")) &&
      octet(head, 40) === 135,
    duplicateProbe: (cause, head) =>
      (cause?.kind === "call" || isFired(cause, "address")) && octet(head, 40) === 135,
    neighbourAdvertisement: (cause, head) => icmpType(cause) === 135 && octet(head, 40) === 136,
    neighbourAnnouncement: (cause, head) =>
      (cause?.kind === "call" || isFired(cause, "address")) && octet(head, 40) === 136,
    addressTaken: (cause, head) => icmpType(cause) === 135 && octet(head, 40) === 136,
    routerSolicitation: (cause, head) =>
      (cause?.kind === "call" || isFired(cause, "address") || isFired(cause, "router")) &&
      octet(head, 40) === 133,
    groupReport: (cause) =>
      cause?.kind === "call" || isFired(cause, "membership") || isFired(cause, "address"),
    groupReportQueried: (cause) => isFired(cause, "membership"),
    groupLeave: (cause) => cause?.kind === "call",
    // What sends the first answer to a SYN may send it with a cookie instead: then no timer is armed for it.
    synAck: (cause, head) => isSynAck(head) && isSyn(cause),
    synCookie: (cause, head, known) =>
      isSynAck(head) &&
      isSyn(cause) &&
      (known?.iss === undefined || !isRepeated(cause, known) || known.isCookie),
    synAckRepeated: (cause, head, known) =>
      isSynAck(head) && isSyn(cause) && isRepeated(cause, known) && known?.isCookie !== true,
    synAckAgain: (cause, head) => isSynAck(head) && isFired(cause, "syn-ack"),
    resetAnswer: (cause, head) => (octet(head, 13) & RST) !== 0 && headOfReceived(cause)?.hasRst === false,
    resetNobodyReads: (cause, head, known) =>
      (octet(head, 13) & RST) !== 0 &&
      (headOfReceived(cause)?.text ?? 0) > 0 &&
      (known?.closed === true || known?.discarded === true),
    ackTimeWait: (cause, head, known) => isBareAck(head) && isSegment(cause) && isOver(known),
    ackNotAcceptable: (cause, head, known) =>
      isBareAck(head) && headOfReceived(cause)?.hasRst === false && !isOver(known),
    challengeAck: (cause, head, known) => isBareAck(head) && isSegment(cause) && !isOver(known),
    ackOldTimestamp: (cause, head, known) =>
      isBareAck(head) && headOfReceived(cause)?.tsVal !== undefined && !isOver(known),
  };

/** RFC 1122 §3.2.2, RFC 4443 §2.4 (e): no error about what was sent to many, by nobody, or is an error. */
const WITHHELD: Partial<Record<SendName, (cause: Cause) => boolean>> = {
  withheldToMany: (cause) => cause?.kind === "received" && isToMany(cause.head),
  withheldFragment: (cause) => cause?.kind === "received" && (datagramIn(cause.head)?.offset ?? 0) > 0,
  withheldSource: (cause) => cause?.kind === "received",
  withheldError: (cause) =>
    [3, 4, 5, 11, 12, 1, 2].includes(icmpType(cause)) ||
    isFired(cause, "reassembly") ||
    (cause?.kind === "received" && [0, 43, 60].includes(octet(cause.head, 20))),
  withheldRate: (cause) => cause?.kind === "received" || isFired(cause, "reassembly"),
  withheldRoute: (cause) => cause?.kind === "received" || isFired(cause, "reassembly"),
};

function isFired(cause: Cause, purpose: string): boolean {
  return cause?.kind === "timer" && cause.what === "fired" && cause.purpose === purpose;
}

/** What is wrong with it; undefined if nothing is. */
export function otherProblem(
  log: EventLog,
  event: Exclude<LoggedEvent, LoggedOf<"segment" | "dropped" | "held">>,
  cause: LoggedEvent | undefined,
  knownOf: (ends: ConnectionEnds) => Known,
): string | undefined {
  const fine = isFine(log, event, cause, knownOf);
  if (fine) return undefined;
  return "reason" in event
    ? `${event.kind}: ${event.reason} does not follow`
    : `${event.kind} does not follow`;
}

function isFine(
  log: EventLog,
  event: Exclude<LoggedEvent, LoggedOf<"segment" | "dropped" | "held">>,
  cause: LoggedEvent | undefined,
  knownOf: (ends: ConnectionEnds) => Known,
): boolean {
  switch (event.kind) {
    case "received": {
      const sent = log.event(event.sentAs);
      return event.cause === 0 && sent !== undefined && sent.host !== event.host && sent.time <= event.time;
    }
    case "sent":
      return isFineSent(log, event, cause, knownOf);
    case "delayed":
      return isDelay(event, cause);
    case "cut":
      return isCut(event, cause);
    case "merged":
      return event.reason === "reassembled" && cause?.kind === "received" && event.pieces > 1;
    case "withheld":
      return WITHHELD[event.reason]?.(cause) === true;
    case "text": {
      const came = headOfReceived(cause);
      if (came === undefined || event.octets <= 0) return false;
      const first = came.seq + (came.hasSyn ? 1 : 0);
      const inside =
        distance(first, event.seq) >= 0 && distance(event.seq + event.octets, first + came.text) >= 0;
      return inside && (event.seq === event.rcvNxt || distance(event.seq, event.rcvNxt) !== 0);
    }
    default:
      return isFineOfHost(event, cause);
  }
}

function isFineSent(
  log: EventLog,
  event: LoggedOf<"sent">,
  cause: Cause,
  knownOf: (ends: ConnectionEnds) => Known,
): boolean {
  const { reason, head } = event;
  const ends = event.layer === "tcp" ? endsOfReceived(cause) : undefined;
  if (reason === "synAck" && !armsTimer(log, event)) return false;
  if ((reason === "synCookie" || reason === "synAckRepeated") && armsTimer(log, event)) return false;
  return SENT[reason]?.(cause, head, ends === undefined ? undefined : knownOf(ends)) === true;
}

/** What led to `event` has armed the timer of a half-open connection. */
function armsTimer(log: EventLog, { id, cause, host }: LoggedEvent): boolean {
  for (let at = cause + 1; at < id; at++) {
    const one = log.event(at);
    if (one?.host === host && one.cause === cause && one.kind === "timer" && one.purpose === "syn-ack")
      if (one.what === "armed") return true;
  }
  return false;
}

/** RFC 791 §3.2: more than one, as many as are needed if each is as long as can be. */
function isCut({ reason, octets, pieces }: LoggedOf<"cut" | "merged">, cause: Cause): boolean {
  if (reason === "cutUp")
    return cause?.kind === "segment" && pieces === Math.ceil(cause.octets / cause.numbers.mss);
  return (
    reason === "fragmented" && cause?.kind === "sent" && pieces > 1 && pieces >= Math.ceil(octets / 1480)
  );
}

function isDelay(event: LoggedOf<"delayed">, cause: LoggedEvent | undefined): boolean {
  const { since, queued, transmission, travel, reason, layer, time, sentAs } = event;
  const spans = [queued, transmission, travel];
  if (since > time || spans.some((span) => !(span >= 0))) return false;
  const total = queued + transmission + travel;
  if (reason === "onTheLine") return layer === "link" && total > 0 && (cause !== undefined || sentAs !== 0);
  return (reason === "waitsForNeighbour" || reason === "waitsForLink") && total === 0 && cause !== undefined;
}

function isFineOfHost(event: LoggedEvent, cause: LoggedEvent | undefined): boolean {
  switch (event.kind) {
    case "timer":
      if (event.what === "fired") {
        const armed = cause?.kind === "timer" && cause.what === "armed" && cause.purpose === event.purpose;
        return armed && cause.at === event.at && event.time >= event.at;
      }
      // What another timer arms may be due already, where the host is late.
      return event.what === "cancelled" || event.at >= event.time || cause?.kind === "timer";
    case "state":
      return event.to === "closed" || NEXT[event.from].includes(event.to);
    case "window":
      return event.changed > 0 && event.changed < 32;
    case "call":
      return event.cause === 0 && event.octets >= 0;
    case "ended":
      return cause?.kind === "call" && cause.call === event.call && event.octets <= cause.octets;
    case "woken":
      return cause !== undefined;
    case "link":
      return (
        event.interface !== "" && (cause === undefined || cause.kind === "call" || cause.kind === "link")
      );
    default:
      return false;
  }
}
