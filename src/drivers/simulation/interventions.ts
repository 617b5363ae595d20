/**
 * What is done to a network while it runs: faults, their ends, drops by rule, in one ordered list. Each entry says
 * when (`at` a time, or `when` a packet passes) and what (`do`). `for` says how long, if it is to end by itself. It
 * can be written to a file and read back, so that a run can be told, shortened and played again.
 *
 * ```json
 * [
 *   { "when": { "from": "a", "protocol": "tcp", "flags": "S" }, "times": 2, "do": "drop" },
 *   { "at": "2s", "for": "5s", "do": "partition", "these": ["a"], "those": ["b", "c"], "oneWay": true },
 *   { "at": "9s", "do": "impair", "cable": "a-b", "line": "delay=300ms,rate=1mbit,queue=64kb:codel" },
 *   { "at": "10s", "do": "crash", "host": "b" }
 * ]
 * ```
 */

import { parseImpairments } from "./impairment-spec.ts";
import { PATTERN_FIELDS, type PacketPattern } from "./packet-pattern.ts";
import { parseSpan, type Span } from "./span.ts";

/** What happens to the network, or to one of its hosts. */
export type NetworkAction =
  /** Nothing passes between these and those (all others by default); `oneWay`: from these to those. */
  | {
      readonly do: "partition";
      readonly these: readonly string[];
      readonly those?: readonly string[];
      readonly oneWay?: boolean;
    }
  /** Ends the partitions with exactly these sides; all by default. */
  | { readonly do: "heal"; readonly these?: readonly string[]; readonly those?: readonly string[] }
  /** `carrier`: the network cards at its ends see it, and their stacks are told; else frames are lost in silence. */
  | { readonly do: "unplug"; readonly cable: string; readonly carrier?: boolean }
  | { readonly do: "plug"; readonly cable: string }
  /** Unplugs it for `down` and plugs it for `up`, so many times; it ends plugged. */
  | {
      readonly do: "flap";
      readonly cable: string;
      readonly down: Span;
      readonly up: Span;
      readonly cycles: number;
    }
  /** From now on this is wrong with the cable: see `parseImpairments`. An empty line ends it. */
  | { readonly do: "impair"; readonly cable: string; readonly line: string }
  | HostAction;

/** What happens to a host. */
export type HostAction =
  /** All its cables. */
  | { readonly do: "unplug" | "plug"; readonly host: string }
  /** From now on what it sends suffers this; without a line, what its cables were made with. */
  | { readonly do: "impair"; readonly host: string; readonly line?: string }
  /** `crash`: silence, and all is lost; `restart`: a new stack. `pause` and `resume`: as a virtual machine is. */
  | { readonly do: "crash" | "restart" | "pause" | "resume"; readonly host: string }
  /** Ends its program, as SIGKILL does; its machine goes on. */
  | { readonly do: "kill"; readonly host: string }
  /** Its program gets the signal, such as "SIGTERM". */
  | { readonly do: "signal"; readonly host: string; readonly signal: string }
  /** The host's first address on the interface becomes another one: `10.0.0.9/24`. */
  | { readonly do: "address"; readonly host: string; readonly interface?: string; readonly to: string }
  | { readonly do: "mtu"; readonly host: string; readonly interface?: string; readonly octets: number }
  /** The host's own clock jumps; back, with a negative span. Its timers do not, as on any system. */
  | { readonly do: "clock"; readonly host: string; readonly by: Span };

/** What happens to a packet that was matched. */
export type PacketAction =
  | { readonly do: "drop" | "duplicate" }
  | { readonly do: "delay"; readonly by: Span }
  /** Flips a bit of its last octet. */
  | { readonly do: "corrupt" }
  /** Writes that number into TCP's window field, 0 to 65,535, as it is on the wire: the scale of the connection applies. */
  | { readonly do: "window"; readonly field: number };

/** At a time, counted from the beginning. */
export interface AtTime {
  /** When it is done. */
  readonly at: Span;
}

