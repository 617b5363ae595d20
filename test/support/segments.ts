/**
 * TCP segments as text, in tcpdump's manner, and back:
 *
 *     S 0:0 win 65535 <mss 1460,sackOK,TS val 0 ecr 0,wscale 7>
 *     P. 1:3 ack 1 win 65533
 *     F. 3:3 ack 1 win 0 urg 2 <sack 5:9 13:17>
 *
 * Flags are S, F, P, R, U, E, C, W (nothing else has a letter), and "." for ACK. Sequence and
 * acknowledgment numbers, blocks and timestamps are relative: 0 is the ISS of the side that they count, so
 * 1 is the first octet of text. Options are in the order of the segment, without their padding.
 */
import { datagram, octets, transportChecksum } from "./datagrams.ts";

export interface Segment {
  sourcePort: number;
  destinationPort: number;
  /** Absolute, unsigned. */
  seq: number;
  ack: number;
  flags: number;
  window: number;
  urgent: number;
  options: Option[];
  text: Uint8Array;
}

export type Option =
  | { readonly kind: "mss"; readonly size: number }
  | { readonly kind: "wscale"; readonly shift: number }
  | { readonly kind: "sackOK" }
  | { readonly kind: "TS"; readonly val: number; readonly ecr: number }
  | { readonly kind: "sack"; readonly blocks: readonly (readonly [number, number])[] }
  | { readonly kind: "raw"; readonly octets: Uint8Array };

/** What relative numbers are relative to. `sender` is who sends the segment in question. */
export interface Numbering {
  readonly senderIss: number;
  readonly receiverIss: number;
  readonly senderTs: number;
  readonly receiverTs: number;
}

const FLAG_LETTERS: readonly (readonly [string, number])[] = [
  ["F", 1],
  ["S", 2],
  ["R", 4],
  ["P", 8],
  [".", 16],
  ["U", 32],
  ["E", 64],
  ["W", 128],
];
const ACK = 16;
const URG = 32;
const IN_ORDER = "SFPRUEW.";

const LINE = /^([SFPRUEW.]+) (\d+):(\d+)(?: ack (\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <([^>]*)>)?$/;

/** A segment from its text; `text` octets default to `fill`, which gets each one's relative number. */
export function parseSegment(line: string, numbers: Numbering, fill: (at: number) => number): Segment {
  const match = LINE.exec(line);
  if (match === null) throw new SyntaxError(`not a segment: ${line}`);
  const [, flags = "", from = "", to = "", ack, window = "65535", urgent = "0", options = ""] = match;
  let bits = 0;
  for (const [letter, bit] of FLAG_LETTERS) if (flags.includes(letter)) bits |= bit;
  if ((ack !== undefined) !== ((bits & ACK) !== 0))
    throw new SyntaxError(`"." and "ack" go together: ${line}`);
  const first = Number(from);
  return {
    sourcePort: 0,
    destinationPort: 0,
    seq: absolute(numbers.senderIss, first),
    ack: ack === undefined ? 0 : absolute(numbers.receiverIss, Number(ack)),
    flags: bits,
    window: Number(window),
    urgent: Number(urgent),
    options: options === "" ? [] : options.split(",").map((option) => parseOption(option, numbers)),
    text: Uint8Array.from({ length: Number(to) - first }, (_, i) => fill(first + i)),
  };
}

export function formatSegment(segment: Segment, numbers: Numbering): string {
  const flags = [...IN_ORDER].filter((letter) => segment.flags & (bitOf(letter) ?? 0)).join("");
  const first = relative(numbers.senderIss, segment.seq);
  const ack = segment.flags & ACK ? ` ack ${relative(numbers.receiverIss, segment.ack)}` : "";
  const urgent = segment.flags & URG ? ` urg ${segment.urgent}` : "";
  const options = segment.options.map((option) => formatOption(option, numbers, segment.flags)).join(",");
  const tail = options === "" ? "" : ` <${options}>`;
  return `${flags} ${first}:${first + segment.text.length}${ack} win ${segment.window}${urgent}${tail}`;
}

function parseOption(text: string, numbers: Numbering): Option {
  const [kind = "", ...words] = text.trim().split(" ");
  switch (kind) {
    case "mss":
      return { kind, size: Number(words[0]) };
    case "wscale":
      return { kind, shift: Number(words[0]) };
    case "sackOK":
      return { kind };
    case "TS":
      return {
        kind,
        val: absolute(numbers.senderTs, Number(words[1])),
        ecr: absolute(numbers.receiverTs, Number(words[3])),
      };
    case "sack": {
      const edge = (n: string | undefined): number => absolute(numbers.receiverIss, Number(n));
      return { kind, blocks: words.map((block) => [edge(block.split(":")[0]), edge(block.split(":")[1])]) };
    }
    case "raw":
      return { kind, octets: Uint8Array.from(Buffer.from(words[0] ?? "", "hex")) };
    default:
      throw new SyntaxError(`not an option: ${text}`);
  }
}

function formatOption(option: Option, numbers: Numbering, flags: number): string {
  switch (option.kind) {
    case "mss":
      return `mss ${option.size}`;
    case "wscale":
      return `wscale ${option.shift}`;
    case "sackOK":
      return option.kind;
    case "TS": {
      const echo = flags & ACK ? relative(numbers.receiverTs, option.ecr) : option.ecr; // RFC 7323 §3.2
      return `TS val ${relative(numbers.senderTs, option.val)} ecr ${echo}`;
    }
    case "sack": {
      const edge = (n: number): number => relative(numbers.receiverIss, n);
      return `sack ${option.blocks.map(([left, right]) => `${edge(left)}:${edge(right)}`).join(" ")}`;
    }
    case "raw":
      return `raw ${Buffer.from(option.octets).toString("hex")}`;
  }
}

/** The octets of a segment, its checksum right. */
export function encodeSegment(segment: Segment, source: string, destination: string): Uint8Array {
  const options = encodeOptions(segment.options);
  const build = (sum: number): Uint8Array =>
    octets(
      [segment.sourcePort, 2],
      [segment.destinationPort, 2],
      [segment.seq, 4],
      [segment.ack, 4],
      [(20 + options.length) << 2, 1],
      [segment.flags, 1],
      [segment.window, 2],
      [sum, 2],
      [segment.urgent, 2],
      options,
      segment.text,
    );
  return build(transportChecksum(source, destination, 6, build(0)));
}

/** The IPv4 datagram with a segment in it. */
export function segmentDatagram(segment: Segment, source: string, destination: string): Uint8Array {
  return datagram(source, destination, 6, encodeSegment(segment, source, destination));
}

/** Reads a segment from its octets; the checksum must be right, as must every length. */
export function decodeSegment(bytes: Uint8Array, source: string, destination: string): Segment {
  if (transportChecksum(source, destination, 6, bytes) !== 0)
    throw new Error("sent with a wrong TCP checksum");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = (view.getUint8(12) >>> 4) * 4;
  if (header < 20 || header > bytes.length) throw new Error(`sent with a data offset of ${header}`);
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    seq: view.getUint32(4),
    ack: view.getUint32(8),
    flags: view.getUint8(13),
    window: view.getUint16(14),
    urgent: view.getUint16(18),
    options: decodeOptions(bytes.slice(20, header)),
    text: bytes.slice(header),
  };
}

