/** What datagrams may have between the IP header and the transport's: IPv4 options and IPv6 extension headers. */

const NONE: Uint8Array = new Uint8Array(0);

/**
 * How the datagrams of a socket differ from plain ones. Octets as they go; an empty array: none. What is no whole option or
 * header, or more than a header has room for, has no route: what is sent so fails with "network-unreachable".
 */
export interface DatagramShape {
  /** IPv4: the options, in whole words, 40 octets at most (RFC 791 §3.1, IP_OPTIONS). */
  readonly ipv4Options: Uint8Array;
  /** IPv6: a hop-by-hop options header (RFC 8200 §4.3, IPV6_HOPOPTS). Who sends fills in what comes next. */
  readonly hopByHop: Uint8Array;
  /** IPv6: a destination options header (RFC 8200 §4.6, IPV6_DSTOPTS), likewise. */
  readonly destination: Uint8Array;
  /** IPv6: octets of the largest datagram or fragment, if the path takes it (IPV6_MTU); 0: by the path alone. */
  readonly mtu: number;
}

/** Nothing but an IP header. Shapes are compared by identity: whoever has nothing special has this one. */
export const PLAIN: DatagramShape = { ipv4Options: NONE, hopByHop: NONE, destination: NONE, mtu: 0 };

/** `shape` with `changes`; `PLAIN` where nothing is left that is special. */
export function reshaped(shape: DatagramShape, changes: Partial<DatagramShape>): DatagramShape {
  const { ipv4Options, hopByHop, destination, mtu } = { ...shape, ...changes };
  const octets = ipv4Options.length + hopByHop.length + destination.length;
  return octets === 0 && mtu === 0 ? PLAIN : { ipv4Options, hopByHop, destination, mtu };
}

/** What stood between the IP header and the transport's, of a datagram that was received. */
export interface ReceivedHeader {
  readonly type: "ipv4-options" | "hop-by-hop" | "routing" | "destination";
  /** A copy: of IPv4 the options; of IPv6 the whole header, the number of the next one first. */
  readonly octets: Uint8Array;
}

/** Of a datagram that had nothing there, and of a socket that does not want to know. */
export const NO_HEADERS: readonly ReceivedHeader[] = [];
