/**
 * A network on the table: hosts, each with a stack and its socket calls; cables and switches between them;
 * and one virtual time for all. The same seed gives the same run, octet for octet, so a test that fails
 * fails again, and an hour of waiting takes no time.
 */
import { waitingCalls } from "../api/index.ts";
import { VlanTrunk } from "../drivers/link/index.ts";
import { Switch } from "../drivers/memory/index.ts";
import { QUEUES } from "../drivers/simulation/index.ts";
import { EventRing } from "../events/index.ts";
import { Firewall, Stack } from "../stack/index.ts";
import { BareLab } from "./bare-lab.ts";
import { LabHost } from "./host.ts";
import type { LabOptions } from "./lab-options.ts";
import { INTERVENTIONS, type LabParts } from "./lab-parts.ts";
import { Recording } from "./recording.ts";

/** Everything. A page that needs less hands a `BareLab` a copy with some of it undefined. */
const ALL: LabParts<LabHost> = {
  host: (...given) => new LabHost(...given),
  stack: (options) => new Stack(options),
  waits: waitingCalls,
  firewall: (router, rules) => new Firewall(router, rules),
  interventions: INTERVENTIONS,
  queues: QUEUES,
  switch: (...given) => new Switch(...given),
  vlans: (link) => new VlanTrunk(link),
  recording: (...given) => new Recording(...given),
  events: (options) => new EventRing(options),
};

/** The network itself: begin here. */
export class Lab extends BareLab<LabHost> {
  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(options: LabOptions = {}) {
    super(options, ALL);
  }
}
