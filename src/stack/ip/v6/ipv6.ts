/**
 * IPv6 of a host (RFC 8200). It checks what arrives, goes through the extension headers, puts fragments together, and
 * hands the datagram to the transport that it names. It drops what is for others, unless there is a router to pass it
 * on.
 */
import { Drop } from "../../base/drop.ts";
import { AddressCache, type IpAddress } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { IpCounters } from "../../contract/counters.ts";
import type { DatagramCodec, Forwarder } from "../../contract/forwarding.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import { ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { IPPROTO_ICMPV6 } from "../../wire/icmpv6.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_NEXT_HEADER_OFFSET,
  IPV6_SOURCE_OFFSET,
  Ipv6Header,
  readIpv6,
  readIpv6NextHeader,
} from "../../wire/ipv6.ts";
import {
  ExtensionHeaders,
  NEXT_FRAGMENT,
  PROBLEM_NEXT_HEADER,
  walkExtensions,
} from "../../wire/ipv6-extensions.ts";
import { markOf } from "../mark-of.ts";
import type { CopyReceiver } from "../own-copies.ts";
import { Reassembly, type ReassemblyHost } from "../reassembly.ts";
import { UpperLayers } from "../upper-layers.ts";
import { Ipv6Arrival } from "./arrival.ts";
import { IPV6_FRAGMENTS, readFragment } from "./fragments.ts";
import { isOurs6, judgeSource6, whyNotPassedOn } from "./martians.ts";

/** Whom a destination address means, as seen from where it arrived. */
type Target = "us" | "many" | "other";

/** Why a datagram deserves an ICMPv6 error. */
export type Ipv6Error = "port" | "reassembly-timeout" | "problem";

/** Who sends ICMPv6 errors. */
export interface ErrorSender {
  /**
   * An error is due to the sender of `packet`, `network` and `end` around the datagram (ICMPv6 decides). Lent.
   *
   * @param code - of a "problem"
   * @param pointer - of a "problem": octets from the start of the datagram
   * @param evenToMany - it is due though the datagram was sent to a group
   */
  sendError(
    error: Ipv6Error,
    packet: Packet,
    from: NetworkInterface,
    toMany: boolean,
    code: number,
    pointer: number,
    evenToMany: boolean,
  ): void;
}

/** IPv6 (RFC 8200): receives and delivers. */
export class Ipv6 implements ReassemblyHost, CopyReceiver {
  readonly etherType: number = ETHERTYPE_IPV6;
  readonly counters: IpCounters = new IpCounters();
  readonly services: Services;
  readonly upper: UpperLayers = new UpperLayers();
  readonly reassembly: Reassembly;
  /** The datagram that is being delivered. */
  readonly arrival: Ipv6Arrival = new Ipv6Arrival();
  readonly #interfaces: Interfaces;
  readonly #errors: ErrorSender;
  readonly #header: Ipv6Header = new Ipv6Header();
  readonly #extensions: ExtensionHeaders = new ExtensionHeaders();
  readonly #addresses: AddressCache = new AddressCache();

  /** Undefined on a plain host. */
  #router: Forwarder | undefined;
  #codec: DatagramCodec | undefined;

  constructor(services: Services, interfaces: Interfaces, errors: ErrorSender) {
    this.services = services;
    this.#interfaces = interfaces;
    this.#errors = errors;
    this.reassembly = new Reassembly(this, IPV6_FRAGMENTS, services.random.fork("reassembly6").bits());
  }

  /** What is for others is passed on from now on, and what hangs on hooks is shown all. */
  setRouter(router: Forwarder, codec: DatagramCodec): void {
    this.#router = router;
    this.#codec = codec;
  }

  receive(packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { counters } = this;
    counters.ipInReceives++;
    const bad = this.#readHeader(packet);
    if (bad !== Drop.none) return bad;
    const { source, destination } = this.arrival;
    this.arrival.mark = markOf(packet, from);
    const router = this.#router;
    if (router?.hooked === true) return this.#receiveHooked(router, packet, from, toGroup);
    const target = this.#target(destination, from);
    if (target === "other") return this.#notOurs(packet, from, toGroup);
    if (target === "us" && toGroup) return this.#drop(packet, Drop.linkBroadcast);
    const badSource = this.#checkSource(packet, source, from);
    if (badSource !== Drop.none) return badSource;
    const unreachable = router?.checkSource(source, from) ?? Drop.none;
    if (unreachable !== Drop.none) return this.#drop(packet, unreachable);
    return this.#process(packet, from, target === "many", false);
  }

