/** The plots of one direction of a connection, over time; they share the time that is shown, and the cursor. */
import uPlot from "uplot";
import {
  formatAllOctets,
  formatOctetsAt,
  formatRate,
  formatSpan,
  formatTime,
  wordsOf,
} from "../model/format.ts";
import type { RunModel } from "../model/run-model.ts";
import { lowerBound } from "../model/search.ts";
import { type Lines, numberLines, onTheLine, throughput } from "../model/series.ts";
import { h } from "./dom.ts";
import { type Palette, palette } from "./palette.ts";
import { type Drawing, lineSeries } from "./plot-drawing.ts";
import { sequencePlot } from "./sequence-plot.ts";
import type { Changed, Store, View } from "./store.ts";

/** One plot, and what it needs of a view. */
interface Plot {
  readonly title: string;
  readonly make: (model: RunModel, other: RunModel | undefined, view: View, colours: Palette) => Drawing;
}

const HEIGHT = 172;
const SEQUENCE_HEIGHT = 260;
const HINT = "Drag to zoom, double-click for all";

const PLOTS: readonly Plot[] = [
  { title: "Time and sequence number", make: sequencePlot },
  {
    title: "Congestion window",
    make: (model, other, view, colours) =>
      linesPlot(
        numberLines(model, view.connection, view.side, ["cwnd", "ssthresh", "inFlight"]),
        other && numberLines(other, view.connection, view.side, ["cwnd"]),
        {
          cwnd: ["cwnd", colours.data],
          ssthresh: ["ssthresh", colours.lost],
          inFlight: ["in flight", colours.ack],
        },
        formatAllOctets,
        formatOctetsAt,
      ),
  },
  {
    title: "Round trip and timeout",
    make: (model, other, view, colours) =>
      linesPlot(
        numberLines(model, view.connection, view.side, ["srtt", "rto"]),
        other && numberLines(other, view.connection, view.side, ["srtt"]),
        { srtt: ["SRTT", colours.data], rto: ["RTO", colours.again] },
        formatSpan,
      ),
  },
  {
    title: "Throughput",
    make: (model, other, view, colours) =>
      linesPlot(
        throughput(model, view.connection, view.side),
        other && throughput(other, view.connection, view.side),
        { throughput: ["data that arrives", colours.data] },
        formatRate,
      ),
  },
  {
    title: "On the line and in its queue",
    make: (model, other, view, colours) => {
      const host = model.record.connections[view.connection]?.hosts[view.side] ?? 0;
      return linesPlot(
        onTheLine(model, host),
        other && onTheLine(other, host),
        { line: ["between the hosts", colours.udp] },
        formatAllOctets,
        formatOctetsAt,
      );
    },
  },
  { title: "Where the time of each octet went, from send to recv", make: waitsPlot },
];

/** What octets wait for, each with a colour that is told from its neighbours on either ground. */
const WAIT_COLOURS: Readonly<Record<string, string>> = {
  application: "#8c8c8c",
  opening: "#1d9a4b",
  nagle: "#c9a400",
  congestionWindow: "#2f7de1",
  receiveWindow: "#8f5fd6",
  route: "#5a6b7a",
  retransmission: "#e05252",
  neighbour: "#a8783f",
  queue: "#e8871e",
  transmission: "#4fb3a9",
  propagation: "#9fb3c8",
  headOfLine: "#d65c9d",
  reading: "#6f8f2f",
};

/** Between the lines of a plot: whole octets, microseconds and bits. */
const STEPS: number[] = Array.from({ length: 14 }, (_, power) =>
  [1, 2, 5].map((one) => one * 10 ** power),
).flat();

/** Builds and feeds the plots. */
export class Plots {
  readonly #root: HTMLElement;
  readonly #store: Store;
  #plots: uPlot[] = [];
  #setting = false;

