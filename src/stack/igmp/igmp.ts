/**
 * IGMP of a host, version 2 (RFC 2236): tells multicast routers and snooping switches which groups have a
 * member here. Queries of version 3 are answered by reports of version 2, to which every router of version 3
 * must listen (RFC 3376 §7.3.2); there is no filtering by source that only version 3 could express.
 */
import { AddressMap } from "../base/address-map.ts";
import { finishSum, sumOctets } from "../base/checksum.ts";
import { Drop } from "../base/drop.ts";
import { type IpAddress, ipv4 } from "../base/ip-address.ts";
import type { Packet } from "../base/packet.ts";
import type { Random } from "../base/random.ts";
import { Send } from "../base/send.ts";
import { type Instant, later, milliseconds, seconds } from "../base/time.ts";
import type { TimerQueue } from "../base/timer-queue.ts";
import { IgmpCounters } from "../contract/counters.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { Services } from "../contract/services.ts";
import type { Trace } from "../contract/trace.ts";
import type { Arrival, TransportProtocol } from "../contract/transport.ts";
import {
  IGMP_BYTES,
  IGMP_LEAVE,
  IGMP_QUERY,
  IGMP_V1_REPORT,
  IGMP_V2_REPORT,
  IgmpMessage,
  IPPROTO_IGMP,
  readIgmp,
  writeIgmp,
} from "../wire/igmp.ts";
import { ALERTED_HEADER_BYTES, writeAlertedHeader } from "../wire/ipv4-options.ts";
import { Membership, type MembershipHost } from "./membership.ts";

/** All hosts on the link. Everybody is a member, and nobody reports it (RFC 2236 §6). */
const ALL_HOSTS: IpAddress = ipv4(0xe000_0001);
/** All routers on the link, whom it concerns that a group is left. */
const ALL_ROUTERS: IpAddress = ipv4(0xe000_0002);

/** RFC 2236 §4: a query of version 1 gives 10 s to answer. */
const VERSION_1_RESPONSE = 100;
/** RFC 2236 §8.11: so long after the last query of version 1 its router is still there. */
const VERSION_1_TIMEOUT = seconds(400);

/** Every message has the Router Alert option (RFC 2236 §2). */
const HEADER: number = ALERTED_HEADER_BYTES;
/** DSCP CS6, internetwork control: what routing protocols send with. */
const TRAFFIC_CLASS = 0xc0;

/** Who sends for IGMP. */
export interface IgmpNetwork {
  /** Sends a datagram whose IP header is written but for source, identification and checksum. Takes the packet. */
  sendWithHeader(packet: Packet, destination: IpAddress, through: NetworkInterface): Drop;
}

/** What is known of one interface. */
interface Reports {
  readonly on: NetworkInterface;
  readonly groups: AddressMap<Membership>;
  /** A router of version 1 is there until then: it knows no reports of version 2, and no leaving. */
  version1Until: Instant;
}

/** IGMP (RFC 2236), as the protocol that a stack registers. */
export class Igmp implements TransportProtocol, MembershipHost {
  readonly name: string = "igmp";
  readonly number: number = IPPROTO_IGMP;
  readonly counters: IgmpCounters = new IgmpCounters();
  readonly #services: Services;
  readonly #network: IgmpNetwork;
  /** By index of the interface. */
  readonly #reports: Map<number, Reports> = new Map();
  readonly #message: IgmpMessage = new IgmpMessage();

  constructor(services: Services, network: IgmpNetwork) {
    this.#services = services;
    this.#network = network;
  }

  get now(): Instant {
    return this.#services.now;
  }

  get timers(): TimerQueue {
    return this.#services.timers;
  }

  get trace(): Trace | undefined {
    return this.#services.trace;
  }

  get random(): Random {
    return this.#services.random;
  }

  /** The first member of a group on an interface. To be called within an entry. */
  joined(group: IpAddress, on: NetworkInterface): void {
    if (group.equals(ALL_HOSTS) || !on.up) return;
    let reports = this.#reports.get(on.index);
    if (reports === undefined) {
      reports = { on, groups: new AddressMap(), version1Until: 0 as Instant };
      this.#reports.set(on.index, reports);
    }
    const membership = new Membership(this, group, on.index);
    reports.groups.set(group, membership);
    membership.joined();
  }

