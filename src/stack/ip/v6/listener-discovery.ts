/**
 * Multicast Listener Discovery of a host on one link: version 2 (RFC 3810), and version 1 (RFC 2710) while a router of
 * that version is there. Every group is listened to from any source (EXCLUDE of none).
 */
import { AddressMap } from "../../base/address-map.ts";
import { pseudoHeaderSum } from "../../base/checksum.ts";
import { Drop } from "../../base/drop.ts";
import { IPV6_ANY, type IpAddress } from "../../base/ip-address.ts";
import type { Random } from "../../base/random.ts";
import type { Send } from "../../base/send.ts";
import { type Duration, type Instant, later, milliseconds, seconds } from "../../base/time.ts";
import type { TimerQueue } from "../../base/timer-queue.ts";
import type { MldCounters } from "../../contract/counters.ts";
import type { Services } from "../../contract/services.ts";
import type { Trace } from "../../contract/trace.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import { fillChecksum } from "../../wire/checksum-field.ts";
import { ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { ICMP_CHECKSUM_OFFSET } from "../../wire/icmp.ts";
import { IPPROTO_ICMPV6, MLD_DONE, MLD_QUERY, MLD_REPORT, MLD_V2_REPORT } from "../../wire/icmpv6.ts";
import { IPV6_HEADER_BYTES, Ipv6Header, writeIpv6 } from "../../wire/ipv6.ts";
import { NEXT_HOP_BY_HOP, ROUTER_ALERT_BYTES, writeRouterAlert } from "../../wire/ipv6-extensions.ts";
import {
  CHANGE_TO_EXCLUDE_MODE,
  CHANGE_TO_INCLUDE_MODE,
  MLD_BYTES,
  MLD_RECORD_BYTES,
  MLD_V2_REPORT_BYTES,
  MldMessage,
  MODE_IS_EXCLUDE,
  MODE_IS_INCLUDE,
  readMld,
  writeMld,
  writeMldRecord,
  writeMldReport,
} from "../../wire/mld.ts";
import type { Ipv6Arrival } from "./arrival.ts";
import { ALL_MLDV2_ROUTERS, ALL_NODES, ALL_ROUTERS, groupMac } from "./groups.ts";
import { Listener, type ListenerHost } from "./listener.ts";

/** RFC 3810 §9.12: Robustness × Query Interval (125 s) + Query Response Interval (10 s). */
const OLD_QUERIER_TIMEOUT: Duration = seconds(260);
/** Groups of one link that are told of; a socket layer has bounds of its own. */
const MAX_GROUPS = 4096;

/** Tells the routers of one link which groups are listened to. */
export class ListenerDiscovery implements ListenerHost {
  readonly #services: Services;
  readonly #on: ResolverInterface;
  readonly #counters: MldCounters;
  readonly #groups: AddressMap<Listener> = new AddressMap();
  readonly #leaving: Set<Listener> = new Set();
  readonly #message: MldMessage = new MldMessage();
  readonly #header: Ipv6Header = new Ipv6Header();
  #oldUntil: Instant = 0 as Instant;

  constructor(services: Services, on: ResolverInterface, counters: MldCounters) {
    this.#services = services;
    this.#on = on;
    this.#counters = counters;
  }

  get now(): Instant {
    return this.#services.now;
  }

  get timers(): TimerQueue {
    return this.#services.timers;
  }

  get random(): Random {
    return this.#services.random;
  }

  get trace(): Trace | undefined {
    return this.#services.trace;
  }

  get old(): boolean {
    return this.now < this.#oldUntil;
  }

  /** The first member of a group. To be called within an entry. */
  joined(group: IpAddress): void {
    if (!isReported(group) || this.#groups.size >= MAX_GROUPS) return;
    for (const one of this.#leaving) if (one.group.equals(group)) this.ended(one);
    const listener = new Listener(this, group);
    this.#groups.set(group, listener);
    listener.begin();
  }

  /** The last member has left. */
  left(group: IpAddress): void {
    const listener = this.#groups.get(group);
    if (listener === undefined) return;
    this.#groups.delete(group);
    listener.end();
    if (!this.#on.up) return;
    this.#leaving.add(listener);
    listener.leave();
  }

  /** The interface has gone down: nothing is told any more. */
  stop(): void {
    for (const listener of this.#groups.values()) listener.end();
    for (const listener of this.#leaving) listener.end();
    this.#groups.clear();
    this.#leaving.clear();
  }

  /** A message whose checksum is right. `Drop.none`, or why it is not heeded. */
  receive({ packet, source, destination }: Ipv6Arrival, type: number, routerAlert: boolean): Drop {
    this.#counters.mldInMsgs++;
    // RFC 3810 §5.1.14, §5.2.13: all that is sent on the link, by who has an address there.
    if (packet.hopLimit !== 1 || !routerAlert) return Drop.mldOffLink;
    if (!source.isLinkLocal) return type === MLD_QUERY ? Drop.forgedQuery : Drop.forgedReport;
    if (type === MLD_V2_REPORT || type === MLD_DONE) return Drop.none; // of others, for routers
    const message = this.#message;
    const bad = readMld(packet.view, packet.start, packet.end, type === MLD_QUERY, message);
    if (bad !== Drop.none) return bad;
    if (type === MLD_QUERY) return this.#queried(message, destination);
    this.#counters.mldInReports++;
    this.#groups.get(message.group)?.reportedByAnother();
    return Drop.none;
  }

  tellChange(listener: Listener, why: Send): void {
    const { group, leaving, reportedLast } = listener;
    if (leaving) this.#counters.mldOutLeaves++;
    else this.#counters.mldOutReports++;
    if (!this.old) {
      const type = leaving ? CHANGE_TO_INCLUDE_MODE : CHANGE_TO_EXCLUDE_MODE;
      this.#sendRecord(type, group, [], why);
    } else if (!leaving) this.#sendOld(MLD_REPORT, group, group, why);
    else if (reportedLast) this.#sendOld(MLD_DONE, group, ALL_ROUTERS, why);
  }

  /** RFC 3810 §6.3: of some sources, those that are listened to: all of them. */
  answer({ group }: Listener, sources: readonly IpAddress[], why: Send): void {
    this.#counters.mldOutReports++;
    if (this.old) this.#sendOld(MLD_REPORT, group, group, why);
    else this.#sendRecord(sources.length === 0 ? MODE_IS_EXCLUDE : MODE_IS_INCLUDE, group, sources, why);
  }

  ended(listener: Listener): void {
    listener.end();
    this.#leaving.delete(listener);
  }

  #queried({ group, maxResponse, version, sources }: MldMessage, destination: IpAddress): Drop {
    this.#counters.mldInQueries++;
    // RFC 3810 §5.1.15, §9.14.1: to one host alone it would only be a forgery.
    if (group.isAny && !destination.equals(ALL_NODES)) return Drop.forgedQuery;
    if (version === 1) this.#oldUntil = later(this.now, OLD_QUERIER_TIMEOUT);
    const longest = milliseconds(maxResponse);
    if (!group.isAny) this.#groups.get(group)?.queried(longest, sources);
    else for (const listener of this.#groups.values()) listener.queried(longest, []);
    return Drop.none;
  }

  #sendRecord(type: number, group: IpAddress, sources: readonly IpAddress[], why: Send): void {
    const octets = MLD_V2_REPORT_BYTES + MLD_RECORD_BYTES + sources.length * 16;
    const packet = this.#services.pool.take(octets);
    const { view, start } = packet;
    packet.end = start + octets;
    writeMldReport(view, start, 1);
    writeMldRecord(view, start + MLD_V2_REPORT_BYTES, type, group, sources);
    this.#send(packet, ALL_MLDV2_ROUTERS, why);
  }

  #sendOld(type: number, group: IpAddress, destination: IpAddress, why: Send): void {
    const packet = this.#services.pool.take(MLD_BYTES);
    const { view, start } = packet;
    packet.end = start + MLD_BYTES;
    writeMld(view, start, type, group);
    this.#send(packet, destination, why);
  }

  /** From a link-local address, or none while there is no such (RFC 3590 §4), with a router alert and a hop limit of 1. */
  #send(packet: ReturnType<Services["pool"]["take"]>, destination: IpAddress, why: Send): void {
    const own = this.#on.addresses.find(
      ({ address, state }) => address.family === 6 && address.isLinkLocal && state === "preferred",
    );
    const source = own?.address ?? IPV6_ANY;
    const { view } = packet;
    const octets = packet.end - packet.start;
    const pseudo = pseudoHeaderSum(source, destination, IPPROTO_ICMPV6, octets);
    fillChecksum(packet, packet.start + ICMP_CHECKSUM_OFFSET, packet.start, packet.end, pseudo, 0);
    packet.transport = packet.start;
    writeRouterAlert(view, packet.prepend(ROUTER_ALERT_BYTES), IPPROTO_ICMPV6);
    const header = this.#header;
    header.payloadLength = octets + ROUTER_ALERT_BYTES;
    header.nextHeader = NEXT_HOP_BY_HOP;
    header.hopLimit = 1;
    writeIpv6(view, packet.prepend(IPV6_HEADER_BYTES), header, source, destination);
    packet.network = packet.start;
    this.#counters.mldOutMsgs++;
    const { trace } = this.#services;
    const before = trace?.sent("mld", why, packet) ?? 0;
    this.#on.frame(packet, groupMac(destination), ETHERTYPE_IPV6);
    if (trace !== undefined) trace.cause = before;
  }
}

/** RFC 3810 §6: not all nodes, nor what stays within the interface, nor the reserved scope 0. */
function isReported(group: IpAddress): boolean {
  return !group.equals(ALL_NODES) && ((group.word0 >>> 16) & 15) > 1;
}
