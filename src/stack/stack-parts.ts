/**
 * What a stack may have besides IPv4, TCP and UDP. Nothing else refers to these values, so a bundler leaves out each
 * part that is not handed to a `BareStack`.
 */
import type { Trace } from "./contract/trace.ts";
import type { TraceMaker } from "./core/core.ts";
import { Tracing } from "./core/tracing.ts";
import { Router } from "./forward/router.ts";
import { Igmp } from "./igmp/igmp.ts";
import type { FamilyFactory } from "./ip/family.ts";
import { Ipv4Codec } from "./ip/v4/datagram.ts";
import { type HeaderOptionsPart, headerOptions } from "./ip/v4/options-of-sockets.ts";
import { Ipv6Family } from "./ip/v6/ipv6-family.ts";
import { EchoEndpoint } from "./raw/echo-endpoint.ts";
import { PacketEndpoint } from "./raw/packet-endpoint.ts";
import { RawEndpoint } from "./raw/raw-endpoint.ts";
import { Rest } from "./tcp/connection/rest.ts";
import type { Tcb } from "./tcp/connection/tcb.ts";
import type { TcpTrace } from "./tcp/connection/tcp-trace.ts";
import { TcpTracing } from "./tcp/send/tracing.ts";

/** The parts of one stack; what is missing, it does not have. */
export interface StackParts {
  /** IPv6 with Neighbour Discovery, ICMPv6 and MLD. */
  readonly ipv6?: FamilyFactory<Ipv6Family> | undefined;
  /** Tells routers which groups of IPv4 this host is in. Without it a host is in groups, and nobody knows. */
  readonly igmp?: Maker<typeof Igmp> | undefined;
  /** `startRouter`. */
  readonly router?: RouterPart | undefined;
  /** `openRaw`. */
  readonly raw?: Maker<typeof RawEndpoint> | undefined;
  /** `openPacket`. */
  readonly packet?: Maker<typeof PacketEndpoint> | undefined;
  /** `openEcho`. */
  readonly echo?: Maker<typeof EchoEndpoint> | undefined;
  /** Connections with nothing to do give back most of their memory (decision 63). */
  readonly rest?: Maker<typeof Rest> | undefined;
  /** The options of IPv4 headers, sent and shown by sockets (IP_OPTIONS, `shape`). */
  readonly options?: HeaderOptionsPart | undefined;
  /** `StackOptions.tracer`. */
  readonly tracing?: TracingPart | undefined;
}

/** What a router is made of. */
export interface RouterPart {
  readonly router: Maker<typeof Router>;
  /** What it does with datagrams of IPv4; those of IPv6 are told of in the part `ipv6`. */
  readonly ipv4: Maker<typeof Ipv4Codec>;
}

/** What tells a tracer of everything. */
export interface TracingPart {
  /** The trace of a stack. */
  readonly stack: TraceMaker;
  /** That of TCP, which knows more. */
  readonly tcp: (trace: Trace) => TcpTrace<Tcb>;
}

/** Makes what a class makes. */
type Maker<C extends abstract new (...given: never) => unknown> = (
  ...given: ConstructorParameters<C>
) => InstanceType<C>;

/** The family IPv6, with ICMPv6, Neighbour Discovery and Multicast Listener Discovery. */
export const IPV6: NonNullable<StackParts["ipv6"]> = (parts) => new Ipv6Family(parts);
/** Membership of IPv4 groups, told to routers. */
export const IGMP: NonNullable<StackParts["igmp"]> = (...given) => new Igmp(...given);
/** What passes on what is for others. */
export const ROUTER: NonNullable<StackParts["router"]> = {
  router: (...given) => new Router(...given),
  ipv4: (...given) => new Ipv4Codec(...given),
};
/** Raw IP endpoints. */
export const RAW_ENDPOINTS: NonNullable<StackParts["raw"]> = (...given) => new RawEndpoint(...given);
/** Packet endpoints. */
export const PACKET_ENDPOINTS: NonNullable<StackParts["packet"]> = (...given) => new PacketEndpoint(...given);
/** Endpoints that ping. */
export const ECHO: NonNullable<StackParts["echo"]> = (...given) => new EchoEndpoint(...given);
/** The options of IPv4 headers. */
export const HEADER_OPTIONS: NonNullable<StackParts["options"]> = headerOptions;
/** TCP connections at rest. */
export const REST: NonNullable<StackParts["rest"]> = (...given) => new Rest(...given);
/** What tells a tracer what the stack does, and why. */
export const TRACING: NonNullable<StackParts["tracing"]> = {
  stack: (tracer, clock) => new Tracing(tracer, clock),
  tcp: (trace) => new TcpTracing(trace),
};

/** @throws Error where `part` is missing */
export function required<T>(part: T | undefined, call: string, name: keyof StackParts): T {
  if (part === undefined) throw new Error(`Stack.${call}: this stack was made without the part "${name}"`);
  return part;
}
