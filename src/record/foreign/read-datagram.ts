/** What of a datagram of ours is compared. */

/** A TCP segment, as far as it is compared. */
export interface SegmentRead {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly octets: number;
  readonly window: number;
  /** TSval; undefined without timestamps. */
  readonly timestamp: number | undefined;
}

const TCP = 6;

/** The segment in the IP datagram `[start, end)`; undefined if there is none. */
export function readDatagram(view: DataView, start: number, end: number): SegmentRead | undefined {
  const version = view.getUint8(start) >> 4;
  const protocol = view.getUint8(start + (version === 4 ? 9 : 6));
  if (protocol !== TCP) return undefined;
  const at = start + (version === 4 ? (view.getUint8(start) & 15) * 4 : 40);
  const text = at + (view.getUint8(at + 12) >> 4) * 4;
  return {
    seq: view.getInt32(at + 4),
    ack: view.getInt32(at + 8),
    flags: view.getUint8(at + 13),
    octets: end - text,
    window: view.getUint16(at + 14),
    timestamp: timestampOf(view, at + 20, text),
  };
}

function timestampOf(view: DataView, from: number, end: number): number | undefined {
  for (let at = from; at < end; ) {
    const kind = view.getUint8(at);
    if (kind === 8) return view.getInt32(at + 2);
    if (kind === 0) return undefined;
    at += kind === 1 ? 1 : Math.max(2, view.getUint8(at + 1));
  }
  return undefined;
}
