/**
 * ICMP of a host: RFC 792 as RFC 1122 §3.2.2 has it. It answers echo requests. It sends an error where RFC 1122 asks for
 * one and nothing forbids it. It hands an error that arrives to the transport that caused it.
 */
import { sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import { type IpAddress, ipv4 } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import type { IcmpCounters } from "../contract/counters.ts";
import type { Route } from "../contract/network.ts";
import type { Interfaces, NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import type { Arrival, TransportProtocol, UnreachableReport } from "../contract/transport.ts";
import { readIcmpCode, readIcmpRest, readIcmpType } from "../wire/icmp.ts";
import {
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_BYTES,
  ICMP_PARAMETER_PROBLEM,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  IPPROTO_ICMP,
  isIcmpQuery,
  REDIRECT_HOST,
} from "../wire/icmpv4.ts";
import {
  IPV4_HEADER_BYTES,
  ipv4HeaderBytes,
  isLaterIpv4Fragment,
  readIpv4Destination,
  readIpv4Protocol,
  readIpv4Source,
  writeReplyHeader,
} from "../wire/ipv4.ts";
import { Ipv4Options, readIpv4Options, recordInOptions } from "../wire/ipv4-options.ts";
import { causeOf } from "./causes.ts";
import type { EchoListener, EchoService } from "./echo-service.ts";
import { ERROR_CODES, type IcmpError } from "./error-codes.ts";
import { type IcmpKind, IcmpMessages } from "./messages.ts";
import { QuotedDatagram } from "./quoted.ts";

/** RFC 1812 §4.3.2.3: as much of the datagram as fits without the error exceeding 576 octets. */
const MAX_QUOTE: number = 576 - IPV4_HEADER_BYTES - ICMP_HEADER_BYTES;

const KIND: IcmpKind = {
  layer: "icmp",
  number: IPPROTO_ICMP,
  echoRequest: ICMP_ECHO_REQUEST,
  echoReply: ICMP_ECHO_REPLY,
  timeExceeded: ICMP_TIME_EXCEEDED,
  parameterProblem: ICMP_PARAMETER_PROBLEM,
  hasPseudoHeader: false,
};

/** What ICMP needs of IPv4. */
export interface IcmpNetwork {
  route(destination: IpAddress, source: IpAddress | undefined, through?: NetworkInterface): Route | undefined;
  /** An error came back about a datagram of this protocol. `Drop.none`, or why nobody takes it. */
  unreachable(protocol: number, report: UnreachableReport): Drop;
  /** The current first-hop gateway `by` names a better one (RFC 1122 §3.2.2.2). False if it may not. */
  redirect(destination: IpAddress, gateway: IpAddress, by: IpAddress, from: NetworkInterface): boolean;
}

/** ICMP (RFC 792), as the protocol that a stack registers. */
export class Icmp implements TransportProtocol, EchoService {
  readonly name: string = "icmp";
  readonly number: number = IPPROTO_ICMP;
  readonly family: 4 = 4;
  readonly echoRequest: number = ICMP_ECHO_REQUEST;
  readonly counters: IcmpCounters;
  readonly listeners: Map<number, EchoListener>;
  readonly #messages: IcmpMessages;
  readonly #services: Services;
  readonly #interfaces: Interfaces;
  readonly #network: IcmpNetwork;
  readonly #quoted: QuotedDatagram = new QuotedDatagram();
  readonly #options: Ipv4Options = new Ipv4Options();

  constructor(services: Services, interfaces: Interfaces, network: IcmpNetwork) {
    this.#services = services;
    this.#interfaces = interfaces;
    this.#network = network;
    this.#messages = new IcmpMessages(KIND, services);
    this.counters = this.#messages.counters;
    this.listeners = this.#messages.listeners;
  }

  receive(arrival: Arrival): Drop {
    const { packet } = arrival;
    this.counters.icmpInMsgs++;
    const reason = this.#check(packet);
    if (reason !== Drop.none) {
      this.counters.icmpInErrors++;
      return this.#messages.drop(packet, reason);
    }
    const result = this.#dispatch(arrival, readIcmpType(packet.view, packet.start));
    return result === Drop.none ? Drop.none : this.#messages.drop(packet, result);
  }

  unreachable(report: UnreachableReport): Drop {
    return this.#messages.unreachable(report);
  }

  /** Nothing is ever left to do at the end of an entry. */
  flush(): void {}

  /**
   * Sends an error to the sender of `packet`, whose datagram is `[packet.network, packet.end)`, unless
   * RFC 1122 §3.2.2 forbids it: about an ICMP error, a broadcast or multicast of either layer, a fragment
   * other than the first, or a source that is not one host.
   *
   * @param detail - of "parameter", which octet is wrong; of "too-big", the MTU
   */
  sendError(error: IcmpError, packet: Packet, toMany: boolean, detail: number): void {
    const { view, network } = packet;
    const destination = ipv4(readIpv4Destination(view, network));
    // RFC 1812 §4.3.2.4: a router sends from the interface by which it sends; a host, as the one that was meant.
    const from = this.#interfaces.isLocal(destination) ? destination : undefined;
    const route = this.#routeBack(packet, toMany, from);
    if (route === undefined) return;
    const { type, code, why } = ERROR_CODES[error];
    const rest = error === "parameter" ? detail << 24 : detail;
    this.#messages.sendError(packet, route, type, code, rest, MAX_QUOTE, why);
  }

  /** Tells the sender of `packet`, who is on the link `on`, of a gateway that is nearer (RFC 1812 §5.2.7.2). */
  sendRedirect(packet: Packet, gateway: IpAddress, on: NetworkInterface): void {
    const route = this.#routeBack(packet, false, undefined, on);
    if (route === undefined) return;
    this.counters.icmpOutRedirects++;
    // RFC 1812 §5.2.7.2: for the host alone, as a network's mask cannot be told.
    const out = this.#messages.quoting(ICMP_REDIRECT, REDIRECT_HOST, gateway.word3, packet, MAX_QUOTE);
    this.finish(out, route, Send.redirect);
  }

  /** The way back to the sender of `packet`; undefined where it must not be told, or cannot. */
  #routeBack(
    packet: Packet,
    toMany: boolean,
    from: IpAddress | undefined,
    through?: NetworkInterface,
  ): Route | undefined {
    const source = ipv4(readIpv4Source(packet.view, packet.network));
    const withheld = this.#withheld(packet, toMany, source);
    if (withheld === Send.unknown) {
      const route = this.#network.route(source, from, through);
      if (route !== undefined) return route;
    }
    const why = withheld === Send.unknown ? Send.withheldRoute : withheld;
    this.#services.trace?.withheld("icmp", why);
    return undefined;
  }

  /** Why no error may be sent about the datagram in `packet`; `Send.unknown` if one may. */
  #withheld(packet: Packet, toMany: boolean, source: IpAddress): Send {
    const first = source.word3 >>> 24;
    if (toMany) return Send.withheldToMany;
    if (isLaterIpv4Fragment(packet.view, packet.network)) return Send.withheldFragment;
    if (source.isAny || first >= 224 || this.#interfaces.isMany(source)) return Send.withheldSource;
    if (isIcmpError(packet)) return Send.withheldError;
    const loop = first === 127 || this.#interfaces.isLocal(source);
    return loop ? Send.unknown : this.#messages.withinRate();
  }

  finish(packet: Packet, route: Route, why: Send): Drop {
    return this.#messages.finish(packet, route, why);
  }

  #check(packet: Packet): Drop {
    if (packet.end - packet.start < ICMP_HEADER_BYTES) return Drop.truncated;
    if (packet.checksumOffloaded) return Drop.none;
    return sumOctets(packet, packet.start, packet.end) === 0xffff ? Drop.none : Drop.badChecksum;
  }

  #dispatch(arrival: Arrival, type: number): Drop {
    const { counters } = this;
    switch (type) {
      case ICMP_ECHO_REQUEST:
        counters.icmpInEchos++;
        return this.#answer(arrival);
      case ICMP_ECHO_REPLY:
        counters.icmpInEchoReps++;
        return this.#messages.replied(arrival);
      case ICMP_UNREACHABLE:
        counters.icmpInDestUnreachs++;
        return this.#error(arrival);
      case ICMP_TIME_EXCEEDED:
        counters.icmpInTimeExcds++;
        return this.#error(arrival);
      case ICMP_PARAMETER_PROBLEM:
        counters.icmpInParmProbs++;
        return this.#error(arrival);
      case ICMP_REDIRECT:
        counters.icmpInRedirects++;
        return this.#redirected(arrival);
      case ICMP_SOURCE_QUENCH:
        counters.icmpInSrcQuenchs++;
        return Drop.sourceQuench;
      default:
        return Drop.unknownType; // in silence; address masks and timestamps we do not serve
    }
  }

  /** RFC 1122 §3.2.2.6: the data comes back whole, from the address that was asked; not to all at once (smurf). */
  #answer(arrival: Arrival): Drop {
    if (arrival.toMany) return Drop.echoToMany;
    const { packet } = arrival;
    const route = this.#network.route(arrival.source, arrival.destination);
    if (route === undefined) return Drop.noRouteBack;
    const out = this.#messages.replyTo(packet);
    if (packet.start - packet.network > IPV4_HEADER_BYTES) this.#finishWithOptions(out, packet, route);
    else this.finish(out, route, Send.echoReply);
    return Drop.none;
  }

  /**
   * RFC 1122 §3.2.2.6: a record route or timestamp option of the request comes back in the reply, with this host in it:
   * once as it arrived here and once as it leaves, as in Linux. Other options do not come back.
   */
  #finishWithOptions(out: Packet, request: Packet, route: Route): void {
    const options = this.#options;
    const headerBytes = request.start - request.network;
    readIpv4Options(request.view, request.network, headerBytes, options);
    if (options.recordRoute === 0 && options.timestamp === 0) {
      this.finish(out, route, Send.echoReply);
      return;
    }
    this.#messages.complete(out, 0);
    const at = out.prepend(headerBytes);
    out.bytes.set(request.bytes.subarray(request.network, request.start), at);
    readIpv4Options(out.view, at, headerBytes, options);
    const milliseconds = Math.floor(this.#services.now / 1000);
    recordInOptions(out.view, options, route.source.word3, milliseconds);
    recordInOptions(out.view, options, route.source.word3, milliseconds);
    writeReplyHeader(out.view, at, route.source.word3, route.destination.word3, out.trafficClass);
    const { trace } = this.#services;
    const before = trace?.sent("icmp", Send.echoReply, out) ?? 0;
    route.sendWithHeader(out);
    if (trace !== undefined) trace.cause = before;
  }

  /** RFC 1122 §3.2.2.1, .4, .5: an error goes to the transport whose datagram it quotes, if that was ours. */
  #error(arrival: Arrival): Drop {
    const { packet } = arrival;
    const quoted = this.#quoted;
    const reason = this.#readQuote(arrival);
    if (reason !== Drop.none) return reason;
    const type = readIcmpType(packet.view, packet.start);
    const code = readIcmpCode(packet.view, packet.start);
    const cause = causeOf(type, code);
    if (cause === undefined) return Drop.unknownCode;
    quoted.type = type;
    quoted.code = code;
    quoted.cause = cause;
    quoted.reporter = arrival.source;
    quoted.mtu =
      cause === "too-big" ? quoted.nextHopMtu(readIcmpRest(packet.view, packet.start) & 0xffff) : 0;
    return this.#network.unreachable(quoted.protocol, quoted);
  }

  #readQuote(arrival: Arrival): Drop {
    const { packet } = arrival;
    if (arrival.toMany) return Drop.errorToMany;
    const reason = this.#quoted.read(packet.view, packet.start, packet.end);
    if (reason !== Drop.none) return reason;
    return this.#interfaces.isLocal(this.#quoted.source) ? Drop.none : Drop.quoteNotOurs;
  }

  #redirected(arrival: Arrival): Drop {
    const { packet } = arrival;
    const reason = this.#readQuote(arrival);
    if (reason !== Drop.none) return reason;
    const gateway = ipv4(readIcmpRest(packet.view, packet.start));
    const { source, from } = arrival;
    const { destination } = this.#quoted;
    return this.#network.redirect(destination, gateway, source, from) ? Drop.none : Drop.redirectRefused;
  }
}

/** Whether the datagram is an ICMP message other than a query: those we know to be queries may cause errors. */
function isIcmpError(packet: Packet): boolean {
  const { view, network, end } = packet;
  if (readIpv4Protocol(view, network) !== IPPROTO_ICMP) return false;
  const at = network + ipv4HeaderBytes(view, network);
  return at >= end || !isIcmpQuery(readIcmpType(view, at));
}
