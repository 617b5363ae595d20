/**
 * What is to be wrong with a link, and how to say it in one line:
 *
 *     loss=2%,delay=5ms,reorder=25%,in:corrupt=0.5%
 *
 * Items are separated by commas, and a later one overrides an earlier one. An item that begins with `in:`
 * or `out:` holds for what the stack receives or transmits, any other for both directions.
 *
 * | item | meaning |
 * |---|---|
 * | `loss=2%` | each frame is lost with this probability |
 * | `burst=1%:25%` | Gilbert-Elliott: a bad phase begins, and ends, at a frame with these probabilities; all is lost in it |
 * | `burst=1%:25%:80%:0.1%` | the same, with the probabilities of loss in bad phases and in good ones |
 * | `delay=5ms` | every frame arrives so much later |
 * | `jitter=2ms` | up to so much earlier or later than that, evenly spread; frames keep their order |
 * | `reorder=25%` | frames are held back with this probability by 1 ms more, so that others overtake them |
 * | `reorder=25%:4ms` | the same, by another time |
 * | `duplicate=1%` | frames arrive twice with this probability |
 * | `corrupt=0.5%` | in so many frames of IP one bit is flipped |
 * | `corrupt=0.5%:3` | the same, with three bits, which a checksum may miss |
 * | `rate=10mbit` | bits per second of a bottleneck; frames queue in front of it |
 * | `queue=150kb` | octets that wait there before more are dropped; 150 kB by default |
 * | `queue=1mb:codel` | the same, with somebody who sees to it that few wait: `red`, `codel`, `fq_codel`; `drop-tail` is nobody |
 * | `queue=1mb:codel:noecn` | the same, which drops where it could mark what understands ECN |
 * | `bucket=15kb` | octets that may pass at once after a pause: the rate is kept on average (token bucket) |
 * | `mtu=1280` | larger IP datagrams are lost, and nobody is told: a black hole |
 *
 * Probabilities are percentages, or fractions from 0 to 1; times take `us`, `ms`, `s`; rates `bit`, `kbit`,
 * `mbit`, `gbit`; sizes `b`, `kb`, `mb` (octets, by thousands).
 */
import {
  checkSettings,
  type Duration,
  FLAG,
  integer,
  microseconds,
  OBJECT,
  oneOf,
  quantity,
  type Rules,
  required,
} from "../../stack/index.ts";

/** The faults of one direction. Probabilities are from 0 to 1. */
export interface Faults {
  /** A frame is lost. */
  readonly loss: number;
  /** Gilbert-Elliott: the probabilities that a bad phase begins, and that it ends, at each frame. */
  readonly burstBegin: number;
  /** A bad phase ends. */
  readonly burstEnd: number;
  /** Of loss in a bad phase, and in a good one. */
  readonly burstLoss: number;
  /** A frame is lost in a good phase. */
  readonly burstGoodLoss: number;
  /** Every frame comes so much later. */
  readonly delay: Duration;
  /** Up to so much earlier or later than that. */
  readonly jitter: Duration;
  /** A frame is held back, so that others overtake it. */
  readonly reorder: number;
  /** How much longer a frame is held back to be overtaken. */
  readonly reorderBy: Duration;
  /** A frame comes twice. */
  readonly duplicate: number;
  /** Bits of a frame are flipped. */
  readonly corrupt: number;
  /** Bits to flip in a corrupted frame. */
  readonly corruptBits: number;
  /** Bits per second; 0 for no bound. */
  readonly rate: number;
  /** Octets that wait for a bounded rate before frames are dropped. */
  readonly queue: number;
  /** Who manages that queue. */
  readonly discipline: Discipline;
  /** It marks datagrams of transports that know ECN, rather than to drop them. */
  readonly ecn: boolean;
  /** Octets that may pass at once after a pause; 0: each frame takes its time. */
  readonly bucket: number;
  /** Octets of the largest IP datagram that passes; 0 for no bound. */
  readonly mtu: number;
}

