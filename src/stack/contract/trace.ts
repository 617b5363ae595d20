/** Who tells of what a stack does, and who is told: events are made by a `Trace`, and go to a `Tracer`. */
import type { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import type { Send } from "../base/send.ts";
import type { Instant } from "../base/time.ts";
import type { LinkDelay } from "./link.ts";
import type { Layer } from "./reasons/row.ts";
import type { TcpState } from "./tcp-state.ts";
import type { CallName, ConnectionEnds, CutEvent, TimerPurpose, TraceEvent } from "./trace-events.ts";

/** Where events get their numbers from. */
export interface EventNumbers {
  /** That of the event that was told last. */
  last: number;
}

/**
 * What a tracer is told. Every method is optional; arguments are lent. Every call site is guarded: no
 * tracer, no cost. A tracer must not call the stack.
 */
export interface Tracer {
  /** Where numbers come from that several stacks share; each stack has its own by default. */
  readonly numbers?: EventNumbers | undefined;
  /** Every decision. The same few objects are used again and again. */
  event?(event: TraceEvent): void;
  /** A frame as it came from (`in`) or goes to (`out`) the link of interface `name`; its `cause` tells why. */
  frame?(name: string, direction: "in" | "out", packet: Packet): void;
}

/** An event that its maker fills in. */
export type Filling<T> = { -readonly [Key in keyof T]: T[Key] };

/** How the layers tell of what they do; there is one only while somebody wants to know. */
export interface Trace {
  /** The event that what is being done now is due to. */
  cause: number;
  /** The instant that events are stamped with. */
  readonly now: Instant;
  /** The number of the next event. */
  next(): number;
  /** Hands on an event that has its number, time and cause. */
  pass(event: TraceEvent): void;
  /** Numbers an event, stamps it, and passes it on. Its id. */
  tell(event: Filling<TraceEvent>): number;
  /** A frame has come from the link of interface `name`: what follows is caused by that. */
  received(name: string, packet: Packet): void;
  /** An interface has gone up or down. What it sends then is due to that. */
  link(name: string, up: boolean): void;
  /** What was received, or in it, goes no further. */
  dropped(layer: Layer, packet: Packet | undefined, reason: Drop): void;
  /** The same of what was to be sent: it is due to whatever sent it. */
  droppedOut(layer: Layer, packet: Packet, reason: Drop): void;
  /** The link has lost a frame; `arriving`: on its way to here. */
  lost(frame: Packet, reason: Drop, arriving: boolean): void;
  /** The packet is due to what sent it, and waits. */
  waits(layer: Layer, reason: Send, packet: Packet): void;
  /** A frame is under way, and will be for so long. */
  delayed(frame: Packet, delay: LinkDelay, arriving: boolean): void;
  /** What is sent was cut up, or what was received is put together. */
  cut(layer: Layer, kind: CutEvent["kind"], reason: Send, packet: Packet, pieces: number): void;
  /**
   * The packet is about to be handed on: marks it with the event's id, and lets what follows be caused by that. The
   * cause before, which is to be `cause` again afterwards.
   */
  sent(layer: Layer, reason: Send, packet: Packet): number;
  /** An answer that would be due is not given. */
  withheld(layer: Layer, reason: Send): void;
  /** The application calls: whatever follows is caused by that. The number of the call. */
  called(layer: Layer, call: CallName, octets: number, connection: ConnectionEnds | undefined): number;
  /** The call with that number has ended. */
  ended(
    layer: Layer,
    id: number,
    call: CallName,
    octets: number,
    connection: ConnectionEnds | undefined,
  ): void;
  /** An endpoint is about to be told: what it then does is a call of its own. */
  woken(layer: Layer, connection: ConnectionEnds | undefined): void;
  /** A timer of `owner` has another deadline; NEVER: none. What it is caused by is remembered until it fires. */
  armed(layer: Layer, owner: object, purpose: TimerPurpose, at: Instant, ends?: ConnectionEnds): void;
  /** It has fired: what follows is caused by that. */
  fired(layer: Layer, owner: object, purpose: TimerPurpose, ends?: ConnectionEnds): void;
  /** A connection has changed its state. */
  stateChanged(connection: ConnectionEnds, from: TcpState, to: TcpState): void;
}
