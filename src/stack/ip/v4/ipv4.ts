/**
 * IPv4 of a host. It checks what arrives (RFC 791 §3.1, RFC 1122 §3.2.1), puts fragments together, and hands the
 * datagram to the transport that it names. It drops what is for others (RFC 1122 §3.3.1), unless there is a router to
 * pass it on.
 */
import { sumOctets } from "../../base/checksum.ts";
import { Drop } from "../../base/drop.ts";
import { AddressCache, IPV4_ANY, type IpAddress, ipv4 } from "../../base/ip-address.ts";
import type { Packet } from "../../base/packet.ts";
import { IpCounters } from "../../contract/counters.ts";
import type { DatagramCodec, Forwarder } from "../../contract/forwarding.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";
import type { Services } from "../../contract/services.ts";
import { ETHERTYPE_IPV4 } from "../../wire/ethernet.ts";
import { Ipv4Header, ipv4HeaderBytes, readIpv4, readIpv4Destination } from "../../wire/ipv4.ts";
import { Ipv4Options, readIpv4Options } from "../../wire/ipv4-options.ts";
import { markOf } from "../mark-of.ts";
import type { CopyReceiver } from "../own-copies.ts";
import { Reassembly, type ReassemblyHost } from "../reassembly.ts";
import { UpperLayers } from "../upper-layers.ts";
import { Ipv4Arrival } from "./arrival.ts";
import { fragmentOf, IPV4_FRAGMENTS } from "./fragments.ts";
import { judgeSource, whyNotPassedOn } from "./martians.ts";
import type { HeaderOptionsPart } from "./options-of-sockets.ts";

/** Whom a destination address means, as seen from where it arrived. */
type Target = "us" | "many" | "other";

/** Who sends ICMP errors. */
export interface ErrorSender {
  /** An error is due to the sender of `packet`, `network` and `end` around the datagram (ICMP decides). Lent. */
  sendError(error: IpError, packet: Packet, toMany: boolean, pointer: number): void;
}

/** Why a datagram deserves an ICMP error (RFC 1122 §3.2.2). */
export type IpError = "protocol" | "port" | "reassembly-timeout" | "parameter";

/** IPv4 (RFC 791): receives, delivers, and sends. */
export class Ipv4 implements ReassemblyHost, CopyReceiver {
  readonly etherType: number = ETHERTYPE_IPV4;
  readonly counters: IpCounters = new IpCounters();
  readonly services: Services;
  readonly upper: UpperLayers = new UpperLayers();
  readonly reassembly: Reassembly;
  readonly #interfaces: Interfaces;
  readonly #errors: ErrorSender;
  readonly #header: Ipv4Header = new Ipv4Header();
  readonly #options: Ipv4Options = new Ipv4Options();
  readonly #addresses: AddressCache = new AddressCache();
  readonly #arrival: Ipv4Arrival = new Ipv4Arrival();
  /** The last source found to be one that can be, and where: most datagrams come in runs. */
  #goodSource: IpAddress = IPV4_ANY;
  #goodFrom: NetworkInterface | undefined;
  /** Undefined on a plain host. */
  #router: Forwarder | undefined;
  #codec: DatagramCodec | undefined;

  constructor(services: Services, interfaces: Interfaces, errors: ErrorSender, options?: HeaderOptionsPart) {
    this.#arrival.reader = options?.received;
    this.services = services;
    this.#interfaces = interfaces;
    this.#errors = errors;
    this.reassembly = new Reassembly(this, IPV4_FRAGMENTS, services.random.bits());
  }

  /** What is for others is passed on from now on, and what hangs on hooks is shown all. */
  setRouter(router: Forwarder, codec: DatagramCodec): void {
    this.#router = router;
    this.#codec = codec;
  }

  /** Our own addresses have changed: a source that was good may now be ours. */
  addressesChanged(): void {
    this.#goodFrom = undefined;
  }

  receive(packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { counters } = this;
    const header = this.#header;
    counters.ipInReceives++;
    let reason = readIpv4(packet.view, packet.start, packet.end, header);
    if (
      reason === Drop.none &&
      sumOctets(packet, packet.start, packet.start + header.headerBytes) !== 0xffff
    ) {
      reason = Drop.badChecksum; // RFC 1122 §3.2.1.2
    }
    if (reason !== Drop.none) {
      counters.ipInHdrErrors++;
      return this.#drop(packet, reason);
    }
    packet.end = packet.start + header.totalLength; // Ethernet pads short frames
    packet.network = packet.start;
    const { source, destination } = this.#readAddresses();
    this.#arrival.mark = markOf(packet, from);
    const router = this.#router;
    if (router?.hooked === true) return this.#receiveHooked(router, packet, from, toGroup);
    const target = this.#target(destination, from);
    if (target === "other") return this.#notOurs(packet, from, toGroup);
    // RFC 1122 §3.3.6: a link-layer broadcast of what is not an IP broadcast is ignored.
    if (target === "us" && toGroup) return this.#drop(packet, Drop.linkBroadcast);
    const badSource = this.#checkSource(source, destination, from);
    if (badSource !== Drop.none) {
      counters.ipInAddrErrors++;
      return this.#drop(packet, badSource);
    }
    const unreachable = router?.checkSource(source, from) ?? Drop.none;
    if (unreachable !== Drop.none) return this.#drop(packet, unreachable);
    const toMany = target === "many";
    if (header.headerBytes > 20) {
      const bad = this.#checkOptions(packet, header.headerBytes, toMany);
      if (bad !== Drop.none) return bad;
    }
    if (header.moreFragments || header.fragmentOffset !== 0) return this.#collect(packet, from, toMany);
    packet.hopLimit = header.timeToLive;
    packet.trafficClass = header.trafficClass;
    return this.#deliver(packet, header.headerBytes, header.protocol, from, toMany);
  }

