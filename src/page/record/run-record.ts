/** What is kept of a run: plain data, which a worker can hand to a page, and a file can hold. */
import type { ConnectionEnds, TraceEvent } from "tapstack/stack";

/** What a connection remembers, in the order in which it stands in a row of `RunRecord.numbers`. */
export const NUMBER_NAMES = [
  "sndUna",
  "sndNxt",
  "sndWnd",
  "sndMaxWnd",
  "sndEnd",
  "mss",
  "cwnd",
  "ssthresh",
  "inFlight",
  "duplicateAcks",
  "recovery",
  "recoveryPoint",
  "sacked",
  "srtt",
  "rttvar",
  "rto",
  "retries",
  "persistBackoff",
  "rtoAt",
  "persistAt",
  "ackAt",
  "rcvNxt",
  "rcvAdv",
  "rcvMss",
  "unackedText",
  "quickAcks",
  "held",
  "receiveBuffer",
  "early",
] as const;

/** The name of a number that is recorded. */
export type NumberName = (typeof NUMBER_NAMES)[number];

/** An event of one of the hosts. What it is due to may be an event of another host: a segment that came from it. */
export interface RunEvent {
  /** Its place among all events of the run, from 0. */
  readonly index: number;
  /** The host that tells it, among `RunRecord.hosts`. */
  readonly host: number;
  readonly kind: TraceEvent["kind"];
  readonly layer: string;
  /** Microseconds since the beginning. */
  readonly time: number;
  /** The index of the event that led to this one; -1: none, the application has called. */
  readonly cause: number;
  /** The connection that it is about, among `RunRecord.connections`; -1: none. */
  readonly connection: number;
  /** Of the table of reasons; "" where there is none to be given. */
  readonly reason: string;
  /** The first row of `RunRecord.numbers` that is about this; -1: none. */
  readonly numbers: number;
  /** What else there is to say, by kind. */
  readonly detail: Readonly<Record<string, string | number>>;
}

/** A frame on its way from one host to another. */
export interface Flight {
  /** Its place among all flights, in the order in which they were sent. */
  readonly index: number;
  readonly from: number;
  /** -1: it never arrived. */
  readonly to: number;
  /** Microseconds since the beginning. */
  readonly sent: number;
  /** NaN: it never arrived. */
  readonly arrived: number;
  /** The event for which it was sent, and the one with which it arrived; -1: not known, or none. */
  readonly event: number;
  readonly arrival: number;
  /** The event with which it was lost on the line; -1: it was not, or nobody saw it. */
  readonly loss: number;
  readonly connection: number;
  /** The end of its connection that has sent it, whoever passes it on here. */
  readonly side: 0 | 1;
  readonly protocol: string;
  /** As tcpdump shows it, with absolute numbers. */
  readonly text: string;
  /** Of TCP, in tcpdump's letters. */
  readonly flags: string;
  readonly seq: number;
  readonly ack: number;
  /** Octets of payload. */
  readonly length: number;
  /** Octets of the frame. */
  readonly size: number;
  /** Congestion experienced (RFC 3168). */
  readonly marked: boolean;
  /** Edges of SACKed text, in pairs. */
  readonly sack: readonly number[];
  /** It is the so-manieth frame of `from`, from 1: `{ when: { by }, nth }` is about it. 0: no rule can be. */
  readonly nth: number;
}

/** A connection of TCP. */
export interface RunConnection {
  /** The end that opened it, and the other: the ends of `hosts` 0 and 1. */
  readonly ends: readonly [string, string];
  /** -1: an end of which no host has told. */
  readonly hosts: readonly [number, number];
  /** Initial sequence numbers; NaN if they were not seen. */
  readonly isn: readonly [number, number];
}

/** All that is kept of a run. */
export interface RunRecord {
  readonly hosts: readonly string[];
  readonly events: readonly RunEvent[];
  readonly flights: readonly Flight[];
  readonly connections: readonly RunConnection[];
  /** Rows of `NUMBER_NAMES.length` numbers each. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The number that the first of `events` has in the log of the run. */
  readonly first: number;
  /** When it ended, microseconds. */
  readonly end: number;
  /** Why it ended early; "" if it did not. */
  readonly failure: string;
  /** More has happened than is kept. */
  readonly cutOff: boolean;
}

/** `address:port`. */
export function endText(address: ConnectionEnds["localAddress"], port: number): string {
  const text = String(address);
  return text.includes(":") ? `[${text}]:${port}` : `${text}:${port}`;
}
