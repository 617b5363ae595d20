/** What the checker reads of a frame by itself: RFC 791 §3.1, RFC 9293 §3.1, RFC 7323 §3.2. */
import type { LoggedEvent } from "../../../src/events/index.ts";
import { type ConnectionEnds, ipv4 } from "../../../src/stack/index.ts";

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
}

/** The TCP segment in what was received over Ethernet; undefined if it is none. */
export function headOfReceived(event: LoggedEvent | undefined): SegmentHead | undefined {
  if (event?.kind !== "received" || event.head.length < 54) return undefined;
  const octet = (at: number): number => event.head[at] ?? 0;
  const short = (at: number): number => (octet(at) << 8) | octet(at + 1);
  const word = (at: number): number => (short(at) << 16) | short(at + 2);
  if (short(12) !== 0x0800 || octet(23) !== 6) return undefined;
  const tcp = 14 + (octet(14) & 15) * 4;
  const header = (octet(tcp + 12) >> 4) * 4;
  const flags = octet(tcp + 13);
  let tsVal: number | undefined;
  for (let at = tcp + 20; at < tcp + header && octet(at) !== 0; ) {
    if (octet(at) === 8) tsVal = word(at + 2);
    at += octet(at) === 1 ? 1 : Math.max(2, octet(at + 1));
  }
  return {
    seq: word(tcp + 4),
    ack: word(tcp + 8),
    hasFin: (flags & 1) !== 0,
    hasSyn: (flags & 2) !== 0,
    hasRst: (flags & 4) !== 0,
    hasAck: (flags & 16) !== 0,
    text: 14 + short(16) - tcp - header,
    tsVal,
    marked: (octet(15) & 3) === 3,
  };
}

/** From `a` to `b` in sequence space. */
export const distance = (a: number, b: number): number => (b - a) | 0;

/** The connection that a segment over IPv4 is of, as its receiver sees it; undefined of anything else. */
export function endsOfReceived(event: LoggedEvent | undefined): ConnectionEnds | undefined {
  if (event?.kind !== "received" || headOfReceived(event) === undefined) return undefined;
  const { head } = event;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const tcp = 14 + (view.getUint8(14) & 15) * 4;
  return {
    remoteAddress: ipv4(view.getInt32(26)),
    localAddress: ipv4(view.getInt32(30)),
    remotePort: view.getUint16(tcp),
    localPort: view.getUint16(tcp + 2),
  };
}
