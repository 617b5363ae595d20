/**
 * Reads captures that others have written: pcap (draft-ietf-opsawg-pcap) in either byte order, with microseconds or
 * nanoseconds, and pcapng. What is damaged, or ends too soon, is told with its place, and what stood before it is there.
 */
import type { ReadCapture, ReadPacket } from "./captured-records.ts";
import { PcapngReader } from "./pcapng/pcapng-reader.ts";
import { readPcap } from "./read-pcap.ts";

const PCAPNG = 0x0a0d0d0a;
/** How packed files begin, and what unpacks them. */
const PACKED: ReadonlyMap<number, string> = new Map([
  [0x1f8b, "gunzip"],
  [0x28b5, "unzstd"],
  [0x0422, "unlz4"],
  [0xfd37, "unxz"],
]);

/**
 * All that is in a capture.
 *
 * @throws SyntaxError for what does not begin as a capture
 */
export function readCapture(given: Uint8Array): ReadCapture {
  // Of a Buffer, slices would be no copies.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < 4) throw new SyntaxError(`no capture: ${bytes.length} octets`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) === PCAPNG) return new PcapngReader(bytes).read();
  const capture = readPcap(bytes);
  if (capture !== undefined) return capture;
  const packed = PACKED.get(view.getUint32(0) >>> 16);
  if (packed !== undefined) throw new SyntaxError(`no capture yet: it is packed, and ${packed} unpacks it`);
  throw new SyntaxError(
    `no capture: it begins with 0x${view.getUint32(0).toString(16).padStart(8, "0")}, neither pcap nor pcapng`,
  );
}

/** The packets alone. */
export function packetsOf(capture: ReadCapture): readonly ReadPacket[] {
  return capture.records.filter((record) => record.kind === "packet");
}
