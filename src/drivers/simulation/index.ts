/** Virtual time, and links with the faults of real ones, both repeatable from a seed. */
export {
  type TimeMember,
  VirtualTime,
  VirtualTimeError,
  type VirtualTimeOptions,
} from "./virtual-time.ts";
