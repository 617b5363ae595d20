/**
 * A raw IP socket receives the datagrams of one protocol, besides their transport. It sends datagrams behind a header
 * of ours or, with IP_HDRINCL, of its own. Datagrams of IPv4 come with their header. Those of IPv6 come without, and
 * their checksum is done here (RFC 3542 §3). Otherwise it behaves as in BSD and Linux.
 */
import { Drop } from "../base/drop.ts";
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import type { EndpointCounters } from "../contract/counters.ts";
import type { DatagramWish } from "../contract/datagram-info.ts";
import { PLAIN } from "../contract/datagram-shape.ts";
import type { Failure } from "../contract/failures.ts";
import type { DatagramTap, NetworkProtocol, Route } from "../contract/network.ts";
import type { MutableSocketAddress } from "../contract/socket-address.ts";
import type { Arrival, TransportContext, UnreachableReport } from "../contract/transport.ts";
import { DatagramBase } from "../datagram/datagram-base.ts";
import { markPacket } from "../datagram/datagram-options.ts";
import { describeRecord } from "../datagram/describe-record.ts";
import { checkLength, discoveryOf, markFragmentation } from "../datagram/fragmentation.ts";
import { isBindable } from "../datagram/is-bindable.ts";
import { routeFor } from "../datagram/route-through.ts";
import { optionsWith } from "../datagram/wishes.ts";
import { readIcmpType } from "../wire/icmp.ts";
import { hasWholeIpv4Header } from "../wire/ipv4.ts";
import { addChecksum, isIntact } from "./raw-checksum.ts";
import { changedRawOptions, IPPROTO_ICMPV6, initialRawOptions, type RawOptions } from "./raw-options.ts";

export type { RawOptions } from "./raw-options.ts";

/** IPPROTO_RAW: sends anything, with its own header, and receives nothing. */
const SEND_ONLY = 255;
const MAX_DATAGRAM = 65_535;
const ICMP = 1;
const HEADER = 20;
/** TCP and UDP, which judge reports of a path MTU themselves. */
const OWN_DISCOVERY: readonly number[] = [6, 17];

/** Datagrams of one IP protocol, with their header. */
export class RawEndpoint extends DatagramBase implements DatagramTap {
  /** The IP protocol number whose datagrams it gets and sends. */
  readonly protocol: number;
  /** Only datagrams to this address are received; those sent come from it. */
  local: IpAddress = ANY_ADDRESS;
  /** Only datagrams from this address are received, and `send` needs no other. */
  remote: IpAddress | undefined;
  #options: RawOptions;
  /** The local address was chosen by `connect`, and goes with the connection. */
  #addressByConnect = false;
  readonly #network: NetworkProtocol;
  readonly #counters: EndpointCounters;

