/** What ICMP and ICMPv6 do alike: build messages, send them, and tell whoever listens for echoes. */
import { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import { below } from "../base/random.ts";
import { Send } from "../base/send.ts";
import { IcmpCounters } from "../contract/counters.ts";
import type { Route } from "../contract/network.ts";
import type { Services } from "../contract/services.ts";
import type { Arrival, UnreachableReport } from "../contract/transport.ts";
import { fillChecksum } from "../wire/checksum-field.ts";
import {
  ICMP_CHECKSUM_OFFSET,
  readEchoIdentifier,
  readIcmpType,
  writeIcmpStart,
  writeIcmpType,
} from "../wire/icmp.ts";
import { ICMP_HEADER_BYTES } from "../wire/icmpv4.ts";
import type { EchoListener } from "./echo-service.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Errors a second, and at once: as Linux's icmp_msgs_per_sec and icmp_msgs_burst (RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f)). */
const ERRORS_PER_SECOND = 1000;
const ERROR_BURST = 50;

/** What tells the two from one another. */
export interface IcmpKind {
  /** What traces call it. */
  readonly layer: "icmp" | "icmpv6";
  /** Protocol number. */
  readonly number: number;
  readonly echoRequest: number;
  readonly echoReply: number;
  readonly timeExceeded: number;
  readonly parameterProblem: number;
  /** The checksum is over a pseudo-header as well (RFC 4443 §2.3). */
  readonly hasPseudoHeader: boolean;
}

/** Messages of one of the two. */
export class IcmpMessages {
  readonly counters: IcmpCounters = new IcmpCounters();
  /** Who listens for replies, by identifier. */
  readonly listeners: Map<number, EchoListener> = new Map();
  readonly #kind: IcmpKind;
  readonly #services: Services;
  readonly #bucket: TokenBucket;

  constructor(kind: IcmpKind, services: Services) {
    this.#kind = kind;
    this.#services = services;
    this.#bucket = new TokenBucket(ERRORS_PER_SECOND, ERROR_BURST, () => below(services.random, 3));
  }

  /** An error may be sent, as far as the rate goes; else why not. */
  withinRate(): Send {
    if (this.#bucket.take(this.#services.now)) return Send.unknown;
    this.counters.icmpOutRateLimited++;
    return Send.withheldRate;
  }

  /**
   * Tells the sender of `packet`, whose datagram is `[packet.network, packet.end)`, of an error: with as much of the
   * datagram as fits into `most` octets.
   */
  sendError(
    packet: Packet,
    route: Route,
    type: number,
    code: number,
    rest: number,
    most: number,
    why: Send,
  ): void {
    const { counters } = this;
    counters.icmpOutErrors++;
    if (type === this.#kind.timeExceeded) counters.icmpOutTimeExcds++;
    else if (type === this.#kind.parameterProblem) counters.icmpOutParmProbs++;
    else counters.icmpOutDestUnreachs++;
    this.finish(this.quoting(type, code, rest, packet, most), route, why);
  }

  /** A message that quotes as much of the datagram `[packet.network, packet.end)` as fits into `most` octets. */
  quoting(type: number, code: number, rest: number, { bytes, network, end }: Packet, most: number): Packet {
    const quoted = Math.min(end - network, most);
    const out = this.#take(ICMP_HEADER_BYTES + quoted);
    writeIcmpStart(out.view, out.start, type, code, rest);
    out.bytes.set(bytes.subarray(network, network + quoted), out.start + ICMP_HEADER_BYTES);
    return out;
  }

  /** The reply to an echo request: the data comes back whole, with the request's type of service (RFC 1349 §5.1). */
  replyTo(request: Packet): Packet {
    const out = this.#take(request.end - request.start);
    out.bytes.set(request.bytes.subarray(request.start, request.end), out.start);
    writeIcmpType(out.view, out.start, this.#kind.echoReply);
    out.trafficClass = request.trafficClass & 0xfc;
    this.counters.icmpOutEchoReps++;
    return out;
  }

  /** Completes a message and sends it. Takes the packet. */
  finish(packet: Packet, route: Route, why: Send): Drop {
    const { layer, number, hasPseudoHeader } = this.#kind;
    this.complete(packet, hasPseudoHeader ? route.pseudoHeaderSum(number, packet.end - packet.start) : 0);
    const { trace } = this.#services;
    if (trace === undefined) return route.send(packet, number);
    const before = trace.sent(layer, why, packet);
    const result = route.send(packet, number);
    trace.cause = before;
    return result;
  }

  /** Completes the checksum of a message. */
  complete(packet: Packet, seed: number): void {
    fillChecksum(packet, packet.start + ICMP_CHECKSUM_OFFSET, packet.start, packet.end, seed, 0);
    this.counters.icmpOutMsgs++;
  }

  /** A reply goes to whoever has asked. */
  replied(arrival: Arrival): Drop {
    const { packet } = arrival;
    const listener = this.listeners.get(readEchoIdentifier(packet.view, packet.start));
    return listener === undefined ? Drop.nobodyWaits : listener.echoReply(arrival);
  }

  /** Echo requests are ours, and so are errors about them. */
  unreachable(report: UnreachableReport): Drop {
    if (readIcmpType(report.view, report.at) !== this.#kind.echoRequest) return Drop.quoteOfNobody;
    const listener = this.listeners.get(readEchoIdentifier(report.view, report.at));
    return listener === undefined ? Drop.quoteOfNobody : listener.unreachable(report);
  }

  /** Counts a drop, and tells the tracer. */
  drop(packet: Packet, reason: Drop): Drop {
    this.counters.drops.count(reason);
    this.#services.trace?.dropped(this.#kind.layer, packet, reason);
    return reason;
  }

  #take(octets: number): Packet {
    const packet = this.#services.pool.take(octets);
    packet.transport = packet.start;
    packet.end = packet.start + octets;
    return packet;
  }
}
