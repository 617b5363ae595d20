/**
 * IPv4 with all that belongs to it, as one family that is plugged into the core: IP itself, its routes, ICMP, IGMP,
 * and ARP on each Ethernet interface.
 */

import { assert } from "../../base/assert.ts";
import { Drop } from "../../base/drop.ts";
import { IPV4_ANY, type IpAddress, ipv4 } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { IpCounters } from "../../contract/counters.ts";
import type { DatagramCodec, Forwarder, TransitError, TransitErrors } from "../../contract/forwarding.ts";
import type { SourceWish } from "../../contract/multicast.ts";
import type { DatagramTap, Route, RouteWish } from "../../contract/network.ts";
import type { NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import type { TransportProtocol, UnreachableReport } from "../../contract/transport.ts";
import { Icmp, type IcmpNetwork } from "../../icmp/icmp.ts";
import { QuotedDatagram } from "../../icmp/quoted.ts";
import { UnresolvedReports } from "../../icmp/unresolved.ts";
import type { Igmp, IgmpNetwork } from "../../igmp/igmp.ts";
import type { AddressResolver, FrameReceiver, ResolverInterface } from "../../interface/resolver.ts";
import { ETHERTYPE_IPV4 } from "../../wire/ethernet.ts";
import { readIpv4Source } from "../../wire/ipv4.ts";
import type { FamilyParts, NetworkFamily } from "../family.ts";
import { OwnCopies } from "../own-copies.ts";
import { RouteState } from "../route-state.ts";
import { Arp } from "./arp.ts";
import { type ErrorSender, type IpError, Ipv4 } from "./ipv4.ts";
import type { HeaderOptionsPart } from "./options-of-sockets.ts";
import type { Ipv4Route } from "./route.ts";
import { RouteFinder } from "./route-finder.ts";

/** What IPv4 has where there is more than a plain host. */
export interface Ipv4Extras {
  /** Tells routers of groups; without it nobody is told. */
  readonly igmp?: ((services: Services, network: IgmpNetwork) => Igmp) | undefined;
  /** What a router does with its datagrams; without it there is no router. */
  /** What is done with the options of sockets; without it they send none. */
  readonly options?: HeaderOptionsPart | undefined;
  readonly codec?: ((services: Services, errors: TransitErrors) => DatagramCodec) | undefined;
}

/** IPv4, with all that is its own. */
export class Ipv4Family implements NetworkFamily, ErrorSender, TransitErrors, IcmpNetwork, IgmpNetwork {
  readonly name: string = "ipv4";
  readonly family: 4 = 4;
  readonly etherType: number = ETHERTYPE_IPV4;
  readonly icmp: Icmp;
  /** Undefined where groups are joined without telling anybody. */
  readonly igmp: Igmp | undefined;
  readonly ownCopies: OwnCopies;
  readonly #parts: FamilyParts;
  readonly #ipv4: Ipv4;
  readonly #routes: RouteState<Ipv4Route>;
  readonly #finder: RouteFinder;
  readonly #unresolved: UnresolvedReports;
  readonly #makeCodec: Ipv4Extras["codec"];
  #passesOn = false;

  constructor(parts: FamilyParts, extras: Ipv4Extras = {}) {
    const { services, interfaces, policy } = parts;
    this.#parts = parts;
    this.#ipv4 = new Ipv4(services, interfaces, this, extras.options);
    this.ownCopies = new OwnCopies(services, this.#ipv4);
    this.#routes = new RouteState("ipv4", services, this.#ipv4.counters, this.ownCopies);
    this.#finder = new RouteFinder(this.#routes, interfaces, policy, extras.options);
    this.icmp = new Icmp(services.fork("icmp"), interfaces, this);
    this.#makeCodec = extras.codec;
    this.igmp = extras.igmp?.(services.fork("igmp"), this);
    this.#unresolved = new UnresolvedReports(this.#ipv4.upper, new QuotedDatagram());
    this.register(this.icmp);
    if (this.igmp !== undefined) this.register(this.igmp);
  }

  get counters(): IpCounters {
    return this.#ipv4.counters;
  }

  // ── For the core ───────────────────────────────────────────────────────────────────────────────────

  get receiver(): FrameReceiver {
    return this.#ipv4;
  }

  route(
    destination: IpAddress,
    source?: IpAddress,
    through?: NetworkInterface,
    wish?: RouteWish,
  ): Route | undefined {
    return this.#finder.find(destination, source ?? IPV4_ANY, through, wish);
  }

  register(transport: TransportProtocol): void {
    this.#ipv4.upper.register(transport);
  }

  tap(protocol: number, tap: DatagramTap): void {
    this.#ipv4.upper.tap(protocol, tap);
  }

  untap(protocol: number, tap: DatagramTap): void {
    this.#ipv4.upper.untap(protocol, tap);
  }

  resolver(on: ResolverInterface): AddressResolver {
    return new Arp(this.#parts.services.fork(`arp ${on.name}`), on);
  }

  changed(): void {
    this.#ipv4.addressesChanged();
    this.igmp?.interfacesChanged();
    this.#routes.invalidate();
  }

  unresolved(packet: Packet): void {
    const { view, start } = packet;
    packet.network = start;
    const passedOn = this.#passesOn && !this.#parts.interfaces.isLocal(ipv4(readIpv4Source(view, start)));
    if (passedOn) this.sendTransitError("host", packet, 0);
    else this.#unresolved.report(packet);
  }

  setRouter(router: Forwarder): void {
    const codec = this.#makeCodec?.(this.#parts.services, this);
    assert(codec !== undefined, "a router of IPv4 comes with its codec");
    this.#passesOn = true;
    this.#ipv4.setRouter(router, codec);
    this.#routes.setRouter(router, codec);
  }

  joined(group: IpAddress, on: NetworkInterface, member: SourceWish): void {
    this.igmp?.joined(group, on, member);
  }

  left(group: IpAddress, on: NetworkInterface, member: SourceWish): void {
    this.igmp?.left(group, on, member);
  }

  wishChanged(group: IpAddress, on: NetworkInterface): void {
    this.igmp?.wishChanged(group, on);
  }

  wentUp(on: NetworkInterface): void {
    this.igmp?.wentUp(on);
  }

  /** Nothing is configured by itself. */
  attached(): void {}

  close(): void {
    this.#ipv4.reassembly.clear();
    this.ownCopies.clear();
  }

  // ── For the router ─────────────────────────────────────────────────────────────────────────────────

  sendTransitError(error: TransitError, packet: Packet, detail: number): void {
    this.icmp.sendError(error, packet, false, detail);
  }

  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void {
    this.icmp.sendRedirect(packet, gateway, on);
  }

  // ── For IP, ICMP and IGMP ──────────────────────────────────────────────────────────────────────────

  sendError(error: IpError, packet: Packet, toMany: boolean, pointer: number): void {
    this.icmp.sendError(error, packet, toMany, pointer);
  }

  unreachable(protocol: number, report: UnreachableReport): Drop {
    return this.#ipv4.upper.unreachable(protocol, report);
  }

  redirect(destination: IpAddress, gateway: IpAddress, by: IpAddress, from: NetworkInterface): boolean {
    const { interfaces, routes } = this.#parts;
    if (interfaces.isLocal(gateway) || interfaces.isMany(gateway)) return false;
    return routes.redirect(destination, gateway, by, from);
  }

  sendWithHeader(packet: Packet, destination: IpAddress, through: NetworkInterface): Drop {
    const route = this.#finder.find(destination, IPV4_ANY, through);
    if (route !== undefined) return route.sendWithHeader(packet);
    this.#routes.sendDropped(packet, Drop.linkDown); // only there is no way to a group
    return Drop.linkDown;
  }
}
