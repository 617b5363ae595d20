/** The time-sequence graph of one direction, as tcptrace draws it. */
import type uPlot from "uplot";
import { formatAllOctets, formatOctetsAt } from "../model/format.ts";
import type { RunModel } from "../model/run-model.ts";
import { lowerBound } from "../model/search.ts";
import { type SequenceGraph, sequenceGraph } from "../model/series.ts";
import type { Flight } from "../record/run-record.ts";
import type { Palette } from "./palette.ts";
import { type Drawing, lineSeries } from "./plot-drawing.ts";
import { line } from "./sequence-strokes.ts";
import type { View } from "./store.ts";

/** How near the pointer must be to a segment, in pixels. */
const NEAR = 10;

/** Segments as bars, what is acknowledged, SACKed, and the window's edge. */
export function sequencePlot(
  model: RunModel,
  _: RunModel | undefined,
  { connection, side }: View,
  colours: Palette,
): Drawing {
  const graph = sequenceGraph(model, connection, side);
  return {
    data: [[...graph.times], [...graph.acknowledged], [...graph.edges]],
    series: [
      lineSeries("acknowledged", colours.ack, formatAllOctets),
      lineSeries("window's edge", colours.window, formatAllOctets),
    ],
    legend: [
      ["sent", "data"],
      ["sent again", "again"],
      ["✕ lost", "lost"],
      ["SACKed", "sack"],
    ],
    value: formatOctetsAt,
    range: (from, to) => sequenceRange(graph, from, to),
    draw: (plot, { flight }) => drawSegments(plot, graph, colours, flight),
    flightAt: (plot, x, y) => segmentAt(plot, graph, x, y),
  };
}

/** What is sent in the time that is shown, and a little more: a window of megabytes would press it flat. */
function sequenceRange({ bars, edges, times }: SequenceGraph, start: number, end: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const { from, to } of within(bars, start, end)) {
    low = Math.min(low, from);
    high = Math.max(high, to);
  }
  if (high === 0) return [0, Math.max(1, bars.at(-1)?.to ?? 1)];
  let edge = high;
  const first = lowerBound(times.length, (at) => (times[at] as number) >= start);
  for (let at = first; at < times.length && (times[at] as number) <= end; at++) {
    edge = Math.max(edge, edges[at] as number);
  }
  const span = Math.max(high - low, 1);
  return [low - span * 0.05, Math.min(edge, high + span * 0.5) + span * 0.05];
}

/** Those of a list in order of time that lie between two instants. */
function within<T extends { readonly time: number }>(
  all: readonly T[],
  from: number,
  to: number,
): readonly T[] {
  const first = lowerBound(all.length, (at) => (all[at] as T).time >= from);
  const last = lowerBound(all.length, (at) => (all[at] as T).time > to);
  return all.slice(first, last);
}

/** The segment that is nearest to a point, if one is near. */
function segmentAt(plot: uPlot, { bars }: SequenceGraph, x: number, y: number): Flight | undefined {
  let best: Flight | undefined;
  let distance = NEAR;
  for (const { time, from, to, flight } of bars) {
    const across = Math.abs(plot.valToPos(time, "x") - x);
    if (across >= distance) continue;
    const [low, high] = [plot.valToPos(from, "y"), plot.valToPos(to, "y")];
    const along = y > low ? y - low : y < high ? high - y : 0;
    const away = Math.hypot(across, along);
    if (away >= distance) continue;
    best = flight;
    distance = away;
  }
  return best;
}

function drawSegments(plot: uPlot, graph: SequenceGraph, colours: Palette, chosen: Flight | undefined): void {
  const { ctx: context } = plot;
  const x = (time: number): number => plot.valToPos(time, "x", true);
  const y = (octets: number): number => plot.valToPos(octets, "y", true);
  const { left, top, width, height } = plot.bbox;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  const ratio = devicePixelRatio || 1;
  const { min, max } = plot.scales["x"] ?? {};
  for (const bar of within(graph.sacks, min ?? 0, max ?? 0)) {
    line(context, colours.sack, 2 * ratio, x(bar.time), y(bar.from), x(bar.time), y(bar.to));
  }
  for (const bar of within(graph.bars, min ?? 0, max ?? 0)) {
    const colour = bar.flight === chosen ? colours.chosen : bar.again ? colours.again : colours.data;
    const [at, from, to] = [x(bar.time), y(bar.from), y(bar.to)];
    line(context, colour, 2.5 * ratio, at, from, at, Math.min(to, from - 2 * ratio));
    if (!bar.lost) continue;
    const [middle, size] = [(from + to) / 2, 4 * ratio];
    line(context, colours.lost, 2 * ratio, at - size, middle - size, at + size, middle + size);
    line(context, colours.lost, 2 * ratio, at + size, middle - size, at - size, middle + size);
  }
  context.restore();
}
