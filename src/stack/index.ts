/**
 * What `src/api`, drivers and tests may use of the stack; nothing else is public.
 *
 * @module tapstack/stack
 */

export { BareStack } from "./bare-stack.ts";
export type { Clock } from "./base/clock.ts";
export { DROP_REASONS, Drop, type DropName, dropName } from "./base/drop.ts";
export {
  anyLike,
  formatIpv4,
  IPV4_ANY,
  IPV4_BROADCAST,
  IPV4_LOOPBACK,
  IPV6_ANY,
  IPV6_LOOPBACK,
  IPV6_ONLY,
  IpAddress,
  ipv4,
  parseIp,
  parseIpv4,
  parseIpv6,
} from "./base/ip-address.ts";
export { BROADCAST_MAC, MacAddress, NO_MAC, parseMac } from "./base/mac-address.ts";
export { Packet } from "./base/packet.ts";
export { type FilterInstruction, isFilter, PacketFilter } from "./base/packet-filter.ts";
export { HEADROOM, PacketPool } from "./base/packet-pool.ts";
export { addressBits, prefixMask, prefixOf, samePrefix } from "./base/prefix.ts";
export { below, fraction, type Random, Xoshiro128 } from "./base/random.ts";
export { Send, type SendName, sendName } from "./base/send.ts";
export type { SeqNum } from "./base/seq.ts";
export {
  CALLABLE,
  checkSetting,
  checkSettings,
  FLAG,
  having,
  instanceOf,
  integer,
  OBJECT,
  oneOf,
  quantity,
  type Rule,
  type Rules,
  required,
  rule,
  TEXT,
  withDefaults,
} from "./base/settings.ts";
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
export { Timer, type TimerOwner, TimerQueue, timer } from "./base/timer-queue.ts";
export { type Application, costOf, type Deferred, type Turns } from "./base/turns.ts";
export type {
  ArpCounters,
  DropCounters,
  EndpointCounters,
  IcmpCounters,
  IgmpCounters,
  InterfaceCounters,
  IpCounters,
  MldCounters,
  NdCounters,
  UdpCounters,
} from "./contract/counters.ts";
export type { DatagramInfo, DatagramWish } from "./contract/datagram-info.ts";
export {
  type DatagramShape,
  NO_HEADERS,
  PLAIN,
  type ReceivedHeader,
  reshaped,
} from "./contract/datagram-shape.ts";
export type { DatagramEndpoint, Endpoint, ListenerEndpoint, StreamEndpoint } from "./contract/endpoint.ts";
export type {
  CommonOptions,
  DatagramOptions,
  IpOptions,
  MtuDiscovery,
  TcpOptions,
  UdpOptions,
} from "./contract/endpoint-options.ts";
export type { Failure } from "./contract/failures.ts";
export {
  type DatagramCodec,
  type Forwarder,
  HOOK_POINTS,
  type Hook,
  type HookPoint,
  type IcmpKind,
  type Passage,
  type TransitError,
  type Way,
} from "./contract/forwarding.ts";
export type { Link, LinkCapabilities, LinkDelay, LinkSink, PacketSource } from "./contract/link.ts";
export type { FilterMode, GroupMemberships, SourceChange, SourceWish } from "./contract/multicast.ts";
export type { DatagramTap, NetworkProtocol, Route, RouteWish } from "./contract/network.ts";
export {
  type AddressState,
  CLAIMS,
  type Claim,
  type FrameTap,
  type InterfaceAddress,
  type LocalAddress,
  type NetworkInterface,
  type NextHop,
} from "./contract/network-interface.ts";
export type { ErrorReporter, QueuedError } from "./contract/queued-error.ts";
export type { Layer } from "./contract/reasons/row.ts";
export type { Delivery, Flushable, Services, Transmitter, Wakeable } from "./contract/services.ts";
export type { MutableSocketAddress, SocketAddress } from "./contract/socket-address.ts";
export type { TcpEndpoint } from "./contract/tcp-endpoint.ts";
export type { TcpInfo } from "./contract/tcp-info.ts";
export type { TcpState } from "./contract/tcp-state.ts";
export type { EventNumbers, Trace, Tracer } from "./contract/trace.ts";
export type {
  CallEvent,
  CallName,
  ConnectionEnds,
  CutEvent,
  DelayedEvent,
  DroppedEvent,
  EndedEvent,
  EventHead,
  HeldEvent,
  LinkEvent,
  ReceivedEvent,
  SegmentEvent,
  SentEvent,
  StateEvent,
  TcpNumbers,
  TextEvent,
  TimerEvent,
  TimerPurpose,
  TraceEvent,
  WindowEvent,
  WithheldEvent,
  WokenEvent,
} from "./contract/trace-events.ts";
export { CHANGED, TRACE_VERSION } from "./contract/trace-events.ts";
export type { TrackedDirection, TrackState } from "./contract/tracking.ts";
export type {
  Arrival,
  TransportContext,
  TransportProtocol,
  UnreachableCause,
  UnreachableReport,
} from "./contract/transport.ts";
export type { UdpEndpoint } from "./contract/udp-endpoint.ts";
export type { CoreOptions, InterfaceOptions } from "./core/core-options.ts";
export { type CatchingStack, catchFlows, type OpenPort } from "./forward/catch-flows.ts";
export { Hooks, PRIORITY } from "./forward/hooks.ts";
export { REVERSE_PATHS, type ReversePath } from "./forward/reverse-path.ts";
export type { ForwardCounters, Router, RouterOptions } from "./forward/router.ts";
export type { NeighbourEntry, NeighbourState } from "./interface/neighbours.ts";
export { recomputeChecksum } from "./ip/offload.ts";
export type { Prefix, RoutingPolicy, RoutingRule } from "./ip/routing-policy.ts";
export type { RouteEntry, RoutingTable } from "./ip/routing-table.ts";
export { type DestinationChoice, sortDestinations } from "./ip/v6/address-selection.ts";
export type {
  AdvertisedPrefix,
  AdvertisedRoute,
  AdvertisementOptions,
  RouterPreference,
} from "./ip/v6/advertisement-options.ts";
export { BEHAVIOURS, type Behaviour, DEPENDENCES, type Dependence } from "./nat/behaviour.ts";
export type { MappedEndpoint, Mapping } from "./nat/mapping.ts";
export type {
  NewDestination,
  NewSource,
  TranslationCounters,
  TranslationRules,
  Translator,
} from "./nat/translator.ts";
export type { EchoEndpoint, EchoReply } from "./raw/echo-endpoint.ts";
export type { PacketEndpoint, PacketOptions } from "./raw/packet-endpoint.ts";
export type { RawEndpoint, RawOptions } from "./raw/raw-endpoint.ts";
export type { Chain, CompiledRules, FilterRule, NatRule } from "./rules/compiled.ts";
export { Firewall } from "./rules/firewall.ts";
export { RuleError } from "./rules/rule-error.ts";
export {
  type ChainSpec,
  type MatchSpec,
  type NatSpec,
  REJECT_WITH,
  type RejectWith,
  type RuleSpec,
  type Ruleset,
  type TrackSpec,
} from "./rules/ruleset.ts";
export { Stack } from "./stack.ts";
export type {
  CountersOfInterface,
  StackCounters,
  StackOptions,
  TcpChanges,
  TcpProtocol,
  UdpProtocol,
} from "./stack-options.ts";
export {
  ECHO,
  HEADER_OPTIONS,
  IGMP,
  IPV6,
  PACKET_ENDPOINTS,
  RAW_ENDPOINTS,
  REST,
  ROUTER,
  type StackParts,
  TRACING,
} from "./stack-parts.ts";
export type { CongestionControl, CongestionFactory, SenderView } from "./tcp/congestion/congestion.ts";
export { DEFAULT_CONFIG, type TcpConfig } from "./tcp/connection/config.ts";
export type { TcpCounters } from "./tcp/connection/counters.ts";
export type { TcpConnection } from "./tcp/connection-rows.ts";
export type { TcpSettings } from "./tcp/tcp-settings.ts";
export type { Connection, Direction } from "./track/connection.ts";
export type { Timeouts } from "./track/timeouts.ts";
export type { TrackCounters, Tracker } from "./track/tracker.ts";
export { ETHERNET_SOURCE_OFFSET, readStation } from "./wire/ethernet.ts";
export { formatFrame } from "./wire/frame.ts";
export { FrameFields } from "./wire/frame-fields.ts";
export { FrameHeaders } from "./wire/frame-headers.ts";
export { optionsOfReply, optionsToSend } from "./wire/ipv4-options.ts";
export { wholeOptionsHeader } from "./wire/ipv6-extensions.ts";
export { readTcp, rewriteTcpWindow, TcpHeader } from "./wire/tcp.ts";
export type { TcpOptionFields } from "./wire/tcp-options.ts";
export { readUdp, UdpHeader } from "./wire/udp.ts";
export {
  dropOfTag,
  ETHERTYPE_VLAN,
  MAX_VLAN,
  MIN_VLAN,
  popTag,
  pushTag,
  readTagControl,
  tagControl,
  tagOf,
  VLAN_TAG_BYTES,
  type VlanTag,
} from "./wire/vlan.ts";
