/** Why packets are dropped: what only IPv6, Neighbour Discovery and Multicast Listener Discovery know. */
import type { ReasonTable } from "./row.ts";

/** The reasons that only IPv6 has. */
export const DROPS_OF_IPV6: ReasonTable = {
  noNextHeader: {
    meaning: "Nothing follows the headers of the datagram.",
    where: { ipv6: "RFC 8200 §4.7" },
  },
  hopByHopNotFirst: {
    meaning: "Hop-by-hop options stand elsewhere than right behind the IPv6 header; the sender is told.",
    where: { ipv6: "RFC 8200 §4.1, §4.3" },
  },
  unknownOption: {
    meaning: "An option that is not known here has the datagram dropped, as the bits of its type ask for.",
    where: { ipv6: "RFC 8200 §4.2" },
  },
  firstFragmentIncomplete: {
    meaning: "The first fragment does not contain all headers of the datagram; the sender is told.",
    where: { ipv6: "RFC 7112 §5" },
  },
  nestedFragment: {
    meaning: "What was put together of fragments is a fragment again.",
    where: { ipv6: "RFC 8200 §4.1" },
  },
  fragmentHeadersTooLong: {
    meaning: "The headers in front of a fragment are longer than any that serve a purpose.",
    where: { ipv6: "a bound of ours, as RFC 8504 §5.3 allows" },
  },
  notAutoconfigured: {
    meaning: "The interface does not heed what routers say.",
    where: { nd: "RFC 4861 §6.2.1" },
  },
  notAdvertising: {
    meaning: "Somebody asks for routers, and this interface does not advertise one.",
    where: { nd: "RFC 4861 §6.2.6" },
  },
  otherParameters: {
    meaning: "Another router tells the hosts of the link other things than this one does.",
    where: { nd: "RFC 4861 §6.2.7" },
  },
  offLink: {
    meaning: "The hop limit is not 255, so that the message may have come from off the link.",
    where: { nd: "RFC 4861 §7.1.1, §7.1.2, §6.1.2, §8.1" },
  },
  mldOffLink: {
    meaning:
      "A message about groups has a hop limit other than 1, or no router alert: it is not of this link.",
    where: { mld: "RFC 3810 §5.1.14, §5.2.13" },
  },
  ndFragmented: {
    meaning:
      "A message of Neighbour Discovery came in fragments, which hide it from those who guard the link.",
    where: { nd: "RFC 6980 §5" },
  },
  targetIsGroup: {
    meaning: "The address that the message asks for, or tells of, is that of a group.",
    where: { nd: "RFC 4861 §7.1.1, §7.1.2" },
  },
  notOurTarget: {
    meaning: "Somebody else is asked for, whose solicited-node group is ours too.",
    where: { nd: "RFC 4861 §7.2.3" },
  },
  unasked: {
    meaning: "The message is about a neighbour that nobody here has asked for.",
    where: { nd: "RFC 4861 §7.2.5" },
  },
  notOverriding: {
    meaning:
      "The message has another link address than the one known, and does not say that it overrides that.",
    where: { nd: "RFC 4861 §7.2.5" },
  },
  badNdAddresses: {
    meaning: "The addresses and options of the message do not go together.",
    where: { nd: "RFC 4861 §7.1.1, §7.1.2" },
  },
};
