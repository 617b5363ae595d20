/** One event as a sentence of plain words, with its host as the subject. */
import { type LoggedEvent, type LoggedOf, nameOf } from "../events/index.ts";
import { connectionWords, headOf, kindOfSegment, moment, octets, segmentWords } from "./format.ts";

/** What timers are called. */
const TIMERS: Readonly<Partial<Record<LoggedOf<"timer">["purpose"], string>>> = {
  retransmission: "retransmission timer",
  "tail-probe": "tail loss probe's timer",
  persist: "persist timer",
  "delayed-ack": "delayed ACK timer",
  "keep-alive": "keep-alive timer",
  "user-timeout": "user timeout",
  reordering: "reordering timer",
  "syn-ack": "SYN|ACK timer",
  "time-wait": "TIME-WAIT timer",
  neighbour: "timer of a neighbour's address",
  address: "timer of an own address",
  membership: "timer of a group",
  reassembly: "reassembly timer",
  router: "timer of a router",
};

/** What a timer is called. */
function timerName(purpose: LoggedOf<"timer">["purpose"]): string {
  return TIMERS[purpose] ?? `${purpose} timer`;
}

/** The event in a sentence, without its end: "alice sends 1,448 octets of text". */
export function sentenceOf(event: LoggedEvent): string {
  const who = event.host === "" ? "the stack" : event.host;
  switch (event.kind) {
    case "segment":
      return `${who} sends ${kindOfSegment(event.flags, event.octets)} (sequence number ${event.seq >>> 0})`;
    case "sent":
      return `${who} sends ${octets(event.octets)} (${event.layer})`;
    case "received":
      return receivedWords(event, who);
    case "dropped":
      return event.layer === "link"
        ? `the link loses ${octets(event.octets)} ${event.sentAs > 0 ? "on their way to" : "from"} ${who}`
        : `${who} drops ${event.octets > 0 ? octets(event.octets) : "it"} (${event.layer})`;
    case "withheld":
      return `${who} does not answer (${event.layer})`;
    case "held":
      return event.reason === "heldByApplication"
        ? `nothing waits to be sent on ${nameOf(event.connection)}`
        : `${octets(event.unsent)} wait on ${nameOf(event.connection)}`;
    case "delayed":
      return `${octets(event.octets)} ${event.layer === "link" ? "are on the line" : `wait at ${who}`}`;
    case "cut":
      return `${who} cuts ${octets(event.octets)} into ${event.pieces}`;
    case "merged":
      return `${who} puts ${octets(event.octets)} together from ${event.pieces} fragments`;
    default:
      return more(event, who);
  }
}

function more(event: LoggedEvent, who: string): string {
  switch (event.kind) {
    case "timer":
      return timerWords(event, who);
    case "state":
      return `${nameOf(event.connection)} goes from ${event.from.toUpperCase()} to ${event.to.toUpperCase()}`;
    case "window":
      return `${nameOf(event.connection)} has other windows, or another round-trip time`;
    case "text":
      return `${who} keeps ${octets(event.octets)} of text from ${event.seq >>> 0} on`;
    case "call":
      return `the application of ${who} calls ${event.call}${event.octets > 0 ? ` (${octets(event.octets)})` : ""}`;
    case "ended":
      return event.octets < 0
        ? `${event.call} would have to wait`
        : `${event.call} is done${event.octets > 0 ? ` (${octets(event.octets)})` : ""}`;
    case "link":
      return `${event.interface} of ${who} goes ${event.up ? "up" : "down"}`;
    case "woken":
      return `${who} wakes the application ${connectionWords(event)}`.trimEnd();
    default:
      return event.kind;
  }
}

function receivedWords(event: LoggedOf<"received">, who: string): string {
  const head = headOf(event);
  const what = head === undefined ? octets(event.octets) : segmentWords(head);
  return `${who} receives ${what} on ${event.interface}`;
}

function timerWords({ what, purpose, at }: LoggedOf<"timer">, who: string): string {
  const name = `the ${timerName(purpose)} of ${who}`;
  if (what === "fired") return `${name} fires`;
  return what === "armed" ? `${name} is set for ${moment(at)}` : `${name} is stopped`;
}
