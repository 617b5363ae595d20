/**
 * The sequence diagram: time goes down, hosts are columns, and each segment is an arrow from the one to the other, which
 * bends with its delay; one that is lost is a stump. On the columns stands what a host does by itself.
 */
import { formatSpan, formatTime, niceStep } from "../model/format.ts";
import { type FlightKind, kindOf, labelOf } from "../model/kinds.ts";
import type { RunModel } from "../model/run-model.ts";
import type { Flight, RunEvent } from "../record/run-record.ts";
import { fit } from "./dom.ts";
import { watchGestures } from "./gestures.ts";
import { type Palette, palette } from "./palette.ts";
import type { Store, View } from "./store.ts";

/** What is under a point of the diagram. */
type Target =
  | { readonly kind: "flight"; readonly flight: Flight }
  | { readonly kind: "event"; readonly event: RunEvent };

/** Where a flight was drawn. */
interface Drawn {
  readonly flight: Flight;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Where a mark was drawn. */
interface Mark {
  readonly event: RunEvent;
  readonly x: number;
  readonly y: number;
}

const GUTTER = 70;
const HEAD = 30;
const MARGIN = 92;
/** Labels need so much room, in pixels; more flights than that are drawn as bare lines. */
const LABEL_HEIGHT = 13;
/** Marks are left out when there are more. */
const MOST_MARKS = 600;
/** How near the pointer must be. */
const NEAR = 7;

/** Draws one run; with `isOther` the one beside it. */
export class SequenceView {
  readonly #canvas: HTMLCanvasElement;
  readonly #store: Store;
  readonly #isOther: boolean;
  #drawn: Drawn[] = [];
  #marks: Mark[] = [];

  constructor(canvas: HTMLCanvasElement, store: Store, isOther: boolean) {
    this.#canvas = canvas;
    this.#store = store;
    this.#isOther = isOther;
    watchGestures(canvas, store, {
      axis: "y",
      timeAt: (_, y) => this.#timeAt(y),
      choose: (x, y) => this.#choose(x, y),
    });
    new ResizeObserver(() => this.draw(store.view)).observe(canvas);
  }

