/** An endpoint that sends echo requests and collects the replies, over either family: what `ping` is made of. RFC 792, RFC 4443 §4. */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import { Send } from "../base/send.ts";
import type { EndpointCounters } from "../contract/counters.ts";
import type { Failure } from "../contract/failures.ts";
import type { Arrival, TransportContext, UnreachableReport } from "../contract/transport.ts";
import { EndpointBase } from "../datagram/endpoint-base.ts";
import { meaningOf } from "../icmp/causes.ts";
import type { EchoListener, EchoService } from "../icmp/echo-service.ts";
import { readEchoSequence, writeIcmpStart } from "../wire/icmp.ts";
import { ICMP_HEADER_BYTES } from "../wire/icmpv4.ts";

/** The largest IP datagram without its header. */
const MAX_MESSAGE = 65_515;
/** Replies that are kept until they are read; the oldest goes first. */
const MAX_REPLIES = 256;

/** An echo reply, or an error about a request. */
export interface EchoReply {
  /** Who has answered. */
  readonly from: IpAddress;
  /** The number of the request. */
  readonly sequence: number;
  /** A copy of the data that came back; empty for an error. */
  readonly data: Uint8Array;
  /** The time to live that the reply came with. */
  readonly hopLimit: number;
  /** What went wrong; undefined for a reply. */
  readonly failure: Failure | undefined;
}

/** Sends echo requests, and hears the replies: ping. */
export class EchoEndpoint extends EndpointBase implements EchoListener {
  /** What tells our requests from others': 16 bits, like a port. */
  readonly identifier: number;
  readonly #replies: EchoReply[] = [];
  readonly #services: readonly EchoService[];
  readonly #counters: EndpointCounters;

  /** @param services - the ICMP of each family, of which one must be IPv4's */
  constructor(context: TransportContext, services: readonly EchoService[], counters: EndpointCounters) {
    super(context, "echo");
    this.#counters = counters;
    this.#services = services;
    let identifier = context.random.bits() & 0xffff;
    while (services.some(({ listeners }) => listeners.has(identifier)))
      identifier = (identifier + 1) & 0xffff;
    this.identifier = identifier;
    for (const { listeners } of services) listeners.set(identifier, this);
  }

  get readable(): boolean {
    return this.#replies.length > 0 || this.failure !== undefined;
  }

  get writable(): boolean {
    return !this.closed;
  }

  protected override release(): void {
    this.#replies.length = 0;
    for (const { listeners } of this.#services) {
      if (listeners.get(this.identifier) === this) listeners.delete(this.identifier);
    }
  }

  /**
   * Sends a request. Why it cannot be sent, or undefined; "address-not-available" for an interface that there is not.
   *
   * @param hopLimit - 0: the stack's default
   * @param interfaceName - by which it leaves, as a link-local address must say (RFC 4007 §6); "": as the routes have it
   */
  request(
    to: IpAddress,
    sequence: number,
    data: Uint8Array,
    hopLimit = 0,
    interfaceName = "",
  ): Failure | undefined {
    if (this.closed) return "invalid";
    if (ICMP_HEADER_BYTES + data.length > MAX_MESSAGE) return "message-too-long";
    this.context.enter();
    try {
      const icmp = this.#services.find(({ family }) => family === to.family);
      const through = interfaceName === "" ? undefined : this.context.interface(interfaceName);
      if (interfaceName !== "" && through === undefined) return "address-not-available";
      const route = this.context.route(to, undefined, through);
      if (icmp === undefined || route === undefined) return "network-unreachable";
      if (route.toMany) return "access";
      icmp.counters.icmpOutEchos++;
      this.context.trace?.called("echo", "send", data.length, undefined);
      icmp.finish(this.#message(icmp.echoRequest, sequence, data, hopLimit), route, Send.echoRequest);
      return undefined;
    } finally {
      this.context.leave();
    }
  }

  /** The oldest reply or error that was not read yet. */
  reply(): EchoReply | undefined {
    return this.#replies.shift();
  }

  echoReply(arrival: Arrival): Drop {
    const { packet, source } = arrival;
    const data = packet.bytes.slice(packet.start + ICMP_HEADER_BYTES, packet.end);
    const sequence = readEchoSequence(packet.view, packet.start);
    this.#keep({ from: source, sequence, data, hopLimit: packet.hopLimit, failure: undefined });
    return Drop.none;
  }

  unreachable(report: UnreachableReport): Drop {
    const sequence = readEchoSequence(report.view, report.at);
    const { failure } = meaningOf(report.cause);
    this.#keep({ from: report.reporter, sequence, data: new Uint8Array(0), hopLimit: 0, failure });
    return Drop.none;
  }

  #keep(reply: EchoReply): void {
    if (this.#replies.length === MAX_REPLIES) {
      this.#replies.shift();
      this.#counters.drops.count(Drop.receiveBufferFull);
      this.context.trace?.dropped("echo", undefined, Drop.receiveBufferFull);
    }
    this.#replies.push(reply);
    this.context.noteWake(this);
  }

  #message(type: number, sequence: number, data: Uint8Array, hopLimit: number): Packet {
    const packet = this.context.pool.take(ICMP_HEADER_BYTES + data.length);
    const at = packet.start;
    packet.transport = at;
    packet.end = at + ICMP_HEADER_BYTES + data.length;
    packet.hopLimit = hopLimit;
    writeIcmpStart(packet.view, at, type, 0, (this.identifier << 16) | (sequence & 0xffff));
    packet.bytes.set(data, at + ICMP_HEADER_BYTES);
    return packet;
  }
}
