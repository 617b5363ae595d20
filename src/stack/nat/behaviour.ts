/**
 * How a translator behaves, in the terms of RFC 4787 §4 and §5, and the presets under which people know it (RFC 3489
 * §5 named the cones).
 */

/** For which destinations a host keeps its external port: for all, for one address, or for one port of one address. */
export type Dependence = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** The kinds of dependence, for checks and messages. */
export const DEPENDENCES: readonly Dependence[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];

/** How a translator behaves. */
export interface Behaviour {
  /** RFC 4787 §4.1: on what of the destination the external port depends. */
  readonly mapping: Dependence;
  /** RFC 4787 §5: from whom something may come in by that port. */
  readonly filtering: Dependence;
  /** RFC 4787 §4.2.1: the internal port is kept, where it is free. */
  readonly preservePort: boolean;
  /** RFC 4787 §6: hosts inside reach one another by their external ports. */
  readonly hairpin: boolean;
  /** RFC 6888 REQ-4: external ports of one host inside; 0: no bound. */
  readonly portsPerHost: number;
}

const INDEPENDENT = "endpoint-independent";
const BY_ADDRESS = "address-dependent";
const BY_PORT = "address-and-port-dependent";

function behaviour(mapping: Dependence, filtering: Dependence, more: Partial<Behaviour> = {}): Behaviour {
  return { mapping, filtering, preservePort: true, hairpin: true, portsPerHost: 0, ...more };
}

/** The behaviours of translators, by the names that people have for them. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  /** What RFC 4787 asks for (REQ-1, REQ-8, REQ-9), strict about whom it lets in. */
  "home-router": behaviour(INDEPENDENT, BY_PORT),
  /** RFC 6888: as transparent as can be, and fair. */
  "carrier-nat": behaviour(INDEPENDENT, INDEPENDENT, { preservePort: false, portsPerHost: 2048 }),
  "full-cone": behaviour(INDEPENDENT, INDEPENDENT),
  "restricted-cone": behaviour(INDEPENDENT, BY_ADDRESS),
  "port-restricted-cone": behaviour(INDEPENDENT, BY_PORT),
  symmetric: behaviour(BY_PORT, BY_PORT, { preservePort: false }),
  /** As Linux's `masquerade`. */
  linux: behaviour(BY_PORT, BY_PORT),
};
