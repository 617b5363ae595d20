/**
 * Links that need no device: a cable between two stacks, and a switch for many.
 *
 * @module tapstack/drivers/memory
 */
export type { Deferred, Scheduler, Timekeeper } from "../host.ts";
export { type MemoryLinkOptions, MTU } from "./capabilities.ts";
export { PipeEnd, type PipeOptions, pipe } from "./pipe.ts";
export { Switch, type SwitchOptions, SwitchPort } from "./switch.ts";
