/** UDP: RFC 768, RFC 1122 §4.1. Demultiplexing, and ICMP errors to the sockets that caused them. */
import { addSums, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import { UdpCounters } from "../contract/counters.ts";
import type { UdpEndpoint } from "../contract/endpoint.ts";
import type { Route } from "../contract/route.ts";
import type {
  Arrival,
  TransportContext,
  TransportProtocol,
  UnreachableReport,
} from "../contract/transport.ts";
import { PortTable } from "../demux/port-table.ts";
import { IPPROTO_UDP, readUdp, UdpHeader } from "../wire/udp.ts";
import { type UdpHost, UdpUserEndpoint } from "./udp-user-endpoint.ts";

/** How well a socket fits a datagram; NO_MATCH if not at all. */
const NO_MATCH = -1;
const CONNECTED = 4;
const SPECIFIC_ADDRESS = 2;
const SPECIFIC_INTERFACE = 1;

/** UDP (RFC 768), as the protocol that a stack registers. */
export class Udp implements TransportProtocol, UdpHost {
  readonly name: string = "udp";
  readonly number: number = IPPROTO_UDP;
  readonly counters: UdpCounters = new UdpCounters();
  readonly context: TransportContext;
  readonly ports: PortTable<UdpUserEndpoint>;
  readonly #header: UdpHeader = new UdpHeader();

  constructor(context: TransportContext) {
    this.context = context;
    this.ports = new PortTable<UdpUserEndpoint>(context.random.fork("ports"));
  }

  /** A new endpoint, not bound. */
  open(): UdpEndpoint {
    return new UdpUserEndpoint(this);
  }

  receive(arrival: Arrival): Drop {
    const { packet } = arrival;
    const header = this.#header;
    const reason = this.#check(arrival, header);
    if (reason !== Drop.none) {
      this.counters.udpInErrors++;
      return this.drop(packet, reason);
    }
    const end = packet.start + header.length;
    const holders = this.ports.holders(header.destinationPort);
    const taken = arrival.toMany
      ? this.#deliverToAll(holders, arrival, header, end)
      : this.#deliverToBest(holders, arrival, header, end);
    if (taken === Drop.none) this.counters.udpInDatagrams++;
    return taken;
  }

  /** RFC 1122 §4.1.3.3: to the socket whose datagram it was, as far as ports and addresses tell. */
  unreachable(report: UnreachableReport): Drop {
    const { view, at, source, destination } = report;
    const remotePort = view.getUint16(at + 2);
    let best: UdpUserEndpoint | undefined;
    let bestFit = NO_MATCH;
    for (const socket of this.ports.holders(view.getUint16(at))) {
      const fit = senderFitness(socket, report, remotePort);
      if (fit <= bestFit) continue;
      best = socket;
      bestFit = fit;
    }
    if (best === undefined) return Drop.quoteOfNobody;
    // The quoted ports and addresses are all there is to check; a wrong MTU costs fragments, no data.
    if (report.cause === "too-big") this.context.route(destination, source)?.reduceMtu(report.mtu);
    return best.failed(report, remotePort);
  }

  /** What is sent leaves at once. */
  flush(): void {}

  /** RFC 768, RFC 1122 §4.1.3.4 and §4.1.3.6. */
  #check(arrival: Arrival, header: UdpHeader): Drop {
    const { packet } = arrival;
    const { start, end } = packet;
    const reason = readUdp(packet.view, start, end, header);
    if (reason !== Drop.none) return reason;
    if (!isIntact(arrival, header)) return Drop.badChecksum;
    // A source port of 0 only says that no answer is wanted (RFC 768).
    return header.destinationPort === 0 ? Drop.destinationPortZero : Drop.none;
  }

  #deliverToBest(
    holders: readonly UdpUserEndpoint[],
    arrival: Arrival,
    header: UdpHeader,
    end: number,
  ): Drop {
    let best: UdpUserEndpoint | undefined;
    let bestFit = NO_MATCH;
    let equals = 0;
    for (let i = 0; i < holders.length; i++) {
      const socket = holders[i] as UdpUserEndpoint;
      const fit = fitness(socket, arrival, header);
      if (fit === NO_MATCH || fit < bestFit) continue;
      equals = fit > bestFit ? 1 : equals + 1;
      best = socket; // of equals the one that was bound last, as in BSD
      bestFit = fit;
    }
    if (best === undefined) return this.#unclaimed(arrival.packet, Drop.noSuchPort);
    if (equals > 1 && best.options.reusePort)
      best = spread(holders, arrival, header, bestFit, equals) ?? best;
    const reason = best.arrived(arrival, header.sourcePort, end);
    return reason === Drop.none ? reason : this.drop(arrival.packet, reason);
  }

  /** RFC 1122 §4.1.3.6 and RFC 1112 §7: every socket that wants it gets a copy. */
  #deliverToAll(holders: readonly UdpUserEndpoint[], arrival: Arrival, header: UdpHeader, end: number): Drop {
    let wanted = false;
    let result: Drop = holders.length === 0 ? Drop.noSuchPort : Drop.notJoined;
    for (let i = 0; i < holders.length; i++) {
      const socket = holders[i] as UdpUserEndpoint;
      if (fitness(socket, arrival, header) === NO_MATCH || !socket.wantsGroup(arrival)) continue;
      const taken = socket.arrived(arrival, header.sourcePort, end);
      if (taken !== Drop.none) this.drop(arrival.packet, taken);
      if (!wanted || taken === Drop.none) result = taken;
      wanted = true;
    }
    return wanted ? result : this.#unclaimed(arrival.packet, result);
  }

  #unclaimed(packet: Packet, reason: Drop): Drop {
    this.counters.udpNoPorts++;
    return this.drop(packet, reason);
  }

  send(packet: Packet, route: Route): Drop {
    const { trace } = this.context;
    const before = trace?.sent("udp", Send.datagram, packet) ?? 0;
    const reason = route.send(packet, IPPROTO_UDP);
    if (trace !== undefined) trace.cause = before;
    return reason;
  }

  /** For its endpoints too. */
  drop(packet: Packet | undefined, reason: Drop): Drop {
    this.counters.drops.count(reason);
    this.context.trace?.dropped("udp", packet, reason);
    return reason;
  }
}

