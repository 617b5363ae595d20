/**
 * The sequence diagram: time goes down, hosts are columns, and each segment is an arrow from the one to the other, which
 * bends with its delay; one that is lost is a stump. On the columns stands what a host does by itself.
 */

import { type FlightKind, kindOf, labelOf } from "../model/flight-kinds.ts";
import { formatTime, niceStep } from "../model/format.ts";
import type { RunModel } from "../model/run-model.ts";
import type { Flight, RunEvent } from "../record/run-record.ts";
import { fillCanvas } from "./dom.ts";
import { watchGestures } from "./gestures.ts";
import { Labels } from "./labels.ts";
import { type Palette, palette } from "./palette.ts";
import { labelFlight, labelMarks } from "./sequence-labels.ts";
import {
  arrow,
  type Drawn,
  distanceTo,
  drawHead,
  HEAD,
  head,
  isMark,
  line,
  type Mark,
  mark,
  otherColumn,
  ring,
  stumpEnd,
  stumpOf,
} from "./sequence-strokes.ts";
import type { Changed, Store, View } from "./store.ts";

/** What is under a point of the diagram. */
type Target =
  | { readonly kind: "flight"; readonly flight: Flight }
  | { readonly kind: "event"; readonly event: RunEvent };

const GUTTER = 70;
const MARGIN = 92;
/** Labels need so much room, in pixels; with many more flights than that only those that are chosen have one. */
const LABEL_HEIGHT = 13;
/** Marks are left out when there are more. */
const MOST_MARKS = 600;
/** How near the pointer must be. */
const NEAR = 7;

/** What the picture shows, beside the cursor. */
const IN_PICTURE: ReadonlySet<keyof View> = new Set<keyof View>([
  ...(["model", "other", "from", "to", "event", "flight", "chain", "connection", "filtered"] as const),
]);

/** Draws one run; with `isOther` the one beside it. */
export class SequenceView {
  readonly #canvas: HTMLCanvasElement;
  readonly #store: Store;
  readonly #isOther: boolean;
  #drawn: Drawn[] = [];
  #marks: Mark[] = [];
  #hovered: Flight | undefined = undefined;
  /** The picture without the cursor: the slider moves the cursor alone. */
  readonly #picture: HTMLCanvasElement = document.createElement("canvas");

  constructor(canvas: HTMLCanvasElement, store: Store, isOther: boolean) {
    this.#canvas = canvas;
    this.#store = store;
    this.#isOther = isOther;
    watchGestures(canvas, store, {
      axis: "y",
      timeAt: (_, y) => this.#timeAt(y),
      choose: (x, y) => this.#choose(x, y),
      hover: (x, y) => this.#hover(x, y),
    });
    new ResizeObserver(() => this.draw(store.view)).observe(canvas);
  }

  /** Draws what has changed. */
  update(view: View, changed: Changed): void {
    if ([...changed].some((name) => IN_PICTURE.has(name))) this.draw(view);
    else if (changed.has("cursor")) this.#drawAgain(view);
  }