/** When a host sends a packet like this. */
export interface WhenPacket {
  /** The packet that it is done at. */
  readonly when: PacketPattern;
  /** The first of them that counts, from 1; 1 by default. */
  readonly nth?: number;
  /** How many count from there on; 1 by default. */
  readonly times?: number | "always";
}

/** What some actions may have besides. */
export interface Lasting {
  /** After so long all is as it was before: the host is up again, the cable plugged in, the address the old one. */
  readonly for?: Span;
}

/** One thing that is done to the network. */
export type Intervention =
  | (AtTime & Lasting & NetworkAction)
  | (WhenPacket & Lasting & NetworkAction)
  | (WhenPacket & PacketAction);

type FieldKind = "field" | "name" | "names" | "span" | "count" | "boolean" | "line";

type Fields = Readonly<Record<string, FieldKind | `${FieldKind}?`>>;

/** What each action needs, and may have (`?`). */
const FIELDS: Readonly<Record<Intervention["do"], Fields>> = {
  partition: { these: "names", those: "names?", oneWay: "boolean?" },
  heal: { these: "names?", those: "names?" },
  unplug: { cable: "name", carrier: "boolean?" },
  plug: { cable: "name" },
  flap: { cable: "name", down: "span", up: "span", cycles: "count" },
  impair: { cable: "name", line: "line" },
  crash: { host: "name" },
  restart: { host: "name" },
  pause: { host: "name" },
  resume: { host: "name" },
  kill: { host: "name" },
  signal: { host: "name", signal: "name" },
  address: { host: "name", interface: "name?", to: "name" },
  mtu: { host: "name", interface: "name?", octets: "count" },
  clock: { host: "name", by: "span" },
  drop: {},
  duplicate: {},
  delay: { by: "span" },
  corrupt: {},
  window: { field: "field" },
};

/** The same where `host` is given, of those that may be of a cable or of a host. */
const FIELDS_OF_HOST: Readonly<Record<string, Fields>> = {
  unplug: { host: "name" },
  plug: { host: "name" },
  impair: { host: "name", line: "line?" },
};

/** Those that end: what `for` may be said of. */
const LASTING: ReadonlySet<string> = new Set([
  ...["partition", "unplug", "impair", "crash", "kill", "pause", "address", "mtu"],
]);

const PACKET_ACTIONS: ReadonlySet<string> = new Set(["drop", "duplicate", "delay", "corrupt", "window"]);

/** Whether an action is done to the packet itself, rather than to a host or the network. */
export function isPacketAction(action: NetworkAction | PacketAction): action is PacketAction {
  return PACKET_ACTIONS.has(action.do);
}

/**
 * The list as JSON, an entry a line.
 *
 * @throws RangeError if a pattern has a function (`where`), which cannot be written
 */
export function formatInterventions(list: readonly Intervention[]): string {
  for (const [index, one] of list.entries()) {
    if ("when" in one && one.when.where !== undefined) {
      throw new RangeError(`intervention ${index + 1}: a pattern with a function (where) cannot be written`);
    }
  }
  return list.length === 0 ? "[]\n" : `[\n${list.map((one) => `  ${JSON.stringify(one)}`).join(",\n")}\n]\n`;
}

/**
 * Reads a list of interventions from JSON.
 *
 * @throws SyntaxError that says which entry is wrong, and how
 */
export function parseInterventions(text: string): Intervention[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new SyntaxError("interventions are a list, in brackets");
  return list.map((given, index) => checkIntervention(given, `intervention ${index + 1}`));
}

/**
 * `given`, if it is an intervention.
 *
 * @param what - of which a complaint speaks
 * @throws SyntaxError that says what is wrong
 */
