/** Listens to all hosts of a lab, and keeps what they tell: who did what, why, and what became of each frame. */
import { type Directory, readWirePacket, type WirePacket } from "tapstack/drivers/simulation";
import { DROPS, SENDS } from "tapstack/explain";
import type { ConnectionEnds, DroppedEvent, Packet, ReceivedEvent, TraceEvent, Tracer } from "tapstack/stack";
import { ConnectionBook } from "./connection-book.ts";
import { detailOf } from "./detail.ts";
import { type Flight, NUMBER_NAMES, type RunEvent, type RunRecord } from "./run-record.ts";

/** Of a host: the places of its events among all, by their number. A host that is started anew begins again with 1. */
interface HostEvents {
  places: number[];
  frames: number;
}

type Open<T> = { -readonly [Key in keyof T]: T[Key] };

/** Nobody: the recorder knows hosts by who tells, not by their addresses. */
const NOBODY: Directory = { byStation: () => undefined, byAddress: () => undefined };

/** Events that are kept: a page with more is of no use to anybody. */
export const MOST_EVENTS = 400_000;

/** Keeps a run. */
export class Recorder {
  readonly #now: () => number;
  readonly #hosts: string[] = [];
  readonly #of: HostEvents[] = [];
  readonly #events: RunEvent[] = [];
  readonly #flights: Open<Flight>[] = [];
  readonly #connections: ConnectionBook = new ConnectionBook();
  readonly #most: number;
  #numbers: Float64Array<ArrayBuffer> = new Float64Array(NUMBER_NAMES.length * 256);
  #rows = 0;
  #cutOff = false;
  /** The host that stands for all others; -1: all hosts tell what they do. */
  #elsewhere = -1;
  /** Frames under way, by sender and its event: those that one event made. */
  readonly #underWay: Map<string, Open<Flight>[]> = new Map();
  /** Station addresses, as those of frames that were sent show them. */
  readonly #stations: Map<string, number> = new Map();

  /**
   * @param now - virtual time, in microseconds
   * @param most - events that are kept
   */
  constructor(now: () => number, most: number = MOST_EVENTS) {
    this.#now = now;
    this.#most = most;
  }

  /**
   * One host whose peers do not tell what they do, as on a real network: `name` stands for all of them. What is sent
   * counts as there at once, and what comes as just sent: nobody knows better here.
   */
  tracerOfOne(host: string, name: string): Tracer {
    const tracer = this.tracerOf(host);
    this.#elsewhere = this.#hosts.push(name) - 1;
    this.#of.push({ places: [], frames: 0 });
    return tracer;
  }

  /** No more is kept. */
  get isFull(): boolean {
    return this.#cutOff;
  }

  /** Who listens to a host of this name. */
  tracerOf(name: string): Tracer {
    const host = this.#hosts.push(name) - 1;
    this.#of.push({ places: [], frames: 0 });
    return {
      event: (event) => this.#event(host, event),
      frame: (name, direction, packet) => direction === "out" && name !== "lo" && this.#departs(host, packet),
    };
  }

  /** All that was kept. */
  record(failure = ""): RunRecord {
    return {
      hosts: this.#hosts,
      events: this.#events,
      flights: this.#flights,
      connections: this.#connections.list,
      numbers: this.#numbers.slice(0, this.#rows * NUMBER_NAMES.length),
      end: this.#now(),
      failure,
      cutOff: this.#cutOff,
    };
  }

