/** Whether a segment is the one that a script expects; strictly, or leaving what systems differ in. */
import type { IpWords, TcpOption, TcpWords } from "../language/syntax.ts";
import type { Datagram, Segment } from "./wire.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

const LETTERS: readonly (readonly [string, number])[] = [
  ["S", SYN],
  ["F", FIN],
  ["R", RST],
  ["P", PSH],
  ["U", 32],
  ["E", 64],
  ["W", 128],
  [".", ACK],
];
const ECN_NAMES: readonly string[] = ["noecn", "ect1", "ect0", "ce"];

/** How exactly a script is taken. */
export interface Strictness {
  /** Options of SYN in any order and with any padding and scale, PSH as it comes, and more. */
  readonly lenient: boolean;
}

/** What differs between `seen` and what was wanted, in words; undefined if nothing does. Numbers are the script's. */
export function difference(wanted: TcpWords, seen: Segment, strictness: Strictness): string | undefined {
  const ignored = strictness.lenient ? PSH : 0;
  const differs = (name: string, a: number, b: number): string | undefined =>
    a === b ? undefined : `${name} is ${b}, not ${a}`;
  if (((wanted.flags ^ seen.flags) & ~ignored) !== 0)
    return `flags are ${formatFlags(seen.flags)}, not ${formatFlags(wanted.flags)}`;
  const hasAck = (wanted.flags & ACK) !== 0;
  return (
    differs("the sequence number", wanted.from >>> 0, seen.seq) ??
    differs("the length", wanted.length, seen.text.length) ??
    (hasAck ? differs("the acknowledgment", wanted.ack >>> 0, seen.ack) : undefined) ??
    (wanted.window === undefined || (strictness.lenient && (seen.flags & SYN) === 0)
      ? undefined
      : differs("the window", wanted.window, seen.window)) ??
    differs("the urgent pointer", wanted.urgent, seen.urgent) ??
    optionsDiffer(wanted, seen, strictness) ??
    (seen.text.some((octet) => octet !== 0) ? "its text is not what was written" : undefined)
  );
}

/** What differs in the IP header. */
export function ipDifference(wanted: IpWords, seen: Datagram): string | undefined {
  const ecn = seen.trafficClass & 3;
  if (
    wanted.ecn === "ect01"
      ? ecn !== 1 && ecn !== 2
      : wanted.ecn !== undefined && ECN_NAMES[ecn] !== wanted.ecn
  )
    return `it is marked ${ECN_NAMES[ecn]}, not ${wanted.ecn}`;
  if (wanted.trafficClass !== undefined && wanted.trafficClass !== seen.trafficClass)
    return `its type of service is ${seen.trafficClass}, not ${wanted.trafficClass}`;
  if (wanted.hopLimit !== undefined && wanted.hopLimit !== seen.hopLimit)
    return `its time to live is ${seen.hopLimit}, not ${wanted.hopLimit}`;
  return undefined;
}

function optionsDiffer(wanted: TcpWords, seen: Segment, { lenient }: Strictness): string | undefined {
  if (wanted.options === undefined) return undefined;
  const loose = lenient && (wanted.flags & SYN) !== 0;
  const shape = (options: readonly TcpOption[]): string => {
    const names = options.map((option) => comparable(option, loose));
    return (loose ? names.filter((name) => name !== "nop" && name !== "eol").sort() : names).join(",");
  };
  const [a, b] = [shape(wanted.options), shape(seen.options)];
  return a === b
    ? undefined
    : `options are <${formatOptions(seen.options)}>, not <${formatOptions(wanted.options)}>`;
}

/** Timestamps of the sender count by their ticks alone, which `run.ts` looks at. */
function comparable(option: TcpOption, loose: boolean): string {
  if (option.kind === "TS") return `TS ecr ${option.ecr}`;
  if (loose && option.kind === "wscale") return "wscale";
  return formatOption(option);
}

/** An ACK and nothing else. */
export function isPureAck(segment: Segment): boolean {
  return (segment.flags & ~PSH) === ACK && segment.text.length === 0;
}

/** Bits in which the parts of what a script has as one may differ: they count where they stand in the last. */
const OF_LAST: number = FIN | PSH | 128;

/** Whether `next` continues `segment`, as parts of what a script has as one. */
export function continues(segment: Segment, next: Segment): boolean {
  const end = (segment.seq + segment.text.length) >>> 0;
  return (
    next.seq === end &&
    segment.text.length > 0 &&
    next.text.length > 0 &&
    (segment.flags & FIN) === 0 &&
    (segment.flags & ~OF_LAST) === (next.flags & ~OF_LAST) &&
    next.ack === segment.ack
  );
}

/** Two comparisons as one. */
export function joined(segment: Segment, next: Segment): Segment {
  const text = new Uint8Array(segment.text.length + next.text.length);
  text.set(segment.text);
  text.set(next.text, segment.text.length);
  const flags = (segment.flags & ~PSH) | next.flags;
  return { ...segment, flags, text, window: next.window };
}

/** `P.`, as scripts have it; "-" for none. */
export function formatFlags(flags: number): string {
  const letters = LETTERS.filter(([, bit]) => (flags & bit) !== 0).map(([letter]) => letter);
  return letters.length === 0 ? "-" : letters.join("");
}

/** A segment as a script would write it. */
export function formatSegment(segment: Segment): string {
  const { length } = segment.text;
  const end = (segment.seq + length) >>> 0;
  const ack = (segment.flags & ACK) === 0 ? "" : ` ack ${segment.ack}`;
  const urgent = segment.urgent === 0 ? "" : ` urg ${segment.urgent}`;
  const options = segment.options.length === 0 ? "" : ` <${formatOptions(segment.options)}>`;
  return `${formatFlags(segment.flags)} ${segment.seq}:${end}(${length})${ack} win ${segment.window}${urgent}${options}`;
}

function formatOptions(options: readonly TcpOption[]): string {
  return options.map(formatOption).join(",");
}

function formatOption(option: TcpOption): string {
  switch (option.kind) {
    case "mss":
    case "wscale":
      return `${option.kind} ${option.value}`;
    case "TS":
      return `TS val ${option.val} ecr ${option.ecr}`;
    case "sack":
      return `sack ${option.blocks.map(([left, right]) => `${left}:${right}`).join(" ")}`;
    case "raw":
      return `option ${option.number} ${option.data.map((octet) => octet.toString(16).padStart(2, "0")).join("")}`;
    default:
      return option.kind;
  }
}
