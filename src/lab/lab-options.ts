/** What a lab and its cables are made with, and what of that is checked. */
import { MTU, type PortOptions } from "../drivers/memory/index.ts";
import type { Impairments, VirtualTimeOptions } from "../drivers/simulation/index.ts";
import type { EventRingOptions } from "../events/index.ts";
import {
  CALLABLE,
  CLAIMS,
  FLAG,
  integer,
  OBJECT,
  oneOf,
  type Rule,
  type Rules,
  rule,
} from "../stack/index.ts";
import { type Addresses, areInterfaceAddresses, IP_ADDRESSES, isInterfaceAddress } from "./addresses.ts";
import type { HostOptions } from "./bare-host.ts";

/** How a lab is made. */
export interface LabOptions extends VirtualTimeOptions {
  /** Where all chance comes from, 0 to 2^32 - 1; 1 by default. */
  readonly seed?: number | undefined;
  /** Keeps all frames, for `capture`. Off by default, since it takes memory. */
  readonly capture?: boolean | undefined;
  /** Keeps all events of all hosts, for `events`: true, or how much of it. Off by default, since it takes memory. */
  readonly events?: boolean | EventRingOptions | undefined;
}

/** How a cable is. */
export interface CableOptions {
  /** How interventions call it; by default after its ends, `alice-bob` or `alice-switch`, and further ones `…-2`. */
  readonly name?: string | undefined;
  /** What is wrong with the cable: a line such as `loss=2%,delay=5ms`. `out:` is from the first to the second. */
  readonly impairments?: string | Impairments | undefined;
  /** Largest IP datagram in octets, 68 to 65,535; 1500 by default. A cable to a switch has the switch's. */
  readonly mtu?: number | undefined;
  /** Super-segments and partial checksums pass as they are. Not with impairments, nor to a switch. */
  readonly offloads?: boolean | undefined;
  /** How the ports of switches are: which VLANs, or that no switch is behind it. Only of a cable to a switch. */
  readonly port?: PortOptions | undefined;
  /**
   * VLANs by number that hosts are in besides, with their address there, or both hosts' (802.1Q): each is an interface of
   * its own, `eth0.10`.
   */
  readonly vlans?: Readonly<Record<string, string | readonly [first?: string, second?: string]>> | undefined;
  /** The hosts' addresses on this cable, `10.0.0.1/24`, if they are not those that the hosts were made with. */
  readonly addresses?: readonly [first?: Addresses | undefined, second?: Addresses | undefined] | undefined;
}

const ANY_NUMBER = rule("a number", (value) => typeof value === "number");
/** What hosts and cables are called. */
export const NAME: Rule = rule("a name", (value) => typeof value === "string" && value !== "");
/** Of a lab; what concerns its time, VirtualTime checks more closely. */
export const LAB_RULES: Rules<LabOptions> = {
  seed: integer(0, 2 ** 32 - 1),
  capture: FLAG,
  events: rule(
    "true, false, or EventRingOptions",
    (value) => typeof value === "boolean" || OBJECT.accepts(value),
  ),
  drain: CALLABLE,
  limit: ANY_NUMBER,
  standstill: ANY_NUMBER,
};
/** What the stack is handed, it checks. */
export const HOST_RULES: Rules<HostOptions> = {
  createTcp: CALLABLE,
  createUdp: CALLABLE,
  tcp: OBJECT,
  tracer: OBJECT,
  gateway: IP_ADDRESSES,
  autoconfigure: FLAG,
  advertise: OBJECT,
  claim: oneOf(CLAIMS),
  router: OBJECT,
  rules: OBJECT,
};
/** Of a cable. */
export const CABLE_RULES: Rules<CableOptions> = {
  name: NAME,
  impairments: rule("a line, or Impairments", (value) => typeof value === "string" || OBJECT.accepts(value)),
  mtu: MTU,
  offloads: FLAG,
  port: OBJECT,
  vlans: rule(
    "VLANs, 1 to 4094, with an address and its prefix, or two",
    (value) =>
      OBJECT.accepts(value) &&
      Object.entries(value as object).every(
        ([id, address]) =>
          integer(1, 4094).accepts(Number(id)) &&
          [address].flat().every((one) => one === undefined || isInterfaceAddress(one)),
      ),
  ),
  addresses: rule(
    "one or two addresses with their prefix",
    (value) =>
      Array.isArray(value) &&
      value.length <= 2 &&
      value.every((one) => one === undefined || areInterfaceAddresses(one)),
  ),
};
