/**
 * How long we remember a connection of which nothing is heard: RFC 5382 §5 and RFC 7857 §2 (TCP), RFC 4787 §4.3 (UDP),
 * RFC 5508 §3.2 (ICMP queries).
 */
import { type Duration, seconds } from "../base/time.ts";

/** How long, by what it is doing. */
export interface Timeouts {
  /** TCP that is opened or closed: RFC 5382 REQ-5 wants 4 minutes at least. */
  readonly tcpTransitory: Duration;
  /** TCP between that: 2 hours and 4 minutes at least, which keep-alives of RFC 1122 §4.2.3.6 fit into. */
  readonly tcpEstablished: Duration;
  /** UDP before the first answer: RFC 4787 REQ-5 wants 2 minutes at least. */
  readonly udpNew: Duration;
  /** UDP after it; the 5 minutes that REQ-5 recommends. */
  readonly udp: Duration;
  /** Echo and timestamp requests: 60 s at least (RFC 5508 REQ-2). */
  readonly icmp: Duration;
  /** All other protocols; as in Linux. */
  readonly other: Duration;
}

/** By default. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  tcpTransitory: seconds(240),
  tcpEstablished: seconds(7440),
  udpNew: seconds(120),
  udp: seconds(300),
  icmp: seconds(60),
  other: seconds(600),
};