export function checkIntervention(given: unknown, what = "the intervention"): Intervention {
  if (!isRecord(given)) throw new SyntaxError(`${what}: it is an object, with at or when, and do`);
  const { at, when, nth, times, for: lasting, do: action, ...rest } = given;
  if (typeof action !== "string" || !Object.hasOwn(FIELDS, action)) {
    throw new SyntaxError(`${what}: do is one of ${Object.keys(FIELDS).join(", ")}`);
  }
  if ((at === undefined) === (when === undefined))
    throw new SyntaxError(`${what}: either at or when it happens`);
  if (at !== undefined) checkTime(at, action, what);
  else checkPattern(when, what);
  if (nth !== undefined) checkField("nth", nth, "count", what);
  if (times !== undefined && times !== "always") checkField("times", times, "count", what);
  if (at !== undefined && (nth ?? times) !== undefined)
    throw new SyntaxError(`${what}: nth and times count packets`);
  if (lasting !== undefined) checkLasting(lasting, action, what);
  const ofHost = rest["host"] === undefined ? undefined : FIELDS_OF_HOST[action];
  checkFields(rest, ofHost ?? FIELDS[action as Intervention["do"]], `${what} (${action})`);
  return given as unknown as Intervention;
}

function checkTime(at: unknown, action: string, what: string): void {
  checkField("at", at, "span", what);
  if (parseSpan(at as Span) < 0) throw new SyntaxError(`${what}: at is counted from the beginning`);
  if (PACKET_ACTIONS.has(action)) throw new SyntaxError(`${what}: ${action} is done to a packet: say when`);
}

function checkLasting(lasting: unknown, action: string, what: string): void {
  if (!LASTING.has(action)) throw new SyntaxError(`${what}: ${action} does not end, so that there is no for`);
  checkField("for", lasting, "span", what);
  if (parseSpan(lasting as Span) <= 0) throw new SyntaxError(`${what}: for is longer than nothing`);
}

function checkFields(
  given: Record<string, unknown>,
  fields: Readonly<Record<string, string>>,
  what: string,
): void {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(fields, name)) throw new SyntaxError(`${what}: there is no ${name}`);
  }
  for (const [name, kind] of Object.entries(fields)) {
    const value = given[name];
    if (value === undefined && kind.endsWith("?")) continue;
    checkField(name, value, kind.replace("?", "") as FieldKind, what);
  }
}

const KINDS: Readonly<Record<FieldKind, readonly [is: (value: unknown) => boolean, text: string]>> = {
  field: [(value) => Number.isInteger(value) && value === ((value as number) & 0xffff), "0 to 65535"],
  name: [(value) => typeof value === "string" && value !== "", "a name"],
  names: [isNames, "a list of names"],
  span: [isSpan, `a span of time, such as "2s"`],
  count: [(value) => Number.isInteger(value) && (value as number) >= 1, "an integer from 1"],
  boolean: [(value) => typeof value === "boolean", "true or false"],
  line: [isLine, "a line of impairments"],
};

function checkField(name: string, value: unknown, kind: FieldKind, what: string): void {
  const [is, text] = KINDS[kind];
  if (!is(value)) throw new SyntaxError(`${what}: ${name} is ${text}`);
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isSpan(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    parseSpan(value);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** @throws SyntaxError of the line itself, which says more */
function isLine(value: unknown): boolean {
  return typeof value === "string" && parseImpairments(value) !== undefined;
}

function checkPattern(given: unknown, what: string): void {
  if (!isRecord(given)) throw new SyntaxError(`${what}: when is a pattern of packets`);
  for (const [name, value] of Object.entries(given)) {
    if (name === "where" && typeof value === "function") continue;
    const kind = Object.hasOwn(PATTERN_FIELDS, name) ? PATTERN_FIELDS[name] : undefined;
    if (kind === undefined) throw new SyntaxError(`${what}: a pattern of packets has no ${name}`);
    if (!IS_OF_KIND[kind](value)) throw new SyntaxError(`${what}: ${name} of a pattern is ${kind}`);
  }
}

const IS_OF_KIND: Readonly<Record<"names" | "text" | "number" | "boolean", (value: unknown) => boolean>> = {
  names: (value) => typeof value === "string" || isNames(value),
  text: (value) => typeof value === "string",
  number: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
