/**
 * What a stack may have besides IPv4, TCP and UDP. Nothing else refers to these values, so a bundler leaves out each
 * part that is not handed to a `BareStack`.
 */
import { Router } from "./forward/router.ts";
import { Igmp } from "./igmp/igmp.ts";
import type { FamilyFactory } from "./ip/family.ts";
import { Ipv6Family } from "./ip/v6/ipv6-family.ts";
import { EchoEndpoint } from "./raw/echo-endpoint.ts";
import { PacketEndpoint } from "./raw/packet-endpoint.ts";
import { RawEndpoint } from "./raw/raw-endpoint.ts";

/** The parts of one stack; what is missing, it does not have. */
export interface StackParts {
  /** IPv6 with Neighbour Discovery, ICMPv6 and MLD. */
  readonly ipv6?: FamilyFactory<Ipv6Family> | undefined;
  /** Tells routers which groups of IPv4 this host is in. Without it a host is in groups, and nobody knows. */
  readonly igmp?: Maker<typeof Igmp> | undefined;
  /** `startRouter`. */
  readonly router?: Maker<typeof Router> | undefined;
  /** `openRaw`. */
  readonly raw?: Maker<typeof RawEndpoint> | undefined;
  /** `openPacket`. */
  readonly packet?: Maker<typeof PacketEndpoint> | undefined;
  /** `openEcho`. */
  readonly echo?: Maker<typeof EchoEndpoint> | undefined;
}

/** Makes what a class makes. */
type Maker<C extends abstract new (...given: never) => unknown> = (
  ...given: ConstructorParameters<C>
) => InstanceType<C>;

/** IPv6. */
export const IPV6: NonNullable<StackParts["ipv6"]> = (parts) => new Ipv6Family(parts);
/** Membership of IPv4 groups, told to routers. */
export const IGMP: NonNullable<StackParts["igmp"]> = (...given) => new Igmp(...given);
/** What passes on what is for others. */
export const ROUTER: NonNullable<StackParts["router"]> = (parts, options) => new Router(parts, options);
/** Raw IP endpoints. */
export const RAW_ENDPOINTS: NonNullable<StackParts["raw"]> = (...given) => new RawEndpoint(...given);
/** Packet endpoints. */
export const PACKET_ENDPOINTS: NonNullable<StackParts["packet"]> = (...given) => new PacketEndpoint(...given);
/** Endpoints that ping. */
export const ECHO: NonNullable<StackParts["echo"]> = (...given) => new EchoEndpoint(...given);

/** @throws Error where `part` is missing */
export function required<T>(part: T | undefined, call: string, name: keyof StackParts): T {
  if (part === undefined) throw new Error(`Stack.${call}: this stack was made without the part "${name}"`);
  return part;
}