  /** What we sent ourselves needs no checks of its source, which is ours. */
  receiveCopy(packet: Packet, from: NetworkInterface): void {
    this.counters.ipInReceives++;
    this.arrival.mark = packet.mark;
    if (this.#readHeader(packet) === Drop.none) this.#process(packet, from, true, false);
  }

  copyDropped(packet: Packet, reason: Drop): void {
    this.#drop(packet, reason);
  }

  reassemblyDropped(packet: Packet, reason: Drop): void {
    this.#drop(packet, reason);
  }

  reassemblyTimedOut(packet: Packet, from: NetworkInterface): void {
    // Of the host that puts together, not of a filter on the way.
    const destination = this.#addresses.read(packet.view, packet.network + IPV6_DESTINATION_OFFSET);
    if (this.#router !== undefined && !this.#interfaces.isLocal(destination)) return;
    this.#errors.sendError("reassembly-timeout", packet, from, false, 0, 0, false);
  }

  /** Reads the header and the addresses, and cuts off the link's padding. */
  #readHeader(packet: Packet): Drop {
    const header = this.#header;
    const { view, start } = packet;
    const reason = readIpv6(view, start, packet.end, header);
    if (reason !== Drop.none) {
      this.counters.ipInHdrErrors++;
      return this.#drop(packet, reason);
    }
    packet.end = start + IPV6_HEADER_BYTES + header.payloadLength;
    packet.network = start;
    packet.hopLimit = header.hopLimit;
    packet.trafficClass = header.trafficClass;
    this.arrival.source = this.#addresses.read(view, start + IPV6_SOURCE_OFFSET);
    this.arrival.destination = this.#addresses.read(view, start + IPV6_DESTINATION_OFFSET);
    return Drop.none;
  }

  /** Any address of ours will do, on whichever interface (the weak host model); but link-local ones are its own. */
  #target(destination: IpAddress, from: NetworkInterface): Target {
    if (destination.family === 4) return "other"; // mapped, though it may be our own
    if (from.hasAddress(destination)) return "us";
    if (destination.isMulticast) return from.hasGroup(destination) ? "many" : "other";
    if (destination.isLoopback) return "other";
    if (isOurs6(this.#interfaces, destination, from)) return "us";
    if (destination.isLinkLocal) return "other";
    return from.transparent && whyNotPassedOn(destination, from) === Drop.none ? "us" : "other";
  }

  #notOurs(packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { source, destination } = this.arrival;
    const router = this.#router;
    const stays = whyNotPassedOn(destination, from);
    if (stays === Drop.none && router !== undefined) {
      const bad = this.#checkSource(packet, source, from);
      return bad === Drop.none ? this.#passOn(router, packet, from, toGroup) : bad;
    }
    this.counters.ipInAddrErrors++;
    return this.#drop(packet, stays === Drop.none ? Drop.notOurAddress : stays);
  }

  #checkSource(packet: Packet, source: IpAddress, from: NetworkInterface): Drop {
    const reason = judgeSource6(this.#interfaces, source, from);
    if (reason === Drop.none) return reason;
    this.counters.ipInAddrErrors++;
    return this.#drop(packet, reason);
  }

  #passOn(router: Forwarder, packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { source, destination } = this.arrival;
    // RFC 4291 §2.5.2: a router must not pass on what has no source.
    if (source.isAny) return this.#drop(packet, Drop.sourceIsNobody);
    return router.forward(packet, from, source, destination, toGroup, this.#codec as DatagramCodec);
  }

  // ── with hooks ───────────────────────────────────────────────────────────────────────────────────────

  /** A filter that keeps state must see whole datagrams: what comes in pieces is put together first. */
  #receiveHooked(router: Forwarder, packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { source, destination } = this.arrival;
    const toMany = toGroup || destination.isMulticast;
    const bad = this.#checkSource(packet, source, from);
    if (bad !== Drop.none) return bad;
    const isFragment = this.#isFragment(packet);
    if (!isFragment && packet.home === this.services.pool)
      return this.#cross(router, packet, from, toGroup, false);
    const own = isFragment ? this.#assemble(packet, from, toMany) : this.services.pool.takeOver(packet);
    if (own === undefined) return Drop.none;
    own.hopLimit = packet.hopLimit;
    own.trafficClass = packet.trafficClass;
    const result = this.#cross(router, own, from, toGroup, isFragment);
    this.services.pool.release(own);
    return result;
  }

