/** Tells a tracer what the layers do: numbers events, and keeps track of what caused what. */
import { type Drop, dropName } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { Send, sendName } from "../base/send.ts";
import { type Duration, type Instant, NEVER } from "../base/time.ts";
import type { LinkDelay } from "../contract/link.ts";
import type { Layer } from "../contract/reasons/row.ts";
import type { TcpState } from "../contract/tcp-state.ts";
import type { EventNumbers, Filling, Trace, Tracer } from "../contract/trace.ts";
import {
  type CallEvent,
  type CallName,
  type ConnectionEnds,
  type CutEvent,
  type DelayedEvent,
  type DroppedEvent,
  type EndedEvent,
  type ReceivedEvent,
  type SentEvent,
  type StateEvent,
  type TimerEvent,
  type TimerPurpose,
  TRACE_VERSION,
  type TraceEvent,
  type WithheldEvent,
  type WokenEvent,
} from "../contract/trace-events.ts";

/** Of a timer that runs: the event that armed it, and when it is due. */
interface Armed {
  id: number;
  at: Instant;
}

const HEAD = { version: TRACE_VERSION, id: 0, cause: 0, time: 0 as Instant } as const;

/** The trace of one stack. */
export class Tracing implements Trace {
  cause = 0;
  readonly #tracer: Tracer;
  readonly #clock: { readonly instant: Instant };
  readonly #numbers: EventNumbers;
  readonly #timers: WeakMap<object, Map<TimerPurpose, Armed>> = new WeakMap();
  /** Whose timers were asked for last: mostly it is the same connection, several times. */
  #lastOwner: object | undefined = undefined;
  #lastTimers: Map<TimerPurpose, Armed> | undefined = undefined;
  readonly #dropped: Filling<DroppedEvent> = {
    ...HEAD,
    kind: "dropped",
    layer: "link",
    reason: "none",
    packet: undefined,
    octets: 0,
    sentAs: 0,
  };
  readonly #withheld: Filling<WithheldEvent> = {
    ...HEAD,
    kind: "withheld",
    layer: "icmp",
    reason: "unknown",
  };
  readonly #called: Filling<CallEvent> = {
    ...HEAD,
    kind: "call",
    layer: "tcp",
    call: "connect",
    octets: 0,
    connection: undefined,
  };
  readonly #woken: Filling<WokenEvent> = { ...HEAD, kind: "woken", layer: "tcp", connection: undefined };
  readonly #timer: Filling<TimerEvent> = {
    ...HEAD,
    kind: "timer",
    layer: "tcp",
    what: "armed",
    purpose: "retransmission",
    at: NEVER,
    connection: undefined,
  };
  #ended: Filling<EndedEvent> | undefined;
  #received: Filling<ReceivedEvent> | undefined;
  #delayed: Filling<DelayedEvent> | undefined;
  #cut: Filling<CutEvent> | undefined;
  #sent: Filling<SentEvent> | undefined;
  #state: Filling<StateEvent> | undefined;

  /** @param clock - the instant of the entry, or of what happens outside of any */
  constructor(tracer: Tracer, clock: { readonly instant: Instant }) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#numbers = tracer.numbers ?? { last: 0 };
  }

  get now(): Instant {
    return this.#clock.instant;
  }

  next(): number {
    return ++this.#numbers.last;
  }

  pass(event: TraceEvent): void {
    this.#tracer.event?.(event);
  }

  /** What is told seldom: where events of many shapes are stamped, that costs more than all the rest. */
  tell(event: Filling<TraceEvent>): number {
    event.id = this.next();
    event.time = this.now;
    event.cause = this.cause;
    this.pass(event);
    return event.id;
  }

  link(name: string, up: boolean): void {
    this.cause = this.tell({ ...HEAD, kind: "link", layer: "interface", interface: name, up });
  }

  received(name: string, packet: Packet): void {
    this.cause = 0;
    this.#received ??= {
      ...HEAD,
      kind: "received",
      layer: "interface",
      interface: "",
      packet,
      octets: 0,
      sentAs: 0,
    };
    const event = this.#received;
    event.interface = name;
    event.packet = packet;
    event.octets = packet.length;
    event.sentAs = packet.cause;
    event.id = this.next();
    event.time = this.now;
    event.cause = 0;
    this.pass(event);
    this.cause = event.id; // the packet keeps its sender's number: others may have to receive it, too
  }

  dropped(layer: Layer, packet: Packet | undefined, reason: Drop): void {
    this.#tellDropped(layer, packet, reason, this.cause, 0);
  }

  droppedOut(layer: Layer, packet: Packet, reason: Drop): void {
    this.#tellDropped(layer, packet, reason, packet.cause === 0 ? this.cause : packet.cause, 0);
  }

  lost(frame: Packet, reason: Drop, arriving: boolean): void {
    this.#tellDropped("link", frame, reason, arriving ? 0 : frame.cause, arriving ? frame.cause : 0);
  }

  #tellDropped(layer: Layer, packet: Packet | undefined, reason: Drop, cause: number, sentAs: number): void {
    const event = this.#dropped;
    event.layer = layer;
    event.reason = dropName(reason);
    event.packet = packet;
    event.octets = packet?.length ?? 0;
    event.sentAs = sentAs;
    this.#tellDueTo(cause, event);
  }

  waits(layer: Layer, reason: Send, packet: Packet): void {
    const event = this.#delay(packet);
    event.layer = layer;
    event.reason = sendName(reason);
    event.since = this.#clock.instant;
    event.queued = event.transmission = event.travel = 0 as Duration;
    event.sentAs = 0;
    this.#tellDueTo(packet.cause, event);
  }

  delayed(frame: Packet, delay: LinkDelay, arriving: boolean): void {
    const event = this.#delay(frame);
    event.layer = "link";
    event.reason = sendName(Send.onTheLine);
    event.since = delay.since;
    event.queued = delay.queued;
    event.transmission = delay.transmission;
    event.travel = delay.travel;
    event.sentAs = arriving ? frame.cause : 0;
    this.#tellDueTo(arriving ? 0 : frame.cause, event);
  }

  #delay(packet: Packet): Filling<DelayedEvent> {
    this.#delayed ??= {
      ...HEAD,
      kind: "delayed",
      layer: "link",
      reason: "onTheLine",
      packet,
      octets: 0,
      since: 0 as Instant,
      queued: 0 as Duration,
      transmission: 0 as Duration,
      travel: 0 as Duration,
      sentAs: 0,
    };
    this.#delayed.packet = packet;
    this.#delayed.octets = packet.length;
    return this.#delayed;
  }

  cut(layer: Layer, kind: CutEvent["kind"], reason: Send, packet: Packet, pieces: number): void {
    this.#cut ??= { ...HEAD, kind, layer, reason: "unknown", pieces, octets: 0 };
    const event = this.#cut;
    event.kind = kind;
    event.layer = layer;
    event.reason = sendName(reason);
    event.octets = packet.length;
    event.pieces = pieces;
    this.#tellDueTo(kind === "cut" ? packet.cause : this.cause, event);
  }

  /** Tells of what is due to something else than what is being done now. */
  #tellDueTo(cause: number, event: Filling<TraceEvent>): void {
    const before = this.cause;
    this.cause = cause;
    this.tell(event);
    this.cause = before;
  }

  sent(layer: Layer, reason: Send, packet: Packet): number {
    this.#sent ??= { ...HEAD, kind: "sent", layer, reason: "unknown", packet, octets: 0 };
    const event = this.#sent;
    event.layer = layer;
    event.reason = sendName(reason);
    event.packet = packet;
    event.octets = packet.length;
    const before = this.cause;
    packet.cause = this.tell(event);
    this.cause = packet.cause;
    return before;
  }

  withheld(layer: Layer, reason: Send): void {
    const event = this.#withheld;
    event.layer = layer;
    event.reason = sendName(reason);
    this.tell(event);
  }

  called(layer: Layer, call: CallName, octets: number, connection: ConnectionEnds | undefined): number {
    const event = this.#called;
    event.layer = layer;
    event.call = call;
    event.octets = octets;
    event.connection = connection;
    event.id = this.next();
    event.time = this.now;
    event.cause = 0;
    this.pass(event);
    this.cause = event.id;
    return event.id;
  }

  ended(
    layer: Layer,
    id: number,
    call: CallName,
    octets: number,
    connection: ConnectionEnds | undefined,
  ): void {
    this.#ended ??= { ...HEAD, kind: "ended", layer, call, octets, connection };
    const event = this.#ended;
    event.layer = layer;
    event.call = call;
    event.octets = octets;
    event.connection = connection;
    event.id = this.next();
    event.time = this.now;
    event.cause = id;
    this.pass(event);
  }

  woken(layer: Layer, connection: ConnectionEnds | undefined): void {
    const event = this.#woken;
    event.layer = layer;
    event.connection = connection;
    event.id = this.next();
    event.time = this.now;
    event.cause = this.cause;
    this.pass(event);
  }

  armed(layer: Layer, owner: object, purpose: TimerPurpose, at: Instant, ends?: ConnectionEnds): void {
    let timers = this.#timersOf(owner);
    const before = timers?.get(purpose);
    if ((before?.at ?? NEVER) === at) return;
    const event = this.#timerEvent(layer, at === NEVER ? "cancelled" : "armed", purpose, ends);
    event.at = at === NEVER ? (before?.at ?? NEVER) : at;
    const id = this.#passTimer(event);
    if (before !== undefined) {
      before.id = id;
      before.at = at;
      return;
    }
    timers ??= new Map();
    timers.set(purpose, { id, at });
    this.#timers.set(owner, timers);
    this.#lastTimers = timers;
  }

  #timersOf(owner: object): Map<TimerPurpose, Armed> | undefined {
    if (owner !== this.#lastOwner) {
      this.#lastOwner = owner;
      this.#lastTimers = this.#timers.get(owner);
    }
    return this.#lastTimers;
  }

  fired(layer: Layer, owner: object, purpose: TimerPurpose, ends?: ConnectionEnds): void {
    const armed = this.#timersOf(owner)?.get(purpose);
    const event = this.#timerEvent(layer, "fired", purpose, ends);
    event.at = armed?.at ?? this.#clock.instant;
    this.cause = armed?.id ?? 0;
    this.cause = this.#passTimer(event);
    if (armed !== undefined) armed.at = NEVER;
  }

  stateChanged(connection: ConnectionEnds, from: TcpState, to: TcpState): void {
    this.#state ??= { ...HEAD, kind: "state", layer: "tcp", connection, from, to };
    const event = this.#state;
    event.connection = connection;
    event.from = from;
    event.to = to;
    this.tell(event);
  }

  #passTimer(event: Filling<TimerEvent>): number {
    event.id = this.next();
    event.time = this.now;
    event.cause = this.cause;
    this.pass(event);
    return event.id;
  }

  #timerEvent(
    layer: Layer,
    what: TimerEvent["what"],
    purpose: TimerPurpose,
    ends: ConnectionEnds | undefined,
  ): Filling<TimerEvent> {
    const event = this.#timer;
    event.layer = layer;
    event.what = what;
    event.purpose = purpose;
    event.connection = ends;
    return event;
  }
}