/** Who manages the queue in front of a bounded rate: RFC 2309 (RED), RFC 8289 (CoDel), RFC 8290 (FQ-CoDel). */
export type Discipline = "drop-tail" | "red" | "codel" | "fq_codel";

const DISCIPLINES: readonly Discipline[] = ["drop-tail", "red", "codel", "fq_codel"];

/** The faults of what the stack receives, and of what it transmits. */
export interface Impairments {
  /** Of what the stack receives. */
  readonly in: Faults;
  /** Of what the stack transmits. */
  readonly out: Faults;
}

/** A line without faults. */
export const NO_FAULTS: Faults = {
  loss: 0,
  burstBegin: 0,
  burstEnd: 0,
  burstLoss: 1,
  burstGoodLoss: 0,
  delay: 0 as Duration,
  jitter: 0 as Duration,
  reorder: 0,
  reorderBy: 1_000 as Duration,
  duplicate: 0,
  corrupt: 0,
  corruptBits: 1,
  rate: 0,
  queue: 150_000,
  discipline: "drop-tail",
  ecn: true,
  bucket: 0,
  mtu: 0,
};

/** Longer than any run: microseconds. */
const LONGEST = Number.MAX_SAFE_INTEGER;
const PROBABILITY = quantity(0, 1);
const SPAN = quantity(0, LONGEST);

const FAULT_RULES: Rules<Faults> = {
  loss: PROBABILITY,
  burstBegin: PROBABILITY,
  burstEnd: PROBABILITY,
  burstLoss: PROBABILITY,
  burstGoodLoss: PROBABILITY,
  delay: SPAN,
  jitter: SPAN,
  reorder: PROBABILITY,
  reorderBy: SPAN,
  duplicate: PROBABILITY,
  corrupt: PROBABILITY,
  corruptBits: integer(1),
  rate: quantity(0, Infinity),
  queue: quantity(0, Infinity),
  discipline: oneOf(DISCIPLINES),
  ecn: FLAG,
  bucket: quantity(0, Infinity),
  mtu: integer(0),
};

/** @throws TypeError for a fault that there is not, RangeError for a value that cannot be */
export function checkImpairments(impairments: Impairments): void {
  checkSettings("impairments", impairments, { in: required(OBJECT), out: required(OBJECT) });
  checkSettings("impairments.in", impairments.in, FAULT_RULES);
  checkSettings("impairments.out", impairments.out, FAULT_RULES);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the value of one item into `faults`. */
type Setter = (faults: Writable<Faults>, value: Value) => void;

const SETTERS: Readonly<Record<string, Setter>> = {
  loss: (faults, value) => {
    faults.loss = value.probability();
  },
  burst: (faults, value) => {
    faults.burstBegin = value.probability();
    faults.burstEnd = value.probability();
    faults.burstLoss = value.more ? value.probability() : NO_FAULTS.burstLoss;
    faults.burstGoodLoss = value.more ? value.probability() : NO_FAULTS.burstGoodLoss;
  },
  delay: (faults, value) => {
    faults.delay = value.time();
  },
  jitter: (faults, value) => {
    faults.jitter = value.time();
  },
  reorder: (faults, value) => {
    faults.reorder = value.probability();
    faults.reorderBy = value.more ? value.time() : NO_FAULTS.reorderBy;
  },
  duplicate: (faults, value) => {
    faults.duplicate = value.probability();
  },
  corrupt: (faults, value) => {
    faults.corrupt = value.probability();
    faults.corruptBits = value.more ? value.count() : NO_FAULTS.corruptBits;
  },
  rate: (faults, value) => {
    faults.rate = value.quantity(RATES, "a rate", "10mbit");
  },
  queue: (faults, value) => {
    faults.queue = value.quantity(SIZES, "a size", "150kb");
    faults.discipline = value.more ? value.oneOf(DISCIPLINES, "a discipline") : NO_FAULTS.discipline;
    faults.ecn = !value.more || value.oneOf(["noecn"] as const, "the last part") !== "noecn";
  },
  bucket: (faults, value) => {
    faults.bucket = value.quantity(SIZES, "a size", "15kb");
  },
  mtu: (faults, value) => {
    faults.mtu = value.count();
  },
};

const TIMES: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 };
const RATES: Readonly<Record<string, number>> = { bit: 1, kbit: 1_000, mbit: 1_000_000, gbit: 1_000_000_000 };
const SIZES: Readonly<Record<string, number>> = { b: 1, kb: 1_000, mb: 1_000_000 };