  #event(host: number, event: TraceEvent): void {
    const of = this.#of[host] as HostEvents;
    if (event.id === 1) of.places = []; // a stack that is new
    if (this.#events.length >= this.#most) {
      this.#cutOff = true;
      return;
    }
    const index = this.#events.length;
    of.places[event.id] = index;
    const arrival = event.kind === "received" ? this.#arrives(host, index, event) : undefined;
    const lost =
      event.kind === "dropped" && event.layer === "link" ? this.#loses(host, index, event) : undefined;
    const ends = "connection" in event ? event.connection : undefined;
    this.#events.push({
      index,
      host,
      kind: event.kind,
      layer: event.layer,
      time: event.time,
      cause: eventOf(arrival ?? lost) ?? of.places[event.cause] ?? -1,
      connection: (arrival ?? lost)?.connection ?? this.#connectionOf(host, ends),
      reason: "reason" in event ? event.reason : "",
      rfc: rfcOf(event),
      numbers: "numbers" in event ? this.#keep(event.numbers) : -1,
      detail: { ...detailOf(event), ...flightOf(arrival ?? lost) },
    });
  }

  #connectionOf(host: number, ends: ConnectionEnds | undefined): number {
    return ends === undefined ? -1 : this.#connections.ofHost(host, ends);
  }

  #keep(numbers: Readonly<Record<(typeof NUMBER_NAMES)[number], number>>): number {
    const width = NUMBER_NAMES.length;
    if ((this.#rows + 1) * width > this.#numbers.length) {
      const more = new Float64Array(this.#numbers.length * 2);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    let at = this.#rows * width;
    for (const name of NUMBER_NAMES) this.#numbers[at++] = numbers[name];
    return this.#rows++;
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────────────────

  #departs(host: number, frame: Packet): void {
    const of = this.#of[host] as HostEvents;
    const nth = ++of.frames;
    if (this.#cutOff) return;
    this.#stations.set(stationOf(frame), host);
    const flight = this.#flight(host, frame, nth, of.places[frame.cause] ?? -1);
    if (this.#elsewhere >= 0) {
      flight.to = this.#elsewhere;
      flight.arrived = flight.sent;
      flight.arrival = flight.event;
      return;
    }
    const key = `${host} ${frame.cause}`;
    const others = this.#underWay.get(key);
    if (others === undefined) this.#underWay.set(key, [flight]);
    else others.push(flight);
  }

  #flight(host: number, frame: Packet, nth: number, event: number): Open<Flight> {
    const seen = readWirePacket(frame, "ethernet", NOBODY);
    const text = seen.text();
    const flight: Open<Flight> = {
      index: this.#flights.length,
      from: host,
      to: -1,
      sent: this.#now(),
      arrived: Number.NaN,
      event,
      arrival: -1,
      loss: -1,
      connection: this.#connections.ofPacket(host, seen),
      protocol: seen.protocol,
      text,
      flags: seen.flags,
      seq: seen.sequence,
      ack: seen.acknowledgment,
      length: seen.length,
      size: seen.size,
      marked: seen.ecn === 3,
      sack: sackOf(text),
      nth,
    };
    this.#flights.push(flight);
    return flight;
  }

  /** The flight that has ended here. A frame that went to several, or came twice, gets one for each. */
  #arrives(host: number, index: number, event: ReceivedEvent): Flight | undefined {
    if (this.#elsewhere >= 0) return this.#comes(host, index, event);
    const sender = this.#stations.get(stationOf(event.packet)) ?? -1;
    const flights = this.#underWay.get(`${sender} ${event.sentAs}`);
    if (flights === undefined) return undefined;
    const seen = readWirePacket(event.packet, "ethernet", NOBODY);
    const same = flights.filter((flight) => isSame(flight, seen));
    const among = same.length > 0 ? same : flights; // bits were flipped
    const flight = among.find(({ arrival }) => arrival < 0) ?? this.#another(among[0] as Open<Flight>);
    flight.to = host;
    flight.arrived = event.time;
    flight.arrival = index;
    flight.marked ||= seen.ecn === 3;
    return flight;
  }

  /** A frame of somebody who tells nothing. */
  #comes(host: number, index: number, { packet, time, interface: name }: ReceivedEvent): Flight | undefined {
    if (name === "lo") return undefined;
    const peers = this.#of[this.#elsewhere] as HostEvents;
    const flight = this.#flight(this.#elsewhere, packet, ++peers.frames, -1);
    flight.to = host;
    flight.arrived = time;
    flight.arrival = index;
    return flight;
  }

  /** The flight that was lost on the line. */
  #loses(host: number, index: number, { packet, sentAs }: DroppedEvent): Flight | undefined {
    const sender = sentAs === 0 || packet === undefined ? host : this.#stations.get(stationOf(packet));
    const flights = packet === undefined ? undefined : this.#underWay.get(`${sender} ${packet.cause}`);
    if (packet === undefined || flights === undefined) return undefined;
    const seen = readWirePacket(packet, "ethernet", NOBODY);
    const flight = flights.find((one) => one.loss < 0 && one.arrival < 0 && isSame(one, seen));
    if (flight !== undefined) flight.loss = index;
    return flight;
  }

  #another(flight: Open<Flight>): Open<Flight> {
    const copy = { ...flight, index: this.#flights.length };
    this.#flights.push(copy);
    return copy;
  }
}

/** The event that a flight was sent for, if that is known. */
function eventOf(flight: Flight | undefined): number | undefined {
  return flight === undefined || flight.event < 0 ? undefined : flight.event;
}

/** Who asks for it, by the table of reasons. */
function rfcOf(event: TraceEvent): string {
  if (!("reason" in event)) return "";
  const row = event.kind === "dropped" ? DROPS[event.reason] : SENDS[event.reason];
  return row?.where[event.layer] ?? "";
}

function flightOf(flight: Flight | undefined): Readonly<Record<string, number>> {
  return flight === undefined ? {} : { flight: flight.index };
}

function isSame(flight: Flight, seen: WirePacket): boolean {
  return (
    flight.seq === seen.sequence &&
    flight.ack === seen.acknowledgment &&
    flight.length === seen.length &&
    flight.size === seen.size
  );
}

function stationOf({ bytes, start }: Packet): string {
  return bytes.subarray(start + 6, start + 12).join(":");
}

/** Edges of what is SACKed, as tcpdump writes them: `sack 2 {1:5}{7:9}`. */
function sackOf(text: string): readonly number[] {
  const [, edges] = /\bsack \d+ ((?:\{\d+:\d+\})+)/.exec(text) ?? [];
  return edges === undefined ? [] : [...edges.matchAll(/\d+/g)].map(Number);
}
