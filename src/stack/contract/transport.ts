/** The contract between the network layer and the protocols above IP. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { PacketPool } from "../base/packet-pool.ts";
import type { Random } from "../base/random.ts";
import type { Instant } from "../base/time.ts";
import type { TimerQueue } from "../base/timer-queue.ts";
import type { Endpoint, Failure } from "./endpoint.ts";
import type { Route } from "./network.ts";
import type { NetworkInterface } from "./network-interface.ts";
import type { Tracer } from "./trace.ts";

/** A protocol above IP. TCP, UDP and ICMP register exactly as a student's own protocol does. */
export interface TransportProtocol {
  readonly name: string;
  /** IANA number: IPv4 Protocol, IPv6 Next Header. */
  readonly number: number;
  receive(arrival: Arrival): Drop;
  /** An error came back about something that this protocol sent. */
  unreachable(report: UnreachableReport): void;
  /** Sends what earlier calls have noted as due. Runs once per entry, after everything was received. */
  flush(now: Instant): void;
}

/** One datagram on its way up; a single instance, refilled for each. */
export interface Arrival {
  /** Lent; `start` and `end` enclose the transport header and data. */
  readonly packet: Packet;
  readonly from: NetworkInterface;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Received by broadcast or multicast, of IP or of the link: never answer with an error (RFC 1122 §3.2.2). */
  readonly toMany: boolean;
  /** One's-complement sum of the pseudo-header for `octets` of protocol `number`. */
  pseudoHeaderSum(number: number, octets: number): number;
}

export type UnreachableCause =
  | "network"
  | "host"
  | "protocol"
  | "port"
  | "source-route"
  | "prohibited"
  | "too-big"
  | "time-exceeded"
  | "parameter-problem"
  /** Our own neighbour resolution failed: no ICMP message was involved. */
  | "unresolved";

export interface UnreachableReport {
  readonly cause: UnreachableCause;
  /** ICMP type and code as received; 0, 0 for "unresolved". */
  readonly type: number;
  readonly code: number;
  /** The next hop's MTU when `cause` is "too-big" (0: the router did not say); else 0. */
  readonly mtu: number;
  /** Who reported it. */
  readonly reporter: IpAddress;
  /** The addresses of the datagram that failed: we sent it from `source` to `destination`. */
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The first octets of the transport header that was sent, at least 8, in `[at, end)` of `view`. Lent. */
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
}

/** What the stack gives to each transport: the only ways out of it. */
export interface TransportContext {
  /** The instant of the current entry. */
  readonly now: Instant;
  readonly timers: TimerQueue;
  /** The transport's own fork. */
  readonly random: Random;
  readonly pool: PacketPool;
  readonly tracer: Tracer | undefined;
  /** See `NetworkProtocol.route`; the family is that of `destination`. */
  route(destination: IpAddress, source?: IpAddress, through?: NetworkInterface): Route | undefined;
  /** One of our own addresses, on any interface that is up. */
  isLocal(address: IpAddress): boolean;
  /** A broadcast or multicast address as seen from any of our interfaces. */
  isMany(address: IpAddress): boolean;
  /** The interface of that name; undefined if there is none. */
  interface(name: string): NetworkInterface | undefined;
  /** Counts one more, or one fewer, member of a multicast group on an interface. */
  joinGroup(group: IpAddress, through: NetworkInterface): Failure | undefined;
  leaveGroup(group: IpAddress, through: NetworkInterface): Failure | undefined;
  /**
   * Brackets every call that an application makes on an endpoint. The outermost `leave` flushes what was
   * noted and wakes the endpoints that changed, unless an entry is under way that will do so.
   */
  enter(): void;
  leave(): void;
  /** This protocol's `flush` must run at the end of the entry. */
  noteFlush(protocol: TransportProtocol): void;
  /** `endpoint.wake()` is to be called in phase 4 of this entry, once however often it is noted. */
  noteWake(endpoint: Endpoint & Wakeable): void;
}

/** The stack's side of an endpoint. */
export interface Wakeable {
  /** Already noted in this entry. For the stack only. */
  wakeNoted: boolean;
  /** Calls the subscriber of `onChange`. */
  wake(): void;
}
