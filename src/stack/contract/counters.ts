/**
 * What each layer counts: plain number fields, named as in the MIBs where those have a name (RFC 1213 for
 * interfaces and ICMP, RFC 4293 for IP, RFC 4113 for UDP). They only grow.
 */
import { type Drop, dropName } from "../base/drop.ts";

/** How many packets a layer dropped, by reason. */
export class DropCounters {
  /** By the number of the reason (`Drop`), as far as one has occurred: a host has a dozen of these, most of them empty. */
  readonly byReason: number[] = [];

  /** One more packet was dropped for `reason`. */
  count(reason: Drop): void {
    const { byReason } = this;
    while (byReason.length <= reason) byReason.push(0);
    byReason[reason] = (byReason[reason] ?? 0) + 1;
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

/** What endpoints of a kind have counted that has no MIB. */
export class EndpointCounters {
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What an interface has counted, by the names of its MIB (RFC 1213 §6, the interfaces group). */
export class InterfaceCounters {
  /** Octets received, link headers included. */
  ifInOctets = 0;
  /** Frames received for this station. */
  ifInUcastPkts = 0;
  /** Frames received for groups and for all. */
  ifInNUcastPkts = 0;
  /** Frames that came while the interface was down. */
  ifInDiscards = 0;
  /** Frames received that were bad. */
  ifInErrors = 0;
  /** Frames of an EtherType that nobody takes. */
  ifInUnknownProtos = 0;
  /** Octets sent, link headers included. */
  ifOutOctets = 0;
  /** Frames sent to one station. */
  ifOutUcastPkts = 0;
  /** Frames sent to groups and to all. */
  ifOutNUcastPkts = 0;
  /** Frames dropped because the transmit queue was full. */
  ifOutDiscards = 0;
  /** Frames that could not be sent. */
  ifOutErrors = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What ARP has counted on one interface; it has no MIB of its own. */
export class ArpCounters {
  /** Requests received. */
  arpInRequests = 0;
  /** Replies received. */
  arpInReplies = 0;
  /** Requests sent, probes and announcements included. */
  arpOutRequests = 0;
  /** Replies sent. */
  arpOutReplies = 0;
  /** Somebody else used one of our addresses (RFC 5227 §2.4). */
  arpConflicts = 0;
  /** Neighbours that did not answer. */
  arpFailures = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What Neighbour Discovery (RFC 4861) has counted on one interface; it has no MIB of its own. */
export class NdCounters {
  /** Neighbour solicitations received. */
  ndInSolicits = 0;
  /** Neighbour advertisements received. */
  ndInAdvertisements = 0;
  /** Router solicitations received by a router that advertises. */
  ndInRouterSolicits = 0;
  /** Router advertisements received. */
  ndInRouterAdvertisements = 0;
  /** Redirects received. */
  ndInRedirects = 0;
  /** Neighbour solicitations sent, those for an address of our own included. */
  ndOutSolicits = 0;
  /** Neighbour advertisements sent. */
  ndOutAdvertisements = 0;
  /** Router solicitations sent. */
  ndOutRouterSolicits = 0;
  /** Router advertisements sent. */
  ndOutRouterAdvertisements = 0;
  /** Somebody else has, or wants, one of our addresses (RFC 4862 §5.4). */
  ndConflicts = 0;
  /** Neighbours that did not answer. */
  ndFailures = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** RFC 4293, ipSystemStatsTable, under the names that RFC 1213 gave to them. */
export class IpCounters {
  /** Datagrams received, bad ones included. */
  ipInReceives = 0;
  /** Datagrams with a bad header. */
  ipInHdrErrors = 0;
  /** Datagrams for an address that is none of ours. */
  ipInAddrErrors = 0;
  /** Datagrams of a protocol that nobody takes. */
  ipInUnknownProtos = 0;
  /** Good datagrams that were dropped all the same. */
  ipInDiscards = 0;
  /** Datagrams handed to a protocol. */
  ipInDelivers = 0;
  /** Datagrams received for groups. */
  ipInMcastPkts = 0;
  /** Datagrams received for all. */
  ipInBcastPkts = 0;
  /** Datagrams that protocols asked to send. */
  ipOutRequests = 0;
  /** Datagrams that were not sent, though there was a route. */
  ipOutDiscards = 0;
  /** Datagrams that were not sent, as there was no route. */
  ipOutNoRoutes = 0;
  /** Datagrams given up because fragments were missing for too long. */
  ipReasmTimeout = 0;
  /** Fragments received. */
  ipReasmReqds = 0;
  /** Datagrams put together. */
  ipReasmOKs = 0;
  /** Datagrams that could not be put together. */
  ipReasmFails = 0;
  /** Datagrams cut into fragments. */
  ipFragOKs = 0;
  /** Datagrams that were too large and must not be cut. */
  ipFragFails = 0;
  /** Fragments made. */
  ipFragCreates = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What ICMP has counted, by the names of its MIB (RFC 1213 §6, the ICMP group). */
export class IcmpCounters {
  /** Messages received, bad ones included. */
  icmpInMsgs = 0;
  /** Messages received that were bad. */
  icmpInErrors = 0;
  /** Destination Unreachable received. */
  icmpInDestUnreachs = 0;
  /** Time Exceeded received. */
  icmpInTimeExcds = 0;
  /** Parameter Problem received. */
  icmpInParmProbs = 0;
  /** Source Quench received, and ignored (RFC 6633). */
  icmpInSrcQuenchs = 0;
  /** Redirects received. */
  icmpInRedirects = 0;
  /** Echo requests received. */
  icmpInEchos = 0;
  /** Echo replies received. */
  icmpInEchoReps = 0;
  /** Messages sent. */
  icmpOutMsgs = 0;
  /** Error messages sent, of all types together. */
  icmpOutErrors = 0;
  /** Destination Unreachable sent. */
  icmpOutDestUnreachs = 0;
  /** Time Exceeded sent. */
  icmpOutTimeExcds = 0;
  /** Parameter Problem sent. */
  icmpOutParmProbs = 0;
  /** Redirects sent. */
  icmpOutRedirects = 0;
  /** Echo requests sent. */
  icmpOutEchos = 0;
  /** Echo replies sent. */
  icmpOutEchoReps = 0;
  /** Errors not sent because the token bucket was empty. */
  icmpOutRateLimited = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What IGMP has counted, after RFC 2933, whose names are those of routers. */
export class IgmpCounters {
  /** Messages received, bad ones included. */
  igmpInMsgs = 0;
  /** Messages received that were bad. */
  igmpInErrors = 0;
  /** Queries received. */
  igmpInQueries = 0;
  /** Reports of other hosts received. */
  igmpInReports = 0;
  /** Messages sent. */
  igmpOutMsgs = 0;
  /** Reports sent. */
  igmpOutReports = 0;
  /** Leave Group messages sent. */
  igmpOutLeaves = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What Multicast Listener Discovery has counted, after RFC 3019, whose names are those of routers. */
export class MldCounters {
  /** Messages received, bad ones included. */
  mldInMsgs = 0;
  /** Queries received. */
  mldInQueries = 0;
  /** Reports of version 1 of other hosts received. */
  mldInReports = 0;
  /** Messages sent. */
  mldOutMsgs = 0;
  /** Reports sent. */
  mldOutReports = 0;
  /** Messages sent that a group is left. */
  mldOutLeaves = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}

/** What UDP has counted, by the names of its MIB (RFC 4113). */
export class UdpCounters {
  /** Datagrams delivered to sockets. */
  udpInDatagrams = 0;
  /** Datagrams for a port that nobody has. */
  udpNoPorts = 0;
  /** Datagrams that were not delivered for any other reason. */
  udpInErrors = 0;
  /** Datagrams sent. */
  udpOutDatagrams = 0;
  /** Lost because a socket's receive queue was full. */
  udpRcvbufErrors = 0;
  /** All drops of the layer, by reason. */
  readonly drops: DropCounters = new DropCounters();
}
