/** The TCP header (RFC 9293 §3.1). Its options are in tcp-options.ts. */
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { formatSeq, type SeqNum, seqAdd, seqNum } from "../base/seq.ts";
import { changeOfWord, mendChecksum } from "./checksum-field.ts";
import {
  clearTcpOptions,
  formatTcpOptions,
  readTcpOptions,
  type TcpOptionFields,
  tcpOptionBytes,
  writeTcpOptions,
} from "./tcp-options.ts";

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+-------------------------------+
// |          source port          |       destination port        |
// +-------------------------------+-------------------------------+
// |                        sequence number                        |
// +---------------------------------------------------------------+
// |                    acknowledgment number                      |
// +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
// | data  |       |C|E|U|A|P|R|S|F|                               |
// | offset| rsrvd |W|C|R|C|S|S|Y|I|            window             |
// |       |       |R|E|G|K|H|T|N|N|                               |
// +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
// |           checksum            |        urgent pointer         |
// +-------------------------------+-------------------------------+
// |                   options, in whole words                     |
// +---------------------------------------------------------------+

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const CHECKSUM = 16;
const URGENT_POINTER = 18;

/** Octets of a header without options. */
export const TCP_HEADER_BYTES = 20;
/** Octets of a header with all the options that it can have. */
export const MAX_TCP_HEADER_BYTES = 60;
/** Where the checksum is in the header: for whoever completes it. */
export const TCP_CHECKSUM_OFFSET: number = CHECKSUM;
/** IANA protocol number. */
export const IPPROTO_TCP = 6;

/** Control bit: no more text from the sender. */
export const FIN = 1;
/** Control bit: synchronize sequence numbers. */
export const SYN = 2;
/** Control bit: reset the connection. */
export const RST = 4;
/** Control bit: push. */
export const PSH = 8;
/** Control bit: the acknowledgment field is significant. */
export const ACK = 16;
/** Control bit: the urgent pointer is significant. */
export const URG = 32;
/** Control bit: ECN echo (RFC 3168 §6.1). */
export const ECE = 64;
/** Control bit: congestion window reduced (RFC 3168 §6.1). */
export const CWR = 128;

/** A TCP header in host form. One instance is reused for every segment that arrives. */
export class TcpHeader implements TcpOptionFields {
  sourcePort = 0;
  destinationPort = 0;
  seq: SeqNum = seqNum(0);
  /** Meaningful with the ACK flag. */
  ack: SeqNum = seqNum(0);
  /** Sum of `FIN`, `SYN`, … The reserved bits are ignored in, and 0 out (RFC 9293 §3.1). */
  flags = 0;
  /** As on the wire, 16 bits, not scaled. */
  window = 0;
  /** As on the wire. */
  checksum = 0;
  /** Meaningful with the URG flag. */
  urgentPointer = 0;
  /** Octets of the header with its options, as read; `writeTcp` sets it too. */
  headerBytes: number = TCP_HEADER_BYTES;
  mss = 0;
  windowScale = -1;
  sackPermitted = false;
  hasTimestamps = false;
  tsVal = 0;
  tsEcr = 0;
  sackCount = 0;
  readonly sackLeft: Int32Array = new Int32Array(4);
  readonly sackRight: Int32Array = new Int32Array(4);

  /** Back to a header with no flags and no options, to be filled for a segment that is to be sent. */
  clear(): this {
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.seq = seqNum(0);
    this.ack = seqNum(0);
    this.flags = 0;
    this.window = 0;
    this.checksum = 0;
    this.urgentPointer = 0;
    this.headerBytes = TCP_HEADER_BYTES;
    clearTcpOptions(this);
    return this;
  }
}

/**
 * Reads the header at `at` into `header`, reading nothing at or past `end`. A data offset that points into
 * the fixed header or past the segment makes it malformed; odd options never do (RFC 9293 MUST-7).
 */
export function readTcp(view: DataView, at: number, end: number, header: TcpHeader): Drop {
  if (end - at < TCP_HEADER_BYTES) return Drop.truncated;
  header.sourcePort = view.getUint16(at + SOURCE_PORT);
  header.destinationPort = view.getUint16(at + DESTINATION_PORT);
  header.seq = view.getInt32(at + SEQUENCE) as SeqNum;
  header.ack = view.getInt32(at + ACKNOWLEDGMENT) as SeqNum;
  header.flags = view.getUint8(at + FLAGS);
  header.window = view.getUint16(at + WINDOW);
  header.checksum = view.getUint16(at + CHECKSUM);
  header.urgentPointer = view.getUint16(at + URGENT_POINTER);
  header.headerBytes = (view.getUint8(at + DATA_OFFSET) >>> 4) << 2;
  if (header.headerBytes < TCP_HEADER_BYTES || header.headerBytes > end - at) return Drop.badHeaderLength;
  readTcpOptions(view, at + TCP_HEADER_BYTES, at + header.headerBytes, header);
  return Drop.none;
}