  constructor(
    context: TransportContext,
    network: NetworkProtocol,
    protocol: number,
    counters: EndpointCounters,
  ) {
    super(context, "raw", (reason) => this.#drop(undefined, reason));
    this.#counters = counters;
    this.#network = network;
    this.protocol = protocol;
    this.#options = initialRawOptions(protocol, network.family, protocol === SEND_ONLY);
    if (protocol !== SEND_ONLY) network.tap(protocol, this);
  }

  /** The options in force. */
  get options(): Readonly<RawOptions> {
    return this.#options;
  }

  get readable(): boolean {
    return this.inbox.filled || this.failure !== undefined;
  }

  get writable(): boolean {
    return true;
  }

  /**
   * Changes options. "invalid" for one that cannot be, "address-not-available" for an interface that there is
   * not.
   */
  configure(changes: Partial<RawOptions>): Failure | undefined {
    const changed = changedRawOptions(this.#options, changes, this.context);
    if (typeof changed === "string") return changed;
    this.#options = changed;
    if (!changed.receiveErrors) this.errors.clear();
    return undefined;
  }

  /** Only datagrams to `address` are received from now on, and those sent come from it. */
  bind(address: IpAddress): Failure | undefined {
    if (!isBindable(this.context, address, this.#options)) return "address-not-available";
    this.local = address;
    return undefined;
  }

  /** Fixes the peer; undefined dissolves that. */
  connect(to: IpAddress | undefined): Failure | undefined {
    const route = to === undefined ? undefined : this.context.route(to);
    if (to !== undefined && route === undefined) return "network-unreachable";
    if (to === undefined && this.#addressByConnect) this.local = ANY_ADDRESS;
    if (to === undefined) this.#addressByConnect = false;
    else if (this.local.isAny && route !== undefined) {
      this.local = route.source;
      this.#addressByConnect = true;
    }
    this.remote = to;
    return undefined;
  }

  protected override release(): void {
    this.#network.untap(this.protocol, this);
    super.release();
  }

  /** For IP only. */
  datagram(arrival: Arrival): boolean {
    const { packet, source, destination, from } = arrival;
    const { interfaceName, receiveBuffer } = this.#options;
    if (!this.local.isAny && !this.local.equals(destination)) return false;
    if (this.remote !== undefined && !this.remote.equals(source)) return false;
    if (interfaceName !== "" && interfaceName !== from.name) return false;
    const unwanted = this.#judge(arrival);
    if (unwanted !== Drop.none) {
      this.#drop(packet, unwanted);
      return true;
    }
    const ipv4 = this.#network.family === 4;
    const begin = ipv4 ? packet.network : packet.start;
    const end = this.inbox.cut(packet, begin, packet.end);
    if (end < 0) {
      this.#drop(packet, Drop.filtered);
      return true;
    }
    const record = this.inbox.keep(packet, begin, end, receiveBuffer);
    if (record === undefined) {
      this.#drop(packet, Drop.receiveBufferFull);
      return true;
    }
    record.port = this.protocol;
    describeRecord(record, arrival, this.context.now, this.#options.receiveHeaders);
    return true;
  }

  /** Why a datagram that is for it is not received; `Drop.none` if it is. */
  #judge(arrival: Arrival): Drop {
    const { packet } = arrival;
    const { checksumOffset, leastHopLimit } = this.#options;
    if (packet.hopLimit < leastHopLimit) return Drop.fewHopsLeft;
    if (this.#isFilteredIcmp(packet) || this.memberships.refuses(arrival)) return Drop.filtered;
    const intact = checksumOffset < 0 || isIntact(arrival, this.protocol, checksumOffset);
    return intact ? Drop.none : Drop.badChecksum;
  }

  /** The type is the first octet behind the IP header (RFC 792, RFC 4443 §2.1). */
  #isFilteredIcmp(packet: Packet): boolean {
    const { icmpFilter, icmp6Filter } = this.#options;
    const type = packet.length > 0 ? readIcmpType(packet.view, packet.start) : 255;
    if (this.#network.family === 4)
      return this.protocol === ICMP && type < 32 && ((icmpFilter >>> type) & 1) === 1;
    return this.protocol === IPPROTO_ICMPV6 && (((icmp6Filter[type >>> 5] ?? 0) >>> (type & 31)) & 1) === 1;
  }

  /** See `UdpEndpoint.pathMtu`. */
  get pathMtu(): number | undefined {
    return this.remote === undefined ? undefined : this.context.route(this.remote)?.mtu;
  }

  /** For IP only: an error about a datagram of this protocol, perhaps one of ours. */
  unreachable(report: UnreachableReport): boolean {
    const { local, remote } = this;
    if (!local.isAny && !local.equals(report.source)) return false;
    if (remote !== undefined && !remote.equals(report.destination)) return false;
    const { receiveErrors, mtuDiscovery } = this.#options;
    if (report.cause === "too-big") {
      if (!OWN_DISCOVERY.includes(this.protocol))
        this.context.route(report.destination, report.source)?.reduceMtu(report.mtu);
      if (mtuDiscovery === "dont" && !receiveErrors) return true; // it is fragmented on its way
    }
    // As in UDP: an error without the name of its destination is of use to a connected socket only.
    if (remote === undefined && !receiveErrors) return false;
    this.reported(report, 0, 0);
    return true;
  }

  #drop(packet: Packet | undefined, reason: Drop): void {
    this.#counters.drops.count(reason);
    this.context.trace?.dropped("raw", packet, reason);
  }

  /** One datagram with its IP header; otherwise as `DatagramEndpoint.receive`. The port is the protocol number. */
  receive(
    into: Uint8Array,
    from?: MutableSocketAddress,
    start = 0,
    end: number = into.length,
    peek = false,
  ): number | undefined {
    return this.inbox.read(into, from, start, end, peek);
  }

  /** Sends `datagram[start..end)`: what comes behind the IP header or, with `headerIncluded`, all of it. */
  send(
    datagram: Uint8Array,
    to?: IpAddress,
    start = 0,
    end: number = datagram.length,
    wish?: DatagramWish,
  ): number | Failure {
    const target = to ?? this.remote;
    if (this.closed) return "invalid";
    if (target === undefined) return "destination-required";
    const header = this.#options.headerIncluded || this.#network.family === 6 ? 0 : HEADER;
    if (end - start > MAX_DATAGRAM - header) return "message-too-long";
    this.context.enter();
    try {
      return this.#sendTo(datagram, target, start, end, wish);
    } finally {
      this.context.leave();
    }
  }

  #sendTo(
    datagram: Uint8Array,
    target: IpAddress,
    start: number,
    end: number,
    wish: DatagramWish | undefined,
  ): number | Failure {
    const options = optionsWith(this.#options, wish);
    const { headerIncluded } = options;
    const route = this.#routeTo(target, options, wish?.source);
    if (typeof route === "string") return route;
    if (headerIncluded && !hasWholeIpv4Header(datagram, start, end)) return "invalid";
    const mtu = headerIncluded ? undefined : checkLength(end - start, route, discoveryOf(options));
    if (mtu !== undefined) return this.tooLong(target, 0, mtu);
    const packet = this.context.pool.take(end - start);
    packet.bytes.set(datagram.subarray(start, end), packet.start);
    packet.end = packet.start + end - start;
    packet.transport = packet.start;
    markPacket(packet, options, target.isMulticast);
    if (headerIncluded) packet.onlyToSelf = false; // its own header says how far it goes
    if (!headerIncluded) markFragmentation(packet, discoveryOf(options), end - start, route.maxPayload);
    if (!headerIncluded && !addChecksum(packet, route, this.protocol, options.checksumOffset))
      return this.#unsent(packet);
    // With a header of one's own the route serves only to find the link.
    const { trace } = this.context;
    trace?.called("raw", "send", end - start, undefined);
    const before = trace?.sent("raw", Send.datagram, packet) ?? 0;
    const reason = headerIncluded ? route.sendWithHeader(packet) : route.send(packet, this.protocol);
    if (trace !== undefined) trace.cause = before;
    return this.answerOf(reason, end - start);
  }

  #routeTo(target: IpAddress, options: RawOptions, wished: IpAddress | undefined): Route | Failure {
    const { context } = this;
    const from = wished ?? this.local;
    const sends = context.isLocal(from) || options.transparent;
    if (wished !== undefined && !sends) return "address-not-available";
    const source = sends && !context.isMany(from) ? from : undefined;
    // With a header of one's own there is none that could have options behind it.
    return routeFor(context, target, source, options.headerIncluded ? { ...options, shape: PLAIN } : options);
  }

  #unsent(packet: Packet): Failure {
    this.context.pool.release(packet);
    return "invalid";
  }
}
