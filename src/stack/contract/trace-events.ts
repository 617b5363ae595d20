/**
 * What an observer of a stack is told. Version 2 of the events; a field may be added within a version, none changes
 * its meaning.
 *
 * Every event has a number, `id`, and the number of the event that caused it, `cause`: so each chain ends at a call of
 * the application, or at a frame that came from the link. Timers are on the way: one that fires was caused by its
 * arming, and that by whatever armed it. Reasons are names; what each means, and the RFC that asks for it, is told by
 * the tables of `tapstack/explain`, which a stack does not carry with it.
 *
 * Numbers of sequence space are absolute, as on the wire, and signed (32 bits). Times are microseconds, sizes octets.
 * A time of `NEVER` (Infinity) is that of a timer that does not run.
 */
import type { DropName } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { SendName } from "../base/send.ts";
import type { Duration, Instant } from "../base/time.ts";
import type { Layer } from "./reasons/row.ts";
import type { TcpState } from "./tcp-state.ts";

/** The version of all events. */
export const TRACE_VERSION = 2;

/** What all events have. They are lent: a tracer copies what it keeps. */
export interface EventHead {
  readonly version: typeof TRACE_VERSION;
  /** From 1, one more for each event of the stack. */
  readonly id: number;
  /** The `id` of the event that led to this one; 0 for a call of the application, and for a frame from the link. */
  readonly cause: number;
  readonly time: Instant;
  readonly layer: Layer;
}

/** The two ends of a connection. Lent. */
export interface ConnectionEnds {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
}

/** A frame has come from a link. */
export interface ReceivedEvent extends EventHead {
  readonly kind: "received";
  readonly layer: "interface";
  readonly interface: string;
  /** Lent, `start` at the link header. */
  readonly packet: Packet;
  readonly octets: number;
  /** The `id` of the event with which its sender sent it, where the sender is a stack of the same program; else 0. */
  readonly sentAs: number;
}

/** An interface has gone up or down: by a call, or since its link has told so, or is gone. */
export interface LinkEvent extends EventHead {
  readonly kind: "link";
  readonly layer: "interface";
  readonly interface: string;
  readonly up: boolean;
}

/** A packet, part of its text, or what was made of it, goes no further. */
export interface DroppedEvent extends EventHead {
  readonly kind: "dropped";
  readonly reason: DropName;
  /** Lent; undefined where only what was in it was still there. */
  readonly packet: Packet | undefined;
  /** Of the packet, as far as it is still there. */
  readonly octets: number;
  /** As of a `ReceivedEvent`, where the link has lost what was on its way to this stack; else 0. */
  readonly sentAs: number;
}

/** A packet is handed to the layer below: all but the segments of connections, which are `SegmentEvent`s. */
export interface SentEvent extends EventHead {
  readonly kind: "sent";
  readonly reason: SendName;
  /** Lent. */
  readonly packet: Packet;
  readonly octets: number;
}

/** A packet waits on its way, and for what: `waitsForNeighbour`, `waitsForLink`, `onTheLine`. */
export interface DelayedEvent extends EventHead {
  readonly kind: "delayed";
  readonly reason: SendName;
  /** Lent. */
  readonly packet: Packet;
  readonly octets: number;
  /** Since when: a line with a queue that thinks tells of it when the frame has left that. */
  readonly since: Instant;
  /** How long it waits in the queue of the line, and how long the line takes to send it; 0 where that is not known. */
  readonly queued: Duration;
  readonly transmission: Duration;
  /** How long it then travels; with the two others, when it comes out. Lost on the way it may be all the same. */
  readonly travel: Duration;
  /** As of a `ReceivedEvent`, where it is on its way to this stack; else 0. */
  readonly sentAs: number;
}

/** One packet has become several, or several one: `cutUp`, `fragmented`, `reassembled`. */
export interface CutEvent extends EventHead {
  readonly kind: "cut" | "merged";
  readonly reason: SendName;
  readonly pieces: number;
  /** Of the whole. */
  readonly octets: number;
}

/** An answer that would be due is not given. */
export interface WithheldEvent extends EventHead {
  readonly kind: "withheld";
  readonly reason: SendName;
}

/** What a connection remembers, and has decided by. */
export interface TcpNumbers {
  readonly state: TcpState;
  /** SND.UNA, SND.NXT, SND.WND (scaled), the largest SND.WND, and where the written text ends. */
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly sndWnd: number;
  readonly sndMaxWnd: number;
  readonly sndEnd: number;
  /** Octets of text in a full-sized segment. */
  readonly mss: number;
  /** Snd.sml of Minshall's Nagle: the end of the last small segment. */
  readonly sndSml: number;
  readonly cwnd: number;
  /** Infinity before the first loss. */
  readonly ssthresh: number;
  /** Octets thought to be in the network (pipe of RFC 6675). */
  readonly inFlight: number;
  /** SndCnt of RFC 9937, which may be negative; Infinity while it does not limit. */
  readonly sndCnt: number;
  readonly duplicateAcks: number;
  /** 0: no loss recovery; 1: fast; 2: after a timeout. */
  readonly recovery: number;
  /** RecoveryPoint, HighRxt and the end of what counts as lost; SND.UNA while there is no recovery record. */
  readonly recoveryPoint: number;
  readonly highRxt: number;
  readonly lostEdge: number;
  /** Octets that the peer has SACKed. */
  readonly sacked: number;
  /** Smoothed round-trip time (0: not measured), its variation, and RTO with back-off. */
  readonly srtt: number;
  readonly rttvar: number;
  readonly rto: number;
  readonly retries: number;
  readonly persistBackoff: number;
  /** When timers are due. */
  readonly rtoAt: number;
  readonly persistAt: number;
  readonly ackAt: number;
  readonly idleAt: number;
  readonly holesAt: number;
  readonly rcvNxt: number;
  /** The right edge of the receive window, as advertised. */
  readonly rcvAdv: number;
  /** Octets of text in a full-sized segment of the peer's. */
  readonly rcvMss: number;
  readonly unackedText: number;
  /** ACKs of text that are still sent at once; -1: the two sides answer one another. */
  readonly quickAcks: number;
  /** Octets that the application has not read, and the size of its buffer. */
  readonly held: number;
  readonly receiveBuffer: number;
  /** Ranges that came out of order. */
  readonly early: number;
  readonly noDelay: boolean;
  readonly cork: boolean;
  readonly finQueued: boolean;
}

