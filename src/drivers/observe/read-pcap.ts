/** Classic pcap files: a header of 24 octets, and records with a header of 16. */
import type { ReadCapture, ReadPacket } from "./captured-records.ts";

const HEADER = 24;
const RECORD = 16;
/** By the magic number as it reads in big-endian order: the byte order of the file, and parts of a second. */
const MAGICS: ReadonlyMap<number, { readonly little: boolean; readonly nanoseconds: boolean }> = new Map([
  [0xa1b2c3d4, { little: false, nanoseconds: false }],
  [0xd4c3b2a1, { little: true, nanoseconds: false }],
  [0xa1b23c4d, { little: false, nanoseconds: true }],
  [0x4d3cb2a1, { little: true, nanoseconds: true }],
]);
/** More than any link carries: a length beyond that is damage, not a packet. */
const LONGEST = 1 << 28;

/** The capture; undefined if it does not begin as one. */
export function readPcap(bytes: Uint8Array): ReadCapture | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = MAGICS.get(view.getUint32(0));
  if (magic === undefined) return undefined;
  const records: ReadPacket[] = [];
  const result = { format: "pcap", records, application: undefined, unknownBlocks: [] } as const;
  if (bytes.length < HEADER) {
    const what = `the file ends within its header: ${bytes.length} of ${HEADER} octets`;
    return { ...result, interfaces: [], damage: { offset: 0, what } };
  }
  const { little, nanoseconds } = magic;
  const one = {
    name: undefined,
    description: undefined,
    // The upper bits say whether frames end with a checksum.
    linkType: view.getUint32(20, little) & 0x0fff_ffff,
    snapLength: view.getUint32(16, little),
    filter: undefined,
  };
  let damage: ReadCapture["damage"];
  for (let at = HEADER; at < bytes.length; ) {
    const kept = at + RECORD <= bytes.length ? view.getUint32(at + 8, little) : 0;
    const what = wrongAt(bytes.length - at, kept, records.length + 1);
    if (what !== undefined) {
      damage = { offset: at, what };
      break;
    }
    const parts = view.getUint32(at + 4, little);
    records.push({
      kind: "packet",
      number: records.length + 1,
      offset: at,
      interface: one,
      time: view.getUint32(at, little) * 1_000_000 + (nanoseconds ? Math.floor(parts / 1000) : parts),
      nanoseconds: nanoseconds ? parts % 1000 : 0,
      bytes: bytes.subarray(at + RECORD, at + RECORD + kept),
      length: view.getUint32(at + 12, little),
      direction: undefined,
      comments: [],
      id: undefined,
      lost: undefined,
      socket: undefined,
    });
    at += RECORD + kept;
  }
  return { ...result, interfaces: [one], damage };
}

/** What is wrong with a record that has so many octets left for it. */
function wrongAt(left: number, kept: number, number: number): string | undefined {
  if (left < RECORD)
    return `the file ends within the header of packet ${number}: ${left} of ${RECORD} octets`;
  if (kept > LONGEST) return `packet ${number} claims ${kept} octets`;
  if (left < RECORD + kept)
    return `the file ends within packet ${number}: ${left - RECORD} of ${kept} octets`;
  return undefined;
}
