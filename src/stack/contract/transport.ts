/** The contract between the network layer and the protocols above IP. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Instant } from "../base/time.ts";
import type { ReceivedHeader } from "./datagram-shape.ts";
import type { Failure } from "./failures.ts";
import type { SourceWish } from "./multicast.ts";
import type { Route, RouteWish } from "./route.ts";
import type { Flushable, Services } from "./services.ts";

export type { Wakeable } from "./services.ts";

import type { NetworkInterface } from "./network-interface.ts";

/** A protocol above IP. TCP, UDP and ICMP register exactly as a student's own protocol does. */
export interface TransportProtocol extends Flushable {
  /** For people, and for counters: `udp`. */
  readonly name: string;
  /** IANA number: IPv4 Protocol, IPv6 Next Header. */
  readonly number: number;
  /** A datagram for it has arrived. `Drop.none` if it was taken, else why not. */
  receive(arrival: Arrival): Drop;
  /** An error came back about something that this protocol sent. `Drop.none`, or why it is not heeded. */
  unreachable(report: UnreachableReport): Drop;
}

/** One datagram on its way up; a single instance, refilled for each. */
export interface Arrival {
  /** Lent; `start` and `end` enclose the transport header and data. */
  readonly packet: Packet;
  /** The interface that it came by. */
  readonly from: NetworkInterface;
  /** Who sent it. */
  readonly source: IpAddress;
  /** Whom it was sent to. */
  readonly destination: IpAddress;
  /** Received by broadcast or multicast, of IP or of the link: never answer with an error (RFC 1122 §3.2.2). */
  readonly toMany: boolean;
  /** Its mark on this host: that of its sender, if it is from here, or of a rule; 0: none. */
  readonly mark: number;
  /** A UDP checksum of 0, which stands for none, may be believed: of IPv4 (RFC 768), not of IPv6 (RFC 8200 §8.1). */
  readonly zeroChecksumAllowed: boolean;
  /** Copies of what stood behind its IP header; `now` is recorded in options that want it. */
  headers(now: Instant): readonly ReceivedHeader[];
  /** One's-complement sum of the pseudo-header for `octets` of protocol `number`. */
  pseudoHeaderSum(number: number, octets: number): number;
}

/** What kind of error was reported, whatever the family of addresses. */
export type UnreachableCause =
  | "network"
  | "host"
  | "protocol"
  | "port"
  | "too-big"
  | "source-route"
  | "network-unknown"
  | "host-unknown"
  | "host-isolated"
  /** Administratively prohibited: the network, the host, or by a filter for this datagram. */
  | "network-prohibited"
  | "host-prohibited"
  | "filtered"
  /** Not for this type of service. */
  | "network-service"
  | "host-service"
  | "precedence"
  | "precedence-cutoff"
  | "time-exceeded"
  | "parameter-problem"
  /** A policy of the network's: of IPv6 only, where a socket is told more than that the host cannot be reached. */
  | "refused-by-policy"
  /** Our own neighbour resolution failed: no ICMP message was involved. */
  | "unresolved";

/** An error about a datagram that this host has sent. Lent until the call returns. */
export interface UnreachableReport {
  /** What went wrong. */
  readonly cause: UnreachableCause;
  /** ICMP type and code as received; 0, 0 for "unresolved". */
  readonly type: number;
  /** The ICMP code. */
  readonly code: number;
  /** The next hop's MTU when `cause` is "too-big" (0: the router did not say); else 0. */
  readonly mtu: number;
  /** Who reported it. */
  readonly reporter: IpAddress;
  /** The addresses of the datagram that failed: we sent it from `source` to `destination`. */
  readonly source: IpAddress;
  /** Whom the datagram was for. */
  readonly destination: IpAddress;
  /** The first octets of the transport header that was sent, at least 8, in `[at, end)` of `view`. Lent. */
  readonly view: DataView;
  /** Where in `view` the transport header begins. */
  readonly at: number;
  /** Where what is quoted of it ends. */
  readonly end: number;
}

/** What the stack gives to each transport: the only ways out of it. */
export interface TransportContext extends Services {
  /** See `NetworkProtocol.route`; the family is that of `destination`. */
  route(
    destination: IpAddress,
    source?: IpAddress,
    through?: NetworkInterface,
    wish?: RouteWish,
  ): Route | undefined;
  /** One of our own addresses, on any interface that is up. */
  isLocal(address: IpAddress): boolean;
  /** A broadcast or multicast address as seen from any of our interfaces. */
  isMany(address: IpAddress): boolean;
  /** The interface of that name; undefined if there is none. */
  interface(name: string): NetworkInterface | undefined;
  /**
   * One more member of a multicast group on an interface. `member` tells whom it wants to hear there, by default
   * everybody, and is one object for one member.
   */
  joinGroup(group: IpAddress, through: NetworkInterface, member?: SourceWish): Failure | undefined;
  /** Takes back one `joinGroup`, with the same `member`. "address-not-available" if there was none. */
  leaveGroup(group: IpAddress, through: NetworkInterface, member?: SourceWish): Failure | undefined;
  /** What a member of the group wants to hear there has changed. */
  wishChanged(group: IpAddress, through: NetworkInterface): void;
}
