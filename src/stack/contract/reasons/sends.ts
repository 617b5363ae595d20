/** Why things are sent, sent again, or held back: the rows of `Send`. */
import { type Send, sendName } from "../../base/send.ts";
import type { ReasonRow, ReasonTable } from "./row.ts";
import { SENDS_OF_TCP } from "./sends-of-tcp.ts";

/** By name. */
export const SENDS: ReasonTable = {
  ...SENDS_OF_TCP,

  datagram: {
    meaning: "The application has sent it.",
    where: { udp: "RFC 768, User Interface", raw: "RFC 1122 §3.4" },
  },
  frame: {
    meaning: "The application has sent it, link header and all.",
    where: { packet: "packet(7) of Linux" },
  },
  echoRequest: {
    meaning: "The application asks whether a host is there.",
    where: { icmp: "RFC 1122 §3.2.2.6", icmpv6: "RFC 4443 §4.1" },
  },
  echoReply: {
    meaning: "Every host answers an echo request with its data.",
    where: { icmp: "RFC 1122 §3.2.2.6", icmpv6: "RFC 4443 §4.2" },
  },
  errorPort: {
    meaning: "A datagram was for a port that nobody has.",
    where: { icmpv6: "RFC 4443 §3.1", icmp: "RFC 1122 §3.2.2.1, §4.1.3.1" },
  },
  errorProtocol: {
    meaning: "A datagram was of a protocol that nobody here speaks.",
    where: { icmpv6: "RFC 4443 §3.4", icmp: "RFC 1122 §3.2.2.1" },
  },
  errorReassembly: {
    meaning: "The rest of a datagram, whose first fragment had come, did not come in time.",
    where: { icmpv6: "RFC 4443 §3.3, RFC 8200 §4.5", icmp: "RFC 1122 §3.2.2.4, §3.3.2" },
  },
  errorParameter: {
    meaning: "A datagram had an option that cannot be.",
    where: { icmpv6: "RFC 4443 §3.4", icmp: "RFC 1122 §3.2.2.5" },
  },
  errorNetwork: {
    meaning: "No route leads to where a datagram was to be passed on.",
    where: { icmpv6: "RFC 4443 §3.1", icmp: "RFC 1812 §5.2.7.1" },
  },
  errorHost: {
    meaning: "The host that a datagram was to be passed on to does not answer on its link.",
    where: { icmpv6: "RFC 4443 §3.1", icmp: "RFC 1812 §5.2.7.1" },
  },
  errorTooBig: {
    meaning: "A datagram is too large for the next link, and must not be fragmented.",
    where: { icmpv6: "RFC 4443 §3.2", icmp: "RFC 1191 §4" },
  },
  errorTimeExceeded: {
    meaning: "A datagram has come through as many routers as its sender allows.",
    where: { icmpv6: "RFC 4443 §3.3", icmp: "RFC 1812 §5.2.7.3" },
  },
  errorScope: {
    meaning: "A datagram from a link-local address would have to leave its link.",
    where: { icmpv6: "RFC 4443 §3.1" },
  },
  errorProhibited: {
    meaning: "A rule of a filter refuses the datagram.",
    where: { icmpv6: "RFC 4443 §3.1", icmp: "RFC 1812 §5.2.7.1" },
  },
  resetByRule: {
    meaning: "A rule of a filter refuses a connection, in the name of the host that is called.",
    where: { forward: "RFC 9293 §3.10.7.1" },
  },
  forwarded: {
    meaning: "A datagram for another host is passed on to it, or to the next router.",
    where: { forward: "RFC 1812 §5.2.1" },
  },
  redirect: {
    meaning: "The next hop is on the sender's own link: it may send there itself.",
    where: { nd: "RFC 4861 §8.2", icmp: "RFC 1812 §5.2.7.2" },
  },
  withheldToMany: {
    meaning: "No error is sent about what was sent to many.",
    where: { icmpv6: "RFC 4443 §2.4 (e.3)", icmp: "RFC 1122 §3.2.2" },
  },
  withheldFragment: {
    meaning: "No error is sent about a fragment other than the first.",
    where: { icmp: "RFC 1122 §3.2.2" },
  },
  withheldSource: {
    meaning: "No error is sent to a source that is not one host.",
    where: { icmpv6: "RFC 4443 §2.4 (e.6)", icmp: "RFC 1122 §3.2.2" },
  },
  withheldError: {
    meaning: "No error is sent about an ICMP error.",
    where: { icmpv6: "RFC 4443 §2.4 (e.1)", icmp: "RFC 1122 §3.2.2" },
  },
  withheldRate: {
    meaning: "So many errors were sent just now, that this one is not.",
    where: { icmpv6: "RFC 4443 §2.4 (f)", icmp: "RFC 1812 §4.3.2.8" },
  },
  withheldRoute: {
    meaning: "No way back to the sender is known.",
    where: {
      icmpv6: "RFC 4443 §2.2",
      icmp: "RFC 1122 §3.3.1.1",
      tcp: "RFC 1122 §3.3.1.1",
      forward: "RFC 1122 §3.3.1.1",
    },
  },
  arpRequest: {
    meaning: "A link address is needed and not known: everybody on the link is asked.",
    where: { arp: "RFC 826, Packet Generation" },
  },
  arpPoll: {
    meaning: "A neighbour in use is asked whether it still is where it was.",
    where: { arp: "RFC 1122 §2.3.2.1 (2)" },
  },
  arpProbe: {
    meaning: "Before an address is used, everybody is asked whether it is taken.",
    where: { arp: "RFC 5227 §2.1.1" },
  },
  arpAnnouncement: {
    meaning: "An address is now in use, and everybody is told.",
    where: { arp: "RFC 5227 §2.3" },
  },
  arpDefence: {
    meaning: "Another host has claimed one of our addresses: everybody is told once that it is ours.",
    where: { arp: "RFC 5227 §2.4 (c)" },
  },
  arpReply: {
    meaning: "Somebody has asked for one of our addresses.",
    where: { arp: "RFC 826, Packet Reception" },
  },
  neighbourSolicitation: {
    meaning: "A link address is needed and not known: the solicited-node group of the neighbour is asked.",
    where: { nd: "RFC 4861 §7.2.2" },
  },
  neighbourProbe: {
    meaning: "A neighbour in use, of whom nothing was heard for a while, is asked whether it is still there.",
    where: { nd: "RFC 4861 §7.3.3" },
  },
  duplicateProbe: {
    meaning: "Before an IPv6 address is used, whoever may have it is asked.",
    where: { nd: "RFC 4862 §5.4.2" },
  },
  neighbourAdvertisement: {
    meaning: "A neighbour has asked for the link address of one of ours.",
    where: { nd: "RFC 4861 §7.2.4" },
  },
  neighbourAnnouncement: {
    meaning: "An IPv6 address is now in use, and all nodes on the link are told.",
    where: { nd: "RFC 4861 §7.2.6" },
  },
  routerAdvertisement: {
    meaning: "Hosts are told of this router, and of what holds on its link: in turn, or since one has asked.",
    where: { nd: "RFC 4861 §6.2.4, §6.2.6" },
  },
  finalAdvertisement: {
    meaning: "Hosts are told that this is no router any more.",
    where: { nd: "RFC 4861 §6.2.5" },
  },
  routerSolicitation: {
    meaning: "Routers on the link are asked to tell of themselves, until one does.",
    where: { nd: "RFC 4861 §6.3.7, RFC 7559" },
  },
  addressTaken: {
    meaning: "Somebody asks whether an address is free that is ours: all nodes are told.",
    where: { nd: "RFC 4862 §5.4.3, RFC 4861 §7.2.4" },
  },
  groupReport: {
    meaning:
      "A group has its first member here, or other sources are wanted; it is said twice, lest it be lost.",
    where: { igmp: "RFC 3376 §5.1", mld: "RFC 3810 §6.1" },
  },
  groupReportQueried: {
    meaning: "A router has asked which groups have members here.",
    where: { igmp: "RFC 3376 §5.2", mld: "RFC 3810 §6.3" },
  },
  groupLeave: {
    meaning: "The last member of a group has left: beside an older router said only if we reported it last.",
    where: { igmp: "RFC 3376 §5.1, RFC 2236 §3", mld: "RFC 3810 §6.1" },
  },

  waitsForNeighbour: {
    meaning: "The link address of the next hop is not known yet: the datagram waits for the answer.",
    where: { arp: "RFC 1122 §2.3.2.2", nd: "RFC 4861 §7.2.2" },
  },
  waitsForLink: {
    meaning: "The link takes no more frames now: the frame waits in the queue in front of it.",
    where: { interface: "RFC 1213 §6 ifOutQLen" },
  },
  onTheLine: {
    meaning: "The line is busy, slow or long: the frame comes out at its other end later.",
    where: { link: "by the impairments of the link" },
  },
  cutUp: {
    meaning: "The link takes no super-segments: TCP's is cut into segments that it takes.",
    where: { tcp: "virtio 1.2 §5.1.6.2 VIRTIO_NET_HDR_GSO_TCPV4" },
  },
  fragmented: {
    meaning: "The datagram is larger than the MTU of the path, and may be fragmented.",
    where: { ipv4: "RFC 791 §3.2", ipv6: "RFC 8200 §4.5" },
  },
  reassembled: {
    meaning: "The last missing fragment has come: the datagram is whole.",
    where: { ipv4: "RFC 791 §3.2, RFC 1122 §3.3.2", ipv6: "RFC 8200 §4.5" },
  },
};

/** The row of a reason; undefined for `Send.unknown`. */
export function sendRow(reason: Send): ReasonRow | undefined {
  return SENDS[sendName(reason)];
}
