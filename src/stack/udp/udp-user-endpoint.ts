/** A UDP socket: RFC 768 "User Interface", RFC 1122 §4.1, with the options of BSD. */
import { Drop } from "../base/drop.ts";
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { UdpCounters } from "../contract/counters.ts";
import type { DatagramWish } from "../contract/datagram-info.ts";
import type { UdpOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { Route } from "../contract/network.ts";
import type { MutableSocketAddress, SocketAddress } from "../contract/socket-address.ts";
import type { Arrival, TransportContext, UnreachableReport } from "../contract/transport.ts";
import type { UdpEndpoint } from "../contract/udp-endpoint.ts";
import { DatagramBase } from "../datagram/datagram-base.ts";
import { markPacket } from "../datagram/datagram-options.ts";
import { describeRecord } from "../datagram/describe-record.ts";
import { checkLength, discoveryOf, markFragmentation } from "../datagram/fragmentation.ts";
import { isBindable } from "../datagram/is-bindable.ts";
import { Outbox } from "../datagram/outbox.ts";
import { routeFor, routeThrough } from "../datagram/route-through.ts";
import { optionsWith } from "../datagram/wishes.ts";
import { IPPROTO_UDP, UDP_HEADER_BYTES, UdpHeader, writeUdp } from "../wire/udp.ts";
import { fill } from "./outgoing.ts";
import { changedOptions, initialOptions } from "./udp-options.ts";
import type { UdpPorts } from "./udp-ports.ts";
import { routeWith, sourceOf } from "./udp-routes.ts";

/** What an endpoint needs of UDP. */
export interface UdpHost {
  readonly context: TransportContext;
  readonly counters: UdpCounters;
  readonly ports: UdpPorts<UdpUserEndpoint>;
  /** Hands a datagram to IP, and tells the tracer. Takes the packet. */
  send(packet: Packet, route: Route): Drop;
  /** Counts a drop, and tells the tracer. */
  drop(packet: Packet | undefined, reason: Drop): Drop;
}

/** What a user of UDP holds. */
export class UdpUserEndpoint extends DatagramBase implements UdpEndpoint {
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;
  readonly exclusive: boolean = false;
  #options: UdpOptions = initialOptions();
  #receiveShut = false;
  #sendShut = false;
  /** The local address was chosen by `connect`, and goes with the connection. */
  #addressByConnect = false;
  /** The port was chosen here, and goes when the connection is dissolved, as on Linux. */
  #portChosen = false;
  #bound: IpAddress = ANY_ADDRESS;
  #route: Route | undefined;
  readonly #outbox: Outbox;
  readonly #udp: UdpHost;
  readonly #header: UdpHeader = new UdpHeader();

  constructor(udp: UdpHost) {
    super(udp.context, "udp", (reason) => udp.drop(undefined, reason));
    this.#udp = udp;
    this.#outbox = new Outbox(udp.context, this);
  }

  get options(): Readonly<UdpOptions> {
    return this.#options;
  }

  get reuseAddress(): boolean {
    return this.#options.reuseAddress;
  }

  get reusePort(): boolean {
    return this.#options.reusePort;
  }

  /** The local address by which datagrams are matched; the wildcard while there is none. */
  get boundAddress(): IpAddress {
    return this.#bound;
  }

  get readable(): boolean {
    return this.inbox.filled || this.failure !== undefined || this.#receiveShut;
  }

  get writable(): boolean {
    return this.#outbox.hasRoom(this.#options.sendBuffer);
  }

  get pathMtu(): number | undefined {
    if (this.remote === undefined) return undefined;
    const route = this.#findRoute(this.remote.address);
    return typeof route === "string" ? undefined : route.mtu;
  }

  configure(changes: Partial<UdpOptions>): Failure | undefined {
    const changed = changedOptions(this.#options, changes, this.context);
    if (typeof changed === "string") return changed;
    this.#udp.ports.change(this, changed.interfaceName !== this.#options.interfaceName, () => {
      this.#options = changed;
    });
    if (!changed.receiveErrors) this.errors.clear();
    this.#route = undefined;
    return undefined;
  }

  bind(at: SocketAddress): Failure | undefined {
    if (this.closed || this.local !== undefined || at.port < 0 || at.port > 0xffff) return "invalid";
    return isBindable(this.context, at.address, this.#options)
      ? this.#bindTo(at.address, at.port)
      : "address-not-available";
  }

  connect(to: SocketAddress | undefined): Failure | undefined {
    if (this.closed) return "invalid";
    if (to === undefined) {
      this.#disconnect();
      return undefined;
    }
    if (to.port < 0 || to.port > 0xffff) return "invalid";
    const source = this.#addressByConnect ? ANY_ADDRESS : this.#bound;
    const route = routeThrough(this.context, to.address, sourceOf(this.context, source), this.#options);
    if (route === undefined) return "network-unreachable";
    if (route.toMany && !to.address.isMulticast && !this.#options.broadcast) return "access";
    const failure = this.#ensureBound();
    if (failure !== undefined) return failure;
    if (source.isAny) {
      this.#moveTo(route.source, this.local?.port);
      this.#addressByConnect = true;
    }
    this.#udp.ports.change(this, true, () => {
      this.remote = { address: to.address, port: to.port };
    });
    this.#route = route;
    return undefined;
  }

  shutdown(receive: boolean, send: boolean): void {
    this.context.enter();
    if (receive) this.#receiveShut = true;
    if (send) this.#sendShut = true;
    this.context.noteWake(this);
    this.context.leave();
  }

  protected override release(): void {
    this.#udp.ports.remove(this);
    super.release();
  }

  #disconnect(): void {
    this.#udp.ports.change(this, true, () => {
      this.remote = undefined;
    });
    this.#route = undefined;
    const port = this.#portChosen ? undefined : this.local?.port;
    this.#moveTo(this.#addressByConnect ? ANY_ADDRESS : this.#bound, port);
    this.#addressByConnect = false;
  }

  #ensureBound(): Failure | undefined {
    return this.local === undefined ? this.#bindTo(this.#bound, 0) : undefined;
  }

  #bindTo(address: IpAddress, port: number): Failure | undefined {
    const chosen = this.#udp.ports.choose(this, address, port);
    if (chosen === 0) return "address-in-use";
    this.#portChosen = port === 0;
    this.local = { address, port: chosen };
    this.#bound = address;
    this.#udp.ports.add(this);
    return undefined;
  }

  /** To another address; without a port, which is given back, for the next. */
  #moveTo(address: IpAddress, port: number | undefined): void {
    this.#udp.ports.remove(this);
    this.local = port === undefined ? undefined : { address, port };
    this.#bound = address;
    if (this.local !== undefined) this.#udp.ports.add(this);
  }

  /** For UDP only: a datagram for this socket, its data behind the header, ending at `end`. */
  arrived(arrival: Arrival, port: number, end: number): Drop {
    const { packet } = arrival;
    if (this.#receiveShut) return Drop.receiveShut;
    if (packet.hopLimit < this.#options.leastHopLimit) return Drop.fewHopsLeft;
    const cut = this.inbox.cut(packet, packet.start, end);
    if (cut < 0) return Drop.filtered;
    const from = packet.start + UDP_HEADER_BYTES;
    const record = this.inbox.keep(packet, from, Math.max(from, cut), this.#options.receiveBuffer);
    if (record === undefined) {
      this.#udp.counters.udpRcvbufErrors++;
      return Drop.receiveBufferFull;
    }
    record.port = port;
    describeRecord(record, arrival, this.context.now, this.#options.receiveHeaders);
    return Drop.none;
  }

  /** For UDP only: multicast goes to the sockets that want to hear it, a broadcast to all. */
  wantsGroup(arrival: Arrival): boolean {
    return !arrival.destination.isMulticast || this.memberships.hears(arrival);
  }

  /** For UDP only: an ICMP error about something that this socket sent (RFC 1122 §4.1.3.3). */
  failed(report: UnreachableReport, port: number): Drop {
    const { mtuDiscovery, receiveErrors } = this.#options;
    if (report.cause === "too-big" && mtuDiscovery === "dont") return Drop.none;
    // BSD: only a connected socket, or one that asked for it, hears of errors; others could not tell whose it was.
    if (this.remote === undefined && !receiveErrors) return Drop.errorUnwanted;
    this.reported(report, port, UDP_HEADER_BYTES);
    return Drop.none;
  }

  receive(
    into: Uint8Array,
    from?: MutableSocketAddress,
    start = 0,
    end: number = into.length,
    peek = false,
    skip = 0,
  ): number | undefined {
    const octets = this.inbox.read(into, from, start, end, peek, skip);
    return octets === undefined && this.#receiveShut ? 0 : octets;
  }

  send(datagram: Uint8Array, to?: SocketAddress, start = 0, end: number = datagram.length): number | Failure {
    return this.sendWith(datagram, undefined, to, start, end);
  }

  sendWith(
    datagram: Uint8Array,
    wish: DatagramWish | undefined,
    to?: SocketAddress,
    start = 0,
    end: number = datagram.length,
  ): number | Failure {
    const refused = this.#mayNotSend(to);
    if (refused !== undefined) return refused;
    const { context } = this;
    context.enter();
    context.trace?.called("udp", "send", end - start, undefined);
    try {
      return this.#sendTo(datagram, to ?? (this.remote as SocketAddress), start, end, wish);
    } finally {
      context.leave();
    }
  }

  #mayNotSend(to: SocketAddress | undefined): Failure | undefined {
    if (this.closed) return "invalid";
    if (this.#sendShut) return "broken-pipe";
    if (this.failure !== undefined) return this.takeFailure();
    if (to === undefined && this.remote === undefined) return "destination-required";
    if (to !== undefined && (to.port <= 0 || to.port > 0xffff)) return "invalid";
    return undefined;
  }

  #sendTo(
    datagram: Uint8Array,
    to: SocketAddress,
    start: number,
    end: number,
    wish: DatagramWish | undefined,
  ): number | Failure {
    const failure = this.#ensureBound();
    if (failure !== undefined) return failure;
    const options = optionsWith(this.#options, wish);
    const route =
      wish === undefined
        ? this.#routeTo(to.address)
        : routeWith(this.context, to.address, this.#bound, options, wish);
    if (typeof route === "string") return route;
    const { context } = this;
    const { counters } = this.#udp;
    const octets = UDP_HEADER_BYTES + end - start;
    if (octets > route.maxDatagram) return "message-too-long";
    if (this.#outbox.refuses(octets, this.#options.sendBuffer)) return "would-wait";
    const mtu = checkLength(octets, route, discoveryOf(options));
    if (mtu !== undefined) return this.tooLong(to.address, to.port, mtu);
    const packet = context.pool.take(octets);
    fill(packet, datagram, start, end);
    markPacket(packet, options, to.address.isMulticast);
    markFragmentation(packet, discoveryOf(options), octets, route.maxPayload);
    packet.sender = this.#outbox;
    const header = this.#header;
    header.sourcePort = this.local?.port ?? 0;
    header.destinationPort = to.port;
    header.length = octets;
    header.checksum = options.noChecksum ? 0 : route.pseudoHeaderSum(IPPROTO_UDP, octets);
    packet.checksumOffloaded = !options.noChecksum; // whoever sends it completes the sum
    writeUdp(packet.view, packet.start, header);
    counters.udpOutDatagrams++;
    return this.answerOf(this.#udp.send(packet, route), end - start);
  }

  /** The route that was used last, if it leads there; else another, which is kept. */
  #routeTo(address: IpAddress): Route | Failure {
    const route = this.#findRoute(address);
    if (typeof route !== "string") this.#route = route;
    return route;
  }

  #findRoute(address: IpAddress): Route | Failure {
    const kept = this.#route;
    if (kept?.valid && kept.destination.equals(address)) return kept;
    return routeFor(this.context, address, sourceOf(this.context, this.#bound), this.#options);
  }
}
