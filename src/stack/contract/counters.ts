/**
 * What each layer counts: plain number fields, named as in the MIBs where those have a name (RFC 1213 for
 * interfaces and ICMP, RFC 4293 for IP, RFC 4113 for UDP). They only grow.
 */
import { DROP_REASONS, type Drop, dropName } from "../base/drop.ts";

/** How many packets a layer dropped, by reason. */
export class DropCounters {
  readonly byReason: number[] = new Array<number>(DROP_REASONS).fill(0);

  count(reason: Drop): void {
    this.byReason[reason] = (this.byReason[reason] ?? 0) + 1;
  }

  /** The reasons that occurred, by name: for people. */
  toJSON(): Record<string, number> {
    const named: Record<string, number> = {};
    for (let reason = 1; reason < this.byReason.length; reason++) {
      const count = this.byReason[reason] ?? 0;
      if (count > 0) named[dropName(reason as Drop)] = count;
    }
    return named;
  }
}

/** Of a kind of endpoint that has no MIB. */
export class EndpointCounters {
  readonly drops: DropCounters = new DropCounters();
}

/** RFC 1213 §6, the interfaces group. */
export class InterfaceCounters {
  ifInOctets = 0;
  ifInUcastPkts = 0;
  ifInNUcastPkts = 0;
  /** Frames that came while the interface was down. */
  ifInDiscards = 0;
  ifInErrors = 0;
  ifInUnknownProtos = 0;
  ifOutOctets = 0;
  ifOutUcastPkts = 0;
  ifOutNUcastPkts = 0;
  ifOutDiscards = 0;
  ifOutErrors = 0;
  readonly drops: DropCounters = new DropCounters();
}

/** ARP has no MIB of its own. */
export class ArpCounters {
  arpInRequests = 0;
  arpInReplies = 0;
  arpOutRequests = 0;
  arpOutReplies = 0;
  /** Somebody else used one of our addresses (RFC 5227 §2.4). */
  arpConflicts = 0;
  /** Neighbours that did not answer. */
  arpFailures = 0;
  readonly drops: DropCounters = new DropCounters();
}

/** RFC 4293, ipSystemStatsTable, under the names that RFC 1213 gave to them. */
export class IpCounters {
  ipInReceives = 0;
  ipInHdrErrors = 0;
  ipInAddrErrors = 0;
  ipInUnknownProtos = 0;
  ipInDiscards = 0;
  ipInDelivers = 0;
  ipInMcastPkts = 0;
  ipInBcastPkts = 0;
  ipOutRequests = 0;
  ipOutDiscards = 0;
  ipOutNoRoutes = 0;
  ipReasmTimeout = 0;
  ipReasmReqds = 0;
  ipReasmOKs = 0;
  ipReasmFails = 0;
  ipFragOKs = 0;
  ipFragFails = 0;
  ipFragCreates = 0;
  readonly drops: DropCounters = new DropCounters();
}

/** RFC 1213 §6, the ICMP group. */
export class IcmpCounters {
  icmpInMsgs = 0;
  icmpInErrors = 0;
  icmpInDestUnreachs = 0;
  icmpInTimeExcds = 0;
  icmpInParmProbs = 0;
  icmpInSrcQuenchs = 0;
  icmpInRedirects = 0;
  icmpInEchos = 0;
  icmpInEchoReps = 0;
  icmpOutMsgs = 0;
  icmpOutErrors = 0;
  icmpOutDestUnreachs = 0;
  icmpOutTimeExcds = 0;
  icmpOutParmProbs = 0;
  icmpOutEchos = 0;
  icmpOutEchoReps = 0;
  /** Errors not sent because the token bucket was empty. */
  icmpOutRateLimited = 0;
  readonly drops: DropCounters = new DropCounters();
}

/** After RFC 2933, whose names are those of routers. */
export class IgmpCounters {
  igmpInMsgs = 0;
  igmpInErrors = 0;
  igmpInQueries = 0;
  igmpInReports = 0;
  igmpOutMsgs = 0;
  igmpOutReports = 0;
  igmpOutLeaves = 0;
  readonly drops: DropCounters = new DropCounters();
}

/** RFC 4113. */
export class UdpCounters {
  udpInDatagrams = 0;
  udpNoPorts = 0;
  udpInErrors = 0;
  udpOutDatagrams = 0;
  /** Lost because a socket's receive queue was full. */
  udpRcvbufErrors = 0;
  readonly drops: DropCounters = new DropCounters();
}
