/**
 * Why a segment in a capture of others was sent: guessed from what is on the wire, since nobody there has told. What is
 * guessed is marked so.
 */
import { formatFlags, readTcpHead, TCP_FLAGS, type TcpHead } from "../events/index.ts";
import type { SendName } from "../stack/index.ts";
import { SENDS } from "../stack/reasons.ts";
import { kindOfSegment, many, moment, octets, span } from "./format.ts";
import { OTHERWISE } from "./otherwise.ts";
import type { Explanation } from "./why.ts";

/** A frame of a capture. */
export interface CapturedFrame {
  /** Microseconds, from any moment on. */
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly medium: "ethernet" | "ip";
}

/** What was seen of a connection before. */
interface Seen {
  /** The furthest that this side has sent, and when it has sent the same before; undefined: it has not. */
  sent: number | undefined;
  again: number | undefined;
  /** Of the other side: how far it has sent, and its last segment. */
  theirs: TcpHead | undefined;
  theirsAt: number;
  /** ACKs of this side with the same number, without text. */
  repeated: number;
}

const DUPLICATES = 3;

/** Why the frame with this index was sent, as far as can be guessed; undefined for what is no segment of TCP. */
export function whyInferred(frames: readonly CapturedFrame[], index: number): Explanation | undefined {
  const frame = frames[index];
  const head = frame && readTcpHead(frame.bytes, frame.medium);
  if (frame === undefined || head === undefined || saysNothing(head)) return undefined;
  const seen = look(frames, index, head);
  const [reason, numbers] = guess(head, seen, frame.time);
  const { localAddress, localPort, remoteAddress, remotePort } = head.connection;
  const what = `${localAddress}:${localPort} sends ${kindOfSegment(head.flags, head.text)} (${formatFlags(head.flags)}, sequence number ${head.seq >>> 0}) to ${remoteAddress}:${remotePort}`;
  const meaning = SENDS[reason]?.meaning ?? "";
  const rfc = SENDS[reason]?.where.tcp ?? "";
  const otherwise = OTHERWISE[reason] ?? "";
  const text = `Inferred from what is on the wire: at ${moment(frame.time)} ${what}. Probably: ${meaning} (${reason}; ${rfc}.) What speaks for it: ${numbers}. Otherwise ${otherwise}`;
  return { what, reason, meaning, rfc, numbers, otherwise, chain: [], inferred: true, text };
}

/** Without SYN, ACK or RST: no TCP sends that, and none takes it (RFC 9293 §3.10.7.4 fifth). */
function saysNothing({ flags }: TcpHead): boolean {
  return (flags & (TCP_FLAGS.syn | TCP_FLAGS.ack | TCP_FLAGS.rst)) === 0;
}

function look(frames: readonly CapturedFrame[], index: number, head: TcpHead): Seen {
  const seen: Seen = { sent: undefined, again: undefined, theirs: undefined, theirsAt: 0, repeated: 0 };
  for (let i = 0; i < index; i++) {
    const one = frames[i] as CapturedFrame;
    const before = readTcpHead(one.bytes, one.medium);
    if (before === undefined) continue;
    if (isSame(before, head)) noteOwn(seen, before, head, one.time);
    else if (isReverse(before, head)) {
      seen.theirs = before;
      seen.theirsAt = one.time;
    }
  }
  return seen;
}

function noteOwn(seen: Seen, before: TcpHead, head: TcpHead, time: number): void {
  const end = endOf(before);
  if (seen.sent === undefined || ((end - seen.sent) | 0) > 0) seen.sent = end;
  if (before.seq === head.seq && lengthOf(before) > 0 && lengthOf(head) > 0) seen.again = time;
  seen.repeated = before.ack === head.ack && lengthOf(before) === 0 ? seen.repeated + 1 : 0;
}

function guess(head: TcpHead, seen: Seen, time: number): readonly [SendName, string] {
  const { syn, ack, rst, fin } = TCP_FLAGS;
  const has = (flag: number): boolean => (head.flags & flag) !== 0;
  const after =
    seen.theirs === undefined
      ? "nothing of the peer's before it"
      : `${span(time - seen.theirsAt)} after the peer's last segment`;
  if (has(rst)) return ["resetAnswer", `it is a reset, ${after}`];
  if (has(syn)) return opening(has(ack), seen, after, time);
  if (lengthOf(head) > 0 && seen.again !== undefined) return sentBefore(seen, time);
  if (head.text > 0) return ["newText", `sequence numbers that were not sent before, ${after}`];
  if (has(fin)) return ["fin", "a FIN that was not sent before"];
  return acknowledgment(head, seen, after, time);
}

function opening(isAnswer: boolean, seen: Seen, after: string, time: number): readonly [SendName, string] {
  if (seen.again !== undefined) {
    return [isAnswer ? "synAckAgain" : "synAgain", `the same SYN ${span(time - seen.again)} before`];
  }
  return isAnswer
    ? ["synAck", `a SYN of the peer's, ${after}`]
    : ["syn", "it is the first of the connection"];
}

function sentBefore(seen: Seen, time: number): readonly [SendName, string] {
  const wait = `the same sequence number ${span(time - (seen.again ?? time))} before`;
  const sack = seen.theirs !== undefined && seen.theirs.sack.length > 0;
  return sack
    ? ["fastRetransmit", `${wait}, and SACK blocks in the peer's last ACK`]
    : ["timeout", `${wait}, and no SACK block in the peer's last ACK`];
}

function acknowledgment(head: TcpHead, seen: Seen, after: string, time: number): readonly [SendName, string] {
  const { theirs } = seen;
  if (theirs !== undefined && (theirs.flags & TCP_FLAGS.syn) !== 0)
    return ["ackSynAck", `a SYN of the peer's, ${after}`];
  if (theirs !== undefined && (theirs.flags & TCP_FLAGS.fin) !== 0)
    return ["ackFin", `a FIN of the peer's, ${after}`];
  if (head.sack.length > 0 || seen.repeated >= DUPLICATES - 1) {
    return [
      "ackOutOfOrder",
      `${many(head.sack.length / 2, "SACK block")}, and ${many(seen.repeated, "ACK")} with the same number before`,
    ];
  }
  if (theirs === undefined || theirs.text === 0)
    return ["ackWindowUpdate", `no text of the peer's before it, ${after}`];
  const late = time - seen.theirsAt >= 20_000;
  return [late ? "ackDelayed" : "ackFullSegments", `${octets(theirs.text)} of the peer's, ${after}`];
}

function lengthOf({ text, flags }: TcpHead): number {
  return text + ((flags & TCP_FLAGS.syn) !== 0 ? 1 : 0) + ((flags & TCP_FLAGS.fin) !== 0 ? 1 : 0);
}

function endOf(head: TcpHead): number {
  return (head.seq + lengthOf(head)) | 0;
}

function isSame({ connection: a }: TcpHead, { connection: b }: TcpHead): boolean {
  return (
    a.localPort === b.localPort &&
    a.remotePort === b.remotePort &&
    a.localAddress.equals(b.localAddress) &&
    a.remoteAddress.equals(b.remoteAddress)
  );
}

function isReverse({ connection: a }: TcpHead, { connection: b }: TcpHead): boolean {
  return (
    a.localPort === b.remotePort &&
    a.remotePort === b.localPort &&
    a.localAddress.equals(b.remoteAddress) &&
    a.remoteAddress.equals(b.localAddress)
  );
}
