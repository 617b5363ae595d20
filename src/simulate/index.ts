/**
 * Any Node program, unchanged, in virtual time on a TCP of our own: `tapstack/simulate`.
 *
 * @module tapstack/simulate
 */
export type { ChaosOptions, FaultKind } from "./chaos.ts";
export { SimulationError } from "./errors.ts";
export type { Fault, HostFault, ImpairFault, PartitionFault, SignalFault } from "./faults.ts";
export type { Host, HostOptions, InlineProgram } from "./host.ts";
export type { HostLog, LogLine } from "./host-log.ts";
export type { DropCounters, LinkOptions, WirePacket } from "./network/index.ts";
export { type Scenario, type SimulateOptions, simulate } from "./simulate.ts";
export type { Span } from "./time-text.ts";
export { type Hosts, type PartitionOptions, World, type WorldOptions } from "./world.ts";
