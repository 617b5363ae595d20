/** UDP: RFC 768, RFC 1122 §4.1. Demultiplexing, and ICMP errors to the sockets that caused them. */
import { addSums, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import { ANY_ADDRESS, type IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import { UdpCounters } from "../contract/counters.ts";
import type { Route } from "../contract/route.ts";
import type {
  Arrival,
  TransportContext,
  TransportProtocol,
  UnreachableReport,
} from "../contract/transport.ts";
import type { UdpEndpoint } from "../contract/udp-endpoint.ts";
import type { Ends } from "../demux/receivers.ts";
import { readDestinationPort, readSourcePort } from "../wire/transport.ts";
import { IPPROTO_UDP, readUdp, UdpHeader } from "../wire/udp.ts";
import { UdpPorts } from "./udp-ports.ts";
import { type UdpHost, UdpUserEndpoint } from "./udp-user-endpoint.ts";

/** UDP (RFC 768), as the protocol that a stack registers. */
export class Udp implements TransportProtocol, UdpHost {
  readonly name: string = "udp";
  readonly number: number = IPPROTO_UDP;
  readonly counters: UdpCounters = new UdpCounters();
  readonly context: TransportContext;
  readonly ports: UdpPorts<UdpUserEndpoint>;
  /** What the table is asked with, filled anew for each datagram. */
  readonly #ends: { -readonly [K in keyof Ends]: Ends[K] } = {
    local: ANY_ADDRESS,
    localPort: 0,
    remote: ANY_ADDRESS,
    remotePort: 0,
    interfaceName: undefined,
  };
  readonly #header: UdpHeader = new UdpHeader();

  constructor(context: TransportContext) {
    this.context = context;
    this.ports = new UdpPorts<UdpUserEndpoint>(context.random);
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
    const taken = arrival.toMany
      ? this.#deliverToAll(arrival, header, end)
      : this.#deliverToBest(arrival, header, end);
    if (taken === Drop.none) this.counters.udpInDatagrams++;
    return taken;
  }

  /** RFC 1122 §4.1.3.3: to the socket whose datagram it was, as far as ports and addresses tell. */
  unreachable(report: UnreachableReport): Drop {
    const { view, at, source, destination } = report;
    const localPort = readSourcePort(view, at);
    const remotePort = readDestinationPort(view, at);
    const ends = this.#fill(source, localPort, destination, remotePort, undefined);
    const best = this.ports.receivers.find(ends, spreadOf(ends));
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

  #deliverToBest(arrival: Arrival, { destinationPort, sourcePort }: UdpHeader, end: number): Drop {
    const { destination, source, from } = arrival;
    const ends = this.#fill(destination, destinationPort, source, sourcePort, from.name);
    const best = this.ports.receivers.find(ends, spreadOf(ends));
    if (best === undefined) return this.#unclaimed(arrival.packet, Drop.noSuchPort);
    const reason = best.arrived(arrival, sourcePort, end);
    return reason === Drop.none ? reason : this.drop(arrival.packet, reason);
  }

  #fill(
    local: IpAddress,
    localPort: number,
    remote: IpAddress,
    remotePort: number,
    interfaceName: string | undefined,
  ): Ends {
    const ends = this.#ends;
    ends.local = local;
    ends.localPort = localPort;
    ends.remote = remote;
    ends.remotePort = remotePort;
    ends.interfaceName = interfaceName;
    return ends;
  }

  /** RFC 1122 §4.1.3.6 and RFC 1112 §7: every socket that wants it gets a copy. */
  #deliverToAll(arrival: Arrival, header: UdpHeader, end: number): Drop {
    let wanted = false;
    const { destinationPort } = header;
    let result: Drop = this.ports.isHeld(destinationPort, arrival.destination)
      ? Drop.notJoined
      : Drop.noSuchPort;
    for (const socket of this.ports.holders(destinationPort, arrival.destination)) {
      if (!isFor(socket, arrival, header) || !socket.wantsGroup(arrival)) continue;
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

/** Whether a socket takes what came for many: its ends and interface, if it has any, are those of the datagram. */
function isFor(
  { remote, boundAddress, options }: UdpUserEndpoint,
  arrival: Arrival,
  header: UdpHeader,
): boolean {
  if (remote !== undefined) {
    // Who is connected to port 0 takes what comes from any port there, as on Linux.
    if (remote.port !== 0 && remote.port !== header.sourcePort) return false;
    if (!remote.address.equals(arrival.source)) return false;
  }
  // A connected socket's local address takes no broadcasts; one bound to any address does.
  if (!boundAddress.isAny && !boundAddress.equals(arrival.destination)) return false;
  return options.interfaceName === "" || options.interfaceName === arrival.from.name;
}

/** Of sockets that share the port, always the same one for the same peer. */
function spreadOf({ remote, remotePort }: Ends): number {
  return Math.imul(remote.hash ^ (remotePort << 7), 0x9e3779b1) >>> 8;
}

/** The checksum is right, or there is none and the family allows that. */
function isIntact(arrival: Arrival, header: UdpHeader): boolean {
  const { packet } = arrival;
  if (header.checksum === 0) return arrival.zeroChecksumAllowed;
  if (packet.checksumOffloaded) return true;
  const seed = arrival.pseudoHeaderSum(IPPROTO_UDP, header.length);
  return addSums(seed, sumOctets(packet, packet.start, packet.start + header.length)) === 0xffff;
}
