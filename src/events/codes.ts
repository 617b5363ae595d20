/**
 * The numbers that stand for names in records of events. A name is only ever added at the end of a list: records are
 * in files.
 */
import type {
  CallName,
  Layer,
  TcpNumbers,
  TcpState,
  TimerEvent,
  TimerPurpose,
  TraceEvent,
} from "../stack/index.ts";

/** Kinds of events. */
export const KINDS: readonly TraceEvent["kind"][] = [
  "received",
  "dropped",
  "sent",
  "delayed",
  "cut",
  "merged",
  "withheld",
  "segment",
  "text",
  "held",
  "timer",
  "state",
  "window",
  "call",
  "ended",
  "woken",
];

/** Who has told it. */
export const LAYERS: readonly Layer[] = [
  "link",
  "interface",
  "arp",
  "ipv4",
  "icmp",
  "igmp",
  "udp",
  "tcp",
  "raw",
  "packet",
  "echo",
  "forward",
  "ipv6",
  "icmpv6",
  "nd",
  "mld",
];

/** States of a connection. */
export const STATES: readonly TcpState[] = [
  "closed",
  "listen",
  "syn-sent",
  "syn-received",
  "established",
  "fin-wait-1",
  "fin-wait-2",
  "close-wait",
  "closing",
  "last-ack",
  "time-wait",
];

/** What timers are for. */
export const PURPOSES: readonly TimerPurpose[] = [
  "retransmission",
  "tail-probe",
  "persist",
  "delayed-ack",
  "keep-alive",
  "user-timeout",
  "reordering",
  "syn-ack",
  "time-wait",
  "neighbour",
  "address",
  "membership",
  "reassembly",
];

/** What becomes of a timer. */
export const TIMER_STEPS: readonly TimerEvent["what"][] = ["armed", "cancelled", "fired"];

/** What an application asks for. */
export const CALLS: readonly CallName[] = [
  "connect",
  "listen",
  "accept",
  "write",
  "read",
  "finish",
  "discard",
  "close",
  "abort",
  "configure",
  "send",
  "join",
  "leave",
];

/** Numbers of TCP that may have a fraction, or be Infinity. */
export type FloatName =
  | "cwnd"
  | "ssthresh"
  | "inFlight"
  | "sndCnt"
  | "srtt"
  | "rttvar"
  | "rto"
  | "rtoAt"
  | "persistAt"
  | "ackAt"
  | "idleAt"
  | "holesAt";
/** Those that are true or false. */
export type FlagName = "noDelay" | "cork" | "finQueued";
/** All others: integers of 32 bits. */
export type IntegerName = Exclude<keyof TcpNumbers, FloatName | FlagName | "state">;

/** In the order in which a record has them. */
export const INTEGERS: readonly IntegerName[] = [
  "sndUna",
  "sndNxt",
  "sndWnd",
  "sndMaxWnd",
  "sndEnd",
  "mss",
  "sndSml",
  "duplicateAcks",
  "recovery",
  "recoveryPoint",
  "highRxt",
  "lostEdge",
  "sacked",
  "retries",
  "persistBackoff",
  "rcvNxt",
  "rcvAdv",
  "rcvMss",
  "unackedText",
  "quickAcks",
  "held",
  "receiveBuffer",
  "early",
];

/** The same of those with a fraction. */
export const FLOATS: readonly FloatName[] = [
  "cwnd",
  "ssthresh",
  "inFlight",
  "sndCnt",
  "srtt",
  "rttvar",
  "rto",
  "rtoAt",
  "persistAt",
  "ackAt",
  "idleAt",
  "holesAt",
];

/** The same of those that are true or false: a bit each. */
export const FLAGS: readonly FlagName[] = ["noDelay", "cork", "finQueued"];
