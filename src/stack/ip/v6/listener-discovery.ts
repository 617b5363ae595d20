/**
 * Multicast Listener Discovery of a host on one link: version 2 (RFC 3810), and version 1 (RFC 2710) while a router of
 * that version is there. What is told when is `multicast/link-reporter.ts`; here are the messages.
 */
import { pseudoHeaderSum } from "../../base/checksum.ts";
import { Drop } from "../../base/drop.ts";
import { IPV6_ANY, type IpAddress } from "../../base/ip-address.ts";
import type { Send } from "../../base/send.ts";
import { type Instant, later, milliseconds } from "../../base/time.ts";
import type { MldCounters } from "../../contract/counters.ts";
import type { SourceWish } from "../../contract/multicast.ts";
import type { Layer } from "../../contract/reasons/row.ts";
import type { Services } from "../../contract/services.ts";
import type { ResolverInterface } from "../../interface/resolver.ts";
import { LinkReporter, type ReportSender } from "../../multicast/link-reporter.ts";
import { type AnyRecord, packRecords } from "../../multicast/packing.ts";
import { fillChecksum } from "../../wire/checksum-field.ts";
import { ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { ICMP_CHECKSUM_OFFSET } from "../../wire/icmp.ts";
import { IPPROTO_ICMPV6, MLD_DONE, MLD_QUERY, MLD_REPORT, MLD_V2_REPORT } from "../../wire/icmpv6.ts";
import { IPV6_HEADER_BYTES, Ipv6Header, writeIpv6 } from "../../wire/ipv6.ts";
import { NEXT_HOP_BY_HOP, ROUTER_ALERT_BYTES, writeRouterAlert } from "../../wire/ipv6-extensions.ts";
import {
  MLD_BYTES,
  MLD_RECORD_BYTES,
  MLD_V2_REPORT_BYTES,
  MldMessage,
  mldReportBytes,
  readMld,
  writeMld,
  writeMldReport,
} from "../../wire/mld.ts";
import type { Ipv6Arrival } from "./arrival.ts";
import { ALL_MLDV2_ROUTERS, ALL_NODES, ALL_ROUTERS, groupMac } from "./groups.ts";

const ADDRESS_BYTES = 16;

/** Tells the routers of one link which groups are listened to. */
export class ListenerDiscovery implements ReportSender {
  readonly layer: Layer = "mld";
  readonly #services: Services;
  readonly #on: ResolverInterface;
  readonly #counters: MldCounters;
  readonly #reporter: LinkReporter;
  readonly #message: MldMessage = new MldMessage();
  readonly #header: Ipv6Header = new Ipv6Header();
  #oldUntil: Instant = 0 as Instant;

  constructor(services: Services, on: ResolverInterface, counters: MldCounters) {
    this.#services = services;
    this.#on = on;
    this.#counters = counters;
    this.#reporter = new LinkReporter(services, this);
  }

  get older(): boolean {
    return this.#services.now < this.#oldUntil;
  }

  /** One more member of a group, and whom it wants to hear there. To be called within an entry. */
  joined(group: IpAddress, member: SourceWish): void {
    if (isReported(group)) this.#reporter.joined(group, member);
  }

  /** A member has left. */
  left(group: IpAddress, member: SourceWish): void {
    this.#reporter.left(group, member);
  }

  /** A member wants to hear others now. */
  wishChanged(group: IpAddress): void {
    this.#reporter.changed(group);
  }

  /** The interface has gone down: nothing is told any more. */
  suspend(): void {
    this.#reporter.suspend();
  }

  /** It is up again. */
  resume(): void {
    this.#reporter.resume();
  }

  /** A message whose checksum is right. `Drop.none`, or why it is not heeded. */
  receive({ packet, source }: Ipv6Arrival, type: number, routerAlert: boolean): Drop {
    this.#counters.mldInMsgs++;
    // RFC 3810 §5.1.14, §5.2.13: all that is sent on the link, by who has an address there.
    if (packet.hopLimit !== 1 || !routerAlert) return Drop.mldOffLink;
    if (!source.isLinkLocal) return type === MLD_QUERY ? Drop.forgedQuery : Drop.forgedReport;
    if (type === MLD_V2_REPORT || type === MLD_DONE) return Drop.none; // of others, for routers
    const message = this.#message;
    const bad = readMld(packet.view, packet.start, packet.end, type === MLD_QUERY, message);
    if (bad !== Drop.none) return bad;
    if (type === MLD_QUERY) return this.#queried(message);
    this.#counters.mldInReports++;
    this.#reporter.reportedByAnother(message.group);
    return Drop.none;
  }

  sendRecords(records: readonly AnyRecord[], why: Send): void {
    const room =
      this.#on.link.capabilities.mtu - IPV6_HEADER_BYTES - ROUTER_ALERT_BYTES - MLD_V2_REPORT_BYTES;
    for (const some of packRecords(records, room, MLD_RECORD_BYTES, ADDRESS_BYTES)) {
      const octets = mldReportBytes(some);
      const packet = this.#services.pool.take(octets);
      packet.end = packet.start + octets;
      writeMldReport(packet.view, packet.start, some);
      this.#counters.mldOutReports++;
      this.#send(packet, ALL_MLDV2_ROUTERS, why);
    }
  }

  sendOldReport(group: IpAddress, why: Send): void {
    this.#counters.mldOutReports++;
    this.#sendOld(MLD_REPORT, group, group, why);
  }

  sendOldLeave(group: IpAddress, why: Send): void {
    this.#counters.mldOutLeaves++;
    this.#sendOld(MLD_DONE, group, ALL_ROUTERS, why);
  }

  /** To whatever address of ours it was sent (RFC 3810 §5.1.15). */
  #queried(message: MldMessage): Drop {
    const { group, maxResponse, version, sources } = message;
    this.#counters.mldInQueries++;
    const reporter = this.#reporter;
    if (version === 1) this.#heardOlder();
    else reporter.adopt(message.robustness, message.queryInterval);
    const longest = milliseconds(maxResponse);
    if (group.isAny) reporter.queriedAll(longest);
    else reporter.queried(group, longest, sources);
    return Drop.none;
  }

  #heardOlder(): void {
    const before = this.older;
    this.#oldUntil = later(this.#services.now, this.#reporter.olderTimeout);
    if (!before) this.#reporter.versionChanged();
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
