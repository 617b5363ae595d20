/** What the checker reads of a frame by itself: RFC 791 §3.1, RFC 8200 §3, RFC 9293 §3.1, RFC 7323 §3.2. */
import type { LoggedEvent } from "../../../src/events/index.ts";
import { type ConnectionEnds, IpAddress, ipv4 } from "../../../src/stack/index.ts";

export interface SegmentHead {
  readonly seq: number;
  readonly ack: number;
  readonly hasSyn: boolean;
  readonly hasFin: boolean;
  readonly hasRst: boolean;
  readonly hasAck: boolean;
  readonly text: number;
  /** TSval; undefined without. */
  readonly tsVal: number | undefined;
  /** Congestion experienced (RFC 3168). */
  readonly marked: boolean;
  /** As the receiver sees it. */
  readonly ends: ConnectionEnds;
}

/** Where IP begins in a frame. */
const IP = 14;
const TCP = 6;

/** Of the event that was asked about last: most are asked about several times. */
let lastEvent: LoggedEvent | undefined;
let lastHead: SegmentHead | undefined;

/** The TCP segment in what was received over Ethernet; undefined if it is none. */
export function headOfReceived(event: LoggedEvent | undefined): SegmentHead | undefined {
  if (event?.kind !== "received") return undefined;
  if (event !== lastEvent) {
    lastEvent = event;
    lastHead = segmentIn(event.head);
  }
  return lastHead;
}

function segmentIn(head: Uint8Array): SegmentHead | undefined {
  if (head.length < IP + 40) return undefined;
  const octet = (at: number): number => head[at] ?? 0;
  const short = (at: number): number => (octet(at) << 8) | octet(at + 1);
  const word = (at: number): number => (short(at) << 16) | short(at + 2);
  const is4 = short(12) === 0x0800 && octet(IP + 9) === TCP;
  const is6 = short(12) === 0x86dd && octet(IP + 6) === TCP;
  if (!is4 && !is6) return undefined;
  if (is4 && (short(IP + 6) & 0x3fff) !== 0) return undefined; // a fragment
  const tcp = IP + (is4 ? (octet(IP) & 15) * 4 : 40);
  const end = IP + (is4 ? short(IP + 2) : 40 + short(IP + 4));
  const header = (octet(tcp + 12) >> 4) * 4;
  const flags = octet(tcp + 13);
  let tsVal: number | undefined;
  for (let at = tcp + 20; at < tcp + header && octet(at) !== 0; ) {
    if (octet(at) === 8 && octet(at + 1) === 10 && at + 10 <= tcp + header) tsVal = word(at + 2);
    if (octet(at) !== 1 && octet(at + 1) < 2) break; // what follows cannot be read
    at += octet(at) === 1 ? 1 : octet(at + 1);
  }
  const address = (at4: number, at6: number): IpAddress =>
    is4
      ? ipv4(word(IP + at4))
      : new IpAddress(word(IP + at6), word(IP + at6 + 4), word(IP + at6 + 8), word(IP + at6 + 12));
  return {
    seq: word(tcp + 4),
    ack: word(tcp + 8),
    hasFin: (flags & 1) !== 0,
    hasSyn: (flags & 2) !== 0,
    hasRst: (flags & 4) !== 0,
    hasAck: (flags & 16) !== 0,
    text: Math.max(0, end - tcp - header),
    tsVal,
    marked: ((is4 ? octet(IP + 1) : short(IP) >> 4) & 3) === 3,
    ends: {
      remoteAddress: address(12, 8),
      localAddress: address(16, 24),
      remotePort: short(tcp),
      localPort: short(tcp + 2),
    },
  };
}

/** From `a` to `b` in sequence space. */
export const distance = (a: number, b: number): number => (b - a) | 0;

/** The connection that a segment is of, as its receiver sees it; undefined of anything else. */
export function endsOfReceived(event: LoggedEvent | undefined): ConnectionEnds | undefined {
  return headOfReceived(event)?.ends;
}
