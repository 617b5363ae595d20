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
    where: { ipv4: "RFC 3704 §2.2", forward: "RFC 3704 §2.2" },
  },
};
