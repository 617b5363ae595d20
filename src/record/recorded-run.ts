/**
 * A recorded run: what came to a stack from outside, as lines of JSON. The first line is the head; then one line for each
 * time that something entered the stack from outside, in order. What happened meanwhile, that came from outside as well,
 * is in that line's `within`: what a link took, whom the stack woke and what those called, which timer of the application
 * fired.
 */
import type { LinkCapabilities, TcpSettings } from "../stack/index.ts";
import type { Json } from "./json-values.ts";

/** The version of the format that runs are written in; one with another version is not read. */
export const RUN_VERSION = 1;

/** The first line. */
export interface RunHead {
  /** `RUN_VERSION` */
  readonly tapstack: typeof RUN_VERSION;
  /** Of all chance. */
  readonly seed: number;
  /** Constants and default options of TCP. */
  readonly tcp?: Pick<TcpSettings, "config" | "options">;
}

/** A frame that a link has delivered. */
export interface RunFrame {
  /** Its octets, in base64. */
  readonly b: string;
  /** Where it began, modulo 4. */
  readonly a: number;
  /** 1: `checksumOffloaded`; 2: `checksumComplete`. */
  readonly o?: number;
  /** `segmentSize` */
  readonly s?: number;
}

/** Time came: `Stack.advance` at `now`. */
export interface AdvanceStep {
  readonly do: "advance";
  readonly now: number;
}

/** A call of the stack itself; an endpoint that it opens has the number `new`. */
export interface StackStep {
  readonly do: "stack";
  readonly call: string;
  readonly with: readonly Json[];
  /** Of `addInterface`: what the link can do, and its own address. */
  readonly link?: { readonly capabilities: LinkCapabilities; readonly mac: string | null };
  new?: number;
  result?: Json;
}

/** A call at an endpoint. */
export interface CallStep {
  readonly do: "call";
  /** The endpoint's number. */
  readonly of: number;
  readonly call: string;
  readonly with: readonly Json[];
  /** The number of what `accept` has given. */
  new?: number;
  /** What it has answered; left out: nothing. */
  result?: Json;
}

/** A link has delivered frames. */
export interface FramesStep {
  readonly do: "frames";
  readonly on: string;
  readonly frames: readonly RunFrame[];
}

/** A link has room again, has lost a frame, has lost or found its carrier, or is gone. */
export interface LinkStep {
  readonly do: "writable" | "lost" | "carrierLost" | "carrierFound" | "failed";
  readonly on: string;
  readonly frame?: RunFrame;
  /** `Drop` of what was lost. */
  readonly reason?: number;
  /** It was on its way to here. */
  readonly arriving?: boolean;
  readonly why?: string;
}

/** The application's next timer is due then; null: it has none. */
export interface TimerStep {
  readonly do: "timer";
  readonly at: number | null;
}

/** The stack has given frames to a link, which has taken some. */
export interface SentStep {
  readonly do: "sent";
  readonly on: string;
  /** A sum for each frame that it was given: see `sumOf`. */
  readonly sums: readonly string[];
  taken: number;
}

/** The stack has woken the subscriber of an endpoint. */
export interface WokenStep {
  readonly do: "woken";
  readonly of: number;
}

/** The application's timer has fired. */
export interface FiredStep {
  readonly do: "fired";
}

/** One thing that came from outside, or was asked of it. */
export type Step = (
  | AdvanceStep
  | StackStep
  | CallStep
  | FramesStep
  | LinkStep
  | TimerStep
  | SentStep
  | WokenStep
  | FiredStep
) & {
  /** The time, in microseconds: of steps that are lines. */
  readonly t?: number;
  /** What happened meanwhile. */
  within?: Step[];
};

/** A whole run. */
export interface Run {
  readonly head: RunHead;
  readonly steps: readonly Step[];
}

/**
 * A run from its lines.
 *
 * @throws SyntaxError for what is none, with the number of the line; a last line that was cut off is left out
 */
export function readRun(text: string): Run {
  const lines = text.split("\n");
  const whole = lines.at(-1) === "" ? lines.slice(0, -1) : lines.slice(0, -1).concat(lastWhole(lines.at(-1)));
  const [head, ...steps] = whole.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      throw new SyntaxError(`line ${index + 1} of the run: ${(error as Error).message}`);
    }
  });
  const version = (head as RunHead | undefined)?.tapstack;
  if (version !== RUN_VERSION)
    throw new SyntaxError(`no recorded run of version ${RUN_VERSION}: its first line has ${version}`);
  for (const [index, step] of steps.entries()) {
    if (typeof (step as Step | null)?.do !== "string")
      throw new SyntaxError(`line ${index + 2} of the run is no step`);
  }
  return { head: head as RunHead, steps: steps as Step[] };
}

/** The run as lines. */
export function writeRun({ head, steps }: Run): string {
  return [head, ...steps].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The last line, if it was written to its end. */
function lastWhole(line: string | undefined): readonly string[] {
  try {
    JSON.parse(line ?? "");
    return [line ?? ""];
  } catch {
    return [];
  }
}
