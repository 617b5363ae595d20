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
export { type Addresses, parseInterfaceAddress } from "./addresses.ts";
export { BareHost, type HostOptions } from "./bare-host.ts";
export { BareLab, type Hosts } from "./bare-lab.ts";
export { LabCable } from "./cable.ts";
export { LabHost } from "./host.ts";
export { Lab } from "./lab.ts";
export type { CableOptions, LabOptions } from "./lab-options.ts";
export { HOST_PARTS, INTERVENTIONS, type LabParts } from "./lab-parts.ts";
export type { MachineParts } from "./machine-parts.ts";
