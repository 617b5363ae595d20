/** The links between simulated hosts, and what may be done to them. */
export { type DropCounters, type LinkOptions, Network, type Station } from "./network.ts";
export { frameText, type SentPacket } from "./recorder.ts";
