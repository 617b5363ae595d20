/** What the plots show of one direction of a connection: lists of points, in order of time. */
import type { Flight, NumberName, RunEvent } from "../record/run-record.ts";
import type { RunModel } from "./run-model.ts";

/** A segment in the time-sequence graph. */
export interface SequenceBar {
  readonly time: number;
  readonly from: number;
  readonly to: number;
  /** Something of it had been sent before. */
  readonly again: boolean;
  readonly lost: boolean;
  readonly flight: Flight;
}

/** SACKed text, when the sender hears of it. */
export interface SackBar {
  readonly time: number;
  readonly from: number;
  readonly to: number;
}

/** The time-sequence graph of tcptrace, for one direction. */
export interface SequenceGraph {
  readonly bars: readonly SequenceBar[];
  readonly sacks: readonly SackBar[];
  /** Times, and what had been acknowledged, and the window's right edge, as the sender knew them. */
  readonly times: readonly number[];
  readonly acknowledged: readonly number[];
  readonly edges: readonly number[];
}

/** Points of several lines over the same times. */
export interface Lines {
  readonly times: readonly number[];
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
}

/** The side that has sent more text: what the plots show at first. */
export function busierSide(model: RunModel, connection: number): 0 | 1 {
  const octets = [0, 0];
  for (const flight of model.flights) {
    if (flight.connection !== connection) continue;
    octets[flight.side] = (octets[flight.side] as number) + flight.length;
  }
  return (octets[1] as number) > (octets[0] as number) ? 1 : 0;
}

/** What `side` sent, and what was acknowledged of it. */
export function sequenceGraph(model: RunModel, connection: number, side: 0 | 1): SequenceGraph {
  const bars: SequenceBar[] = [];
  const sacks: SackBar[] = [];
  const host = model.record.connections[connection]?.hosts[side];
  let highest = 0;
  for (const flight of model.flights) {
    if (flight.connection !== connection) continue;
    if (flight.side !== side) {
      if (flight.to === host) sacks.push(...sacksOf(model, connection, side, flight));
      continue;
    }
    if (flight.from !== host) continue; // a router passes it on
    const octets = flight.length + (/[SF]/.test(flight.flags) ? 1 : 0);
    if (octets === 0) continue;
    const from = model.relative(connection, side, flight.seq);
    const to = from + octets;
    bars.push({ time: flight.sent, from, to, again: from < highest, lost: flight.arrival < 0, flight });
    highest = Math.max(highest, to);
  }
  sacks.sort((a, b) => a.time - b.time); // ACKs overtake one another
  return { bars, sacks, ...windowLines(model, connection, side) };
}

function sacksOf(model: RunModel, connection: number, side: 0 | 1, flight: Flight): SackBar[] {
  const bars: SackBar[] = [];
  for (let at = 0; at + 1 < flight.sack.length; at += 2) {
    const from = model.relative(connection, side, flight.sack[at] as number);
    const to = model.relative(connection, side, flight.sack[at + 1] as number);
    bars.push({ time: flight.arrived, from, to });
  }
  return bars;
}

function windowLines(
  model: RunModel,
  connection: number,
  side: 0 | 1,
): Pick<SequenceGraph, "times" | "acknowledged" | "edges"> {
  const times: number[] = [];
  const acknowledged: number[] = [];
  const edges: number[] = [];
  for (const event of eventsOf(model, connection, side)) {
    const una = model.relative(connection, side, model.numberOf(event, "sndUna") >>> 0);
    times.push(event.time);
    acknowledged.push(una);
    edges.push(una + model.numberOf(event, "sndWnd"));
  }
  return { times, acknowledged, edges };
}

/** Some of what `side` remembered, over time. Infinity and times of timers that do not run are gaps. */
export function numberLines(
  model: RunModel,
  connection: number,
  side: 0 | 1,
  names: readonly NumberName[],
  scale = 1,
): Lines {
  const times: number[] = [];
  const values: Record<string, (number | null)[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (const event of eventsOf(model, connection, side)) {
    times.push(event.time);
    for (const name of names) {
      const value = model.numberOf(event, name);
      values[name]?.push(Number.isFinite(value) ? value * scale : null);
    }
  }
  return { times, values };
}

/** Bits a second that arrive of what `side` sends, text alone, in so many equal spans. */
export function throughput(model: RunModel, connection: number, side: 0 | 1, spans = 120): Lines {
  const span = Math.max(1, model.end / spans);
  const sums = new Array<number>(spans).fill(0);
  const peer = model.record.connections[connection]?.hosts[side === 0 ? 1 : 0];
  for (const flight of model.flights) {
    if (flight.connection !== connection || flight.side !== side || flight.to !== peer) continue;
    const at = Math.min(spans - 1, Math.floor(flight.arrived / span));
    sums[at] = (sums[at] as number) + flight.length;
  }
  return {
    times: sums.map((_, at) => (at + 0.5) * span),
    values: { throughput: sums.map((octets) => (octets * 8e6) / span) },
  };
}

/** Octets of frames that are between `from` and wherever they go: on the wire, and in the queue before it. */
export function onTheLine(model: RunModel, from: number): Lines {
  const changes: [time: number, octets: number][] = [];
  for (const flight of model.flights) {
    if (flight.from !== from || flight.arrival < 0) continue;
    changes.push([flight.sent, flight.size], [flight.arrived, -flight.size]);
  }
  changes.sort((a, b) => a[0] - b[0]);
  let octets = 0;
  const times: number[] = [];
  const line: number[] = [];
  for (const [time, change] of changes) {
    octets += change;
    if (times.at(-1) === time) line[line.length - 1] = octets;
    else {
      times.push(time);
      line.push(octets);
    }
  }
  return { times, values: { line } };
}

function eventsOf(model: RunModel, connection: number, side: 0 | 1): readonly RunEvent[] {
  const host = model.record.connections[connection]?.hosts[side] ?? -1;
  return model.numbered(connection, host).filter(({ index }, at, all) => all[at + 1]?.index !== index);
}
