/** Why packets are dropped: links, interfaces, ARP, IP, ICMP and IGMP. */
import type { ReasonTable } from "./row.ts";

/** The reasons of links, interfaces, ARP, IP, ICMP and IGMP. */
export const DROPS_BELOW_TRANSPORT: ReasonTable = {
  truncated: {
    meaning: "The octets end before the header does.",
    where: {
      link: "IEEE 802.3 §3.2",
      interface: "RFC 894",
      arp: "RFC 826, Packet format",
      ipv4: "RFC 1122 §3.2.1",
      ipv6: "RFC 8200 §3",
      icmp: "RFC 792",
      icmpv6: "RFC 4443 §2.1",
      nd: "RFC 4861 §7.1",
      igmp: "RFC 2236 §2",
      mld: "RFC 3810 §8.1",
      udp: "RFC 768",
      tcp: "RFC 9293 §3.1",
    },
  },
  badLength: {
    meaning: "The length field contradicts the octets that are there.",
    where: {
      ipv4: "RFC 791 §3.1",
      ipv6: "RFC 8200 §3",
      nd: "RFC 4861 §4.6",
      igmp: "RFC 3376 §4.1.8",
      mld: "RFC 3810 §5.1.10",
      udp: "RFC 768",
    },
  },
  badChecksum: {
    meaning: "The checksum is wrong: the octets are not those that were sent.",
    where: {
      ipv4: "RFC 1122 §3.2.1.2",
      icmp: "RFC 792",
      icmpv6: "RFC 4443 §2.3",
      igmp: "RFC 2236 §2.3",
      udp: "RFC 1122 §4.1.3.4",
      tcp: "RFC 9293 §3.1 MUST-3",
      raw: "RFC 3542 §3.1",
    },
  },
  badVersion: {
    meaning: "The version field is not that of the protocol whose frame it came in.",
    where: { ipv6: "RFC 8200 §3", ipv4: "RFC 1122 §3.2.1.1" },
  },
  badHeaderLength: {
    meaning: "The header says that it is shorter than it can be, or longer than what is there.",
    where: { ipv4: "RFC 791 §3.1", tcp: "RFC 9293 §3.1" },
  },

  notOurFrame: {
    meaning: "The frame is for another station; the link shows it all the same.",
    where: { interface: "RFC 1122 §2.3.3" },
  },
  groupSource: {
    meaning: "The sender's station address is that of a group, which cannot send.",
    where: { interface: "IEEE 802.3 §3.2.3", arp: "RFC 826, Packet format", nd: "RFC 4861 §4.6.1" },
  },
  ieee8023: {
    meaning: "A length stands where the EtherType should be; a host need not take that encapsulation.",
    where: { interface: "RFC 1122 §2.3.3" },
  },
  unknownEtherType: {
    meaning: "No protocol here has this EtherType.",
    where: { interface: "RFC 1122 §2.3.3" },
  },
  linkDown: {
    meaning: "The interface is down, or has been removed.",
    where: { ipv6: "RFC 8200 §5", interface: "RFC 1213 §6", ipv4: "RFC 1122 §3.3.1" },
  },
  transmitQueueFull: {
    meaning: "The link takes no more frames, and the queue in front of it is full.",
    where: { interface: "RFC 1213 §6 ifOutDiscards" },
  },
  neighbourQueueFull: {
    meaning: "Too many datagrams wait for link addresses; the oldest of this neighbour gives way.",
    where: { interface: "RFC 1122 §2.3.2.2" },
  },
  unresolved: {
    meaning: "The next hop has not answered: its link address is not known.",
    where: { interface: "RFC 1122 §2.3.2.1" },
  },
  neighbourForgotten: {
    meaning: "The next hop had to leave the table of neighbours for another, before it had answered.",
    where: { interface: "RFC 1122 §2.3.2.1" },
  },
  linkLoss: {
    meaning: "The line has lost the frame, as it was told to.",
    where: { link: "by the impairments of the link" },
  },
  linkQueueFull: {
    meaning: "The queue of the line is full.",
    where: { link: "by the impairments of the link" },
  },
  linkQueueLong: {
    meaning:
      "The queue of the line is not full, but long: whoever manages it drops now, so that senders go slower.",
    where: { link: "RFC 8289 §5, RFC 8290 §4, RFC 2309 §2" },
  },
  nobodyThere: {
    meaning: "Nobody is at the other end.",
    where: { link: "as on an unplugged cable" },
  },
  notForwarded: {
    meaning: "The switch has heard the station that the frame is for on the port that it came from.",
    where: { link: "IEEE 802.1D-2004 §7.7" },
  },
  otherVlan: {
    meaning: "The frame is of a VLAN that is not known here.",
    where: { link: "IEEE 802.1Q §8.6.2" },
  },
  portBlocked: {
    meaning: "The spanning tree keeps the port from forwarding, or the port is not in that VLAN.",
    where: { link: "IEEE 802.1D-1998 §8.4" },
  },
  linkError: {
    meaning: "The device has refused the frame with an error.",
    where: { link: "RFC 1213 §6 ifOutErrors" },
  },
  linkTruncated: {
    meaning: "The frame is longer than the link's MTU allows, so that the device has cut it off.",
    where: { link: "RFC 1213 §6 ifInErrors" },
  },
  linkBadHeader: {
    meaning: "The header of the device in front of the frame makes no sense.",
    where: { link: "virtio 1.2 §5.1.6" },
  },

  badHardwareType: {
    meaning: "The packet is not about Ethernet addresses.",
    where: { arp: "RFC 826, Packet Reception" },
  },
  badProtocolType: {
    meaning: "The packet is not about addresses of a protocol that is spoken here.",
    where: { arp: "RFC 826, Packet Reception" },
  },
  badAddressLength: {
    meaning: "The lengths of addresses are not those of Ethernet and IPv4.",
    where: { arp: "RFC 826, Packet Reception" },
  },
  badOperation: {
    meaning: "The packet is neither a request nor a reply.",
    where: { arp: "RFC 826, Packet Reception" },
  },
  ownEcho: {
    meaning: "The packet is one of this interface's own.",
    where: { nd: "RFC 7527 §4.2", arp: "RFC 5227 §2.4" },
  },
  badSenderAddress: {
    meaning: "The sender's protocol address cannot be that of one host.",
    where: { arp: "RFC 1122 §3.2.1.3" },
  },
  probeConflict: {
    meaning:
      "While we ask for an address, another host says or asks that it be its own: it is not taken into use.",
    where: { nd: "RFC 4862 §5.4", arp: "RFC 5227 §2.1.1" },
  },
  addressConflict: {
    meaning: "Another host claims one of our addresses, which we keep and, once in a while, defend.",
    where: { nd: "RFC 4862 §5.4.4", arp: "RFC 5227 §2.4" },
  },
  neighbourContradicted: {
    meaning: "A second station claims a neighbour's address within a second of the first, which is believed.",
    where: { arp: "RFC 1122 §2.3.2.1" },
  },

  notOurAddress: {
    meaning: "The datagram is for another host, and a host does not forward.",
    where: { ipv6: "RFC 8200 §3", ipv4: "RFC 1122 §3.2.1.3, §3.3.4.2", forward: "RFC 1122 §3.3.1" },
  },
  notMember: {
    meaning: "The datagram is for a multicast group that nobody here is a member of.",
    where: { ipv6: "RFC 4291 §2.8", ipv4: "RFC 1112 §7.2" },
  },
  badDestination: {
    meaning: "The destination is an address that no host can have.",
    where: { ipv6: "RFC 4291 §2.5.2", ipv4: "RFC 1122 §3.2.1.3" },
  },
  loopbackDestination: {
    meaning: "A loopback address must not appear outside of a host.",
    where: { ipv6: "RFC 4291 §2.5.3", ipv4: "RFC 1122 §3.2.1.3 (g)" },
  },
  linkBroadcast: {
    meaning: "The frame went to a group of stations, but the datagram to one host.",
    where: { ipv6: "RFC 4443 §2.4 (e.4)", ipv4: "RFC 1122 §3.3.6", forward: "RFC 1812 §5.3.4" },
  },
  sourceIsGroup: {
    meaning: "The source is a multicast or reserved address, which cannot send.",
    where: { ipv6: "RFC 4291 §2.7", ipv4: "RFC 1122 §3.2.1.3" },
  },
  sourceIsNobody: {
    meaning: 'The source is "this host", which is for calling all on the link while no address is known.',
    where: { ipv6: "RFC 4291 §2.5.2", ipv4: "RFC 1122 §3.2.1.3 (a), (b)" },
  },
  sourceIsLoopback: {
    meaning: "The source is a loopback address, but the datagram came from outside.",
    where: { ipv6: "RFC 4291 §2.5.3", ipv4: "RFC 1122 §3.2.1.3 (g)" },
  },
  sourceIsOurs: {
    meaning: "The source is one of our own addresses, but we did not send it.",
    where: { ipv6: "RFC 4861 §7.2.3", ipv4: "RFC 1122 §3.2.1.3" },
  },
  sourceIsBroadcast: {
    meaning: "The source is a broadcast address, which cannot send.",
    where: { ipv4: "RFC 1122 §3.2.1.3 (c) to (f)" },
  },
  sourceRouted: {
    meaning: "The datagram has a source route, which serves only to get past filters.",
    where: { ipv6: "RFC 5095 §3, RFC 8200 §4.4", ipv4: "RFC 7126 §4.3, §4.4" },
  },
  badOption: {
    meaning: "An IP option has a length that it cannot have; the sender is told.",
    where: { ipv6: "RFC 8200 §4.2", ipv4: "RFC 1122 §3.2.1.8, §3.2.2.5" },
  },
  unknownProtocol: {
    meaning: "No transport here has this protocol number; the sender is told.",
    where: { ipv6: "RFC 4443 §3.4", ipv4: "RFC 1122 §3.2.2.1" },
  },
  ownCopiesFull: {
    meaning: "Too many copies of what we send to groups of our own wait to be delivered here.",
    where: { ipv6: "RFC 3493 §5.2", ipv4: "RFC 1112 §7.1" },
  },

  badFragmentLength: {
    meaning: "A fragment is empty, or its length is not a multiple of 8 though more follow.",
    where: { ipv6: "RFC 8200 §4.5", ipv4: "RFC 791 §3.2" },
  },
  fragmentTooFar: {
    meaning: "A fragment ends past the largest datagram that there can be.",
    where: { ipv6: "RFC 8200 §4.5", ipv4: "RFC 791 §3.1" },
  },
  fragmentEndMoved: {
    meaning: "Fragments disagree on where their datagram ends.",
    where: { ipv6: "RFC 8200 §4.5", ipv4: "RFC 791 §3.2" },
  },
  fragmentOverlaps: {
    meaning: "A fragment overlaps another one with other octets; the datagram is given up.",
    where: { ipv6: "RFC 5722 §4", ipv4: "RFC 5722 §4" },
  },
  fragmentEcnMixed: {
    meaning: "Of its fragments some can be marked by ECN and some cannot: the datagram is given up.",
    where: { ipv6: "RFC 3168 §5.3", ipv4: "RFC 3168 §5.3" },
  },
  fragmentCondemned: {
    meaning: "The fragment belongs to a datagram that was given up because of a bad one.",
    where: { ipv6: "RFC 5722 §4", ipv4: "RFC 5722 §4" },
  },
  reassemblyTimeout: {
    meaning: "The rest of the datagram has not come in time.",
    where: { ipv6: "RFC 8200 §4.5", ipv4: "RFC 1122 §3.3.2" },
  },
  reassemblyFull: {
    meaning: "Too many datagrams, or octets, are being put together: the oldest gives way.",
    where: { ipv6: "RFC 8200 §4.5", ipv4: "RFC 791 §3.2" },
  },

  tooBig: {
    meaning: "The datagram is larger than the MTU, and must not be fragmented.",
    where: { ipv6: "RFC 8201 §4", ipv4: "RFC 1191 §3", forward: "RFC 1812 §5.2.6" },
  },
  tooLong: {
    meaning: "The datagram would be longer than 65,535 octets.",
    where: { ipv6: "RFC 8200 §3", ipv4: "RFC 791 §3.1" },
  },

  unknownType: {
    meaning: "A message of a type that is not served here.",
    where: {
      icmpv6: "RFC 4443 §2.4 (b)",
      icmp: "RFC 1122 §3.2.2",
      igmp: "RFC 2236 §2.1",
    },
  },
  unknownCode: {
    meaning: "An error with a code that no RFC defines.",
    where: { nd: "RFC 4861 §7.1", icmpv6: "RFC 4443 §3", icmp: "RFC 1122 §3.2.2.1" },
  },
  sourceQuench: {
    meaning: "Source Quench is deprecated, and could be forged to slow us down.",
    where: { icmp: "RFC 6633 §3" },
  },
  echoToMany: {
    meaning:
      "An echo request to a broadcast or multicast address: many answers at once would flood whom it names.",
    where: { icmp: "RFC 1122 §3.2.2.6" },
  },
  errorToMany: {
    meaning: "An error, or a redirect, that was sent to many: it can be about nothing that we have sent.",
    where: { icmpv6: "RFC 4443 §2.4", icmp: "RFC 1122 §3.2.2" },
  },
  noRouteBack: {
    meaning: "No way back to the sender is known, so that it cannot be answered.",
    where: { icmpv6: "RFC 4443 §4.2", icmp: "RFC 1122 §3.3.1.1", tcp: "RFC 1122 §3.3.1.1" },
  },
  nobodyWaits: {
    meaning: "An echo reply whose identifier is nobody's here.",
    where: { icmpv6: "RFC 4443 §4.2", icmp: "RFC 1122 §3.2.2.6" },
  },
  quoteTruncated: {
    meaning: "An error quotes less than an IP header and 8 octets.",
    where: { icmpv6: "RFC 4443 §2.4 (d)", icmp: "RFC 1122 §3.2.2" },
  },
  quoteVersion: {
    meaning: "An error quotes something that is no IPv4 datagram.",
    where: { icmpv6: "RFC 4443 §2.4 (d)", icmp: "RFC 1122 §3.2.2" },
  },
  quoteHeaderLength: {
    meaning: "An error quotes an IP header that has an impossible length, or not the 8 octets behind it.",
    where: { icmp: "RFC 1122 §3.2.2" },
  },
  quoteFragment: {
    meaning: "An error quotes a fragment other than the first, which tells not whose it was.",
    where: { icmpv6: "RFC 4443 §2.4 (d)", icmp: "RFC 1122 §3.2.2" },
  },
  quoteNotOurs: {
    meaning: "An error quotes a datagram that we have not sent.",
    where: { icmpv6: "RFC 4443 §2.4 (d)", icmp: "RFC 1122 §3.2.2" },
  },
  quoteOfNobody: {
    meaning: "An error quotes a datagram of no endpoint that is here.",
    where: { icmpv6: "RFC 4443 §2.4 (d)", icmp: "RFC 1122 §3.2.2, §4.1.3.3" },
  },
  quoteNotInFlight: {
    meaning: "An error quotes a segment that is not in flight: it is late, or forged.",
    where: { icmp: "RFC 5927 §4.1", icmpv6: "RFC 5927 §4.1" },
  },
  redirectRefused: {
    meaning: "A redirect that is not from the gateway in use, or names one that cannot be used.",
    where: { icmp: "RFC 1122 §3.2.2.2", nd: "RFC 4861 §8.1" },
  },
  forgedQuery: {
    meaning: "A general query to another group than all hosts, or a query from off the link.",
    where: { igmp: "RFC 3376 §9.1", mld: "RFC 3810 §5.1.14" },
  },
  forgedReport: {
    meaning: "A report from off the link: it would silence our own.",
    where: { igmp: "RFC 2236 §10", mld: "RFC 3810 §5.2.13" },
  },
};
