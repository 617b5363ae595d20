/** What of a datagram of ours is compared. */
import { FrameFields, readTcp, TcpHeader } from "../../stack/index.ts";

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

const headers = new FrameFields();
const tcp = new TcpHeader();

/** The segment in the IP datagram `[start, end)`; undefined if there is none. */
export function readDatagram(view: DataView, start: number, end: number): SegmentRead | undefined {
  const { protocol, transport } = headers.read(view, start, end, "ip");
  if (protocol !== TCP || transport < 0) return undefined;
  readTcp(view, transport, end, tcp);
  return {
    seq: tcp.seq,
    ack: tcp.ack,
    flags: tcp.flags,
    octets: end - transport - tcp.headerBytes,
    window: tcp.window,
    timestamp: tcp.hasTimestamps ? tcp.tsVal : undefined,
  };
}
