/** A network interface: a link, its addresses, and the neighbours that are on it. */
import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { Packet } from "../base/packet.ts";
import type { ArpCounters, InterfaceCounters, NdCounters } from "./counters.ts";
import type { Link } from "./link.ts";

/** An address, and the prefix that its link shares. */
export interface InterfaceAddress {
  /** The address of the interface. */
  readonly address: IpAddress;
  /** Bits: 0 to 32 of IPv4, 0 to 128 of IPv6. */
  readonly prefixLength: number;
}

/** Whether an address of ours may be used. */
export type AddressState = "tentative" | "preferred" | "deprecated" | "duplicate";

/** An address of ours on an interface, and whether it may be used yet (RFC 5227, RFC 4862). */
export interface LocalAddress extends InterfaceAddress {
  /**
   * "tentative" while it is probed; "duplicate" once somebody else was found to have it; "deprecated" when it serves
   * what uses it already, but is not chosen any more (RFC 4862 §5.5.4).
   */
  readonly state: AddressState;
  /** Changes from time to time, so that its host is not recognized by it (RFC 8981). */
  readonly temporary: boolean;
  /** The routers that have told of its prefix, of an address that was made of one (RFC 6724 §5, rule 5.5). */
  readonly routers: readonly IpAddress[];
}

/**
 * What is done before an address is used, with ARP (RFC 5227) or Neighbour Discovery (RFC 4862 §5.4): "probe" asks first
 * whether somebody else has it, some 5 s of IPv4, 1 to 2 s of IPv6; "announce" tells everybody; "off" does neither.
 */
export type Claim = "off" | "announce" | "probe";

/** The ways to claim an address, for checks and messages. */
export const CLAIMS: readonly Claim[] = ["off", "announce", "probe"];

/** Where a datagram goes next: a neighbour with its link address, a group of them, or simply the link. */
export interface NextHop {
  /** Its IP address. */
  readonly address: IpAddress;
  /** No longer in the table of neighbours: ask the interface for another. */
  readonly removed: boolean;
  /** Sends an IP datagram there, `start` at its header; waits for the link address if need be. Takes the packet. */
  output(packet: Packet): void;
  /** See `Route.confirm` and `Route.suspect`. */
  confirm(): void;
  /** See `Route.suspect`. */
  suspect(): void;
}

/** Sees every frame of an interface (packet endpoints). */
export interface FrameTap {
  /** Lent, `start` at the link header. */
  frame(packet: Packet, direction: "in" | "out", from: NetworkInterface): void;
  /** The interface has gone up or down. */
  changed?(of: NetworkInterface): void;
}

/** An interface, as the stack and its users see it. */
export interface NetworkInterface {
  /** As it was attached: `eth0`. */
  readonly name: string;
  /** From 1, in the order of creation, as the kernel numbers them. */
  readonly index: number;
  /** What carries its frames. */
  readonly link: Link;
  /** The station address; all zeros where the link knows none. */
  readonly mac: MacAddress;
  /** Both ends are this host: what is sent has arrived. */
  readonly loopback: boolean;
  /** Its addresses, whether they may be used yet or not. */
  readonly addresses: readonly LocalAddress[];
  /** All that comes in by it is for this host, whatever address it is for. */
  readonly transparent: boolean;
  /** Datagrams can be sent: it was not set down, has a carrier, and has neither been removed nor failed. */
  readonly up: boolean;
  /** Why the device is gone for good; "" while it is not. */
  readonly failure: string;
  /** What it has counted. A live object: it goes on counting. */
  readonly counters: InterfaceCounters;
  /** What its ARP has counted. A live object. */
  readonly arpCounters: ArpCounters;
  /** What its Neighbour Discovery has counted. A live object. */
  readonly ndCounters: NdCounters;
  /** Sends an IP datagram to `nextHop`, resolving its link address first if need be. Takes the packet. */
  output(packet: Packet, nextHop: IpAddress): void;
  /** Sends a finished frame, `start` at its link header. Takes the packet. */
  transmit(frame: Packet): void;
  /** The neighbour with this address, which a route keeps to save the look-up per datagram. */
  neighbour(address: IpAddress): NextHop;
  /** One of the addresses of this interface, and in use: not tentative, not given up as a duplicate. */
  hasAddress(address: IpAddress): boolean;
  /** A broadcast address on this interface: limited, or directed to one of its prefixes (RFC 919, 922). */
  isBroadcast(address: IpAddress): boolean;
  /** On this link, by the prefix of one of the addresses of this interface. */
  isOnLink(address: IpAddress): boolean;
  /** A multicast group that this interface is a member of. */
  hasGroup(group: IpAddress): boolean;
  /** Counts one member more of a group; true if it is the first. Every `join` needs its `leave`. */
  join(group: IpAddress): boolean;
  /** Counts one member fewer; true if it was the last. */
  leave(group: IpAddress): boolean;
  /** `tap` sees all frames, from now on or no longer. */
  tap(tap: FrameTap): void;
  /** Ends what `tap` began. */
  untap(tap: FrameTap): void;
}

/** All interfaces of this host. */
export interface Interfaces {
  /** In the order of creation. */
  readonly all: readonly NetworkInterface[];
  readonly loopback: NetworkInterface;
  named(name: string): NetworkInterface | undefined;
  /** One of them is transparent: so this host speaks for any address. */
  readonly transparent: boolean;
  /** From now on, or no longer, all that comes in by that interface is for this host. */
  setTransparent(one: NetworkInterface, transparent: boolean): void;
  /** One of our own addresses, on any interface that is up. */
  isLocal(address: IpAddress): boolean;
  /** A broadcast or multicast address as seen from any of our interfaces. */
  isMany(address: IpAddress): boolean;
}