function fitness(socket: UdpUserEndpoint, arrival: Arrival, header: UdpHeader): number {
  const { remote } = socket;
  const bound = socket.boundAddress;
  let fit = 0;
  if (remote !== undefined) {
    if (remote.port !== header.sourcePort || !remote.address.equals(arrival.source)) return NO_MATCH;
    fit += CONNECTED;
  }
  // A connected socket's local address takes no broadcasts; one bound to any address does.
  if (!bound.isAny) {
    if (!bound.equals(arrival.destination)) return NO_MATCH;
    fit += SPECIFIC_ADDRESS;
  }
  if (socket.options.interfaceName !== "") {
    if (socket.options.interfaceName !== arrival.from.name) return NO_MATCH;
    fit += SPECIFIC_INTERFACE;
  }
  return fit;
}

/** How well a socket fits as the sender of the datagram that an error is about. */
function senderFitness(socket: UdpUserEndpoint, report: UnreachableReport, remotePort: number): number {
  const { boundAddress, remote } = socket;
  let fit = 0;
  if (!boundAddress.isAny) {
    if (!boundAddress.equals(report.source)) return NO_MATCH;
    fit += SPECIFIC_ADDRESS;
  }
  if (remote !== undefined) {
    if (remote.port !== remotePort || !remote.address.equals(report.destination)) return NO_MATCH;
    fit += CONNECTED;
  }
  return fit;
}

/** Of sockets that share the port, always the same one for the same peer. */
function spread(
  holders: readonly UdpUserEndpoint[],
  arrival: Arrival,
  header: UdpHeader,
  bestFit: number,
  equals: number,
): UdpUserEndpoint | undefined {
  const hash = Math.imul(arrival.source.hash ^ (header.sourcePort << 7), 0x9e3779b1) >>> 8;
  let skip = hash % equals;
  for (const socket of holders) {
    if (fitness(socket, arrival, header) !== bestFit) continue;
    if (skip-- === 0) return socket;
  }
  return undefined;
}

/** The checksum is right, or there is none and the family allows that. */
function isIntact(arrival: Arrival, header: UdpHeader): boolean {
  const { packet } = arrival;
  if (header.checksum === 0) return arrival.zeroChecksumAllowed;
  if (packet.checksumOffloaded) return true;
  const seed = arrival.pseudoHeaderSum(IPPROTO_UDP, header.length);
  return addSums(seed, sumOctets(packet, packet.start, packet.start + header.length)) === 0xffff;
}
