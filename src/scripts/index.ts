/**
 * Packet scripts in packetdrill's language: what a peer sends, what the stack answers, what the application calls, and
 * when.
 *
 * @module tapstack/scripts
 */
export { packetScript } from "./file.ts";
export { parseScript } from "./language/parser.ts";
export type { Place } from "./language/place.ts";
export { ScriptSyntaxError } from "./language/place.ts";
export type * from "./language/syntax.ts";
export { linuxTarget } from "./linux/linux-target.ts";
export { type FailureDetails, ScriptFailure } from "./run/failure.ts";
export type {
  Addresses,
  Emission,
  Outcome,
  PendingCall,
  Target,
  TargetFactory,
  TargetOptions,
  Value,
} from "./run/target.ts";
export { TargetError } from "./run/target.ts";
export { runPacketScript, type ScriptOptions } from "./script.ts";
export { LINUX_PROFILE, PROFILES, type ProfileName } from "./stack/profiles.ts";
