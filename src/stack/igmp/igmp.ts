/**
 * IGMP of a host, version 3 (RFC 3376): tells multicast routers and snooping switches which groups have a member here, and
 * whom it wants to hear there; beside routers of version 2 and 1 as those know it (RFC 3376 §7.2). What is told when is
 * `multicast/link-reporter.ts`; here are the messages.
 */
import { sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import { type IpAddress, ipv4 } from "../base/ip-address.ts";
import { milliseconds } from "../base/time.ts";
import { IgmpCounters } from "../contract/counters.ts";
import type { SourceWish } from "../contract/multicast.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import type { Arrival, TransportProtocol } from "../contract/transport.ts";
import {
  IGMP_QUERY,
  IGMP_V1_REPORT,
  IGMP_V2_REPORT,
  IGMP_V3_REPORT,
  IgmpMessage,
  IPPROTO_IGMP,
  readIgmp,
} from "../wire/igmp.ts";
import { IgmpLink } from "./igmp-link.ts";
import { type IgmpNetwork, IgmpSender } from "./igmp-sender.ts";

export type { IgmpNetwork } from "./igmp-sender.ts";

/** All hosts on the link. Everybody is a member, and nobody reports it (RFC 3376 §6). */
const ALL_HOSTS: IpAddress = ipv4(0xe000_0001);

/** RFC 2236 §4: a query of version 1 gives 10 s to answer. */
const VERSION_1_RESPONSE = 100;

/** IGMP (RFC 3376), as the protocol that a stack registers. */
export class Igmp implements TransportProtocol {
  readonly name: string = "igmp";
  readonly number: number = IPPROTO_IGMP;
  readonly counters: IgmpCounters = new IgmpCounters();
  readonly #services: Services;
  readonly #sender: IgmpSender;
  /** By index of the interface. */
  readonly #links: Map<number, IgmpLink> = new Map();
  readonly #message: IgmpMessage = new IgmpMessage();

  constructor(services: Services, network: IgmpNetwork) {
    this.#services = services;
    this.#sender = new IgmpSender(services, network, this.counters);
  }

  /** One more member of a group on an interface, and whom it wants to hear there. To be called within an entry. */
  joined(group: IpAddress, on: NetworkInterface, member: SourceWish): void {
    if (group.equals(ALL_HOSTS) || on.loopback) return;
    let link = this.#links.get(on.index);
    if (link === undefined) {
      link = new IgmpLink(this.#services, this.#sender, on);
      this.#links.set(on.index, link);
      if (!on.up) link.reporter.suspend();
    }
    link.reporter.joined(group, member);
  }

  /** A member has left. To be called within an entry. */
  left(group: IpAddress, on: NetworkInterface, member: SourceWish): void {
    this.#links.get(on.index)?.reporter.left(group, member);
  }

  /** A member wants to hear others now. To be called within an entry. */
  wishChanged(group: IpAddress, on: NetworkInterface): void {
    this.#links.get(on.index)?.reporter.changed(group);
  }

  /** Interfaces have come or gone, or are down: nothing more is reported on those that are. */
  interfacesChanged(): void {
    for (const [index, { on, reporter }] of this.#links) {
      if (on.up) continue;
      reporter.suspend();
      if (reporter.empty) this.#links.delete(index);
    }
  }

  /** An interface is up again. */
  wentUp(on: NetworkInterface): void {
    this.#links.get(on.index)?.reporter.resume();
  }

  receive(arrival: Arrival): Drop {
    const { packet } = arrival;
    this.counters.igmpInMsgs++;
    let reason = readIgmp(packet.view, packet.start, packet.end, this.#message);
    if (reason === Drop.none && sumOctets(packet, packet.start, packet.end) !== 0xffff) {
      reason = Drop.badChecksum;
    }
    if (reason === Drop.none) reason = this.#dispatch(arrival, this.#message);
    else this.counters.igmpInErrors++;
    if (reason === Drop.none) return reason;
    this.counters.drops.count(reason);
    this.#services.trace?.dropped("igmp", packet, reason);
    return reason;
  }

  /** No error comes back about what is sent to a group. */
  unreachable(): Drop {
    return Drop.quoteOfNobody;
  }

  /** What is sent leaves at once. */
  flush(): void {}

  #dispatch(arrival: Arrival, message: IgmpMessage): Drop {
    switch (message.type) {
      case IGMP_QUERY:
        this.counters.igmpInQueries++;
        return this.#queried(arrival, message);
      case IGMP_V1_REPORT:
      case IGMP_V2_REPORT:
        this.counters.igmpInReports++;
        return this.#reported(arrival, ipv4(message.group));
      case IGMP_V3_REPORT: // of others, for routers: nobody keeps silent because of it (RFC 3376 §4.2)
        this.counters.igmpInReports++;
        return Drop.none;
      default:
        return Drop.unknownType; // in silence; leaving concerns routers
    }
  }

  #queried(arrival: Arrival, message: IgmpMessage): Drop {
    const group = ipv4(message.group);
    // RFC 3376 §9.1: a general query to another group is a forgery; to an address of ours it is none (§4.1.12).
    const { destination } = arrival;
    if (group.isAny && destination.isMulticast && !destination.equals(ALL_HOSTS)) return Drop.forgedQuery;
    const link = this.#links.get(arrival.from.index);
    if (link === undefined) return Drop.none;
    const { maxResponse, robustness, queryInterval, sources, version } = message;
    if (version === 3) link.reporter.adopt(robustness, queryInterval);
    else link.heardOlder(version);
    const longest = milliseconds(100 * (version === 1 ? VERSION_1_RESPONSE : maxResponse));
    if (group.isAny) link.reporter.queriedAll(longest);
    else
      link.reporter.queried(
        group,
        longest,
        sources.map((word) => ipv4(word)),
      );
    return Drop.none;
  }

  /** RFC 2236 §10: a report from off the link is a forgery that would silence us. */
  #reported({ source, from }: Arrival, group: IpAddress): Drop {
    if (!from.isOnLink(source) && !source.isAny) return Drop.forgedReport;
    this.#links.get(from.index)?.reporter.reportedByAnother(group);
    return Drop.none;
  }
}
