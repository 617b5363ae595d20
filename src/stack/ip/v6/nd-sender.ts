/**
 * Sends messages that must not leave the link. Their hop limit of 255 proves that no router has passed them on: RFC
 * 4861 §4.
 */
import { pseudoHeaderSum } from "../../base/checksum.ts";
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { MacAddress } from "../../base/mac-address.ts";
import type { Packet } from "../../base/packet.ts";
import type { Send } from "../../base/send.ts";
import type { IcmpCounters, IpCounters } from "../../contract/counters.ts";
import type { Services } from "../../contract/services.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import { fillChecksum } from "../../wire/checksum-field.ts";
import { ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { ICMP_CHECKSUM_OFFSET, writeIcmpStart } from "../../wire/icmp.ts";
import { IPPROTO_ICMPV6 } from "../../wire/icmpv6.ts";
import { IPV6_HEADER_BYTES, Ipv6Header, writeIpv6 } from "../../wire/ipv6.ts";
import { groupMac } from "./groups.ts";

/** RFC 4861 §3.1: no router has passed it on. */
export const ND_HOP_LIMIT = 255;

/** What is counted of what is sent. */
export interface SenderCounters {
  readonly ip: IpCounters;
  readonly icmp: IcmpCounters;
}

/** Sends messages of Neighbour Discovery on one interface. */
export class NdSender {
  readonly #services: Services;
  readonly #on: ResolverInterface;
  readonly #counters: SenderCounters;
  readonly #header: Ipv6Header = new Ipv6Header();

  constructor(services: Services, on: ResolverInterface, counters: SenderCounters) {
    this.#services = services;
    this.#on = on;
    this.#counters = counters;
  }

  /** A message of `octets`, with its type and the word behind the checksum. The caller owns it. */
  message(type: number, rest: number, octets: number): Packet {
    const packet = this.#services.pool.take(octets);
    packet.transport = packet.start;
    packet.end = packet.start + octets;
    writeIcmpStart(packet.view, packet.start, type, 0, rest);
    return packet;
  }

  /**
   * Completes the message in `packet` and sends it. Takes the packet.
   *
   * @param mac - whom it goes to; undefined: the group, or whoever has the address
   */
  send(
    packet: Packet,
    source: IpAddress,
    destination: IpAddress,
    mac: MacAddress | undefined,
    why: Send,
  ): void {
    const { view } = packet;
    const octets = packet.end - packet.start;
    const pseudo = pseudoHeaderSum(source, destination, IPPROTO_ICMPV6, octets);
    fillChecksum(packet, packet.start + ICMP_CHECKSUM_OFFSET, packet.start, packet.end, pseudo, 0);
    const header = this.#header;
    header.payloadLength = octets;
    header.nextHeader = IPPROTO_ICMPV6;
    header.hopLimit = ND_HOP_LIMIT;
    writeIpv6(view, packet.prepend(IPV6_HEADER_BYTES), header, source, destination);
    packet.network = packet.start;
    this.#counters.ip.ipOutRequests++;
    this.#counters.icmp.icmpOutMsgs++;
    const { trace } = this.#services;
    const before = trace?.sent("nd", why, packet) ?? 0;
    if (mac !== undefined) this.#on.frame(packet, mac, ETHERTYPE_IPV6);
    else if (destination.isMulticast) this.#on.frame(packet, groupMac(destination), ETHERTYPE_IPV6);
    else this.#on.output(packet, destination);
    if (trace !== undefined) trace.cause = before;
  }

  /** Counts a message that was not heeded, and tells the tracer. */
  drop(packet: Packet, reason: Drop): Drop {
    if (reason === Drop.none) return reason;
    this.#on.ndCounters.drops.count(reason);
    this.#services.trace?.dropped("nd", packet, reason);
    return reason;
  }
}
