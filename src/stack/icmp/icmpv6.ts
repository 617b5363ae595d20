/**
 * ICMPv6 of a host: RFC 4443. It answers echo requests. It sends an error where RFC 4443 asks for one and nothing forbids
 * it. It hands an error that arrives to the transport that caused it. Messages of Neighbour Discovery and of group
 * memberships go to those (`ControlProtocol`).
 */
import { addSums, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import { AddressCache, type IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import type { IcmpCounters } from "../contract/counters.ts";
import type { TransitError } from "../contract/forwarding.ts";
import type { Route } from "../contract/network.ts";
import type { Interfaces, NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import type { Arrival, TransportProtocol, UnreachableReport } from "../contract/transport.ts";
import { readIcmpCode, readIcmpRest, readIcmpType } from "../wire/icmp.ts";
import {
  EXCEEDED_REASSEMBLY,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_FIRST_INFORMATIONAL,
  ICMPV6_HEADER_BYTES,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_TOO_BIG,
  ICMPV6_UNREACHABLE,
  IPPROTO_ICMPV6,
  ND_REDIRECT,
  UNREACHABLE_PORT,
} from "../wire/icmpv6.ts";
import {
  IPV6_DESTINATION_OFFSET,
  IPV6_HEADER_BYTES,
  IPV6_MIN_MTU,
  IPV6_SOURCE_OFFSET,
  readIpv6NextHeader,
} from "../wire/ipv6.ts";
import { ExtensionHeaders, PROBLEM_NEXT_HEADER, skipExtensions } from "../wire/ipv6-extensions.ts";
import { causeOf6 } from "./causes.ts";
import type { EchoListener, EchoService } from "./echo-service.ts";
import { TRANSIT_CODES6 } from "./error-codes6.ts";
import { type IcmpKind, IcmpMessages } from "./messages.ts";
import { QuotedDatagram6 } from "./quoted6.ts";

const KIND: IcmpKind = {
  layer: "icmpv6",
  number: IPPROTO_ICMPV6,
  echoRequest: ICMPV6_ECHO_REQUEST,
  echoReply: ICMPV6_ECHO_REPLY,
  timeExceeded: ICMPV6_TIME_EXCEEDED,
  parameterProblem: ICMPV6_PARAMETER_PROBLEM,
  hasPseudoHeader: true,
};

/** RFC 4443 §2.4 (c): as much of the datagram as fits into the least MTU. */
const MAX_QUOTE: number = IPV6_MIN_MTU - IPV6_HEADER_BYTES - ICMPV6_HEADER_BYTES;

/** Why a datagram deserves an ICMPv6 error. */
export type Icmpv6Error = "port" | "reassembly-timeout" | "problem";

/** Takes ICMPv6 messages of its own types. */
export interface ControlProtocol {
  /** Whether messages of that type are its own. */
  takes(type: number): boolean;
  /** A message, whose checksum is right, has come. `Drop.none`, or why it is not heeded: who takes it tells of that. */
  receive(arrival: Arrival, type: number): Drop;
}

/** What ICMPv6 needs of IPv6. */
export interface Icmpv6Network {
  route(destination: IpAddress, source: IpAddress | undefined, through?: NetworkInterface): Route | undefined;
  /** An error came back about a datagram of this protocol. `Drop.none`, or why nobody takes it. */
  unreachable(protocol: number, report: UnreachableReport): Drop;
}

/** ICMPv6 (RFC 4443), as the protocol that a stack registers. */
export class Icmpv6 implements TransportProtocol, EchoService {
  readonly name: string = "icmpv6";
  readonly number: number = IPPROTO_ICMPV6;
  readonly family: 6 = 6;
  readonly echoRequest: number = ICMPV6_ECHO_REQUEST;
  readonly counters: IcmpCounters;
  readonly listeners: Map<number, EchoListener>;
  readonly #messages: IcmpMessages;
  readonly #services: Services;
  readonly #interfaces: Interfaces;
  readonly #network: Icmpv6Network;
  readonly #controls: ControlProtocol[] = [];
  readonly #quoted: QuotedDatagram6 = new QuotedDatagram6();
  readonly #addresses: AddressCache = new AddressCache();
  readonly #extensions: ExtensionHeaders = new ExtensionHeaders();

  constructor(services: Services, interfaces: Interfaces, network: Icmpv6Network) {
    this.#services = services;
    this.#interfaces = interfaces;
    this.#network = network;
    this.#messages = new IcmpMessages(KIND, services);
    this.counters = this.#messages.counters;
    this.listeners = this.#messages.listeners;
  }

  /** `control` gets the messages of its types from now on. */
  addControl(control: ControlProtocol): void {
    this.#controls.push(control);
  }

  receive(arrival: Arrival): Drop {
    const { packet } = arrival;
    this.counters.icmpInMsgs++;
    const reason = check(arrival);
    if (reason !== Drop.none) {
      this.counters.icmpInErrors++;
      return this.drop(packet, reason);
    }
    const type = readIcmpType(packet.view, packet.start);
    for (const control of this.#controls) if (control.takes(type)) return control.receive(arrival, type);
    const result = arrival.source.isAny ? Drop.noRouteBack : this.#dispatch(arrival, type);
    return result === Drop.none ? Drop.none : this.drop(packet, result);
  }

  unreachable(report: UnreachableReport): Drop {
    return this.#messages.unreachable(report);
  }

  /** Nothing is ever left to do at the end of an entry. */
  flush(): void {}

  /**
   * Sends an error to the sender of `packet`, whose datagram is `[packet.network, packet.end)`, unless RFC 4443 §2.4 (e)
   * forbids it.
   *
   * @param code - of a "problem"
   * @param pointer - of a "problem": octets from the start of the datagram
   * @param evenToMany - it is due though the datagram was sent to a group
   */
  sendError(
    error: Icmpv6Error,
    packet: Packet,
    from: NetworkInterface,
    toMany: boolean,
    code: number,
    pointer: number,
    evenToMany: boolean,
  ): void {
    const { view, network } = packet;
    const source = this.#addresses.read(view, network + IPV6_SOURCE_OFFSET);
    const destination = this.#addresses.read(view, network + IPV6_DESTINATION_OFFSET);
    let withheld = this.#withheld(packet, toMany && !evenToMany, source);
    const route = withheld === Send.unknown ? this.#routeBack(source, destination, from) : undefined;
    if (withheld === Send.unknown && route === undefined) withheld = Send.withheldRoute;
    if (route === undefined) {
      this.#services.trace?.withheld("icmpv6", withheld);
      return;
    }
    const rest = error === "problem" ? pointer : 0;
    const type = TYPE[error];
    const problem = error === "problem";
    const why = reasonOf(error, code);
    this.#messages.sendError(packet, route, type, problem ? code : CODE[error], rest, MAX_QUOTE, why);
  }

  /**
   * Tells the sender of a datagram that is not passed on why it is not.
   *
   * @param detail - of "too-big", the MTU
   * @param from - the interface that it came by, on whose link a link-local sender is
   */
  sendTransitError(
    error: TransitError,
    packet: Packet,
    detail: number,
    from: NetworkInterface | undefined,
  ): void {
    const source = this.#addresses.read(packet.view, packet.network + IPV6_SOURCE_OFFSET);
    const destination = this.#addresses.read(packet.view, packet.network + IPV6_DESTINATION_OFFSET);
    // RFC 4443 §2.2 (d): from an address of the interface by which it leaves; from the one that was meant, if it is ours.
    const asked = this.#interfaces.isLocal(destination) ? destination : undefined;
    const link = source.isLinkLocal ? from : undefined;
    let withheld = this.#withheld(packet, destination.isMulticast && error !== "too-big", source);
    const route = withheld === Send.unknown ? this.#network.route(source, asked, link) : undefined;
    if (withheld === Send.unknown && route === undefined) withheld = Send.withheldRoute;
    const { type, code, why } = TRANSIT_CODES6[error];
    if (route === undefined) this.#services.trace?.withheld("icmpv6", withheld);
    else this.#messages.sendError(packet, route, type, code, detail, MAX_QUOTE, why);
  }

  finish(packet: Packet, route: Route, why: Send): Drop {
    return this.#messages.finish(packet, route, why);
  }

  /** From the address that was asked, where that is one of a host; a link-local peer is on the link that it came by. */
  #routeBack(to: IpAddress, asked: IpAddress, from: NetworkInterface): Route | undefined {
    const source = asked.isMulticast ? undefined : asked;
    return this.#network.route(to, source, to.isLinkLocal || source === undefined ? from : undefined);
  }

  /** Why no error may be sent about the datagram in `packet` (RFC 4443 §2.4 (e), (f)); `Send.unknown` if one may. */
  #withheld(packet: Packet, toMany: boolean, source: IpAddress): Send {
    if (toMany) return Send.withheldToMany;
    if (source.isAny || source.isMulticast) return Send.withheldSource;
    if (this.#isError(packet)) return Send.withheldError;
    return this.#interfaces.isLocal(source) ? Send.unknown : this.#messages.withinRate();
  }

  /** Whether the datagram is an ICMPv6 error or a redirect, as far as it can be told. */
  #isError({ view, network, end }: Packet): boolean {
    const found = this.#extensions;
    const nextHeader = readIpv6NextHeader(view, network);
    if (!skipExtensions(view, network + IPV6_HEADER_BYTES, end, nextHeader, found)) return false;
    if (found.protocol !== IPPROTO_ICMPV6) return false;
    // Of a fragment that ends before its message, its sender is to be told (RFC 8200 §4.5).
    if (found.at >= end) return !found.fragmented;
    const type = readIcmpType(view, found.at);
    return type < ICMPV6_FIRST_INFORMATIONAL || type === ND_REDIRECT;
  }

  #dispatch(arrival: Arrival, type: number): Drop {
    const { counters } = this;
    switch (type) {
      case ICMPV6_ECHO_REQUEST:
        counters.icmpInEchos++;
        return this.#answer(arrival);
      case ICMPV6_ECHO_REPLY:
        counters.icmpInEchoReps++;
        return this.#messages.replied(arrival);
      case ICMPV6_UNREACHABLE:
        counters.icmpInDestUnreachs++;
        return this.#error(arrival, type);
      case ICMPV6_TIME_EXCEEDED:
        counters.icmpInTimeExcds++;
        return this.#error(arrival, type);
      case ICMPV6_PARAMETER_PROBLEM:
        counters.icmpInParmProbs++;
        return this.#error(arrival, type);
      default:
        // RFC 4443 §2.4 (a), (b): unknown errors go to who caused them, unknown others are dropped in silence.
        return type < ICMPV6_FIRST_INFORMATIONAL ? this.#error(arrival, type) : Drop.unknownType;
    }
  }

  /** RFC 4443 §4.2: the data comes back whole, from the address that was asked; to a group, from one of ours. */
  #answer(arrival: Arrival): Drop {
    const { packet } = arrival;
    const route = this.#routeBack(arrival.source, arrival.destination, arrival.from);
    if (route === undefined) return Drop.noRouteBack;
    this.finish(this.#messages.replyTo(packet), route, Send.echoReply);
    return Drop.none;
  }

  /** RFC 4443 §2.4 (d): an error goes to the transport whose datagram it quotes, if that was ours. */
  #error(arrival: Arrival, type: number): Drop {
    const { packet } = arrival;
    const quoted = this.#quoted;
    if (arrival.toMany) return Drop.errorToMany;
    const reason = quoted.read(packet.view, packet.start, packet.end);
    if (reason !== Drop.none) return reason;
    if (!this.#interfaces.isLocal(quoted.source)) return Drop.quoteNotOurs;
    const code = readIcmpCode(packet.view, packet.start);
    const cause = causeOf6(type, code);
    if (cause === undefined) return Drop.unknownCode;
    quoted.type = type;
    quoted.code = code;
    quoted.cause = cause;
    quoted.reporter = arrival.source;
    quoted.mtu =
      type === ICMPV6_TOO_BIG ? Math.min(readIcmpRest(packet.view, packet.start) >>> 0, MAX_MTU) : 0;
    return this.#network.unreachable(quoted.protocol, quoted);
  }

  /** Counts a drop, and tells the tracer. */
  drop(packet: Packet, reason: Drop): Drop {
    return this.#messages.drop(packet, reason);
  }
}

/** No link here has more. */
const MAX_MTU = 65_575;

const TYPE: Readonly<Record<Icmpv6Error, number>> = {
  port: ICMPV6_UNREACHABLE,
  "reassembly-timeout": ICMPV6_TIME_EXCEEDED,
  problem: ICMPV6_PARAMETER_PROBLEM,
};
const CODE: Readonly<Record<Icmpv6Error, number>> = {
  port: UNREACHABLE_PORT,
  "reassembly-timeout": EXCEEDED_REASSEMBLY,
  problem: 0,
};

function reasonOf(error: Icmpv6Error, code: number): Send {
  if (error === "port") return Send.errorPort;
  if (error === "reassembly-timeout") return Send.errorReassembly;
  return code === PROBLEM_NEXT_HEADER ? Send.errorProtocol : Send.errorParameter;
}

function check(arrival: Arrival): Drop {
  const { packet } = arrival;
  const octets = packet.end - packet.start;
  if (octets < ICMPV6_HEADER_BYTES) return Drop.truncated;
  if (packet.checksumOffloaded) return Drop.none;
  const pseudo = arrival.pseudoHeaderSum(IPPROTO_ICMPV6, octets);
  return addSums(pseudo, sumOctets(packet, packet.start, packet.end)) === 0xffff
    ? Drop.none
    : Drop.badChecksum;
}
