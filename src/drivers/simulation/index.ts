/** Virtual time, and links with the faults of real ones, both repeatable from a seed. */
export type { Deferred, Scheduler, Timekeeper } from "../host.ts";
export type { AnnouncingMember, Seat, TimeMember } from "./agenda.ts";
export { type Faults, type Impairments, NO_FAULTS, parseImpairments } from "./impairment-spec.ts";
export { ImpairedLink } from "./impairments.ts";
export type { LaneCounters } from "./lane.ts";
export {
  VirtualTime,
  VirtualTimeError,
  type VirtualTimeOptions,
} from "./virtual-time.ts";