/** A connection sends a segment (or a super-segment, which is cut up further below). */
export interface SegmentEvent extends EventHead {
  readonly kind: "segment";
  readonly layer: "tcp";
  readonly reason: SendName;
  readonly connection: ConnectionEnds;
  readonly seq: number;
  /** Octets of text. */
  readonly octets: number;
  /** As in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
  readonly flags: number;
  /** What may be sent of the receive window from `seq` on, as it was when this was decided. */
  readonly window: number;
  /** As they were when the segment was decided on. */
  readonly numbers: TcpNumbers;
}

/** Text has arrived, and is kept: at its place in order, or ahead of it. */
export interface TextEvent extends EventHead {
  readonly kind: "text";
  readonly layer: "tcp";
  readonly connection: ConnectionEnds;
  /** Where it begins, and how many octets of it are kept; some of them may have been there before. */
  readonly seq: number;
  readonly octets: number;
  /** RCV.NXT afterwards. */
  readonly rcvNxt: number;
}

/**
 * Text or a FIN waits, and for what; `heldByApplication`: nothing waits, all that was written has been sent. Told when
 * that changes.
 */
export interface HeldEvent extends EventHead {
  readonly kind: "held";
  readonly layer: "tcp";
  readonly reason: SendName;
  readonly connection: ConnectionEnds;
  /** Octets that were written and not yet sent. */
  readonly unsent: number;
  readonly numbers: TcpNumbers;
}

/** What timers are for. */
export type TimerPurpose =
  | "retransmission"
  | "tail-probe"
  | "persist"
  | "delayed-ack"
  | "keep-alive"
  | "user-timeout"
  | "reordering"
  | "syn-ack"
  | "time-wait"
  | "neighbour"
  | "address"
  | "router"
  | "membership"
  | "reassembly";

/** A timer was armed, moved or cancelled, or has fired. */
export interface TimerEvent extends EventHead {
  readonly kind: "timer";
  readonly what: "armed" | "cancelled" | "fired";
  readonly purpose: TimerPurpose;
  /** When it is due, or was. */
  readonly at: Instant;
  readonly connection: ConnectionEnds | undefined;
}

/** A connection has changed its state. */
export interface StateEvent extends EventHead {
  readonly kind: "state";
  readonly layer: "tcp";
  readonly connection: ConnectionEnds;
  readonly from: TcpState;
  readonly to: TcpState;
}

/** What of a connection has changed: bits of `WindowEvent.changed`. */
export const CHANGED = { window: 1, cwnd: 2, ssthresh: 4, rtt: 8, recovery: 16 } as const;

/** Windows, thresholds, round-trip time or recovery have changed. */
export interface WindowEvent extends EventHead {
  readonly kind: "window";
  readonly layer: "tcp";
  readonly connection: ConnectionEnds;
  /** Which of them: bits of `CHANGED`. */
  readonly changed: number;
  readonly numbers: TcpNumbers;
}

/** What the application asks of an endpoint. */
export type CallName =
  | "connect"
  | "listen"
  | "accept"
  | "write"
  | "read"
  | "finish"
  | "discard"
  | "close"
  | "abort"
  | "configure"
  | "send"
  | "join"
  | "leave";

/** The application has called. */
export interface CallEvent extends EventHead {
  readonly kind: "call";
  readonly call: CallName;
  /** Of text, where it is about any: as many as the application has offered, or would read. */
  readonly octets: number;
  readonly connection: ConnectionEnds | undefined;
}

/** What the application has asked for is done, or refused: no call of an endpoint waits. Its `cause` is the call. */
export interface EndedEvent extends EventHead {
  readonly kind: "ended";
  readonly call: CallName;
  /** Of text that was taken, or read; -1: it would have had to wait. */
  readonly octets: number;
  readonly connection: ConnectionEnds | undefined;
}

/** An endpoint is told that what it may do has changed. */
export interface WokenEvent extends EventHead {
  readonly kind: "woken";
  readonly connection: ConnectionEnds | undefined;
}

/** One decision, with what decided it. */
export type TraceEvent =
  | ReceivedEvent
  | LinkEvent
  | DroppedEvent
  | SentEvent
  | DelayedEvent
  | CutEvent
  | WithheldEvent
  | SegmentEvent
  | TextEvent
  | HeldEvent
  | TimerEvent
  | StateEvent
  | WindowEvent
  | CallEvent
  | EndedEvent
  | WokenEvent;