  /** The last member of a group on an interface has left. To be called within an entry. */
  left(group: IpAddress, on: NetworkInterface): void {
    const reports = this.#reports.get(on.index);
    const membership = reports?.groups.get(group);
    if (reports === undefined || membership === undefined) return;
    reports.groups.delete(group);
    membership.end();
    if (!membership.reportedLast || this.now < reports.version1Until) return;
    this.counters.igmpOutLeaves++;
    this.#send(IGMP_LEAVE, group, ALL_ROUTERS, on, Send.groupLeave);
  }

  /** Interfaces have come or gone: nothing more is reported on those that are gone. */
  interfacesChanged(): void {
    for (const [index, { on, groups }] of this.#reports) {
      if (on.up) continue;
      for (const membership of groups.values()) membership.end();
      this.#reports.delete(index);
    }
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

  sendReport({ group, interfaceIndex }: Membership, why: Send): void {
    const reports = this.#reports.get(interfaceIndex);
    if (reports === undefined) return;
    this.counters.igmpOutReports++;
    const type = this.now < reports.version1Until ? IGMP_V1_REPORT : IGMP_V2_REPORT;
    this.#send(type, group, group, reports.on, why);
  }

  #dispatch(arrival: Arrival, message: IgmpMessage): Drop {
    switch (message.type) {
      case IGMP_QUERY:
        this.counters.igmpInQueries++;
        return this.#queried(arrival, message);
      case IGMP_V1_REPORT:
      case IGMP_V2_REPORT:
        this.counters.igmpInReports++;
        return this.#reported(arrival, ipv4(message.group));
      default:
        return Drop.unknownType; // in silence; leaving concerns routers
    }
  }

  #queried(arrival: Arrival, message: IgmpMessage): Drop {
    const { maxResponse } = message;
    const group = ipv4(message.group);
    // RFC 3376 §9.1: a general query that was sent to one host alone is a forgery.
    if (group.isAny && !arrival.destination.equals(ALL_HOSTS)) return Drop.forgedQuery;
    const reports = this.#reports.get(arrival.from.index);
    if (reports === undefined) return Drop.none;
    if (maxResponse === 0) reports.version1Until = later(this.now, VERSION_1_TIMEOUT);
    const longest = milliseconds(100 * (maxResponse === 0 ? VERSION_1_RESPONSE : maxResponse));
    if (!group.isAny) reports.groups.get(group)?.queried(longest);
    else for (const membership of reports.groups.values()) membership.queried(longest);
    return Drop.none;
  }

  /** RFC 2236 §10: a report from off the link is a forgery that would silence us. */
  #reported({ source, from }: Arrival, group: IpAddress): Drop {
    if (!from.isOnLink(source) && !source.isAny) return Drop.forgedReport;
    this.#reports.get(from.index)?.groups.get(group)?.reportedByAnother();
    return Drop.none;
  }

  #send(type: number, group: IpAddress, destination: IpAddress, through: NetworkInterface, why: Send): void {
    const octets = HEADER + IGMP_BYTES;
    const packet = this.#services.pool.take(octets);
    const { view, start } = packet;
    packet.end = start + octets;
    packet.transport = start + HEADER;
    packet.notToSelf = true;
    // TTL 1: no router passes it on.
    writeAlertedHeader(view, start, TRAFFIC_CLASS, 1, IPPROTO_IGMP, destination.word3);
    const message = this.#message;
    message.type = type;
    message.maxResponse = 0;
    message.group = group.word3;
    message.checksum = 0;
    writeIgmp(view, packet.transport, message);
    message.checksum = finishSum(sumOctets(packet, packet.transport, packet.end));
    writeIgmp(view, packet.transport, message);
    this.counters.igmpOutMsgs++;
    const { trace } = this.#services;
    const before = trace?.sent("igmp", why, packet) ?? 0;
    this.#network.sendWithHeader(packet, destination, through);
    if (trace !== undefined) trace.cause = before;
  }
}