function encodeOptions(options: readonly Option[]): Uint8Array {
  const encoded = octets(...options.map(encodeOption));
  return octets(encoded, new Uint8Array((4 - (encoded.length % 4)) % 4));
}

function encodeOption(option: Option): Uint8Array {
  switch (option.kind) {
    case "mss":
      return octets([2, 1], [4, 1], [option.size, 2]);
    case "wscale":
      return octets([3, 1], [3, 1], [option.shift, 1]);
    case "sackOK":
      return octets([4, 1], [2, 1]);
    case "TS":
      return octets([1, 1], [1, 1], [8, 1], [10, 1], [option.val, 4], [option.ecr, 4]);
    case "sack": {
      const edges = option.blocks.flat().map((edge): [number, number] => [edge, 4]);
      return octets([1, 1], [1, 1], [5, 1], [2 + edges.length * 4, 1], ...edges);
    }
    case "raw":
      return option.octets;
  }
}

function decodeOptions(bytes: Uint8Array): Option[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const options: Option[] = [];
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    if (bytes[at] === 1) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) throw new Error("sent with a broken TCP option");
    options.push(decodeOption(view, at, length));
    at += length;
  }
  return options;
}

function decodeOption(view: DataView, at: number, length: number): Option {
  switch (view.getUint8(at)) {
    case 2:
      return { kind: "mss", size: view.getUint16(at + 2) };
    case 3:
      return { kind: "wscale", shift: view.getUint8(at + 2) };
    case 4:
      return { kind: "sackOK" };
    case 5: {
      const blocks: [number, number][] = [];
      for (let i = at + 2; i < at + length; i += 8) blocks.push([view.getUint32(i), view.getUint32(i + 4)]);
      return { kind: "sack", blocks };
    }
    case 8:
      return { kind: "TS", val: view.getUint32(at + 2), ecr: view.getUint32(at + 6) };
    default:
      return {
        kind: "raw",
        octets: new Uint8Array(view.buffer.slice(view.byteOffset + at, view.byteOffset + at + length)),
      };
  }
}

function bitOf(letter: string): number | undefined {
  return FLAG_LETTERS.find(([name]) => name === letter)?.[1];
}

function absolute(base: number, n: number): number {
  return (base + n) >>> 0;
}

/** Signed, so that what lies just before the ISS shows as negative. */
function relative(base: number, n: number): number {
  return (n - base) | 0;
}
