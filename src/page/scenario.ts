/** What a scenario of the page is: one file that says what to build, what to try, and what to ask. */
import type { Lab } from "tapstack/lab";
import type { TcpSettings } from "tapstack/stack";

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
  /** Shown in place of 0. */
  readonly zero?: string | undefined;
  /** Shown with others under this name, which the reader opens; undefined: at once. */
  readonly group?: string | undefined;
}

/** One of a few words that the reader chooses. */
export interface Choice {
  readonly kind: "choice";
  readonly label: string;
  readonly options: readonly string[];
  readonly value: string;
  /** As that of a slider. */
  readonly group?: string | undefined;
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
  /** Shown in place of 0. */
  readonly zero?: string | undefined;
}

/** A choice between words; the first by default. */
export function choice(label: string, options: readonly string[], value: string = options[0] ?? ""): Choice {
  return { kind: "choice", label, options, value };
}

/** What every network has. */
export type Surrounding = "delay" | "loss" | "rate" | "queue" | "sendBuffer" | "receiveBuffer" | "congestion";

/** What every network has, and every scenario lets the reader change if it means something there. */
const SURROUNDINGS: Readonly<Record<Surrounding, Control>> = {
  delay: slider("Delay, one way", 10, "ms", { from: 0, to: 500, step: 1 }),
  loss: slider("Loss", 0, "%", { from: 0, to: 30, step: 0.5 }),
  rate: slider("Rate", 0, "kbit", { from: 0, to: 50_000, step: 500, zero: "no limit" }),
  queue: slider("Queue before the line", 100, "kB", { from: 3, to: 1000, step: 1 }),
  sendBuffer: slider("Send buffers", 0, "KiB", { from: 0, to: 1024, step: 4, zero: "as the stack has them" }),
  receiveBuffer: slider("Receive buffers", 0, "KiB", {
    from: 0,
    to: 1024,
    step: 4,
    zero: "as the stack has them",
  }),
  congestion: choice("Congestion control", ["cubic", "newreno", "fixed"]),
};

/**
 * Delay, loss, rate, queue, buffers, congestion control: those of them that are named, shown apart from the rest.
 *
 * @param names - each alone, or with the number that it has at first
 */
export function surroundings(
  ...names: readonly (Surrounding | readonly [Surrounding, number])[]
): Readonly<Record<string, Control>> {
  const group = "The line and the hosts";
  return Object.fromEntries(
    names.map((one): [string, Control] => {
      const [name, value] = typeof one === "string" ? [one] : one;
      const control = SURROUNDINGS[name];
      return [
        name,
        control.kind === "slider"
          ? { ...control, group, value: value ?? control.value }
          : { ...control, group },
      ];
    }),
  );
}

/**
 * The line that the reader has chosen by `delay`, `loss`, `rate` and `queue`, as far as there are such controls.
 *
 * @param way - "out:" where only what goes to the second host has a rate and a queue
 */
export function lineOf(values: Values, way: "" | "out:" = ""): string {
  const { delay, loss, rate, queue } = values;
  const parts = [`delay=${delay ?? 0}ms`];
  if (Number(loss ?? 0) > 0) parts.push(`loss=${loss}%`);
  if (Number(rate ?? 0) > 0) parts.push(`${way}rate=${rate}kbit`);
  if (Number(rate ?? 0) > 0 && queue !== undefined) parts.push(`${way}queue=${queue}kb`);
  return parts.join(",");
}

/** Settings of TCP by `sendBuffer`, `receiveBuffer` and `congestion`, as far as there are such controls. */
export function tcpOf(values: Values): { readonly options: NonNullable<TcpSettings["options"]> } {
  const { sendBuffer, receiveBuffer, congestion } = values;
  return {
    options: {
      ...(Number(sendBuffer ?? 0) > 0 && { sendBuffer: Number(sendBuffer) * 1024 }),
      ...(Number(receiveBuffer ?? 0) > 0 && { receiveBuffer: Number(receiveBuffer) * 1024 }),
      ...(congestion !== undefined && { congestion: String(congestion) }),
    },
  };
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
