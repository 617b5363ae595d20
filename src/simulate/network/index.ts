/** The links between simulated hosts, and what may be done to them. */
export {
  addressOn,
  type Cut,
  type DropCounters,
  type DropRule,
  type LinkOptions,
  Network,
} from "./network.ts";
export { frameText, type WirePacket } from "./wire-packet.ts";
