/** A copy of a frame, for those who must keep one that was only lent to them, or send it twice. */
import { HEADROOM, type LinkSink, type Packet } from "../stack/index.ts";

/** Room for a link header in front of what is aligned; a multiple of 4. */
const LINK_HEADER = 16;

/** A copy of `frame` in a packet from `pool`, aligned as it is, with the same notes for offloads. */
export function copyFrame(pool: LinkSink["pool"], frame: Packet): Packet {
  const copy = pool.take(frame.length);
  const start = HEADROOM - LINK_HEADER + (frame.start & 3);
  const shift = start - frame.start;
  copy.bytes.set(frame.bytes.subarray(frame.start, frame.end), start);
  copy.start = start;
  copy.end = frame.end + shift;
  copy.network = frame.network + shift;
  copy.transport = frame.transport + shift;
  copy.checksumOffloaded = frame.checksumOffloaded;
  copy.segmentSize = frame.segmentSize;
  copy.cause = frame.cause;
  return copy;
}
