/** Tells a tracer what the layers do: numbers events, and keeps track of what caused what. */
import { type Drop, dropName } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { type Send, sendName } from "../base/send.ts";
import { type Instant, NEVER } from "../base/time.ts";
import type { TcpState } from "../contract/endpoint.ts";
import { DROPS } from "../contract/reasons/drops.ts";
import type { Layer } from "../contract/reasons/row.ts";
import { SENDS } from "../contract/reasons/sends.ts";
import {
  type CallEvent,
  type CallName,
  type ConnectionEnds,
  type DroppedEvent,
  type Filling,
  type ReceivedEvent,
  type SentEvent,
  type StateEvent,
  type TimerEvent,
  type TimerPurpose,
  TRACE_VERSION,
  type Trace,
  type TraceEvent,
  type Tracer,
  type WithheldEvent,
  type WokenEvent,
} from "../contract/trace.ts";

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
  readonly #clock: { readonly now: Instant };
  #events = 0;
  readonly #timers: WeakMap<object, Map<TimerPurpose, Armed>> = new WeakMap();
  readonly #dropped: Filling<DroppedEvent> = {
    ...HEAD,
    kind: "dropped",
    layer: "link",
    reason: "none",
    rfc: "",
    packet: undefined,
  };
  readonly #withheld: Filling<WithheldEvent> = {
    ...HEAD,
    kind: "withheld",
    layer: "icmp",
    reason: "unknown",
    rfc: "",
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
  #received: Filling<ReceivedEvent> | undefined;
  #sent: Filling<SentEvent> | undefined;
  #state: Filling<StateEvent> | undefined;

  /** @param clock - the instant of the entry */
  constructor(tracer: Tracer, clock: { readonly now: Instant }) {
    this.#tracer = tracer;
    this.#clock = clock;
  }

  tell(event: Filling<TraceEvent>): number {
    event.id = ++this.#events;
    event.time = this.#clock.now;
    event.cause = this.cause;
    this.#tracer.event?.(event);
    return this.#events;
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
    this.cause = this.tell(event); // the packet keeps its sender's number: others may have to receive it, too
  }

  dropped(layer: Layer, packet: Packet | undefined, reason: Drop): void {
    this.#tracer.dropped?.(layer, packet, reason);
    const event = this.#dropped;
    event.layer = layer;
    event.reason = dropName(reason);
    event.rfc = DROPS[event.reason]?.where[layer] ?? "";
    event.packet = packet;
    this.tell(event);
  }

  sent(layer: Layer, reason: Send, packet: Packet): number {
    this.#sent ??= { ...HEAD, kind: "sent", layer, reason: "unknown", rfc: "", packet, octets: 0 };
    const event = this.#sent;
    event.layer = layer;
    event.reason = sendName(reason);
    event.rfc = SENDS[event.reason]?.where[layer] ?? "";
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
    event.rfc = SENDS[event.reason]?.where[layer] ?? "";
    this.tell(event);
  }

  called(layer: Layer, call: CallName, octets: number, connection: ConnectionEnds | undefined): void {
    const event = this.#called;
    event.layer = layer;
    event.call = call;
    event.octets = octets;
    event.connection = connection;
    this.cause = 0;
    this.cause = this.tell(event);
  }

  woken(layer: Layer, connection: ConnectionEnds | undefined): void {
    const event = this.#woken;
    event.layer = layer;
    event.connection = connection;
    this.tell(event);
  }

  armed(layer: Layer, owner: object, purpose: TimerPurpose, at: Instant, ends?: ConnectionEnds): void {
    let timers = this.#timers.get(owner);
    const before = timers?.get(purpose);
    if ((before?.at ?? NEVER) === at) return;
    const event = this.#timerEvent(layer, at === NEVER ? "cancelled" : "armed", purpose, ends);
    event.at = at === NEVER ? (before?.at ?? NEVER) : at;
    const id = this.tell(event);
    if (before !== undefined) {
      before.id = id;
      before.at = at;
      return;
    }
    timers ??= new Map();
    timers.set(purpose, { id, at });
    this.#timers.set(owner, timers);
  }

  fired(layer: Layer, owner: object, purpose: TimerPurpose, ends?: ConnectionEnds): void {
    const armed = this.#timers.get(owner)?.get(purpose);
    const event = this.#timerEvent(layer, "fired", purpose, ends);
    event.at = armed?.at ?? this.#clock.now;
    this.cause = armed?.id ?? 0;
    this.cause = this.tell(event);
    if (armed !== undefined) armed.at = NEVER;
  }

  stateChanged(connection: ConnectionEnds, from: TcpState, to: TcpState): void {
    this.#state ??= { ...HEAD, kind: "state", layer: "tcp", connection, from, to };
    const event = this.#state;
    event.connection = connection;
    event.from = from;
    event.to = to;
    this.tell(event);
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    this.#tracer.stateChanged?.(`${localAddress}:${localPort} > ${remoteAddress}:${remotePort}`, from, to);
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
