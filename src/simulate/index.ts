/**
 * Any Node program, unchanged, in virtual time on a TCP of our own: `tapstack/simulate`.
 *
 * @module tapstack/simulate
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
export type { ChaosOptions, FaultKind } from "./chaos.ts";
export type { DiskOptions } from "./disk.ts";
export { SimulationError } from "./errors.ts";
export type { Host } from "./host.ts";
export type { HostLog, LogLine } from "./host-log.ts";
export type { HostOptions, InlineProgram } from "./host-options.ts";
export type { DropCounters, LinkOptions, SentPacket } from "./network/index.ts";
export { type Scenario, type SimulateOptions, simulate } from "./simulate.ts";
export type { Span } from "./time-text.ts";
export { type Hosts, type PartitionOptions, World } from "./world.ts";
export type { WorldOptions } from "./world-options.ts";