  /** Past the hooks on its way in: a hook may have changed whom the datagram is for. */
  #cross(
    router: Forwarder,
    packet: Packet,
    from: NetworkInterface,
    toGroup: boolean,
    reassembled: boolean,
  ): Drop {
    const passage = router.arrives(packet, from, this.#codec as DatagramCodec, reassembled);
    const stopped = router.runHooks("prerouting", passage);
    if (stopped !== Drop.none) return stopped;
    const { source, destination } = passage;
    this.arrival.source = source;
    this.arrival.destination = destination;
    const target = this.#target(destination, from);
    if (target === "other") {
      const stays = whyNotPassedOn(destination, from);
      if (stays === Drop.none) return this.#passOn(router, packet, from, toGroup);
      this.counters.ipInAddrErrors++;
      return this.#drop(packet, stays);
    }
    const unreachable = router.checkSource(source, from);
    if (unreachable !== Drop.none) return this.#drop(packet, unreachable);
    if (target === "us" && toGroup) return this.#drop(packet, Drop.linkBroadcast);
    const refused = router.runHooks("input", passage);
    if (refused !== Drop.none) return refused;
    this.arrival.mark = passage.mark;
    return this.#process(packet, from, target === "many", reassembled);
  }

  /** Whether the datagram is one of several pieces. */
  #isFragment(packet: Packet): boolean {
    const found = this.#extensions;
    const { view, start, end } = packet;
    const nextHeaderAt = start + IPV6_NEXT_HEADER_OFFSET;
    const first = readIpv6NextHeader(view, start);
    const bad = walkExtensions(view, start + IPV6_HEADER_BYTES, end, first, nextHeaderAt, found);
    return bad === Drop.none && found.protocol === NEXT_FRAGMENT;
  }

  /** Goes through the extension headers of the datagram in `packet`, and on to its end, or to other fragments. */
  #process(packet: Packet, from: NetworkInterface, toMany: boolean, reassembled: boolean): Drop {
    const found = this.#extensions;
    const { view, start, end } = packet;
    const nextHeaderAt = start + IPV6_NEXT_HEADER_OFFSET;
    const first = readIpv6NextHeader(view, start);
    const bad = walkExtensions(view, start + IPV6_HEADER_BYTES, end, first, nextHeaderAt, found);
    if (bad !== Drop.none) return this.#refuse(packet, from, toMany, bad);
    if (found.protocol === NEXT_FRAGMENT) {
      if (reassembled) return this.#refuse(packet, from, toMany, Drop.nestedFragment);
      return this.#collect(packet, from, toMany);
    }
    this.arrival.fragmented = reassembled || found.fragmented;
    this.arrival.routerAlert = found.routerAlert;
    return this.#deliver(packet, from, toMany);
  }

  #collect(packet: Packet, from: NetworkInterface, toMany: boolean): Drop {
    const whole = this.#assemble(packet, from, toMany);
    if (whole === undefined) return Drop.none;
    const result = this.#process(whole, from, toMany, true);
    this.services.pool.release(whole);
    return result;
  }

  /** Takes a fragment in. The datagram that is whole with it, which is the caller's; undefined while there is none. */
  #assemble(packet: Packet, from: NetworkInterface, toMany: boolean): Packet | undefined {
    const { source, destination } = this.arrival;
    const fragment = readFragment(packet, this.#extensions, source, destination, toMany);
    if (typeof fragment === "number") {
      this.#refuse(packet, from, toMany, fragment);
      return undefined;
    }
    const reason = this.reassembly.add(packet, fragment, from);
    if (reason !== Drop.none) {
      this.#drop(packet, reason);
      return undefined;
    }
    const whole = this.reassembly.take(fragment);
    if (whole !== undefined) whole.network = whole.start;
    return whole;
  }

  #deliver(packet: Packet, from: NetworkInterface, toMany: boolean): Drop {
    const { arrival } = this;
    const { protocol, at } = this.#extensions;
    packet.start = at;
    packet.transport = at;
    arrival.packet = packet;
    arrival.from = from;
    arrival.toMany = toMany;
    if (toMany) this.counters.ipInMcastPkts++;
    // Who has no address yet speaks only of that: Neighbour Discovery and group memberships.
    if (arrival.source.isAny && protocol !== IPPROTO_ICMPV6) {
      this.counters.ipInAddrErrors++;
      return this.#drop(packet, Drop.sourceIsNobody);
    }
    const tapped = this.upper.show(protocol, arrival);
    const transport = this.upper.transport(protocol);
    if (transport === undefined) {
      if (tapped) return Drop.none;
      this.counters.ipInUnknownProtos++;
      const pointer = this.#extensions.nextHeaderAt - packet.network;
      this.#errors.sendError("problem", packet, from, toMany, PROBLEM_NEXT_HEADER, pointer, false);
      return this.#drop(packet, Drop.unknownProtocol);
    }
    this.counters.ipInDelivers++;
    const reason = transport.receive(arrival);
    if (reason === Drop.noSuchPort || reason === Drop.destinationPortZero)
      this.#errors.sendError("port", packet, from, toMany, 0, 0, false);
    return reason;
  }

  /** A header of the datagram is bad: its sender is told, if that is to be. */
  #refuse(packet: Packet, from: NetworkInterface, toMany: boolean, reason: Drop): Drop {
    const { problem, problemAt, problemToMany } = this.#extensions;
    this.counters.ipInHdrErrors++;
    if (problem >= 0) {
      const pointer = problemAt - packet.network;
      this.#errors.sendError("problem", packet, from, toMany, problem, pointer, problemToMany);
    }
    return this.#drop(packet, reason);
  }

  #drop(packet: Packet, reason: Drop): Drop {
    this.counters.drops.count(reason);
    this.services.trace?.dropped("ipv6", packet, reason);
    return reason;
  }
}
