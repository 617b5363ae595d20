/**
 * TCP options (RFC 9293 §3.1, §3.2): maximum segment size, window scale and timestamps (RFC 7323), SACK
 * (RFC 2018). Read into, and written from, the option fields of a `TcpHeader`.
 *
 * They are written in the order and with the padding that Linux uses, which routers and fingerprinting
 * firewalls have seen most of, and which keeps every 32-bit value aligned.
 */
import { type SeqNum, seqNum } from "../base/seq.ts";

const END = 0;
const NOP = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

/** `NOP NOP timestamps 10`: all the options of nearly every segment (RFC 7323 Appendix A). */
const ONLY_TIMESTAMPS = 0x0101_080a;

/** Octets of options that a header has room for: 15 words less the fixed 5. */
const MAX_TCP_OPTION_BYTES = 40;

/** The most SACK blocks that fit, when nothing else is there. */
const MAX_SACK_BLOCKS = 4;

/** The option fields of a TCP header. */
export interface TcpOptionFields {
  /** Maximum segment size; 0 when the option is absent. */
  mss: number;
  /** As announced, unclamped (RFC 7323 §2.3 leaves it to the receiver to take 14 for more); -1 when absent. */
  windowScale: number;
  sackPermitted: boolean;
  hasTimestamps: boolean;
  /** As signed 32-bit integers; meaningful with `hasTimestamps`. */
  tsVal: number;
  tsEcr: number;
  /** Blocks in `sackLeft` and `sackRight`, 0 to 4. */
  sackCount: number;
  /** Left edges: first sequence number of each block. */
  readonly sackLeft: Int32Array;
  /** Right edges: the sequence number behind each block. */
  readonly sackRight: Int32Array;
}

/** As if no option had come. */
export function clearTcpOptions(fields: TcpOptionFields): void {
  fields.mss = 0;
  fields.windowScale = -1;
  fields.sackPermitted = false;
  fields.hasTimestamps = false;
  fields.tsVal = 0;
  fields.tsEcr = 0;
  fields.sackCount = 0;
}

/**
 * Reads the options in `[at, end)`. Unknown ones are skipped by their length (RFC 9293 MUST-6); a known one
 * whose length is wrong counts as unknown; a length that cannot be ends the reading (MUST-7), keeping what
 * came before. Nothing here makes a segment bad.
 */
export function readTcpOptions(view: DataView, at: number, end: number, fields: TcpOptionFields): void {
  clearTcpOptions(fields);
  if (end - at === 12 && view.getInt32(at) === ONLY_TIMESTAMPS) {
    readTimestamps(view, at + 4, fields);
    return;
  }
  while (at < end) {
    const kind = view.getUint8(at);
    if (kind === END) return;
    if (kind === NOP) {
      at++;
      continue;
    }
    if (end - at < 2) return;
    const length = view.getUint8(at + 1);
    if (length < 2 || length > end - at) return;
    readOption(view, at + 2, kind, length, fields);
    at += length;
  }
}

/** `at` is behind the kind and the length. */
function readOption(view: DataView, at: number, kind: number, length: number, fields: TcpOptionFields): void {
  if (kind === MSS && length === 4) fields.mss = view.getUint16(at);
  else if (kind === WINDOW_SCALE && length === 3) fields.windowScale = view.getUint8(at);
  else if (kind === SACK_PERMITTED && length === 2) fields.sackPermitted = true;
  else if (kind === TIMESTAMPS && length === 10) readTimestamps(view, at, fields);
  else if (kind === SACK && length >= 10 && length % 8 === 2) readSack(view, at, (length - 2) >> 3, fields);
}

function readTimestamps(view: DataView, at: number, fields: TcpOptionFields): void {
  fields.hasTimestamps = true;
  fields.tsVal = view.getInt32(at);
  fields.tsEcr = view.getInt32(at + 4);
}

function readSack(view: DataView, at: number, blocks: number, fields: TcpOptionFields): void {
  fields.sackCount = Math.min(blocks, MAX_SACK_BLOCKS);
  for (let i = 0; i < fields.sackCount; i++) {
    fields.sackLeft[i] = view.getInt32(at + 8 * i);
    fields.sackRight[i] = view.getInt32(at + 8 * i + 4);
  }
}

