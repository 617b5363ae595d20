/**
 * Where our TCP differs from somebody else's: what theirs has sent beside what ours sends in its place, aligned, with the
 * reasons of ours.
 */
import type { ReadCapture } from "../../drivers/observe/index.ts";
import type { SendName, Tracer } from "../../stack/index.ts";
import { SENDS } from "../../stack/reasons.ts";
import { againstOurs, type OurSegment, type Side } from "./against-ours.ts";
import {
  ACK,
  type CapturedSegment,
  type Conversation,
  conversationsOf,
  FIN,
  RST,
  SYN,
} from "./conversation.ts";

/** A segment that both have sent, or only one. */
export interface ComparedSegment {
  readonly who: "both" | "theirs" | "ours";
  /** When theirs was sent, and ours, in microseconds since the SYN; undefined for the one that was not. */
  readonly theirsAt: number | undefined;
  readonly oursAt: number | undefined;
  /** As packetdrill writes it: `P. 1:101(100) ack 1`. */
  readonly segment: string;
  /** Wireshark's number of theirs. */
  readonly frame: number | undefined;
  /** Why ours was sent. */
  readonly reason: SendName | "unknown" | undefined;
}

/** The report on one conversation. */
export interface Comparison {
  readonly name: string;
  /** The end that ours has taken. */
  readonly as: Side;
  readonly rows: readonly ComparedSegment[];
  readonly same: number;
  readonly onlyTheirs: number;
  readonly onlyOurs: number;
  /** Octets that the application of ours has read, of so many. */
  readonly received: number;
  readonly toReceive: number;
}

/** A segment in the numbers of its conversation. */
interface Normal {
  readonly key: string;
  readonly time: number;
  readonly frame: number | undefined;
  readonly reason: SendName | "unknown" | undefined;
}

/**
 * Plays each conversation of the capture with our stack in the place of one end.
 *
 * Compared are flags but PSH, sequence and acknowledgment numbers, and lengths; super-segments as the segments that they
 * were cut into. Windows and times are not: they are of the machine.
 */
export function compareCapture(capture: ReadCapture, as: Side, tracer?: Tracer): readonly Comparison[] {
  return conversationsOf(capture).map((conversation) => compareOne(conversation, as, tracer));
}

function compareOne(conversation: Conversation, as: Side, tracer: Tracer | undefined): Comparison {
  const { sent, received } = againstOurs(conversation, as, tracer);
  const isOurs = ({ fromClient }: CapturedSegment): boolean => fromClient === (as === "client");
  const theirs = conversation.segments.filter(isOurs);
  const others = conversation.segments.filter((segment) => !isOurs(segment));
  const iss = theirs.find(({ flags }) => (flags & SYN) !== 0)?.seq ?? 0;
  const peerIss = others.find(({ flags }) => (flags & SYN) !== 0)?.seq ?? 0;
  const most = Math.max(1, ...sent.map(({ octets }) => octets));
  const rows = align(
    theirs.flatMap((segment) => piecesOf(segment, iss, peerIss, most)),
    sent.map(normal),
  );
  const count = (who: ComparedSegment["who"]): number => rows.filter((row) => row.who === who).length;
  return {
    name: conversation.name,
    as,
    rows,
    same: count("both"),
    onlyTheirs: count("theirs"),
    onlyOurs: count("ours"),
    received,
    toReceive: lengthOf(others, peerIss),
  };
}

/** Octets of text up to the last that was sent. */
function lengthOf(segments: readonly CapturedSegment[], iss: number): number {
  return segments.reduce((most, { seq, text, end, flags }) => {
    const last = ((seq - iss) | 0) - 1 + end - text;
    return (flags & (SYN | RST)) !== 0 || end === text ? most : Math.max(most, last);
  }, 0);
}

function piecesOf(segment: CapturedSegment, iss: number, peerIss: number, most: number): readonly Normal[] {
  const { flags, time, number, text, end } = segment;
  const seq = (segment.seq - iss) >>> 0;
  const ack = (flags & ACK) === 0 ? 0 : (segment.ack - peerIss) >>> 0;
  const pieces: Normal[] = [];
  for (let at = 0; at === 0 || at < end - text; at += most) {
    const octets = Math.min(most, end - text - at);
    const last = at + octets === end - text;
    const own = last ? flags : flags & ~FIN;
    pieces.push({ key: keyOf(own, seq + at, ack, octets), time, frame: number, reason: undefined });
  }
  return pieces;
}

function normal({ time, seq, ack, flags, octets, reason }: OurSegment): Normal {
  return { key: keyOf(flags, seq, ack, octets), time, frame: undefined, reason };
}

