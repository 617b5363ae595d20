/** One TCP conversation out of a capture of anybody's: its segments, and who of both began. */
import { linkedPacket, packetsOf, type ReadCapture, type ReadPacket } from "../../drivers/observe/index.ts";

/** Control bit (RFC 9293 §3.1): no more text. */
export const FIN = 1;
/** Control bit: synchronize. */
export const SYN = 2;
/** Control bit: reset. */
export const RST = 4;
/** Control bit: the acknowledgment number counts. */
export const ACK = 16;

const ETHERNET_HEADER = 14;
const VLAN_TAG = 4;
const TCP = 6;
const OPTION_MSS = 2;
const OPTION_SCALE = 3;
const OPTION_SACK_PERMITTED = 4;
const OPTION_SACK = 5;
const OPTION_TIMESTAMPS = 8;

/** A segment as it was captured. */
export interface CapturedSegment {
  /** Wireshark's number of the frame. */
  readonly number: number;
  /** Microseconds since the first segment of the conversation. */
  readonly time: number;
  readonly fromClient: boolean;
  /** The IP datagram. */
  readonly datagram: Uint8Array;
  /** Where the TCP header begins in it. */
  readonly at: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  /** Where the text begins and ends in it. */
  readonly text: number;
  readonly end: number;
  /** Where in it the values of these options are: offsets; 0 where there is none. */
  readonly options: {
    readonly mss: number;
    readonly scale: number;
    readonly sackPermitted: boolean;
    readonly timestamps: number;
    readonly sack: number;
    readonly sackBlocks: number;
  };
}

/** A conversation from its SYN on. */
export interface Conversation {
  /** As `10.0.0.1:4000 > 10.0.0.2:7`, the client first. */
  readonly name: string;
  readonly version: 4 | 6;
  readonly client: Peer;
  readonly server: Peer;
  readonly segments: readonly CapturedSegment[];
}

/** An end of it. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

type Part = Omit<CapturedSegment, "time" | "fromClient" | "number"> & {
  readonly from: Peer;
  readonly to: Peer;
  readonly version: 4 | 6;
};

/** All conversations of a capture of which the SYN is there. Fragments, and what is not kept whole, are left out. */
export function conversationsOf(capture: ReadCapture): readonly Conversation[] {
  const found = new Map<string, { conversation: Conversation; segments: CapturedSegment[]; begun: number }>();
  for (const packet of packetsOf(capture)) {
    const part = partOf(packet);
    if (part === undefined) continue;
    const there = `${textOf(part.from)} > ${textOf(part.to)}`;
    const back = `${textOf(part.to)} > ${textOf(part.from)}`;
    const time = (packet.time ?? 0) + packet.nanoseconds / 1000;
    const isSyn = (part.flags & (SYN | ACK)) === SYN;
    if (isSyn && !found.has(there) && !found.has(back)) {
      const segments: CapturedSegment[] = [];
      const { version, from, to } = part;
      const conversation = { name: there, version, client: from, server: to, segments };
      found.set(there, { conversation, segments, begun: time });
    }
    const one = found.get(there) ?? found.get(back);
    const fromClient = found.has(there);
    one?.segments.push({ ...part, number: packet.number, time: time - one.begun, fromClient });
  }
  return [...found.values()].map(({ conversation }) => conversation);
}

function textOf({ address, port }: Peer): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function partOf(packet: ReadPacket): Part | undefined {
  if (packet.bytes.length < packet.length) return undefined;
  const linked = linkedPacket(packet);
  if (linked === undefined) return undefined;
  const { bytes, medium } = linked;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ip = medium === "ip" ? 0 : networkOf(view);
  if (ip < 0 || view.byteLength < ip + 40) return undefined;
  const version = view.getUint8(ip) >> 4;
  if (version === 4) return ofIpv4(bytes.subarray(ip));
  return version === 6 ? ofIpv6(bytes.subarray(ip)) : undefined;
}

/** Where the IP header begins in a frame, behind tags of VLANs; -1: there is none. */
function networkOf(view: DataView): number {
  for (let at = ETHERNET_HEADER; at <= view.byteLength; at += VLAN_TAG) {
    const type = view.getUint16(at - 2);
    if (type === 0x0800 || type === 0x86dd) return at;
    if (type !== 0x8100 && type !== 0x88a8) return -1;
  }
  return -1;
}

function ofIpv4(whole: Uint8Array): Part | undefined {
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  const header = (view.getUint8(0) & 15) * 4;
  // With offloads, Linux captures super-segments whose length does not fit in the field: 0.
  const total = view.getUint16(2) || whole.length;
  const isFragment = (view.getUint16(6) & 0x3fff) !== 0;
  if (isFragment || view.getUint8(9) !== TCP || total > whole.length || total < header + 20) return undefined;
  const datagram = whole.slice(0, total);
  const dotted = (at: number): string => datagram.subarray(at, at + 4).join(".");
  return ofTcp(datagram, header, 4, dotted(12), dotted(16));
}

function ofIpv6(whole: Uint8Array): Part | undefined {
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  const total = 40 + (view.getUint16(4) || whole.length - 40);
  if (view.getUint8(6) !== TCP || total > whole.length || total < 60) return undefined;
  const words = (at: number): string =>
    [0, 2, 4, 6, 8, 10, 12, 14].map((offset) => view.getUint16(at + offset).toString(16)).join(":");
  return ofTcp(whole.slice(0, total), 40, 6, words(8), words(24));
}

function ofTcp(datagram: Uint8Array, at: number, version: 4 | 6, from: string, to: string): Part | undefined {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const text = at + (view.getUint8(at + 12) >> 4) * 4;
  if (text > datagram.length || text < at + 20) return undefined;
  return {
    datagram,
    at,
    version,
    from: { address: from, port: view.getUint16(at) },
    to: { address: to, port: view.getUint16(at + 2) },
    seq: view.getInt32(at + 4),
    ack: view.getInt32(at + 8),
    flags: view.getUint8(at + 13),
    window: view.getUint16(at + 14),
    text,
    end: datagram.length,
    options: optionsOf(view, at + 20, text),
  };
}

function optionsOf(view: DataView, from: number, end: number): CapturedSegment["options"] {
  const found = { mss: 0, scale: -1, sackPermitted: false, timestamps: 0, sack: 0, sackBlocks: 0 };
  for (let at = from; at < end; ) {
    const kind = view.getUint8(at);
    if (kind === 0) break;
    const length = kind === 1 || at + 1 === end ? 1 : view.getUint8(at + 1);
    if (length < 1 || at + length > end) break;
    if (kind !== 1) noteOption(view, at + 2, kind, length, found);
    at += length;
  }
  return found;
}

/** @param at - behind the kind and the length */
function noteOption(
  view: DataView,
  at: number,
  kind: number,
  length: number,
  found: { -readonly [Name in keyof CapturedSegment["options"]]: CapturedSegment["options"][Name] },
): void {
  if (kind === OPTION_MSS && length === 4) found.mss = view.getUint16(at);
  if (kind === OPTION_SCALE && length === 3) found.scale = view.getUint8(at);
  if (kind === OPTION_SACK_PERMITTED) found.sackPermitted = true;
  if (kind === OPTION_TIMESTAMPS && length === 10) found.timestamps = at;
  if (kind !== OPTION_SACK || length < 10) return;
  found.sack = at;
  found.sackBlocks = (length - 2) >> 3;
}
