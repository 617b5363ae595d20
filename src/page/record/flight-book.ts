/**
 * Notes each frame that hosts send, and what became of it: which event it was sent for, with which it arrived, or was lost.
 * The events themselves are kept by `tapstack/events`, with one numbering for all hosts.
 */
import { type Directory, readWirePacket, type WirePacket } from "tapstack/drivers/simulation";
import type { DroppedEvent, Packet, ReceivedEvent, TraceEvent, Tracer } from "tapstack/stack";
import type { Flight } from "./run-record.ts";

/** What tells which connection a frame is of. */
export type Ends = Pick<
  WirePacket,
  "protocol" | "source" | "destination" | "sourcePort" | "destinationPort" | "flags" | "sequence"
>;

/** A frame under way: events by their numbers in the log, -1 where there are none. */
export type NotedFlight = Omit<Flight, "index" | "connection" | "side"> & {
  readonly ends: Ends;
  /** The event after which it was sent. */
  readonly after: number;
};

type Open = { -readonly [Key in keyof NotedFlight]: NotedFlight[Key] };

/** Nobody: hosts are known by who tells, not by their addresses. */
const NOBODY: Directory = { byStation: () => undefined, byAddress: () => undefined };

/** All frames of a run. */
export class FlightBook {
  /** In the order in which they were made. */
  readonly hosts: string[] = [];
  #flights: Open[] = [];
  readonly #now: () => number;
  readonly #frames: number[] = [];
  /** A cable is being plugged in: rules do not see what is sent meanwhile, so it does not count. */
  plugging = false;
  /** The newest event of all. */
  #last = 0;
  /** The host that stands for all others; -1: all hosts tell what they do. */
  #elsewhere = -1;
  /** Frames under way, by the event that they were sent for. */
  readonly #underWay: Map<number, Open[]> = new Map();

  /** @param now - virtual time, in microseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** In the order in which they were sent; a frame that came twice stands there twice. */
  get flights(): readonly NotedFlight[] {
    return this.#flights;
  }

  /** Who listens to a host of this name. Its events need numbers that are those of the log. */
  tracerOf(name: string): Tracer {
    const host = this.#add(name);
    return {
      event: (event) => this.#event(host, event),
      frame: (port, direction, packet) => direction === "out" && port !== "lo" && this.#departs(host, packet),
    };
  }

  /**
   * One host whose peers do not tell what they do, as on a real network: `elsewhere` stands for all of them. What is sent
   * counts as there at once, and what comes as just sent: nobody knows better here.
   */
  tracerOfOne(name: string, elsewhere: string): Tracer {
    const tracer = this.tracerOf(name);
    this.#elsewhere = this.#add(elsewhere);
    return tracer;
  }

  /** Forgets frames that were sent before that event. */
  forget(before: number): void {
    this.#flights = this.#flights.filter(({ after }) => after >= before);
  }

  #add(name: string): number {
    this.#frames.push(0);
    return this.hosts.push(name) - 1;
  }

  #event(host: number, event: TraceEvent): void {
    if (event.kind === "received") {
      if (this.#elsewhere < 0) this.#arrives(host, event);
      else if (event.interface !== "lo") this.#comes(host, event);
    } else if (event.kind === "dropped" && event.layer === "link") this.#loses(event);
    this.#last = event.id;
  }

  #departs(host: number, frame: Packet): void {
    const flight = this.#note(host, frame, frame.cause === 0 ? -1 : frame.cause);
    if (this.#elsewhere >= 0) {
      flight.to = this.#elsewhere;
      flight.arrived = flight.sent;
      flight.arrival = flight.event;
      return;
    }
    const others = this.#underWay.get(frame.cause);
    if (others === undefined) this.#underWay.set(frame.cause, [flight]);
    else others.push(flight);
  }

  #note(host: number, frame: Packet, event: number): Open {
    const seen = readWirePacket(frame, "ethernet", NOBODY);
    const { protocol, source, destination, sourcePort, destinationPort, flags, sequence } = seen;
    const text = seen.text();
    const counted = (this.#frames[host] ?? 0) + (this.plugging ? 0 : 1);
    this.#frames[host] = counted;
    const nth = this.plugging ? 0 : counted;
    const flight: Open = {
      from: host,
      to: -1,
      sent: this.#now(),
      arrived: Number.NaN,
      event,
      arrival: -1,
      loss: -1,
      protocol,
      text,
      flags,
      seq: sequence,
      ack: seen.acknowledgment,
      length: seen.length,
      size: seen.size,
      marked: seen.ecn === 3,
      sack: sackOf(text),
      nth,
      ends: { protocol, source, destination, sourcePort, destinationPort, flags, sequence },
      after: this.#last,
    };
    this.#flights.push(flight);
    return flight;
  }

  /** The flight that has ended here. A frame that went to several, or came twice, gets one for each. */
  #arrives(host: number, event: ReceivedEvent): void {
    const flights = this.#underWay.get(event.sentAs);
    if (flights === undefined) return;
    const seen = readWirePacket(event.packet, "ethernet", NOBODY);
    const same = flights.filter((flight) => isSame(flight, seen));
    const among = same.length > 0 ? same : flights; // bits were flipped
    const flight = among.find(({ arrival }) => arrival < 0) ?? this.#another(among[0] as Open);
    flight.to = host;
    flight.arrived = event.time;
    flight.arrival = event.id;
    flight.marked ||= seen.ecn === 3;
  }

  /** A frame of somebody who tells nothing. */
  #comes(host: number, { packet, time, id }: ReceivedEvent): void {
    const flight = this.#note(this.#elsewhere, packet, -1);
    flight.to = host;
    flight.arrived = time;
    flight.arrival = id;
  }

  /** The flight that was lost on the line, or was not taken by it. */
  #loses({ packet, id }: DroppedEvent): void {
    const flights = packet === undefined ? undefined : this.#underWay.get(packet.cause);
    if (packet === undefined || flights === undefined) return;
    const seen = readWirePacket(packet, "ethernet", NOBODY);
    const flight = flights.find((one) => one.loss < 0 && one.arrival < 0 && isSame(one, seen));
    if (flight !== undefined) flight.loss = id;
  }

  #another(flight: Open): Open {
    const copy = { ...flight, after: this.#last };
    this.#flights.push(copy);
    return copy;
  }
}

function isSame(flight: NotedFlight, seen: WirePacket): boolean {
  return (
    flight.seq === seen.sequence &&
    flight.ack === seen.acknowledgment &&
    flight.length === seen.length &&
    flight.size === seen.size
  );
}

/** Edges of what is SACKed, as tcpdump writes them: `sack 2 {1:5}{7:9}`. */
function sackOf(text: string): readonly number[] {
  const [, edges] = /\bsack \d+ ((?:\{\d+:\d+\})+)/.exec(text) ?? [];
  return edges === undefined ? [] : [...edges.matchAll(/\d+/g)].map(Number);
}
