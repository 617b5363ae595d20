/** What a plot is made of. */
import uPlot from "uplot";
import type { Flight } from "../record/run-record.ts";
import type { View } from "./store.ts";

/** What uPlot is given, and what is drawn beside that. */
export interface Drawing {
  readonly data: uPlot.AlignedData;
  readonly series: uPlot.Series[];
  /** What stands beside the lines of the plot: a value, and how far it is to the next. */
  readonly value: (value: number, step: number) => string;
  /** What is drawn beside the series, for the legend, with its class in the style sheet. */
  readonly legend?: readonly (readonly [name: string, kind: string])[];
  readonly draw?: (plot: uPlot, view: View) => void;
  /** The flight that is drawn at a point, in CSS pixels. */
  readonly flightAt?: (plot: uPlot, x: number, y: number) => Flight | undefined;
  /** The range of the values between two instants, where it is not that of the data. */
  readonly range?: (from: number, to: number) => [number, number];
}

/** A line in steps: what is told holds until something else is told. */
export function lineSeries(label: string, colour: string, value: (value: number) => string): uPlot.Series {
  return {
    label,
    stroke: colour,
    width: 1.5,
    spanGaps: true,
    points: { show: false },
    ...(uPlot.paths.stepped !== undefined && { paths: uPlot.paths.stepped({ align: 1 }) }),
    value: (_, number) => (Number.isFinite(number) ? value(number) : "–"),
  };
}
