/** What a stack is made with, and what it tells of itself. */
import type { Clock } from "../base/clock.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type {
  ArpCounters,
  IcmpCounters,
  IgmpCounters,
  InterfaceCounters,
  IpCounters,
  UdpCounters,
} from "../contract/counters.ts";
import type { TcpEndpoint, UdpEndpoint } from "../contract/endpoint.ts";
import type { Tracer } from "../contract/trace.ts";
import type { TransportContext, TransportProtocol } from "../contract/transport.ts";
import type { TcpCounters } from "../tcp/connection/counters.ts";
import type { TcpConnection, TcpSettings } from "../tcp/tcp.ts";

/** A transport whose endpoints the stack hands out. */
export interface TcpProtocol extends TransportProtocol {
  open(): TcpEndpoint;
  /** Connections and listeners, for tables that people read. */
  connections?(): TcpConnection[];
}

export interface UdpProtocol extends TransportProtocol {
  open(): UdpEndpoint;
}

/** What the outside world provides. Two stacks given the same do the same, octet for octet. */
export interface StackOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer?: Tracer | undefined;
  /** The earliest deadline has changed to this: call `Stack.advance` then. */
  readonly wakeAt: (deadline: Instant) => void;
  /** Constants, default options and congestion controllers of the stack's own TCP. */
  readonly tcp?: TcpSettings | undefined;
  /** Replaces the stack's own TCP. */
  readonly createTcp?: ((context: TransportContext) => TcpProtocol) | undefined;
  /** Replaces the stack's own UDP. */
  readonly createUdp?: ((context: TransportContext) => UdpProtocol) | undefined;
}

/**
 * What is done with ARP before an address is used (RFC 5227): "probe" asks first whether somebody else has it, some
 * 5 s; "announce" tells everybody; "off" does neither, and only defends it.
 */
export type Claim = "off" | "announce" | "probe";

/** All of them, for checks and messages. */
export const CLAIMS: readonly Claim[] = ["off", "announce", "probe"];

/** How an interface is set up. */
export interface InterfaceOptions {
  /** The station address; else the link's own, else one from chance. */
  readonly mac?: MacAddress | undefined;
  /** The next hop of the default route. */
  readonly gateway?: IpAddress | undefined;
  /** What is done before an address is used; "announce" by default. Nothing on links without ARP. */
  readonly claim?: Claim | undefined;
}

/** What every layer has counted. Live objects: they go on counting. */
export interface StackCounters {
  readonly ip: IpCounters;
  readonly icmp: IcmpCounters;
  readonly igmp: IgmpCounters;
  /** Undefined where TCP was replaced. */
  readonly tcp: TcpCounters | undefined;
  /** Undefined where UDP was replaced. */
  readonly udp: UdpCounters | undefined;
  /** By interface name. */
  readonly interfaces: ReadonlyMap<string, { link: InterfaceCounters; arp: ArpCounters }>;
}