/** Octets that `writeTcp` will write: the fixed header and the options that are set. */
export function tcpHeaderBytes(header: TcpHeader): number {
  return TCP_HEADER_BYTES + tcpOptionBytes(header);
}

/**
 * Writes `header` and its options at `at`; the room must be there. Its checksum field is written as it is.
 * SACK blocks that do not fit beside the other options are left out, the last ones first.
 *
 * @returns octets of the header, also stored in `header.headerBytes`
 */
export function writeTcp(view: DataView, at: number, header: TcpHeader): number {
  view.setUint16(at + SOURCE_PORT, header.sourcePort);
  view.setUint16(at + DESTINATION_PORT, header.destinationPort);
  view.setInt32(at + SEQUENCE, header.seq);
  view.setInt32(at + ACKNOWLEDGMENT, header.ack);
  view.setUint8(at + FLAGS, header.flags);
  view.setUint16(at + WINDOW, header.window);
  view.setUint16(at + CHECKSUM, header.checksum);
  view.setUint16(at + URGENT_POINTER, header.urgentPointer);
  header.headerBytes = writeTcpOptions(view, at + TCP_HEADER_BYTES, header) - at;
  view.setUint8(at + DATA_OFFSET, (header.headerBytes >> 2) << 4);
  return header.headerBytes;
}

// ── Single fields of a header that stands in a packet ────────────────────────────────────────────────────

/** Octets of the header at `at` with its options, as it says. */
export function tcpHeaderLength(view: DataView, at: number): number {
  return (view.getUint8(at + DATA_OFFSET) >>> 4) << 2;
}

/** The sequence number of the header at `at`. */
export function readTcpSequence(view: DataView, at: number): SeqNum {
  return view.getInt32(at + SEQUENCE) as SeqNum;
}

/** The flags of the header at `at`. */
export function readTcpFlags(view: DataView, at: number): number {
  return view.getUint8(at + FLAGS);
}

/** The flags of the header at `at`; -1 if they lie beyond `end`. */
export function readTcpFlagsBefore(view: DataView, at: number, end: number): number {
  return at + FLAGS < end ? view.getUint8(at + FLAGS) : -1;
}

/** Writes the window field of the header at `at`, and mends its checksum unless that is left to the link. */
export function rewriteTcpWindow(packet: Packet, at: number, window: number): void {
  const { view } = packet;
  const before = view.getUint16(at + WINDOW);
  view.setUint16(at + WINDOW, window);
  // A sum that is not filled in yet covers no more than the pseudo-header.
  if (!packet.checksumOffloaded) mendChecksum(view, at + CHECKSUM, changeOfWord(before, window));
}

/** Writes what one segment of several has of its own: sequence number and flags. */
export function writeTcpPart(view: DataView, at: number, sequence: SeqNum, flags: number): void {
  view.setInt32(at + SEQUENCE, sequence);
  view.setUint8(at + FLAGS, flags);
}

const FLAG_LETTERS: readonly (readonly [flag: number, letter: string])[] = [
  [FIN, "F"],
  [SYN, "S"],
  [RST, "R"],
  [PSH, "P"],
  [ACK, "."],
  [URG, "U"],
  [ECE, "E"],
  [CWR, "W"],
];

/** Flags as tcpdump writes them: `S.` is SYN and ACK; `none` is none. */
function formatTcpFlags(flags: number): string {
  let text = "";
  for (const [flag, letter] of FLAG_LETTERS) if ((flags & flag) !== 0) text += letter;
  return text === "" ? "none" : text;
}

/**
 * As tcpdump would say it (with -S, absolute sequence numbers). Options appear in the order in which this
 * stack writes them, whatever order they came in.
 */
export function formatTcp(header: TcpHeader, payloadOctets: number): string {
  let text = `Flags [${formatTcpFlags(header.flags)}]`;
  if (payloadOctets > 0) {
    text += `, seq ${formatSeq(header.seq)}:${formatSeq(seqAdd(header.seq, payloadOctets))}`;
  } else if ((header.flags & (SYN | FIN | RST)) !== 0) text += `, seq ${formatSeq(header.seq)}`;
  if ((header.flags & ACK) !== 0) text += `, ack ${formatSeq(header.ack)}`;
  text += `, win ${header.window}`;
  if ((header.flags & URG) !== 0) text += `, urg ${header.urgentPointer}`;
  const options = formatTcpOptions(header);
  if (options !== "") text += `, options [${options}]`;
  return `${text}, length ${payloadOctets}`;
}
