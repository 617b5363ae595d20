/** The contract between the network layer and what is above and below it. */
import type { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { NetworkInterface } from "./network-interface.ts";
import type { Route, RouteWish } from "./route.ts";
import type { Arrival, TransportProtocol, UnreachableReport } from "./transport.ts";

export type { Route, RouteWish } from "./route.ts";

/** One family of IP, with all that belongs to it: its ICMP, its group memberships, its address resolution. */
export interface NetworkProtocol {
  /** For people: `ipv4`. */
  readonly name: string;
  /** Of its addresses. */
  readonly family: 4 | 6;
  /** Of its frames. */
  readonly etherType: number;
  /**
   * How to reach `destination`, from `source` if given (and not the wildcard) and through the interface
   * `through` if given, as `wish` wants it. Undefined when there is no route. The same arguments give the same object as long
   * as nothing changes, so a route may be kept; `valid` tells when to ask again.
   */
  route(
    destination: IpAddress,
    source?: IpAddress,
    through?: NetworkInterface,
    wish?: RouteWish,
  ): Route | undefined;
  /** `transport` gets what arrives for its protocol number, in place of any before it. */
  register(transport: TransportProtocol): void;
  /** `tap` sees every datagram of that protocol number, from now on or no longer. */
  tap(protocol: number, tap: DatagramTap): void;
  /** Ends what `tap` began. */
  untap(protocol: number, tap: DatagramTap): void;
  /** An error is about a datagram of ours of that protocol: its transport is told, and raw endpoints. `Drop.none`, or why nobody takes it. */
  unreachable(protocol: number, report: UnreachableReport): Drop;
}

/** Sees every datagram of one IP protocol before its transport does (raw endpoints). */
export interface DatagramTap {
  /**
   * Lent, `network` at the IP header, `start` behind it. True if it was for it, even if it was dropped then: its sender must
   * not hear that nobody knows the protocol (Linux, raw_v4_input and ipv6_raw_deliver, has it so).
   */
  datagram(arrival: Arrival): boolean;
  /** An error came back about a datagram of that protocol. True if it was one of ours. */
  unreachable(report: UnreachableReport): boolean;
}
