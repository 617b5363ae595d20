/** What a lab is made of. Each part is a value. A page hands over the parts that it wants, and loads no others. */
import type { Switch } from "../drivers/memory/index.ts";
import type { EventRing, EventRingOptions } from "../events/index.ts";
import { BareStack, type Clock } from "../stack/index.ts";
import { BareHost } from "./bare-host.ts";
import type { MachineParts } from "./machine-parts.ts";
import type { Recording } from "./recording.ts";

/** What its hosts, and all that may be asked of them, are made by. */
export interface LabParts<H extends BareHost = BareHost> extends MachineParts {
  /** What stands for a machine. */
  readonly host: (...given: ConstructorParameters<typeof BareHost>) => H;
  /** `switch`. */
  readonly switch?: ((...given: ConstructorParameters<typeof Switch>) => Switch) | undefined;
  /** `LabOptions.capture`. */
  readonly recording?: ((clock: Clock, host: string, events: EventRing | undefined) => Recording) | undefined;
  /** `LabOptions.events`. */
  readonly events?: ((options: EventRingOptions) => EventRing) | undefined;
}

/** Hosts with IPv4, TCP and UDP, and nothing else. */
export const HOST_PARTS: LabParts = {
  host: (...given) => new BareHost(...given),
  stack: (options) => new BareStack(options),
};