  /** What we sent ourselves needs no checks; but the source is ours, which none that arrives may have. */
  receiveCopy(packet: Packet, from: NetworkInterface): void {
    const header = this.#header;
    this.counters.ipInReceives++;
    const reason = readIpv4(packet.view, packet.start, packet.end, header);
    if (reason !== Drop.none) {
      this.#drop(packet, reason);
      return;
    }
    packet.network = packet.start;
    this.#readAddresses().mark = packet.mark;
    packet.trafficClass = header.trafficClass;
    if (header.isFragment) this.#collect(packet, from, true);
    else this.#deliver(packet, header.headerBytes, header.protocol, from, true);
  }

  /** The header's addresses, in the arrival that transports will see. */
  #readAddresses(): Ipv4Arrival {
    const arrival = this.#arrival;
    arrival.source = this.#addresses.ipv4(this.#header.source);
    arrival.destination = this.#addresses.ipv4(this.#header.destination);
    return arrival;
  }

  copyDropped(packet: Packet, reason: Drop): void {
    this.#drop(packet, reason);
  }

  reassemblyDropped(packet: Packet, reason: Drop): void {
    this.#drop(packet, reason);
  }

  reassemblyTimedOut(packet: Packet, from: NetworkInterface): void {
    void from;
    // RFC 792: of the host that puts together, not of a filter on the way.
    const { view, network } = packet;
    if (this.#router !== undefined && !this.#interfaces.isLocal(ipv4(readIpv4Destination(view, network))))
      return;
    this.#errors.sendError("reassembly-timeout", packet, false, 0);
  }

  /** Whom the datagram is for: RFC 1122 §3.2.1.3, and §3.3.4.2 in its weak form (any address of ours will do). */
  #target(destination: IpAddress, from: NetworkInterface): Target {
    if (from.hasAddress(destination)) return "us";
    if (destination.isMulticast) return from.hasGroup(destination) ? "many" : "other";
    if (from.isBroadcast(destination)) return "many";
    // 127/8 stays inside the host (RFC 1122 §3.2.1.3 (g)), so the wire cannot name it.
    if (destination.isLoopback) return "other";
    if (this.#interfaces.isLocal(destination)) return "us";
    return from.transparent && whyNotPassedOn(destination, from) === Drop.none ? "us" : "other";
  }

  #notOurs(packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { source, destination } = this.#arrival;
    const router = this.#router;
    const stays = whyNotPassedOn(destination, from);
    if (stays === Drop.none && router !== undefined) {
      const bad = this.#checkPassing(packet, source, destination, from, toGroup);
      return bad === Drop.none ? this.#passOn(router, packet, from, toGroup) : bad;
    }
    this.counters.ipInAddrErrors++;
    return this.#drop(packet, stays === Drop.none ? Drop.notOurAddress : stays);
  }

  /** Checks source and options, which for a datagram of ours come later. */
  #checkPassing(
    packet: Packet,
    source: IpAddress,
    destination: IpAddress,
    from: NetworkInterface,
    toMany: boolean,
  ): Drop {
    const badSource = this.#checkSource(source, destination, from);
    if (badSource !== Drop.none) {
      this.counters.ipInAddrErrors++;
      return this.#drop(packet, badSource);
    }
    const { headerBytes } = this.#header;
    return headerBytes > 20 ? this.#checkOptions(packet, headerBytes, toMany) : Drop.none;
  }

  #passOn(router: Forwarder, packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { source, destination } = this.#arrival;
    return router.forward(packet, from, source, destination, toGroup, this.#codec as DatagramCodec);
  }

  // ── with hooks ───────────────────────────────────────────────────────────────────────────────────────

  /** A filter that keeps state must see whole datagrams: what comes in pieces is put together first. */
  #receiveHooked(router: Forwarder, packet: Packet, from: NetworkInterface, toGroup: boolean): Drop {
    const { source, destination } = this.#arrival;
    const toMany = toGroup || this.#target(destination, from) === "many";
    const bad = this.#checkPassing(packet, source, destination, from, toMany);
    if (bad !== Drop.none) return bad;
    const { isFragment } = this.#header;
    // Hooks may change it in place: not if it is another stack's, which only lends it.
    if (!isFragment && packet.home === this.services.pool)
      return this.#cross(router, packet, from, toGroup, false);
    const own = isFragment ? this.#assemble(packet, from, toMany) : this.services.pool.takeOver(packet);
    if (own === undefined) return Drop.none;
    if (isFragment) readIpv4(own.view, own.start, own.end, this.#header);
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
    const { headerBytes, protocol, timeToLive, trafficClass } = this.#header;
    const arrival = this.#arrival;
    const passage = router.arrives(packet, from, this.#codec as DatagramCodec, reassembled);
    const stopped = router.runHooks("prerouting", passage);
    if (stopped !== Drop.none) return stopped;
    const { destination } = passage;
    arrival.source = passage.source;
    arrival.destination = destination;
    const target = this.#target(destination, from);
    if (target === "other") {
      const stays = whyNotPassedOn(destination, from);
      if (stays === Drop.none) return this.#passOn(router, packet, from, toGroup);
      this.counters.ipInAddrErrors++;
      return this.#drop(packet, stays);
    }
    const unreachable = router.checkSource(passage.source, from);
    if (unreachable !== Drop.none) return this.#drop(packet, unreachable);
    if (target === "us" && toGroup) return this.#drop(packet, Drop.linkBroadcast);
    const refused = router.runHooks("input", passage);
    if (refused !== Drop.none) return refused;
    packet.hopLimit = timeToLive;
    packet.trafficClass = trafficClass;
    arrival.mark = passage.mark;
    return this.#deliver(packet, headerBytes, protocol, from, target === "many");
  }

  /**
   * Why `source` cannot be the address of one other host (RFC 1122 §3.2.1.3). Our own addresses come only
   * through the loopback interface; that also ends the LAND attack.
   */
  #checkSource(source: IpAddress, destination: IpAddress, from: NetworkInterface): Drop {
    if (source === this.#goodSource && from === this.#goodFrom) return Drop.none;
    const reason = judgeSource(this.#interfaces, source, destination, from);
    if (reason === Drop.none && !source.isAny) {
      this.#goodSource = source;
      this.#goodFrom = from;
    }
    return reason;
  }

  /**
   * RFC 1122 §3.2.1.8: unknown options are skipped, impossible ones reported. Datagrams with a source route
   * are dropped in silence even when we are its end (RFC 7126 §4.3, §4.4): it serves only to reach us past
   * a filter.
   */
  #checkOptions(packet: Packet, headerLength: number, toMany: boolean): Drop {
    const found = this.#options;
    const fine = readIpv4Options(packet.view, packet.start, headerLength, found);
    if (found.sourceRoute !== 0) return this.#drop(packet, Drop.sourceRouted);
    if (fine) return Drop.none;
    this.counters.ipInHdrErrors++;
    this.#errors.sendError("parameter", packet, toMany, found.problem);
    return this.#drop(packet, Drop.badOption);
  }

  #collect(packet: Packet, from: NetworkInterface, toMany: boolean): Drop {
    const { protocol } = this.#header;
    const whole = this.#assemble(packet, from, toMany);
    if (whole === undefined) return Drop.none;
    const headerLength = ipv4HeaderBytes(whole.view, whole.start);
    const result = this.#deliver(whole, headerLength, protocol, from, toMany);
    this.services.pool.release(whole);
    return result;
  }

  /** Takes a fragment in. The datagram that is whole with it, which is the caller's; undefined while there is none. */
  #assemble(packet: Packet, from: NetworkInterface, toMany: boolean): Packet | undefined {
    const { source, destination } = this.#arrival;
    const fragment = fragmentOf(this.#header, source, destination, toMany);
    const reason = this.reassembly.add(packet, fragment, from);
    if (reason !== Drop.none) {
      this.#drop(packet, reason);
      return undefined;
    }
    const whole = this.reassembly.take(fragment);
    if (whole !== undefined) whole.network = whole.start;
    return whole;
  }

  #deliver(
    packet: Packet,
    headerLength: number,
    protocol: number,
    from: NetworkInterface,
    toMany: boolean,
  ): Drop {
    const arrival = this.#arrival;
    packet.start += headerLength;
    packet.transport = packet.start;
    arrival.packet = packet;
    arrival.from = from;
    arrival.toMany = toMany;
    if (toMany) this.#countMany(arrival.destination);
    const tapped = this.upper.show(protocol, arrival);
    const transport = this.upper.transport(protocol);
    if (transport === undefined) {
      if (tapped) return Drop.none;
      this.counters.ipInUnknownProtos++;
      this.#errors.sendError("protocol", packet, toMany, 0);
      return this.#drop(packet, Drop.unknownProtocol);
    }
    this.counters.ipInDelivers++;
    const reason = transport.receive(arrival);
    if (reason === Drop.noSuchPort || reason === Drop.destinationPortZero)
      this.#errors.sendError("port", packet, toMany, 0);
    return reason;
  }

  #countMany(destination: IpAddress): void {
    if (destination.isMulticast) this.counters.ipInMcastPkts++;
    else this.counters.ipInBcastPkts++;
  }

  #drop(packet: Packet, reason: Drop): Drop {
    this.counters.drops.count(reason);
    this.services.trace?.dropped("ipv4", packet, reason);
    return reason;
  }
}
