/**
 * Seeing what passes: captures for Wireshark, in and out, and text.
 *
 * @module tapstack/drivers/observe
 */
export { asPcap } from "./as-pcap.ts";
export { packetsOf, readCapture } from "./capture-reader.ts";
export type {
  CaptureRecord,
  ReadCapture,
  ReadInterface,
  ReadNames,
  ReadOwn,
  ReadPacket,
  ReadSecrets,
  ReadStatistics,
} from "./captured-records.ts";
export { type LinkedPacket, linkedPacket, READ_LINKS } from "./linked-packet.ts";
export { type Direction, type FrameRecorder, ObservedLink } from "./observed-link.ts";
export { captureLink, captureTracer, type PcapOptions, PcapWriter } from "./pcap.ts";
export { Capture, type CaptureOptions } from "./pcapng/capture.ts";
export { type CaptureFilter, captureFilter } from "./pcapng/capture-filter.ts";
export { capturedEvents, eventBlocks } from "./pcapng/event-blocks.ts";
export {
  type CapturedInterface,
  type CapturedStatistics,
  type FileTime,
  type PacketNotes,
  type PcapngOptions,
  PcapngWriter,
} from "./pcapng/pcapng-writer.ts";
export { type FrameReason, ReasonsOfFrames } from "./pcapng/reasons-of-frames.ts";
export { TextTrace, type TextTraceOptions } from "./text-trace.ts";
