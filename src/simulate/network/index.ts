/** The links between simulated hosts, and what may be done to them. */

export { frameText, type SentPacket } from "./frame-log.ts";
export { type DropCounters, type LinkOptions, Network, type Station } from "./world-links.ts";
