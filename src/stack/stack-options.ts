/** What a stack is made with, and what it tells of itself. */
import type {
  ArpCounters,
  EndpointCounters,
  IcmpCounters,
  IgmpCounters,
  InterfaceCounters,
  IpCounters,
  MldCounters,
  NdCounters,
  UdpCounters,
} from "./contract/counters.ts";
import type { TcpEndpoint } from "./contract/tcp-endpoint.ts";
import type { TransportContext, TransportProtocol } from "./contract/transport.ts";
import type { UdpEndpoint } from "./contract/udp-endpoint.ts";
import type { CoreOptions } from "./core/core-options.ts";
import type { ForwardCounters } from "./forward/router.ts";
import type { TcpCounters } from "./tcp/connection/counters.ts";
import type { TcpConnection } from "./tcp/connection-rows.ts";
import type { TcpSettings } from "./tcp/tcp-settings.ts";

/** A transport whose endpoints the stack hands out. */
export interface TcpProtocol extends TransportProtocol {
  /** A new endpoint in CLOSED. */
  open(): TcpEndpoint;
  /** Connections and listeners, for tables that people read. */
  connections?(): TcpConnection[];
  /** Other constants, and options of new endpoints, from now on. */
  configure?(changes: TcpChanges): void;
}

/** What of TCP's settings may change while it runs. */
export type TcpChanges = Pick<TcpSettings, "config" | "options">;

/** A UDP whose endpoints the stack hands out. */
export interface UdpProtocol extends TransportProtocol {
  /** A new endpoint. */
  open(): UdpEndpoint;
}

/** What the outside world provides, and which protocols a stack has. */
export interface StackOptions extends CoreOptions {
  /** Constants, default options and congestion controllers of the stack's own TCP. */
  readonly tcp?: TcpSettings | undefined;
  /** Replaces the stack's own TCP. */
  readonly createTcp?: ((context: TransportContext) => TcpProtocol) | undefined;
  /** Replaces the stack's own UDP. */
  readonly createUdp?: ((context: TransportContext) => UdpProtocol) | undefined;
}

/** What one interface has counted. */
export interface CountersOfInterface {
  /** Of its frames. */
  readonly link: InterfaceCounters;
  /** Of its ARP. */
  readonly arp: ArpCounters;
  /** Of its Neighbour Discovery. */
  readonly nd: NdCounters;
}

/** What every layer has counted. Live objects: they go on counting. */
export interface StackCounters {
  /** Of IPv4. */
  readonly ip: IpCounters;
  /** Of IPv6. */
  readonly ipv6: IpCounters;
  /** Of Multicast Listener Discovery. */
  readonly mld: MldCounters;
  /** Of ICMPv6. */
  readonly icmpv6: IcmpCounters;
  /** Of ICMP. */
  readonly icmp: IcmpCounters;
  /** Of IGMP. */
  readonly igmp: IgmpCounters;
  /** Undefined where TCP was replaced. */
  readonly tcp: TcpCounters | undefined;
  /** Undefined where UDP was replaced. */
  readonly udp: UdpCounters | undefined;
  /** Of the router; undefined on a host. */
  readonly forward: ForwardCounters | undefined;
  /** Of all endpoints of that kind together. */
  readonly raw: EndpointCounters;
  /** Of packet endpoints. */
  readonly packet: EndpointCounters;
  /** Of endpoints that ping. */
  readonly echo: EndpointCounters;
  /** By interface name. */
  readonly interfaces: ReadonlyMap<string, CountersOfInterface>;
}