function keyOf(flags: number, seq: number, ack: number, octets: number): string {
  const letters = `${(flags & SYN) !== 0 ? "S" : ""}${(flags & FIN) !== 0 ? "F" : ""}${(flags & RST) !== 0 ? "R" : ""}`;
  const acked = (flags & ACK) === 0 ? "" : ` ack ${ack}`;
  return `${letters}${(flags & ACK) !== 0 ? "." : ""} ${seq}:${seq + octets}(${octets})${acked}`;
}

/** Segments that are aligned at a time: the table for them grows with its square. */
const BLOCK = 1000;

/** Block by block, each from behind the last segment that both have. */
function align(theirs: readonly Normal[], ours: readonly Normal[]): readonly ComparedSegment[] {
  const rows: ComparedSegment[] = [];
  for (let i = 0, j = 0; i < theirs.length || j < ours.length; ) {
    const block = alignBlock(theirs.slice(i, i + BLOCK), ours.slice(j, j + BLOCK));
    const isLast = i + BLOCK >= theirs.length && j + BLOCK >= ours.length;
    const both = block.findLastIndex(({ who }) => who === "both");
    const taken = isLast || both < 0 ? block : block.slice(0, both + 1);
    rows.push(...taken);
    i += taken.filter(({ who }) => who !== "ours").length;
    j += taken.filter(({ who }) => who !== "theirs").length;
  }
  return rows;
}

/** The longest list of segments that both have in the same order, and what is between them. */
function alignBlock(theirs: readonly Normal[], ours: readonly Normal[]): readonly ComparedSegment[] {
  const width = ours.length + 1;
  const lengths = lengthsOf(theirs, ours, width);
  const rows: ComparedSegment[] = [];
  for (let i = 0, j = 0; i < theirs.length || j < ours.length; ) {
    const here = i * width + j;
    const isOurs =
      i === theirs.length || (j < ours.length && at(lengths, here + 1) > at(lengths, here + width));
    const isBoth = theirs[i]?.key === ours[j]?.key;
    rows.push(
      isBoth
        ? row("both", theirs[i], ours[j])
        : isOurs
          ? row("ours", undefined, ours[j])
          : row("theirs", theirs[i], undefined),
    );
    if (isBoth || !isOurs) i++;
    if (isBoth || isOurs) j++;
  }
  return rows;
}

/** For each pair of places, how many segments both still have in common behind them. */
function lengthsOf(theirs: readonly Normal[], ours: readonly Normal[], width: number): Uint32Array {
  const lengths = new Uint32Array((theirs.length + 1) * width);
  for (let i = theirs.length - 1; i >= 0; i--) {
    for (let j = ours.length - 1; j >= 0; j--) {
      const here = i * width + j;
      const more = Math.max(at(lengths, here + width), at(lengths, here + 1));
      lengths[here] = theirs[i]?.key === ours[j]?.key ? at(lengths, here + width + 1) + 1 : more;
    }
  }
  return lengths;
}

function at(numbers: Uint32Array, index: number): number {
  return numbers[index] ?? 0;
}

function row(
  who: ComparedSegment["who"],
  theirs: Normal | undefined,
  ours: Normal | undefined,
): ComparedSegment {
  return {
    who,
    theirsAt: theirs?.time,
    oursAt: ours?.time,
    segment: theirs?.key ?? ours?.key ?? "",
    frame: theirs?.frame,
    reason: ours?.reason,
  };
}

/** The report in words: a line for each segment that only one has sent, or, with `all`, for each. */
export function reportOf(comparison: Comparison, all = false): readonly string[] {
  const { name, as, same, onlyTheirs, onlyOurs, received, toReceive, rows } = comparison;
  const counts = `${same} segments alike, ${onlyTheirs} only theirs, ${onlyOurs} only ours`;
  return [
    `${name}, ours as the ${as}: ${counts}; the application has read ${received} of ${toReceive} octets`,
    ...rows.filter(({ who }) => all || who !== "both").map(lineOf),
  ];
}

function lineOf({ who, theirsAt, oursAt, segment, frame, reason }: ComparedSegment): string {
  const place = frame === undefined ? "" : ` (frame ${frame})`;
  const why = reason === undefined ? "" : `: ${reason} (${SENDS[reason]?.where.tcp ?? "no RFC"})`;
  const time = `${seconds(theirsAt)} ${seconds(oursAt)}`;
  return `  ${time} ${who.padEnd(6)} ${segment}${place}${why}`;
}

function seconds(microseconds: number | undefined): string {
  return (microseconds === undefined ? "-" : (microseconds / 1e6).toFixed(6)).padStart(12);
}
