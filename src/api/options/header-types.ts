/** The types of the options about what stands behind the IP header. */
import type {
  IP_OPTIONS,
  IP_RECVOPTS,
  IP_RETOPTS,
  IPV6_DSTOPTS,
  IPV6_HOPOPTS,
  IPV6_RECVDSTOPTS,
  IPV6_RECVHOPOPTS,
  IPV6_RECVRTHDR,
  IPV6_RTHDR,
} from "../constants.ts";

/** An option that can be read and set. */
interface Both<V> {
  readonly get: V;
  readonly set: V;
}

/** Of IPv4: ip(7). */
export interface HeaderOptions {
  /** {@link IP_OPTIONS} */
  [IP_OPTIONS]: Both<Uint8Array>;
  /** {@link IP_RECVOPTS} */
  [IP_RECVOPTS]: Both<number>;
  /** {@link IP_RETOPTS} */
  [IP_RETOPTS]: Both<number>;
}

/** Of IPv6: RFC 3542. */
export interface HeaderOptions6 {
  /** {@link IPV6_HOPOPTS} */
  [IPV6_HOPOPTS]: Both<Uint8Array>;
  /** {@link IPV6_DSTOPTS} */
  [IPV6_DSTOPTS]: Both<Uint8Array>;
  /** {@link IPV6_RTHDR} */
  [IPV6_RTHDR]: Both<Uint8Array>;
  /** {@link IPV6_RECVHOPOPTS} */
  [IPV6_RECVHOPOPTS]: Both<number>;
  /** {@link IPV6_RECVDSTOPTS} */
  [IPV6_RECVDSTOPTS]: Both<number>;
  /** {@link IPV6_RECVRTHDR} */
  [IPV6_RECVRTHDR]: Both<number>;
}