/** Octets that `writeTcpOptions` will write: a multiple of 4, at most 40. */
export function tcpOptionBytes(fields: TcpOptionFields): number {
  const others = otherOptionBytes(fields);
  const blocks = sackBlocksThatFit(fields, others);
  return others + (blocks > 0 ? 4 + 8 * blocks : 0);
}

/** All but SACK blocks. */
function otherOptionBytes(fields: TcpOptionFields): number {
  let octets = 0;
  if (fields.mss > 0) octets += 4;
  if (fields.hasTimestamps) octets += 12;
  else if (fields.sackPermitted) octets += 4;
  if (fields.windowScale >= 0) octets += 4;
  return octets;
}

/** RFC 2018 §3: as many as the room allows, the first ones first; three beside timestamps. */
function sackBlocksThatFit(fields: TcpOptionFields, others: number): number {
  return Math.min(fields.sackCount, (MAX_TCP_OPTION_BYTES - others - 4) >> 3);
}

/** Writes the options that are set, padded with NOPs to whole words; returns where they end. */
export function writeTcpOptions(view: DataView, at: number, fields: TcpOptionFields): number {
  const others = otherOptionBytes(fields);
  if (fields.mss > 0) {
    view.setInt32(at, (MSS << 24) | (4 << 16) | (fields.mss & 0xffff));
    at += 4;
  }
  if (fields.hasTimestamps) {
    // The two octets in front of timestamps hold either padding or SACK-permitted, which is as long.
    view.setInt32(at, ONLY_TIMESTAMPS);
    if (fields.sackPermitted) view.setUint16(at, (SACK_PERMITTED << 8) | 2);
    view.setInt32(at + 4, fields.tsVal);
    view.setInt32(at + 8, fields.tsEcr);
    at += 12;
  } else if (fields.sackPermitted) {
    view.setInt32(at, (NOP << 24) | (NOP << 16) | (SACK_PERMITTED << 8) | 2);
    at += 4;
  }
  if (fields.windowScale >= 0) {
    view.setInt32(at, (NOP << 24) | (WINDOW_SCALE << 16) | (3 << 8) | (fields.windowScale & 0xff));
    at += 4;
  }
  return writeSack(view, at, fields, sackBlocksThatFit(fields, others));
}

function writeSack(view: DataView, at: number, fields: TcpOptionFields, blocks: number): number {
  if (blocks <= 0) return at;
  view.setInt32(at, (NOP << 24) | (NOP << 16) | (SACK << 8) | (2 + 8 * blocks));
  at += 4;
  for (let i = 0; i < blocks; i++) {
    view.setInt32(at, fields.sackLeft[i] as number);
    view.setInt32(at + 4, fields.sackRight[i] as number);
    at += 8;
  }
  return at;
}

/** The options as tcpdump lists them, in the order in which they are written; empty when there are none. */
export function formatTcpOptions(fields: TcpOptionFields): string {
  const parts: string[] = [];
  if (fields.mss > 0) parts.push(`mss ${fields.mss}`);
  if (fields.sackPermitted) parts.push(...(fields.hasTimestamps ? [] : ["nop", "nop"]), "sackOK");
  if (fields.hasTimestamps) {
    if (!fields.sackPermitted) parts.push("nop", "nop");
    parts.push(`TS val ${fields.tsVal >>> 0} ecr ${fields.tsEcr >>> 0}`);
  }
  if (fields.windowScale >= 0) parts.push("nop", `wscale ${fields.windowScale}`);
  const blocks = sackBlocksThatFit(fields, otherOptionBytes(fields));
  if (blocks > 0) parts.push("nop", "nop", formatSack(fields, blocks));
  return parts.join(",");
}

function formatSack(fields: TcpOptionFields, blocks: number): string {
  let text = `sack ${blocks} `;
  for (let i = 0; i < blocks; i++) {
    const left: SeqNum = seqNum(fields.sackLeft[i] as number);
    const right: SeqNum = seqNum(fields.sackRight[i] as number);
    text += `{${left >>> 0}:${right >>> 0}}`;
  }
  return text;
}
