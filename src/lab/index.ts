/**
 * A whole network in one object, for tests and courses: `tapstack/lab`.
 *
 * @module tapstack/lab
 */
export {
  formatInterventions,
  type Intervention,
  type NetworkAction,
  type PacketAction,
  type PacketPattern,
  parseInterventions,
  type WirePacket,
} from "../drivers/simulation/index.ts";
export { parseInterfaceAddress } from "./addresses.ts";
export { LabCable } from "./cable.ts";
export { type HostOptions, LabHost } from "./host.ts";
export { type Hosts, Lab } from "./lab.ts";
export type { CableOptions, LabOptions } from "./lab-options.ts";
