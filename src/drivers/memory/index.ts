/**
 * Links that need no device: a cable between two stacks, and a switch for many.
 *
 * @module tapstack/drivers/memory
 */
export type { Deferred, Scheduler, Timekeeper } from "../scheduler.ts";
export { type MemoryLinkOptions, MTU } from "./capabilities.ts";
export { PipeEnd, type PipeOptions, pipe } from "./pipe.ts";
export {
  type PortState,
  SpanningTree,
  type SpanningTreeOptions,
  type TreeHost,
  TreePort,
} from "./spanning-tree.ts";
export { type PortOptions, Switch, type SwitchOptions } from "./switch.ts";
export { type BridgePort, JoinedPort, type PortOwner, SwitchPort } from "./switch-port.ts";
export { Membership, type VlanPortOptions } from "./vlan-membership.ts";
