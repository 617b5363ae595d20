/** The whole run as a strip: how much happens when, what is shown of it, and where the cursor is. */
import { endOf, type RunModel } from "../model/run-model.ts";
import { fillCanvas } from "./dom.ts";
import { palette } from "./palette.ts";
import type { View } from "./store.ts";

/** Draws behind the slider. */
export class Overview {
  readonly #canvas: HTMLCanvasElement;
  #counts: { readonly of: RunModel; readonly bars: Uint32Array; readonly lost: Uint32Array } | undefined =
    undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  draw(view: View): void {
    const { context, width, height } = fillCanvas(this.#canvas);
    const colours = palette();
    context.fillStyle = colours.background;
    context.fillRect(0, 0, width, height);
    const { model } = view;
    if (model === undefined || width === 0) return;
    const { bars, lost } = this.#count(model, Math.max(1, Math.floor(width / 3)));
    const most = bars.reduce((highest, count) => Math.max(highest, count), 1);
    for (const [at, count] of bars.entries()) {
      const high = Math.sqrt(count / most) * (height - 4);
      context.fillStyle = colours.data;
      context.fillRect(at * 3, height - high, 2, high);
      if (lost[at] === 0) continue;
      context.fillStyle = colours.lost;
      context.fillRect(at * 3, 0, 2, 4);
    }
    const end = Math.max(1, model.end);
    const [from, to] = [(view.from / end) * width, (view.to / end) * width];
    context.strokeStyle = colours.chosen;
    context.lineWidth = 1.5;
    context.strokeRect(Math.max(1, from), 1, Math.min(width - 1, to) - Math.max(1, from), height - 2);
    context.fillStyle = colours.cursor;
    context.fillRect((view.cursor / end) * width - 0.5, 0, 1.5, height);
  }

  #count(model: RunModel, places: number): { bars: Uint32Array; lost: Uint32Array } {
    if (this.#counts?.of === model && this.#counts.bars.length === places) return this.#counts;
    const bars = new Uint32Array(places);
    const lost = new Uint32Array(places);
    const span = Math.max(1, model.end) / places;
    for (const flight of model.flights) {
      const at = Math.min(places - 1, Math.floor(endOf(flight) / span));
      bars[at] = (bars[at] as number) + 1;
      if (flight.loss >= 0) lost[at] = (lost[at] as number) + 1;
    }
    this.#counts = { of: model, bars, lost };
    return this.#counts;
  }
}