  /** Draws what `view` shows. */
  draw(view: View): void {
    const model = this.#isOther ? view.other : view.model;
    const { context, width, height } = fit(this.#canvas);
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
    }
    if (flights.length < height / LABEL_HEIGHT + 40) this.#drawLabels(context, model, colours, view);
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

  #drawLabels(context: CanvasRenderingContext2D, model: RunModel, colours: Palette, view: View): void {
    context.font = "11px ui-monospace, monospace";
    context.textAlign = "center";
    context.textBaseline = "bottom";
    const taken: { readonly x: number; readonly y: number }[] = [];
    // Of two at one place that which carries something is worth a label.
    const order = this.#drawn.toSorted((a, b) => Math.sign(b.flight.length) - Math.sign(a.flight.length));
    for (const { flight, x1, y1, x2, y2 } of order) {
      const chosen = this.#isChosen(view, flight);
      // Nearer to the sender, so that the labels of arrows that cross are apart.
      const part = flight.to < 0 ? 0.6 : 0.36;
      const x = x1 + (x2 - x1) * part;
      const y = y1 + (y2 - y1) * part;
      if (!chosen && taken.some((at) => Math.abs(at.y - y) < LABEL_HEIGHT && Math.abs(at.x - x) < 150))
        continue;
      taken.push({ x, y });
      const slope = Math.atan2(y2 - y1, x2 - x1);
      const angle = Math.abs(slope) > Math.PI / 2 ? slope + Math.PI : slope;
      context.save();
      context.translate(x, y - 1);
      if (Math.abs(angle % (2 * Math.PI)) < 0.9 || Math.abs(Math.abs(angle) - 2 * Math.PI) < 0.9)
        context.rotate(angle);
      const label = labelOf(model, flight);
      context.lineWidth = 3;
      context.strokeStyle = colours.background;
      context.strokeText(label, 0, 0);
      context.fillStyle = chosen ? colours.chosen : colours.text;
      context.fillText(label, 0, 0);
      context.restore();
    }
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
    /** The last label of each column: the same one again says nothing. */
    const labels = new Map<number, { readonly text: string; readonly y: number }>();
    context.font = "10px system-ui, sans-serif";
    for (const event of events) {
      const x = columns[event.host] as number;
      const y = this.#yOf(event.time, view, height);
      const isLeft = x <= (columns.at(-1) as number) / 2 + GUTTER / 2;
      this.#marks.push({ event, x, y });
      mark(context, colours, event, x, y);
      if (view.chain.has(event.index) && !this.#isOther) ring(context, colours.chosen, x, y);
      const label = markLabel(event);
      const last = labels.get(event.host);
      if (last !== undefined && y - last.y < (last.text === label ? 60 : 11)) continue;
      labels.set(event.host, { text: label, y });
      context.textAlign = isLeft ? "right" : "left";
      context.textBaseline = "middle";
      context.fillStyle = event.kind === "state" ? colours.control : colours.faint;
      context.fillText(label, x + (isLeft ? -9 : 9), y);
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
      this.#store.set({
        cursor: Math.max(0, this.#timeAt(y)),
        event: undefined,
        flight: undefined,
        chain: new Set(),
      });
      return;
    }
    const event = target.kind === "event" ? target.event : model.record.events[target.flight.event];
    const flight = target.kind === "flight" ? target.flight : undefined;
    const connection = flight?.connection ?? event?.connection ?? -1;
    const host = flight?.from ?? event?.host ?? -1;
    this.#store.set({
      event,
      flight,
      chain: new Set(event === undefined ? [] : model.chain(event).map(({ index }) => index)),
      cursor: flight?.sent ?? event?.time ?? 0,
      ...(connection >= 0 &&
        connection !== this.#store.view.connection && { connection, side: model.sideOf(connection, host) }),
    });
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

/** The names of the hosts: they stay where they are, and what comes from before passes below them. */
function drawHead(
  context: CanvasRenderingContext2D,
  colours: Palette,
  hosts: readonly string[],
  columns: readonly number[],
  width: number,
): void {
  context.fillStyle = colours.background;
  context.fillRect(0, 0, width, HEAD - 4);
  context.fillStyle = colours.text;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = "600 13px system-ui, sans-serif";
  for (const [at, host] of hosts.entries()) context.fillText(host, columns[at] as number, HEAD / 2);
}

/** How long flights usually take: a stump is drawn with the slope of the others. */
function stumpOf(model: RunModel): number {
  for (const flight of model.flights) if (flight.to >= 0) return Math.max(1, flight.arrived - flight.sent);
  return 1;
}

function otherColumn(model: RunModel, flight: Flight, columns: readonly number[]): number {
  const connection = model.record.connections[flight.connection];
  const peer = connection?.hosts.find((host) => host !== flight.from && host >= 0);
  return columns[peer ?? (flight.from === 0 ? 1 : flight.from - 1)] ?? (columns[0] as number);
}

function isMark(event: RunEvent): boolean {
  if (event.kind === "timer") return event.detail["what"] === "fired";
  return (
    event.kind === "state" ||
    event.kind === "held" ||
    (event.kind === "call" && event.detail["call"] !== "configure") ||
    (event.kind === "dropped" && event.layer !== "link")
  );
}

function markLabel(event: RunEvent): string {
  switch (event.kind) {
    case "state":
      return String(event.detail["to"]);
    case "timer":
      return `${event.detail["purpose"]} timer`;
    case "call":
      return `${event.detail["call"]}()`;
    case "dropped":
    case "held":
      return event.reason;
    default:
      return formatSpan(event.time);
  }
}

function mark(
  context: CanvasRenderingContext2D,
  colours: Palette,
  event: RunEvent,
  x: number,
  y: number,
): void {
  context.beginPath();
  if (event.kind === "dropped") {
    line(context, colours.lost, 2, x - 4, y - 4, x + 4, y + 4);
    line(context, colours.lost, 2, x + 4, y - 4, x - 4, y + 4);
    return;
  }
  if (event.kind === "call") {
    context.moveTo(x - 5, y - 4);
    context.lineTo(x + 4, y);
    context.lineTo(x - 5, y + 4);
  } else if (event.kind === "timer") {
    context.moveTo(x - 5, y - 5);
    context.lineTo(x + 5, y - 5);
    context.lineTo(x - 5, y + 5);
    context.lineTo(x + 5, y + 5);
  } else context.arc(x, y, event.kind === "state" ? 4 : 3, 0, 7);
  const fills = {
    call: colours.text,
    timer: colours.again,
    state: colours.control,
    held: colours.window,
  } as const;
  context.fillStyle = fills[event.kind as keyof typeof fills];
  context.fill();
}

function ring(context: CanvasRenderingContext2D, colour: string, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, 8, 0, 7);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

function line(
  context: CanvasRenderingContext2D,
  colour: string,
  width: number,
  ...at: [number, number, number, number]
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(at[0], at[1]);
  context.lineTo(at[2], at[3]);
  context.stroke();
}

function arrow(context: CanvasRenderingContext2D, colour: string, width: number, one: Drawn): void {
  line(context, colour, width, one.x1, one.y1, one.x2, one.y2);
  context.fillStyle = colour;
  context.beginPath();
  if (one.flight.to >= 0) head(context, one);
  context.fill();
}

function head(context: CanvasRenderingContext2D, { x1, y1, x2, y2 }: Drawn): void {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  context.moveTo(x2, y2);
  context.lineTo(x2 - ux * 9 - uy * 3.5, y2 - uy * 9 + ux * 3.5);
  context.lineTo(x2 - ux * 9 + uy * 3.5, y2 - uy * 9 - ux * 3.5);
}

function stumpEnd(context: CanvasRenderingContext2D, colours: Palette, { x2, y2, flight }: Drawn): void {
  if (flight.loss < 0) return; // under way when the run ended
  line(context, colours.lost, 2.2, x2 - 5, y2 - 5, x2 + 5, y2 + 5);
  line(context, colours.lost, 2.2, x2 + 5, y2 - 5, x2 - 5, y2 + 5);
}

function distanceTo({ x1, y1, x2, y2 }: Drawn, x: number, y: number): number {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(x - (x1 + part * (x2 - x1)), y - (y1 + part * (y2 - y1)));
}
