/** The contract of a family of IP with the core that it is plugged into. */
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Forwarder } from "../contract/forwarding.ts";
import type { SourceWish } from "../contract/multicast.ts";
import type { NetworkProtocol } from "../contract/network.ts";
import type { Claim, InterfaceAddress, Interfaces, NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import type { AddressResolver, FrameReceiver, ResolverInterface } from "../interface/resolver.ts";
import type { RoutingPolicy } from "./routing-policy.ts";
import type { RoutingTable } from "./routing-table.ts";

/** A family of IP, as the core sees it. */
export interface NetworkFamily extends NetworkProtocol {
  /** Takes the datagrams of this family from interfaces. */
  readonly receiver: FrameReceiver;
  /** Who finds the neighbours of this family on an Ethernet interface. */
  resolver(on: ResolverInterface): AddressResolver;
  /** Addresses, interfaces or routes have changed: whatever was concluded from them is void. */
  changed(): void;
  /** No link address was found for `packet`, `start` at its IP header: its transport is told. Lent. */
  unresolved(packet: Packet): void;
  /** A member of a group on an interface has come, or gone, or wants to hear others than before. Within an entry. */
  joined(group: IpAddress, on: NetworkInterface, member: SourceWish): void;
  left(group: IpAddress, on: NetworkInterface, member: SourceWish): void;
  wishChanged(group: IpAddress, on: NetworkInterface): void;
  /** An interface is up again: routers on its link, perhaps others than before, are told of the groups there. */
  wentUp(on: NetworkInterface): void;
  /** What is for others is passed on from now on, and what hangs on hooks is shown what comes and goes. */
  setRouter(router: Forwarder): void;
  /** An interface has been set up, with its addresses. */
  attached(on: NetworkInterface, settings: FamilySettings): void;
  /** Gives back every packet that is kept. */
  close(): void;
}

/** How an interface is set up, beside its addresses. */
export interface FamilySettings {
  /** IPv6 addresses, routes and parameters are what routers on the link say (RFC 4862); by default not. */
  readonly autoconfigure?: boolean | undefined;
  /** With `autoconfigure`: addresses that change each day as well, which are preferred (RFC 8981); by default not. */
  readonly temporaryAddresses?: boolean | undefined;
}

/** Gives interfaces addresses, and takes them away, as the host's user does. */
export interface Addressing {
  /** @param temporary - see `LocalAddress.temporary` */
  add(to: NetworkInterface, address: InterfaceAddress, claim: Claim | undefined, temporary: boolean): void;
  /** False if the interface has no such address. */
  remove(from: NetworkInterface, address: IpAddress): boolean;
}

/** What a family is made with. */
export interface FamilyParts {
  readonly services: Services;
  readonly interfaces: Interfaces;
  /** The main table. */
  readonly routes: RoutingTable;
  /** All tables. */
  readonly policy: RoutingPolicy;
  readonly addressing: Addressing;
  /** See `CoreOptions`. */
  readonly stableSecret: Uint8Array | undefined;
}

/** Makes a family for one stack. */
export type FamilyFactory<T extends NetworkFamily = NetworkFamily> = (parts: FamilyParts) => T;
