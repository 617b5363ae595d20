/**
 * Virtual time, and links with the faults of real ones, both repeatable from a seed.
 *
 * @module tapstack/drivers/simulation
 */
export type { Deferred, Scheduler, Timekeeper } from "../scheduler.ts";
export type { AnnouncingMember, Seat, TimeMember } from "./agenda.ts";
export {
  type DirectedCable,
  type DirectedHost,
  Director,
  type DirectorCounters,
  type Told,
  type Undo,
} from "./director.ts";
export { Gate, type GateCounters, type GateKeeper, type Verdict } from "./gate.ts";
export { ImpairedLink, QUEUES } from "./impaired-link.ts";
export { type Faults, type Impairments, NO_FAULTS, parseImpairments } from "./impairment-spec.ts";
export { BareImpairedLink } from "./impairments.ts";
export {
  type AtTime,
  checkIntervention,
  formatInterventions,
  type HostAction,
  type Intervention,
  isPacketAction,
  type Lasting,
  type NetworkAction,
  type PacketAction,
  parseInterventions,
  type WhenPacket,
} from "./interventions.ts";
export type { BottleneckMaker, LaneCounters } from "./lane.ts";
export { matches, type PacketPattern } from "./packet-pattern.ts";
export { durationOf, formatSpan, parseSpan, type Span } from "./span.ts";
export {
  VirtualTime,
  VirtualTimeError,
  type VirtualTimeOptions,
} from "./virtual-time.ts";
export { type Directory, readWirePacket, type WirePacket } from "./wire-packet.ts";
