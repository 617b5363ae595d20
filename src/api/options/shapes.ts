/**
 * The shapes of option values: how we check a value that a program gives, what we keep of it, and with which values
 * the table is compared with the Linux kernel.
 */
import { errno } from "../errors.ts";
import type { OptionValue } from "./option-value.ts";

/** A call that is refused: a negated errno, in a shape that no option's value has. */
export interface Refused {
  readonly refused: number;
}

/** What a check gives for a value that cannot be. */
export const INVALID: Refused = { refused: -errno.EINVAL };

/** The shape of an option's value. */
export interface Shape {
  /** For the documentation: which values there are, in which unit. */
  readonly text: string;
  /** How a test reads it from the kernel. */
  readonly kind: "number" | "pair" | "time" | "text" | "octets" | "record";
  /** The value to be kept for the one that was given. */
  check(given: unknown): OptionValue | Refused;
  /** Values to try, in the language of the differential scripts. */
  readonly samples: readonly string[];
}

/** Whether a check has refused the value. */
export function isRefused(value: OptionValue | Refused): value is Refused {
  return typeof value === "object" && "refused" in value;
}

/** An integer from `least` to `most`. */
export function isInteger(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

/** A C `int`. */
export function isInt(value: unknown): value is number {
  return isInteger(value, -0x8000_0000, 0x7fff_ffff);
}

/** A pair of integers: a two-element array. */
export function pairOf(value: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [first, second] = value as unknown[];
  return isInteger(first, -0x8000_0000, 0xffff_ffff) && isInteger(second, -0x8000_0000, 0xffff_ffff)
    ? [first, second]
    : undefined;
}

/** On or off: any integer but 0 means on. */
export const ON_OFF: Shape = {
  text: "0 or 1; any integer but 0 is 1",
  kind: "number",
  check: (given) => (isInt(given) ? Number(given !== 0) : INVALID),
  samples: ["1", "0", "7", "-1", "1"],
};

/** 0 or 1, and nothing else. */
export const STRICT_ON_OFF: Shape = {
  text: "0 or 1",
  kind: "number",
  check: (given) => (isInteger(given, 0, 1) ? given : INVALID),
  samples: ["1", "0", "7", "-1", "1"],
};

/** What becomes of an integer that is out of bounds. */
interface IntegerRules {
  /** The unit, for the documentation. */
  readonly unit?: string;
  /** Out of bounds counts as the nearest bound. */
  readonly clamp?: boolean;
  /** What else is taken: single values and what each becomes. */
  readonly special?: Readonly<Record<number, number>>;
  readonly samples?: readonly string[];
}

/** An integer from `least` to `most`. */
export function integerFrom(least: number, most: number, rules: IntegerRules = {}): Shape {
  const { unit = "", clamp = false, special = {} } = rules;
  const others = Object.entries(special).map(([given, kept]) => `; ${given} is ${kept}`);
  const around = [least - 1, least, least + 1, most - 1, most, most + 1, 0, -1, least];
  return {
    text: `${least} to ${most}${unit === "" ? "" : ` ${unit}`}${others.join("")}${clamp ? "; the nearest of these" : ""}`,
    kind: "number",
    check: (given) => {
      if (!isInt(given)) return INVALID;
      const known = special[given];
      if (known !== undefined) return known;
      if (clamp) return Math.min(Math.max(given, least), most);
      return given >= least && given <= most ? given : INVALID;
    },
    samples: rules.samples ?? [...new Set(around)].filter(isInt).map(String),
  };
}

/** A time to live, or a hop limit, that what comes must have at least. */
export const LEAST_HOPS: Shape = integerFrom(0, 255, { samples: ["1", "255", "256", "-1", "7", "0"] });

/** Any integer, made into what is kept of it. */
export function anyInteger(text: string, keep: (given: number) => number, samples: readonly string[]): Shape {
  return { text, kind: "number", check: (given) => (isInt(given) ? keep(given) : INVALID), samples };
}

/** A value that can only be read. */
export function reading(text: string, kind: Shape["kind"] = "number"): Shape {
  return { text, kind, check: () => INVALID, samples: [] };
}

/** A value that can only be set, which its place checks itself. */
export function setting(text: string, samples: readonly string[] = []): Shape {
  return { text, kind: "record", check: (given) => given as OptionValue, samples };
}

/** A name. */
export function name(text: string, samples: readonly string[]): Shape {
  return { text, kind: "text", check: (given) => (typeof given === "string" ? given : INVALID), samples };
}

const MICROSECONDS = 1_000_000;

/** SO_RCVTIMEO and SO_SNDTIMEO: a pair of seconds and microseconds, as a timeval; or whole seconds. */
export const TIME: Shape = {
  text: "`[seconds, microseconds]`; 0,0: no limit",
  kind: "time",
  check: (given) => {
    const pair = isInteger(given, 0, 0x7fff_ffff) ? ([given, 0] as const) : pairOf(given);
    if (pair === undefined) return INVALID;
    const [whole, micros] = pair;
    if (micros < 0 || micros >= MICROSECONDS) return { refused: -errno.EDOM };
    // Linux takes a negative timeout as "do not wait", and gives it back as 0.
    return whole < 0 ? [-1, 0] : [whole, micros];
  },
  samples: ["2,500000", "0,1000000", "0,-1", "0,0"],
};
