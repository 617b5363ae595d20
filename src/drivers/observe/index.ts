/**
 * Seeing what passes: captures for Wireshark, and text.
 *
 * @module tapstack/drivers/observe
 */
export { type Direction, type FrameRecorder, ObservedLink } from "./observed-link.ts";
export { captureLink, captureTracer, type PcapOptions, PcapWriter } from "./pcap.ts";
export { TextTrace, type TextTraceOptions } from "./text-trace.ts";
