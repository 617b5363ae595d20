/** What a scenario of the page is: one file that says what to build, what to try, and what to ask. */
import type { Lab } from "tapstack/lab";

/** A number that the reader chooses. */
export interface Slider {
  readonly kind: "slider";
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly value: number;
  /** Shown behind the number, and understood by lines of impairments: "ms", "%", "kbit". */
  readonly unit: string;
}

/** One of a few words that the reader chooses. */
export interface Choice {
  readonly kind: "choice";
  readonly label: string;
  readonly options: readonly string[];
  readonly value: string;
}

/** What the reader can change before a run. */
export type Control = Slider | Choice;

/** What the reader has chosen, by the names of the controls. */
export type Values = Readonly<Record<string, number | string>>;

/** A question that the run answers. */
export interface Question {
  readonly text: string;
  readonly options: readonly string[];
  /** Which of them is right, from 0. */
  readonly right: number;
  /** Shown after the reader has chosen. */
  readonly because: string;
}

/** A scenario: `export const scenario: Scenario = { … }`. */
export interface Scenario {
  readonly title: string;
  /** A few sentences: what happens here, and what to look at. */
  readonly about: string;
  readonly question: Question;
  readonly controls: Readonly<Record<string, Control>>;
  /**
   * Builds a network in `lab`, and lets it run. All that is sent, and why, is recorded.
   *
   * @param values - what the reader has chosen
   */
  run(lab: Lab, values: Values): Promise<unknown>;
}

/** A slider. */
export function slider(label: string, value: number, unit: string, range: SliderRange): Slider {
  return { kind: "slider", label, value, unit, ...range };
}

/** The ends of a slider, and its steps. */
export interface SliderRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** A choice between words; the first by default. */
export function choice(label: string, options: readonly string[], value: string = options[0] ?? ""): Choice {
  return { kind: "choice", label, options, value };
}

/** The chosen number `name`. @throws RangeError if there is none */
export function numberOf(values: Values, name: string): number {
  const value = values[name];
  if (typeof value !== "number") throw new RangeError(`no number was chosen for ${name}`);
  return value;
}

/** The chosen word `name`. @throws RangeError if there is none */
export function wordOf(values: Values, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new RangeError(`no word was chosen for ${name}`);
  return value;
}

/** What a reader has before choosing anything. */
export function defaultsOf(controls: Readonly<Record<string, Control>>): Record<string, number | string> {
  return Object.fromEntries(Object.entries(controls).map(([name, { value }]) => [name, value]));
}