/**
 * Reads a line of the grammar above; an empty one is a link without faults.
 *
 * @throws SyntaxError that says which item is wrong, and what it should look like
 */
export function parseImpairments(text: string): Impairments {
  const both = { in: { ...NO_FAULTS }, out: { ...NO_FAULTS } };
  if (text.trim() === "") return both;
  for (const part of text.split(",")) {
    const item = part.trim();
    const [, direction, name = "", value = ""] = /^(?:(in|out):)?([a-z]+)=(.*)$/.exec(item) ?? [];
    const set = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined;
    if (set === undefined) throw unknownItem(item);
    if (direction !== "out") setFrom(item, value, both.in, set);
    if (direction !== "in") setFrom(item, value, both.out, set);
  }
  return both;
}

function setFrom(item: string, text: string, faults: Writable<Faults>, set: Setter): void {
  const value = new Value(item, text);
  set(faults, value);
  value.finish();
}

function unknownItem(item: string): SyntaxError {
  const names = Object.keys(SETTERS).join(", ");
  return new SyntaxError(
    `impairment "${item}": write NAME=VALUE, with in: or out: in front for one direction; names are ${names}`,
  );
}

/** The value of an item: parts with colons between, read one after the other. */
class Value {
  readonly #item: string;
  readonly #parts: string[];

  constructor(item: string, text: string) {
    this.#item = item;
    this.#parts = text.split(":");
  }

  get more(): boolean {
    return this.#parts.length > 0;
  }

  probability(): number {
    const match = /^([0-9]*\.?[0-9]+)(%?)$/.exec(this.#next());
    const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
    if (!(value <= 1))
      throw this.#wrong("a probability is a percentage, or a fraction from 0 to 1, such as 2% or 0.02");
    return value;
  }

  time(): Duration {
    return microseconds(this.quantity(TIMES, "a time", "5ms"));
  }

  count(): number {
    const match = /^[1-9][0-9]{0,4}$/.exec(this.#next());
    if (match === null) throw this.#wrong("it is an integer from 1");
    return Number(match[0]);
  }

  /** A number with one of `units`; plain 0 needs none. */
  quantity(units: Readonly<Record<string, number>>, what: string, example: string): number {
    const match = /^([0-9]*\.?[0-9]+)([a-z]*)$/.exec(this.#next());
    const unit = match?.[2] ?? "";
    const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (match !== null && Number(match[1]) === 0 && unit === "") return 0;
    if (match === null || factor === undefined) {
      throw this.#wrong(
        `${what} is a number with ${Object.keys(units).join(", ")} behind it, such as ${example}`,
      );
    }
    return Number(match[1]) * factor;
  }

  /** One of `names`. */
  oneOf<T extends string>(names: readonly T[], what: string): T {
    const given = this.#next();
    const found = names.find((name) => name === given);
    if (found === undefined) throw this.#wrong(`${what} is ${names.join(", ")}`);
    return found;
  }

  finish(): void {
    if (this.more) throw this.#wrong(`"${this.#parts.join(":")}" is too much`);
  }

  #next(): string {
    return this.#parts.shift() ?? "";
  }

  #wrong(why: string): SyntaxError {
    return new SyntaxError(`impairment "${this.#item}": ${why}`);
  }
}
