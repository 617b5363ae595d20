/**
 * Neighbour Discovery on one Ethernet interface: who has which link address (RFC 4861 §7.2), and our own addresses there
 * (RFC 4862 §5.4). What routers say is in router-discovery.ts.
 */
import { AddressMap } from "../../base/address-map.ts";
import { Drop } from "../../base/drop.ts";
import { IPV6_ANY, type IpAddress } from "../../base/ip-address.ts";
import type { MacAddress } from "../../base/mac-address.ts";
import type { Packet } from "../../base/packet.ts";
import { Send } from "../../base/send.ts";
import type { Instant } from "../../base/time.ts";
import type { TimerQueue } from "../../base/timer-queue.ts";
import type { Claim, NextHop } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import type { Trace } from "../../contract/trace.ts";
import { GroupHop } from "../../interface/hops.ts";
import type { OwnAddress } from "../../interface/interface-addresses.ts";
import type { NeighbourEntry } from "../../interface/neighbours.ts";
import type { AddressResolver, ResolverInterface } from "../../interface/resolver.ts";
import { ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { readIcmpRest } from "../../wire/icmp.ts";
import { ND_NEIGHBOUR_ADVERTISEMENT, ND_NEIGHBOUR_SOLICITATION } from "../../wire/icmpv6.ts";
import {
  LINK_ADDRESS_OPTION_BYTES,
  NA_OVERRIDE,
  NA_ROUTER,
  NA_SOLICITED,
  NdOptions,
  NEIGHBOUR_MESSAGE_BYTES,
  OPTION_SOURCE_LINK_ADDRESS,
  OPTION_TARGET_LINK_ADDRESS,
  readAddress,
  readNdOptions,
  writeLinkAddressOption,
} from "../../wire/nd.ts";
import { chooseSource } from "./address-selection.ts";
import type { Ipv6Arrival } from "./arrival.ts";
import { type DetectionHost, DuplicateDetection } from "./duplicate-detection.ts";
import { ALL_NODES, groupMac, solicitedNode } from "./groups.ts";
import type { LinkParameters } from "./link-parameters.ts";
import { NdSender, type SenderCounters } from "./nd-sender.ts";
import type { Neighbour6 } from "./neighbour.ts";
import { type CacheHost, NeighbourCache } from "./neighbour-cache.ts";

/** Groups whose hop is kept; then all are made anew. */
const MAX_GROUPS = 256;

/** What Neighbour Discovery needs of its family. */
export interface DiscoveryHost extends SenderCounters {
  /** An address of the interface is to be used: it must have a link-local one too (RFC 4291 §2.1). */
  claimed(own: OwnAddress, on: ResolverInterface, claim: Claim | undefined): void;
  /** Nobody else has the address. */
  unique(own: OwnAddress, on: ResolverInterface): void;
  /** Somebody else has it. */
  duplicate(own: OwnAddress, on: ResolverInterface): void;
  /** The interface listens to a group, or no longer. */
  listen(group: IpAddress, on: ResolverInterface): void;
  unlisten(group: IpAddress, on: ResolverInterface): void;
  /** A neighbour can be reached, or cannot; or is no router any more. */
  reachabilityChanged(address: IpAddress, reachable: boolean, on: ResolverInterface): void;
  noRouter(address: IpAddress, on: ResolverInterface): void;
  /** The interface has gone down. */
  stopped(on: ResolverInterface): void;
  /** It is up again. */
  started(on: ResolverInterface): void;
  /** This host passes on what is for others, now. */
  readonly forwards: boolean;
}

/** Neighbour Discovery (RFC 4861) on one interface. */
export class NeighbourDiscovery implements AddressResolver, CacheHost, DetectionHost {
  readonly family: 6 = 6;
  /** Its messages come in ICMPv6. */
  readonly frames: undefined = undefined;
  readonly services: Services;
  readonly on: ResolverInterface;
  readonly link: LinkParameters;
  readonly sender: NdSender;
  readonly cache: NeighbourCache = new NeighbourCache(this);
  readonly #host: DiscoveryHost;
  readonly #groups: AddressMap<NextHop> = new AddressMap();
  readonly #options: NdOptions = new NdOptions();
  readonly #detection: DuplicateDetection = new DuplicateDetection(this);

  constructor(services: Services, on: ResolverInterface, link: LinkParameters, host: DiscoveryHost) {
    this.services = services;
    this.on = on;
    this.link = link;
    this.#host = host;
    this.sender = new NdSender(services, on, host);
  }

  get now(): Instant {
    return this.services.now;
  }

  get timers(): TimerQueue {
    return this.services.timers;
  }

  get trace(): Trace | undefined {
    return this.services.trace;
  }

  hop(address: IpAddress): NextHop {
    if (!address.isMulticast) return this.cache.find(address);
    let hop = this.#groups.get(address);
    if (hop === undefined) {
      hop = new GroupHop(this.on, address, groupMac(address), ETHERTYPE_IPV6);
      if (this.#groups.size >= MAX_GROUPS) this.#groups.clear();
      this.#groups.set(address, hop);
    }
    return hop;
  }

  neighbours(): readonly NeighbourEntry[] {
    return this.cache.list();
  }

  stop(): void {
    this.#host.stopped(this.on);
    this.#detection.stopAll();
    this.cache.clear();
    for (const own of this.on.local.list) if (own.address.family === 6) this.#begin(own, own.claim);
  }

  /** RFC 4862 §5.4: also when an interface comes up anew, since it may be on another link than before. */
  start(): void {
    for (const own of [...this.on.local.list]) if (own.address.family === 6) this.#begin(own, own.claim);
    this.#host.started(this.on);
  }

  // ── Our own addresses ──────────────────────────────────────────────────────────────────────────────

  /**
   * Only after nobody else was found to have it, which is what IPv6 asks for. "probe" waits before it asks, as who was
   * told to take an address by a message to many must (RFC 4862 §5.4.2).
   */
  claim(own: OwnAddress, how: Claim | undefined): void {
    this.#host.listen(solicitedNode(own.address), this.on);
    this.#begin(own, how);
    this.#host.claimed(own, this.on, how);
  }

  /** While the interface is down nobody is asked: whether somebody has the address shows when it is up. */
  #begin(own: OwnAddress, how: Claim | undefined): void {
    const detected = how === undefined || how === "probe";
    if (!this.on.up) own.state = detected ? "tentative" : own.state;
    else if (detected) this.#detection.start(own, how === undefined);
    else if (how === "announce") this.#announce(own.address, Send.neighbourAnnouncement);
  }

  release(own: OwnAddress): void {
    this.#detection.stop(own.address);
    this.#host.unlisten(solicitedNode(own.address), this.on);
  }

  unique(own: OwnAddress): void {
    this.on.addressesChanged();
    this.#host.unique(own, this.on);
  }

  duplicate(own: OwnAddress): void {
    this.#host.duplicate(own, this.on);
  }

  // ── What the neighbours ask for ────────────────────────────────────────────────────────────────────

  /** RFC 4861 §7.2.2: asks the solicited-node group, or the neighbour at `mac` whether it is still there. */
  solicit(address: IpAddress, mac: MacAddress | undefined): void {
    const source = chooseSource(this.on.addresses, address) ?? IPV6_ANY;
    const octets = NEIGHBOUR_MESSAGE_BYTES + (source.isAny ? 0 : LINK_ADDRESS_OPTION_BYTES);
    const packet = this.sender.message(ND_NEIGHBOUR_SOLICITATION, 0, octets);
    const { view, start } = packet;
    address.write(view, start + 8);
    if (!source.isAny) {
      writeLinkAddressOption(view, start + NEIGHBOUR_MESSAGE_BYTES, OPTION_SOURCE_LINK_ADDRESS, this.on.mac);
    }
    this.on.ndCounters.ndOutSolicits++;
    const why = mac === undefined ? Send.neighbourSolicitation : Send.neighbourProbe;
    this.sender.send(packet, source, mac === undefined ? solicitedNode(address) : address, mac, why);
  }

  frame(packet: Packet, destination: MacAddress): void {
    this.on.frame(packet, destination, ETHERTYPE_IPV6);
  }

  unresolved(packet: Packet, reason: Drop): void {
    this.on.ndCounters.ndFailures++;
    this.on.unresolved(packet, reason);
  }

  discard(packet: Packet, reason: Drop): void {
    this.on.discard(packet, reason);
  }

  reachabilityChanged({ address }: Neighbour6, reachable: boolean): void {
    this.#host.reachabilityChanged(address, reachable, this.on);
  }

  // ── What arrives ───────────────────────────────────────────────────────────────────────────────────

  /** A neighbour solicitation or advertisement, checked for what all messages must have. */
  receive(arrival: Ipv6Arrival, type: number): Drop {
    const { packet } = arrival;
    const { view, start, end } = packet;
    if (end - start < NEIGHBOUR_MESSAGE_BYTES) return Drop.truncated;
    const bad = readNdOptions(view, start + NEIGHBOUR_MESSAGE_BYTES, end, this.#options);
    if (bad !== Drop.none) return bad;
    const target = readAddress(view, start + 8);
    if (target.isMulticast) return Drop.targetIsGroup;
    if (type === ND_NEIGHBOUR_SOLICITATION) return this.#solicited(arrival, target);
    return this.#advertised(arrival, target, readIcmpRest(view, start));
  }

  /** RFC 4861 §7.1.1, §7.2.3. */
  #solicited(arrival: Ipv6Arrival, target: IpAddress): Drop {
    const { source, destination } = arrival;
    const { sourceLink } = this.#options;
    this.on.ndCounters.ndInSolicits++;
    if (source.isAny && (sourceLink !== undefined || !destination.equals(solicitedNode(target)))) {
      return Drop.badNdAddresses;
    }
    if (sourceLink?.isGroup === true) return Drop.groupSource;
    if (!this.on.hasAddress(target)) {
      // Who wants to resolve an address that is not yet ours is not answered; who wants it, too, is heard.
      return source.isAny ? this.#detection.solicited(target, this.#options) : Drop.notOurTarget;
    }
    if (source.isAny) {
      this.#announce(target, Send.addressTaken);
      return Drop.none;
    }
    if (sourceLink !== undefined) this.cache.heard(source, sourceLink);
    const flags = NA_SOLICITED | NA_OVERRIDE;
    this.#advertise(target, source, flags, sourceLink, Send.neighbourAdvertisement);
    return Drop.none;
  }

  /** RFC 4861 §7.1.2, §7.2.5. */
  #advertised(arrival: Ipv6Arrival, target: IpAddress, flags: number): Drop {
    const { targetLink } = this.#options;
    const solicited = (flags & NA_SOLICITED) !== 0;
    this.on.ndCounters.ndInAdvertisements++;
    if (solicited && arrival.toMany) return Drop.badNdAddresses;
    if (targetLink?.isGroup === true) return Drop.groupSource;
    if (targetLink?.equals(this.on.mac) === true) return Drop.ownEcho;
    if (this.on.addresses.some(({ address }) => address.equals(target))) return this.#contested(target);
    const neighbour = this.cache.known(target);
    if (neighbour === undefined) return Drop.unasked;
    const wasRouter = neighbour.isRouter;
    const isRouter = (flags & NA_ROUTER) !== 0;
    const result = neighbour.advertised(targetLink, solicited, (flags & NA_OVERRIDE) !== 0, isRouter);
    if (wasRouter && !neighbour.isRouter) this.#host.noRouter(target, this.on);
    return result;
  }

  /** RFC 4862 §5.4.4: of an address in use it is only told; the one that came first keeps it, as far as it can know. */
  #contested(address: IpAddress): Drop {
    if (!this.on.hasAddress(address)) {
      const reason = this.#detection.advertised(address);
      return reason === Drop.notOurTarget ? Drop.addressConflict : reason;
    }
    this.on.ndCounters.ndConflicts++;
    return Drop.addressConflict;
  }

  /** To all nodes, unasked. */
  #announce(address: IpAddress, why: Send): void {
    this.#advertise(address, ALL_NODES, NA_OVERRIDE, undefined, why);
  }

  #advertise(target: IpAddress, to: IpAddress, flags: number, mac: MacAddress | undefined, why: Send): void {
    const octets = NEIGHBOUR_MESSAGE_BYTES + LINK_ADDRESS_OPTION_BYTES;
    const isRouter = this.#host.forwards ? NA_ROUTER : 0;
    const packet = this.sender.message(ND_NEIGHBOUR_ADVERTISEMENT, flags | isRouter, octets);
    const { view, start } = packet;
    target.write(view, start + 8);
    writeLinkAddressOption(view, start + NEIGHBOUR_MESSAGE_BYTES, OPTION_TARGET_LINK_ADDRESS, this.on.mac);
    this.on.ndCounters.ndOutAdvertisements++;
    this.sender.send(packet, target, to, mac, why);
  }
}
