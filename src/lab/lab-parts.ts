/** What a lab is made of. Each part is a value. A page hands over the parts that it wants, and loads no others. */

import type { Switch } from "../drivers/memory/index.ts";
import {
  type BottleneckMaker,
  type DirectedHost,
  Director,
  type VirtualTime,
} from "../drivers/simulation/index.ts";
import type { EventRing, EventRingOptions } from "../events/index.ts";
import { BareStack, type Clock } from "../stack/index.ts";
import { BareHost } from "./bare-host.ts";
import type { Machine } from "./machine.ts";
import { MachineActions } from "./machine-actions.ts";
import type { MachineParts } from "./machine-parts.ts";
import type { Recording } from "./recording.ts";

/** What its hosts, and all that may be asked of them, are made by. */
export interface LabParts<H extends BareHost = BareHost> extends MachineParts {
  /** What stands for a machine. */
  readonly host: (...given: ConstructorParameters<typeof BareHost>) => H;
  /** `switch`. */
  readonly switch?: ((...given: ConstructorParameters<typeof Switch>) => Switch) | undefined;
  /** All that is done to hosts, cables and packets, at once or planned: see `Intervention`. */
  readonly interventions?: InterventionsPart | undefined;
  /** Token buckets, RED, CoDel and FQ-CoDel in front of a bounded rate: `QUEUES` of `tapstack/drivers/simulation`. */
  readonly queues?: BottleneckMaker | undefined;
  /** `LabOptions.capture`. */
  readonly recording?: ((clock: Clock, host: string, events: EventRing | undefined) => Recording) | undefined;
  /** `LabOptions.events`. */
  readonly events?: ((options: EventRingOptions) => EventRing) | undefined;
}

/** What does something to a lab. */
export interface InterventionsPart {
  readonly director: (time: VirtualTime) => Director;
  /** Who does it to a machine. */
  readonly host: (machine: Machine) => DirectedHost;
}

/** Hosts with IPv4, TCP and UDP, and nothing else. */
export const HOST_PARTS: LabParts = {
  host: (...given) => new BareHost(...given),
  stack: (options) => new BareStack(options),
};

/** What is done to a lab: `intervene`, `partition`, `drop`, `crash`, `changeAddress`, and so on. */
export const INTERVENTIONS: NonNullable<LabParts["interventions"]> = {
  director: (time) => new Director(time),
  host: (machine) => new MachineActions(machine),
};
