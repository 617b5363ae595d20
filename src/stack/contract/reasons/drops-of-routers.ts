/** Why packets are dropped by routers, and by what hangs on their hooks. */
import type { ReasonTable } from "./row.ts";

/** The reasons of routers. */
export const DROPS_OF_ROUTERS: ReasonTable = {
  hopLimitExceeded: {
    meaning: "The datagram has come through as many routers as its sender allows; the sender is told.",
    where: { forward: "RFC 1812 §5.3.1" },
  },
  noRoute: {
    meaning: "No route leads to where the datagram goes; its sender is told.",
    where: { forward: "RFC 1812 §5.2.7.1" },
  },
  linkLocal: {
    meaning: "An address that is good on one link only must not leave it.",
    where: { forward: "RFC 3927 §2.7, RFC 4291 §2.5.6" },
  },
  directedBroadcast: {
    meaning:
      "What is for everybody on a network is not passed on to it: each would answer the one who is named.",
    where: { forward: "RFC 2644 §2" },
  },
  reversePath: {
    meaning: "The source cannot be where the datagram came from: no answer would go back that way.",
    where: { ipv4: "RFC 3704 §2.2", ipv6: "RFC 3704 §2.2", forward: "RFC 3704 §2.2" },
  },
  filteredByRule: {
    meaning: "A rule of the filter, or the policy of its chain, stops the datagram.",
    where: { forward: "by the rules that were installed" },
  },
  trackTableFull: {
    meaning: "As many connections are tracked as may be, and all of them have been answered.",
    where: { forward: "a bound of ours, as Linux's nf_conntrack_max" },
  },
  portsExhausted: {
    meaning: "The translation has no port left for one more connection, or none for this host.",
    where: { forward: "RFC 4787 §4.2.2" },
  },
  notAskedFor: {
    meaning: "The port belongs to a host behind the translation, which has not spoken to this sender.",
    where: { forward: "RFC 4787 §5" },
  },
  untranslatable: {
    meaning:
      "It cannot be translated (no connection, or no address to leave or be led to), and must not go on as it is.",
    where: { forward: "RFC 3022 §2.2" },
  },
};
