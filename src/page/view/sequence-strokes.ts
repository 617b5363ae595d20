/** What the sequence diagram is drawn with. */
import type { RunModel } from "../model/run-model.ts";
import type { Flight, RunEvent } from "../record/run-record.ts";
import type { Palette } from "./palette.ts";

/** Where a flight was drawn. */
export interface Drawn {
  readonly flight: Flight;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Where a mark was drawn. */
export interface Mark {
  readonly event: RunEvent;
  readonly x: number;
  readonly y: number;
}

/** Pixels above the diagram, for the names. */
export const HEAD = 30;

/** The names of the hosts: they stay where they are, and what comes from before passes below them. */
export function drawHead(
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
export function stumpOf(model: RunModel): number {
  for (const flight of model.flights) if (flight.to >= 0) return Math.max(1, flight.arrived - flight.sent);
  return 1;
}

/** Where the one stands for whom a lost frame was. */
export function otherColumn(model: RunModel, flight: Flight, columns: readonly number[]): number {
  const connection = model.record.connections[flight.connection];
  const peer = connection?.hosts.find((host) => host !== flight.from && host >= 0);
  return columns[peer ?? (flight.from === 0 ? 1 : flight.from - 1)] ?? (columns[0] as number);
}

/** Whether an event stands on the line of its host. */
export function isMark(event: RunEvent): boolean {
  if (event.kind === "timer") return event.detail["what"] === "fired";
  return (
    event.kind === "state" ||
    event.kind === "held" ||
    (event.kind === "call" && event.detail["call"] !== "configure") ||
    (event.kind === "dropped" && event.layer !== "link")
  );
}

/** One mark. */
export function mark(
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

/** Around a mark that is part of the chosen chain. */
export function ring(context: CanvasRenderingContext2D, colour: string, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, 8, 0, 7);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

/** A straight line. */
export function line(
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

/** An arrow that stands out. */
export function arrow(context: CanvasRenderingContext2D, colour: string, width: number, one: Drawn): void {
  line(context, colour, width, one.x1, one.y1, one.x2, one.y2);
  context.fillStyle = colour;
  context.beginPath();
  if (one.flight.to >= 0) head(context, one);
  context.fill();
}

/** The head of an arrow, as part of a path. */
export function head(context: CanvasRenderingContext2D, { x1, y1, x2, y2 }: Drawn): void {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  context.moveTo(x2, y2);
  context.lineTo(x2 - ux * 9 - uy * 3.5, y2 - uy * 9 + ux * 3.5);
  context.lineTo(x2 - ux * 9 + uy * 3.5, y2 - uy * 9 - ux * 3.5);
}

/** The cross at the end of what was lost. */
export function stumpEnd(
  context: CanvasRenderingContext2D,
  colours: Palette,
  { x2, y2, flight }: Drawn,
): void {
  if (flight.loss < 0) return; // under way when the run ended
  line(context, colours.lost, 2.2, x2 - 5, y2 - 5, x2 + 5, y2 + 5);
  line(context, colours.lost, 2.2, x2 + 5, y2 - 5, x2 - 5, y2 + 5);
}

/** Pixels from a point to an arrow. */
export function distanceTo({ x1, y1, x2, y2 }: Drawn, x: number, y: number): number {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(x - (x1 + part * (x2 - x1)), y - (y1 + part * (y2 - y1)));
}
