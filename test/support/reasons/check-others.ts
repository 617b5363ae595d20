/** Whether events that are no segment, and no drop, are what their causes allow. */
import type { EventLog, LoggedEvent, LoggedOf } from "../../../src/events/index.ts";
import type { SendName, TcpState } from "../../../src/stack/index.ts";
import { distance, headOfReceived } from "./segment-head.ts";

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

/** What packets of other protocols are due to. */
const SENT: Partial<Record<SendName, (cause: LoggedEvent | undefined) => boolean>> = {
  arpRequest: (cause) => cause?.kind === "segment" || cause?.kind === "sent" || isFired(cause, "neighbour"),
  // RFC 1122 §2.3.2.1 (2), or since a segment was not acknowledged (RFC 9293 MUST-20, R1).
  arpPoll: (cause) =>
    cause?.kind === "segment" ||
    cause?.kind === "sent" ||
    isFired(cause, "neighbour") ||
    isFired(cause, "retransmission"),
  arpReply: (cause) => cause?.kind === "received" && headOfReceived(cause) === undefined,
  arpAnnouncement: (cause) => cause?.kind === "call" || isFired(cause, "address"),
  synAck: (cause) => headOfReceived(cause)?.hasSyn === true,
  synAckRepeated: (cause) => headOfReceived(cause)?.hasSyn === true,
  synAckAgain: (cause) => isFired(cause, "syn-ack"),
  resetAnswer: (cause) => headOfReceived(cause)?.hasRst === false,
  ackTimeWait: (cause) => headOfReceived(cause) !== undefined,
};

function isFired(cause: LoggedEvent | undefined, purpose: string): boolean {
  return cause?.kind === "timer" && cause.what === "fired" && cause.purpose === purpose;
}

/** What is wrong with it; undefined if nothing is. */
export function otherProblem(
  log: EventLog,
  event: Exclude<LoggedEvent, LoggedOf<"segment" | "dropped" | "held">>,
  cause: LoggedEvent | undefined,
): string | undefined {
  const fine = isFine(log, event, cause);
  return fine ? undefined : `${event.kind} does not follow`;
}

function isFine(
  log: EventLog,
  event: Exclude<LoggedEvent, LoggedOf<"segment" | "dropped" | "held">>,
  cause: LoggedEvent | undefined,
): boolean {
  switch (event.kind) {
    case "received": {
      const sent = log.event(event.sentAs);
      return event.cause === 0 && sent !== undefined && sent.host !== event.host && sent.time <= event.time;
    }
    case "sent":
      return SENT[event.reason]?.(cause) === true;
    case "delayed":
      return isDelay(event, cause);
    case "cut":
      return (
        event.reason === "cutUp" &&
        cause?.kind === "segment" &&
        event.pieces === Math.ceil(cause.octets / cause.numbers.mss)
      );
    case "merged":
      return event.reason === "reassembled" && cause?.kind === "received" && event.pieces > 1;
    case "withheld":
      return cause?.kind === "received";
    case "text": {
      const came = headOfReceived(cause);
      if (came === undefined || event.octets <= 0) return false;
      const inside =
        distance(came.seq, event.seq) >= 0 && distance(event.seq + event.octets, came.seq + came.text) >= 0;
      return inside && (event.seq === event.rcvNxt || distance(event.seq, event.rcvNxt) !== 0);
    }
    default:
      return isFineOfHost(event, cause);
  }
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
      return event.what === "cancelled" || event.at >= event.time;
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
      return event.interface !== "" && (cause === undefined || cause.kind === "call");
    default:
      return false;
  }
}
