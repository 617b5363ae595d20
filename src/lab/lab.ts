/**
 * A network on the table: hosts, each with a stack and its socket calls; cables and switches between them;
 * and one virtual time for all. The same seed gives the same run, octet for octet, so a test that fails
 * fails again, and an hour of waiting takes no time.
 */
import { waitingCalls } from "../api/index.ts";
import { VlanTrunk } from "../drivers/link/index.ts";
import { Switch, type SwitchOptions } from "../drivers/memory/index.ts";
import { EventRing } from "../events/index.ts";
import { Firewall, type Ruleset, Stack } from "../stack/index.ts";
import type { HostOptions } from "./bare-host.ts";
import { BareLab } from "./bare-lab.ts";
import { LabHost } from "./host.ts";
import type { LabOptions } from "./lab-options.ts";
import type { LabParts } from "./lab-parts.ts";
import { natRules } from "./nat-rules.ts";
import { Recording } from "./recording.ts";

/** Station addresses of switches, for the spanning tree: locally administered. */
const FIRST_SWITCH = 0x0253_0000_0001;

const ALL: LabParts<LabHost> = {
  host: (...given) => new LabHost(...given),
  stack: (options) => new Stack(options),
  waits: waitingCalls,
  firewall: (router, rules) => new Firewall(router, rules),
  vlans: (link) => new VlanTrunk(link),
  recording: (...given) => new Recording(...given),
  events: (options) => new EventRing(options),
};

/** The network itself: begin here. */
export class Lab extends BareLab<LabHost> {
  #switches = 0;

  /** @throws TypeError for an option that there is not, RangeError for a value that cannot be */
  constructor(options: LabOptions = {}) {
    super(options, ALL);
  }

  /**
   * A new host that passes on what is for others. Its interfaces get their addresses where they are plugged in:
   * `lab.link(router, switch, { addresses: ["10.0.0.254/24"] })`.
   *
   * @param address - of its first interface
   * @throws as `host`
   */
  router(name: string, address: string, options: HostOptions = {}): LabHost {
    return this.host(name, address, { ...options, router: options.router ?? {} });
  }

  /**
   * A router whose first interface faces the inside, and all others the outside: what goes out leaves by their
   * addresses.
   *
   * @param address - of the inside, as `192.168.1.1/24`
   * @param behaviour - a preset of RFC 4787, "home-router" by default; or rules of your own
   * @throws as `host`, and RuleError for rules that cannot be
   */
  nat(
    name: string,
    address: string,
    behaviour: string | Ruleset = "home-router",
    options: HostOptions = {},
  ): LabHost {
    const rules = typeof behaviour === "string" ? natRules(behaviour) : behaviour;
    return this.router(name, address, { ...options, rules });
  }

  /**
   * A new learning switch: plug hosts in with `link(host, switch)`, and other switches. With `vlans`, ports are in VLANs;
   * with `spanningTree`, loops do no harm.
   *
   * @throws as the constructor of `Switch`
   */
  switch(options: SwitchOptions = {}): Switch {
    return new Switch(this.time, this.time, { station: FIRST_SWITCH + this.#switches++, ...options });
  }
}
