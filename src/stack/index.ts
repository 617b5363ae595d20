/** What `src/api`, drivers and tests may use of the stack; nothing else is public. */
export type { NeighbourEntry, NeighbourState } from "./arp/neighbours.ts";
export type { Clock } from "./base/clock.ts";
export { DROP_REASONS, Drop, dropName } from "./base/drop.ts";
export {
  formatIpv4,
  IPV4_ANY,
  IPV4_BROADCAST,
  IPV4_LOOPBACK,
  IpAddress,
  ipv4,
  parseIpv4,
  prefixMask,
} from "./base/ip-address.ts";
export { BROADCAST_MAC, MacAddress, NO_MAC, parseMac } from "./base/mac-address.ts";
export { Packet } from "./base/packet.ts";
export { HEADROOM, PacketPool } from "./base/packet-pool.ts";
export { below, fraction, type Random, Xoshiro128 } from "./base/random.ts";
export {
  type Duration,
  type Instant,
  later,
  microseconds,
  milliseconds,
  NEVER,
  seconds,
  since,
} from "./base/time.ts";
export { Timer, type TimerOwner, TimerQueue, timer } from "./base/timers.ts";
export type {
  ArpCounters,
  DropCounters,
  IcmpCounters,
  IgmpCounters,
  InterfaceCounters,
  IpCounters,
  UdpCounters,
} from "./counters.ts";
export type {
  CommonOptions,
  DatagramEndpoint,
  DatagramInfo,
  Endpoint,
  ErrorReporter,
  Failure,
  ListenerEndpoint,
  MtuDiscovery,
  MutableSocketAddress,
  QueuedError,
  SocketAddress,
  StreamEndpoint,
  TcpEndpoint,
  TcpInfo,
  TcpOptions,
  TcpState,
  UdpEndpoint,
  UdpOptions,
} from "./endpoint.ts";
export type { EchoEndpoint, EchoReply } from "./icmp/echo-endpoint.ts";
export type { InterfaceAddress, NetworkInterface, NextHop } from "./interface.ts";
export type { LocalAddress } from "./interface-addresses.ts";
export type { Link, LinkCapabilities, LinkSink } from "./link.ts";
export type { FrameTap, LinkInterface } from "./link-interface.ts";
export type { NetworkProtocol, Route } from "./network.ts";
export { recomputeChecksum } from "./offload.ts";
export type { PacketEndpoint, PacketOptions } from "./raw/packet-endpoint.ts";
export type { RawEndpoint, RawOptions } from "./raw/raw-endpoint.ts";
export type { RouteEntry } from "./routes.ts";
export { Stack } from "./stack.ts";
export type {
  InterfaceOptions,
  StackCounters,
  StackOptions,
  TcpProtocol,
  UdpProtocol,
} from "./stack-options.ts";
export { DEFAULT_CONFIG, type TcpConfig } from "./tcp/config.ts";
export type { CongestionControl, CongestionFactory, SenderView } from "./tcp/congestion/congestion.ts";
export type { TcpCounters } from "./tcp/counters.ts";
export { Tcp, type TcpConnection, type TcpSettings } from "./tcp/tcp.ts";
export type { Tracer } from "./trace.ts";
export type {
  Arrival,
  TransportContext,
  TransportProtocol,
  UnreachableCause,
  UnreachableReport,
  Wakeable,
} from "./transport.ts";
export { formatFrame } from "./wire/frame.ts";
