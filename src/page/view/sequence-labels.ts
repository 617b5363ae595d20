/** The words of the sequence diagram: on arrows what a segment says, beside marks what a host does. */
import { formatSpan, wordsOf } from "../model/format.ts";
import type { RunEvent } from "../record/run-record.ts";
import { type Box, type Labels, slopingBoxes, textBox } from "./labels.ts";
import type { Palette } from "./palette.ts";
import type { Drawn, Mark } from "./sequence-strokes.ts";

const HEIGHT = 12;
/** Pixels between a mark and its label. */
const GAP = 9;
/** The same once more within so many pixels says nothing. */
const REPEATED = 60;
/** Where on an arrow its label may stand: first nearer to the sender, so that those of arrows that cross are apart. */
const PLACES: readonly number[] = [0.36, 0.52, 0.22, 0.68];
/** Steeper than that, in radians, a label is written straight. */
const STEEP = 0.9;

/** What is waited for, in a few words. */
const HELD: Readonly<Record<string, string>> = {
  heldByApplication: "all is sent",
  heldByNagle: "Nagle holds",
  heldByCork: "corked",
  heldByReceiveWindow: "window full",
  heldByCongestion: "cwnd full",
  heldByRoute: "no route",
};

function markLabel(event: RunEvent): string {
  switch (event.kind) {
    case "state":
      return String(event.detail["to"]);
    case "timer":
      return `${event.detail["purpose"]} timer`;
    case "call":
      return `${event.detail["call"]}()`;
    case "dropped":
      return wordsOf(event.reason);
    case "held":
      return HELD[event.reason] ?? wordsOf(event.reason);
    default:
      return formatSpan(event.time);
  }
}

/** Along an arrow, where there is room; what `must` have a label has it in any case. */
export function labelFlight(
  context: CanvasRenderingContext2D,
  colours: Palette,
  labels: Labels,
  { flight, x1, y1, x2, y2 }: Drawn,
  text: string,
  must: boolean,
): void {
  context.font = "11px ui-monospace, monospace";
  const { width } = context.measureText(text);
  const slope = Math.atan((y2 - y1) / (x2 - x1 || 1));
  const angle = Math.abs(slope) < STEEP ? slope : 0;
  const places = flight.to < 0 ? [0.6, 0.3] : PLACES;
  // Above the arrow; under it where that is not free, as at the upper edge.
  const all = [-HEIGHT / 2 - 1, HEIGHT / 2 + 2].flatMap((above) =>
    places.map((part) => ({ x: x1 + (x2 - x1) * part, y: y1 + (y2 - y1) * part + above })),
  );
  const free = all.find(({ x, y }) => labels.take(slopingBoxes(x, y, width, HEIGHT, angle)));
  const at = free ?? (must ? all[0] : undefined);
  if (at === undefined) return;
  context.save();
  context.translate(at.x, at.y);
  context.rotate(angle);
  context.textAlign = "center";
  write(context, colours, text, 0, 0, must ? colours.chosen : colours.text);
  context.restore();
}

/** Beside marks, on the outer side of those at the edge; what changes a connection comes before what is called. */
export function labelMarks(
  context: CanvasRenderingContext2D,
  colours: Palette,
  labels: Labels,
  marks: readonly Mark[],
  columns: readonly number[],
): void {
  const last = new Map<number, { readonly text: string; readonly y: number }[]>();
  context.font = "10px system-ui, sans-serif";
  context.textAlign = "left";
  const isCommon = ({ event }: Mark): boolean => event.kind === "call" || event.kind === "held";
  for (const { event, x, y } of [
    ...marks.filter((one) => !isCommon(one)),
    ...marks.filter((one) => isCommon(one)),
  ]) {
    const text = markLabel(event);
    const before = last.get(event.host) ?? [];
    if (before.some((one) => one.text === text && Math.abs(y - one.y) < REPEATED)) continue;
    const { width } = context.measureText(text);
    const [left, right] = [textBox(x - GAP - width, y, width, HEIGHT), textBox(x + GAP, y, width, HEIGHT)];
    const outer = x === columns.at(-1) ? [right, left] : [left, right];
    // At the edge the inner side is the arrows', unless there is no room outside.
    const isAtEdge = x === columns[0] || x === columns.at(-1);
    const sides = isAtEdge && labels.holds(outer[0] as Box) ? outer.slice(0, 1) : outer;
    const box = sides.find((one) => labels.take([one]));
    if (box === undefined) continue;
    last.set(event.host, [...before, { text, y }]);
    write(context, colours, text, box.left, y, event.kind === "state" ? colours.control : colours.faint);
  }
}

/** With the ground around it, so that lines do not run through it. */
function write(
  context: CanvasRenderingContext2D,
  colours: Palette,
  text: string,
  x: number,
  y: number,
  colour: string,
): void {
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = colours.background;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
