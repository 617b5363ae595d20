/** A capture as a classic pcap file, for programs that know no other. */

import { packetsOf } from "./capture-reader.ts";
import type { ReadCapture } from "./captured-records.ts";

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const HEADER = 24;
const RECORD = 16;
const LONGEST = 262_144;

/**
 * The packets of `capture` with nanoseconds, without what classic files cannot hold: comments, directions, names.
 *
 * @throws RangeError for interfaces of several kinds, of which a classic file has one
 */
export function asPcap(capture: ReadCapture): Uint8Array<ArrayBuffer> {
  const [first, ...others] = new Set(capture.interfaces.map(({ linkType }) => linkType));
  if (others.length > 0) throw new RangeError("a classic pcap file has only one kind of link");
  const packets = packetsOf(capture);
  const octets = packets.reduce((sum, { bytes }) => sum + RECORD + bytes.length, HEADER);
  const file = new Uint8Array(octets);
  const view = new DataView(file.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, LONGEST);
  view.setUint32(20, first ?? 1);
  let at = HEADER;
  for (const { time = 0, nanoseconds, bytes, length } of packets) {
    view.setUint32(at, Math.floor(time / 1_000_000));
    view.setUint32(at + 4, (time % 1_000_000) * 1000 + nanoseconds);
    view.setUint32(at + 8, bytes.length);
    view.setUint32(at + 12, length);
    file.set(bytes, at + RECORD);
    at += RECORD + bytes.length;
  }
  return file;
}