  /** The picture as it was, with the cursor where it is now. */
  #drawAgain(view: View): void {
    const model = this.#isOther ? view.other : view.model;
    const { context, width, height } = fillCanvas(this.#canvas);
    const { width: wide, height: high } = this.#canvas;
    if (model === undefined || width === 0) return;
    if (this.#picture.width !== wide || this.#picture.height !== high) {
      this.draw(view);
      return;
    }
    const colours = palette();
    context.drawImage(this.#picture, 0, 0, width, height);
    this.#drawCursor(context, view, colours, width, height);
    drawHead(context, colours, model.record.hosts, this.#columns(model, width), width);
  }

  #keepPicture(): void {
    const { width, height } = this.#canvas;
    if (this.#picture.width !== width) this.#picture.width = width;
    if (this.#picture.height !== height) this.#picture.height = height;
    this.#picture.getContext("2d", { alpha: false })?.drawImage(this.#canvas, 0, 0);
  }

  /** Draws all that `view` shows. */
  draw(view: View): void {
    const model = this.#isOther ? view.other : view.model;
    const { context, width, height } = fillCanvas(this.#canvas);
    const colours = palette();
    context.fillStyle = colours.background;
    context.fillRect(0, 0, width, height);
    this.#drawn = [];
    this.#marks = [];
    if (model === undefined || width === 0) return;
    const columns = this.#columns(model, width);
    this.#drawFrame(context, view, colours, columns, width, height);
    this.#drawFlights(context, model, view, colours, columns, height);
    this.#drawMarks(context, model, view, colours, columns, height);
    this.#drawLabels(context, model, view, colours, columns, height);
    this.#keepPicture();
    this.#drawCursor(context, view, colours, width, height);
    drawHead(context, colours, model.record.hosts, columns, width);
  }

  #columns(model: RunModel, width: number): readonly number[] {
    const count = model.record.hosts.length;
    const margin = Math.min(MARGIN, width * 0.17);
    const room = width - GUTTER - 2 * margin;
    return model.record.hosts.map(
      (_, at) => GUTTER + margin + (count < 2 ? room / 2 : (at * room) / (count - 1)),
    );
  }

  #yOf(time: number, view: View, height: number): number {
    return HEAD + ((time - view.from) / (view.to - view.from)) * (height - HEAD);
  }

  #timeAt(y: number): number {
    const { from, to } = this.#store.view;
    return from + ((y - HEAD) / (this.#canvas.clientHeight - HEAD)) * (to - from);
  }

  #drawFrame(
    context: CanvasRenderingContext2D,
    view: View,
    colours: Palette,
    columns: readonly number[],
    width: number,
    height: number,
  ): void {
    const span = view.to - view.from;
    const step = niceStep(span, height / 70);
    context.font = "11px ui-monospace, monospace";
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
      const y = Math.round(this.#yOf(time, view, height)) + 0.5;
      line(context, colours.line, 1, GUTTER, y, width, y);
      context.fillStyle = colours.faint;
      if (y > HEAD + 6) context.fillText(formatTime(time, Math.max(span, step * 2)), GUTTER - 8, y);
    }
    for (const x of columns) line(context, colours.faint, 1.5, x, HEAD, x, height);
  }

  #drawFlights(
    context: CanvasRenderingContext2D,
    model: RunModel,
    view: View,
    colours: Palette,
    columns: readonly number[],
    height: number,
  ): void {
    // A stump is over when it is sent: one that was sent just before is still to be seen.
    const early = view.from - (view.to - view.from) * 0.05;
    const flights = model
      .flightsBetween(early, view.to)
      .filter(({ connection }) => !view.filtered || connection === view.connection);
    const stump = stumpOf(model);
    for (const flight of flights) {
      const x1 = columns[flight.from] as number;
      const lost = flight.to < 0;
      const target = lost ? otherColumn(model, flight, columns) : (columns[flight.to] as number);
      const x2 = lost ? x1 + (target - x1) * 0.42 : target;
      const y1 = this.#yOf(flight.sent, view, height);
      const y2 = this.#yOf(lost ? flight.sent + stump * 0.42 : flight.arrived, view, height);
      this.#drawn.push({ flight, x1, y1, x2, y2 });
    }
    const isChosen = (flight: Flight): boolean => this.#isChosen(view, flight);
    const crowded = flights.length > 400;
    for (const kind of ["other", "ack", "udp", "data", "control", "again"] as const) {
      this.#drawKind(context, model, kind, colours, crowded);
    }
    for (const one of this.#drawn) {
      if (one.flight.to < 0) stumpEnd(context, colours, one);
      if (isChosen(one.flight)) arrow(context, colours.chosen, 3, one);
      else if (one.flight === this.#hovered) arrow(context, colours[kindOf(model, one.flight)], 3, one);
    }
  }

  #drawKind(
    context: CanvasRenderingContext2D,
    model: RunModel,
    kind: FlightKind,
    colours: Palette,
    crowded: boolean,
  ): void {
    context.strokeStyle = colours[kind];
    context.fillStyle = colours[kind];
    context.lineWidth = kind === "ack" || crowded ? 1 : 1.4;
    context.globalAlpha =
      crowded && kind !== "control" && kind !== "again" ? Math.max(0.12, 250 / this.#drawn.length) : 1;
    context.beginPath();
    for (const { flight, x1, y1, x2, y2 } of this.#drawn) {
      if (kindOf(model, flight) !== kind) continue;
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
    }
    context.stroke();
    if (!crowded) {
      context.beginPath();
      for (const one of this.#drawn)
        if (one.flight.to >= 0 && kindOf(model, one.flight) === kind) head(context, one);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** Of the chosen and of what is under the pointer; then of marks; then, unless there are too many, of all the rest. */
  #drawLabels(
    context: CanvasRenderingContext2D,
    model: RunModel,
    view: View,
    colours: Palette,
    columns: readonly number[],
    height: number,
  ): void {
    const width = this.#canvas.clientWidth;
    const labels = new Labels({ left: 2, top: HEAD - 4, right: width - 2, bottom: height });
    const isChosen = ({ flight }: Drawn): boolean => this.#isChosen(view, flight) || flight === this.#hovered;
    for (const one of this.#drawn)
      if (isChosen(one)) labelFlight(context, colours, labels, one, labelOf(model, one.flight), true);
    labelMarks(context, colours, labels, this.#marks, columns);
    if (this.#drawn.length >= height / LABEL_HEIGHT + 40) return;
    // Of two at one place that which carries something is worth a label.
    const order = this.#drawn.toSorted((a, b) => Math.sign(b.flight.length) - Math.sign(a.flight.length));
    for (const one of order)
      if (!isChosen(one)) labelFlight(context, colours, labels, one, labelOf(model, one.flight), false);
  }

  #drawMarks(
    context: CanvasRenderingContext2D,
    model: RunModel,
    view: View,
    colours: Palette,
    columns: readonly number[],
    height: number,
  ): void {
    const events = model
      .eventsBetween(view.from, view.to)
      .filter((event) => isMark(event) && (!view.filtered || event.connection === view.connection));
    if (events.length > MOST_MARKS) return;
    for (const event of events) {
      const x = columns[event.host] as number;
      const y = this.#yOf(event.time, view, height);
      this.#marks.push({ event, x, y });
      mark(context, colours, event, x, y);
      if (view.chain.has(event.index) && !this.#isOther) ring(context, colours.chosen, x, y);
    }
  }

  #drawCursor(
    context: CanvasRenderingContext2D,
    view: View,
    colours: Palette,
    width: number,
    height: number,
  ): void {
    const y = this.#yOf(view.cursor, view, height);
    if (y < HEAD || y > height) return;
    context.setLineDash([5, 4]);
    line(context, colours.cursor, 1, GUTTER, y, width, y);
    context.setLineDash([]);
  }

  #isChosen(view: View, flight: Flight): boolean {
    if (this.#isOther) return false;
    return (
      view.flight === flight ||
      (flight.event >= 0 &&
        view.chain.has(flight.event) &&
        flight.arrival >= 0 &&
        view.chain.has(flight.arrival))
    );
  }

  #choose(x: number, y: number): void {
    const model = this.#isOther ? this.#store.view.other : this.#store.view.model;
    if (model === undefined) return;
    const target = this.#targetAt(x, y);
    if (target === undefined) {
      this.#store.chooseNone();
      this.#store.set({ cursor: Math.max(0, this.#timeAt(y)) });
    } else if (target.kind === "event")
      this.#store.choose(target.event, model.flightOf(target.event), target.event.time);
    else this.#store.choose(model.record.events[target.flight.event], target.flight);
  }

  /** What is under the pointer is shown to be there to be chosen. */
  #hover(x: number, y: number): void {
    const target = this.#targetAt(x, y);
    const flight = target?.kind === "flight" ? target.flight : undefined;
    this.#canvas.style.cursor = target === undefined ? "" : "pointer";
    if (flight === this.#hovered) return;
    this.#hovered = flight;
    this.draw(this.#store.view);
  }

  #targetAt(x: number, y: number): Target | undefined {
    const near = this.#marks.find((one) => Math.hypot(one.x - x, one.y - y) < NEAR);
    if (near !== undefined) return { kind: "event", event: near.event };
    let best: Drawn | undefined;
    let distance = NEAR;
    for (const one of this.#drawn) {
      const away = distanceTo(one, x, y);
      if (away >= distance) continue;
      best = one;
      distance = away;
    }
    return best === undefined ? undefined : { kind: "flight", flight: best.flight };
  }
}