  constructor(root: HTMLElement, store: Store) {
    this.#root = root;
    this.#store = store;
    new ResizeObserver(() => this.#resize()).observe(root);
  }

  /** Follows the view; builds anew only when something else is shown. */
  update(view: View, changed: Changed): void {
    if (changed.has("model") || changed.has("other") || changed.has("connection") || changed.has("side"))
      this.build();
    else if (changed.has("from") || changed.has("to")) this.#scale(view);
    // uPlot has its scales in the next microtask.
    if (changed.has("from") || changed.has("to")) queueMicrotask(() => this.#point(this.#store.view));
    else if (changed.has("cursor")) this.#point(view);
  }

  /** Builds all of them: also when the theme has changed. */
  build(): void {
    const { view } = this.#store;
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
    this.#root.replaceChildren();
    const { model, other } = view;
    if (model === undefined || view.connection < 0) {
      this.#root.append(
        h("p", { class: "empty" }, "No connection of TCP in this run: there is nothing to plot."),
      );
      return;
    }
    const colours = palette();
    for (const [at, { title, make }] of PLOTS.entries()) {
      const hint = at === 0 ? [h("span", { class: "hint" }, HINT)] : [];
      const figure = h("figure", {}, h("figcaption", {}, title, ...hint));
      const drawing = make(model, other, view, colours);
      this.#root.append(figure);
      this.#plots.push(this.#plot(figure, drawing, colours, at === 0 ? SEQUENCE_HEIGHT : HEIGHT));
      if (drawing.legend !== undefined) figure.append(legendOf(drawing.legend));
    }
    this.#scale(view);
    queueMicrotask(() => this.#point(this.#store.view));
  }

  /** The chosen segment is another one. */
  mark(): void {
    this.#plots[0]?.redraw(false);
  }

  #plot(figure: HTMLElement, drawing: Drawing, colours: Palette, height: number): uPlot {
    const axis = {
      stroke: colours.faint,
      grid: { stroke: colours.line, width: 1 },
      ticks: { stroke: colours.line, width: 1 },
    };
    const options: uPlot.Options = {
      width: Math.max(200, this.#root.clientWidth - 8),
      height,
      legend: { show: true, live: true },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        dataIdx: lastTold,
      },
      scales: {
        x: { time: false },
        y: { range: (_, low, high) => this.#range(drawing) ?? yRange(low, high) },
      },
      series: [{ label: "time", value: (plot) => timeAtCursor(plot) }, ...drawing.series],
      axes: [
        {
          ...axis,
          size: 26,
          space: 76,
          values: (plot, splits) => splits.map((value) => formatTime(value, spanOf(plot))),
        },
        {
          ...axis,
          size: 62,
          incrs: STEPS,
          values: (_, splits, __, ___, step) => splits.map((value) => drawing.value(value, step)),
        },
      ],
      hooks: {
        draw: [(plot) => drawing.draw?.(plot, this.#store.view)],
        setSelect: [(plot) => this.#select(plot)],
        ready: [(plot) => this.#watch(plot, drawing)],
      },
    };
    return new uPlot(options, drawing.data, figure);
  }

  /** uPlot asks for it before it has the times that are to be shown. */
  #range(drawing: Drawing): [number, number] | undefined {
    const { from, to } = this.#store.view;
    return drawing.range?.(from, to);
  }

  #watch(plot: uPlot, drawing: Drawing): void {
    plot.over.addEventListener("click", (event) => {
      if (plot.select.width <= 2) this.#choose(plot, drawing, event.offsetX, event.offsetY);
    });
    // Without the pointer, the values are again those at the instant of the slider.
    plot.over.addEventListener("mouseleave", () => this.#point(this.#store.view));
    plot.over.addEventListener("dblclick", () => this.#store.look(0, this.#store.view.model?.end ?? 1));
    plot.over.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
        event.preventDefault();
        this.#store.zoom(1.0015 ** event.deltaY, plot.posToVal(event.offsetX, "x"));
      },
      { passive: false },
    );
  }

  /** A segment that is near, or what the sender had told last at that instant. */
  #choose(plot: uPlot, drawing: Drawing, x: number, y: number): void {
    const { model, connection, side } = this.#store.view;
    if (model === undefined) return;
    const time = plot.posToVal(x, "x");
    const flight = drawing.flightAt?.(plot, x, y);
    const host = model.record.connections[connection]?.hosts[side] ?? -1;
    const event =
      flight === undefined ? model.stateAt(connection, host, time).event : model.record.events[flight.event];
    this.#store.choose(event, flight ?? (event && model.flightOf(event)), flight?.sent ?? time);
  }

  #select(plot: uPlot): void {
    if (plot.select.width < 3) return;
    const from = plot.posToVal(plot.select.left, "x");
    const to = plot.posToVal(plot.select.left + plot.select.width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#store.look(from, to);
  }

  #scale(view: View): void {
    if (this.#setting) return;
    this.#setting = true;
    for (const plot of this.#plots) plot.setScale("x", { min: view.from, max: view.to });
    this.#setting = false;
  }

  #point(view: View): void {
    for (const plot of this.#plots) {
      const left = plot.valToPos(view.cursor, "x");
      plot.setCursor({ left, top: plot.over.clientHeight / 2 }, false);
    }
  }

  #resize(): void {
    const width = Math.max(200, this.#root.clientWidth - 8);
    for (const [at, plot] of this.#plots.entries()) {
      if (plot.width !== width) plot.setSize({ width, height: at === 0 ? SEQUENCE_HEIGHT : HEIGHT });
    }
  }
}

function spanOf(plot: uPlot): number {
  return (plot.scales["x"]?.max ?? 1) - (plot.scales["x"]?.min ?? 0);
}

/** What was told last before an instant: it holds until something else is told, however near that is. */
function lastTold(plot: uPlot, series: number, _: number, time: number): number | null {
  const times = plot.data[0];
  let at = lowerBound(times.length, (index) => (times[index] as number) > time) - 1;
  // Of two futures, only one has told something then: `null` is told, `undefined` is not.
  while (at >= 0 && plot.data[series]?.[at] === undefined) at--;
  return at < 0 ? null : at;
}

/** Where the cursor is, which need not be where something was told. */
function timeAtCursor(plot: uPlot): string {
  const { left } = plot.cursor;
  return left === undefined || left < 0 ? "" : formatTime(plot.posToVal(left, "x"), spanOf(plot));
}

/** The colours of what is drawn beside the lines. */
function legendOf(entries: NonNullable<Drawing["legend"]>): Node {
  return h("ul", { class: "key" }, ...entries.map(([name, kind]) => h("li", { class: kind }, name)));
}

function yRange(low: number | null, high: number | null): [number, number] {
  return [Math.min(0, low ?? 0), Math.max(high ?? 1, 1) * 1.05];
}

function linesPlot(
  lines: Lines,
  other: Lines | undefined,
  shown: Readonly<Record<string, readonly [label: string, colour: string]>>,
  value: (value: number) => string,
  beside: Drawing["value"] = value,
): Drawing {
  const names = Object.keys(shown);
  const series: uPlot.Series[] = names.map((name) => lineSeries(...(shown[name] as [string, string]), value));
  const mine: uPlot.AlignedData = [[...lines.times], ...names.map((name) => [...(lines.values[name] ?? [])])];
  if (other === undefined) return { data: mine, series, value: beside };
  const extra = names.filter((name) => other.values[name] !== undefined);
  for (const name of extra) {
    const [label, colour] = shown[name] as [string, string];
    series.push({ ...lineSeries(`${label}, other future`, colour, value), dash: [5, 4], width: 1 });
  }
  const theirs: uPlot.AlignedData = [
    [...other.times],
    ...extra.map((name) => [...(other.values[name] ?? [])]),
  ];
  return { data: uPlot.join([mine, theirs]), series, value: beside };
}

/** Stacked: each area begins where the one below it ends, so that the topmost edge is the whole delay. */
function waitsPlot(_: RunModel, __: RunModel | undefined, { waits }: View, colours: Palette): Drawing {
  if (waits === undefined || waits.times.length === 0) {
    return {
      data: [[0], [0]],
      series: [lineSeries("not known yet", colours.faint, formatSpan)],
      value: formatSpan,
    };
  }
  const sums = waits.times.map(() => 0);
  const stacked = waits.parts.map((part) =>
    part.map((value, at) => {
      sums[at] = (sums[at] as number) + value;
      return sums[at] as number;
    }),
  );
  const series = waits.names.map((name, at): uPlot.Series => {
    const colour = WAIT_COLOURS[name] ?? colours.other;
    const own = waits.parts[at] ?? [];
    return {
      ...lineSeries(wordsOf(name), colour, formatSpan),
      fill: colour,
      width: 0,
      value: (_plot, __value, ___series, index) => (index === null ? "–" : formatSpan(own[index] ?? 0)),
    };
  });
  // The last one is drawn first, behind those below it.
  return {
    data: [[...waits.times], ...stacked.toReversed()],
    series: series.toReversed(),
    value: formatSpan,
  };
}
