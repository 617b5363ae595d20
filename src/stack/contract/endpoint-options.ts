/** The options of TCP and UDP endpoints, by what they mean rather than by their socket names. */

import type { DatagramShape } from "./datagram-shape.ts";

/** What all endpoints that speak IP have in common. Times are microseconds, sizes octets. */
export interface IpOptions {
  /** Octets of the receive queue at the most; a change takes effect at once. */
  receiveBuffer: number;
  /** IP time to live of what is sent; 0: the stack's default. */
  hopLimit: number;
  /** IP type of service octet of what is sent; of TCP, the two ECN bits are the stack's own. */
  trafficClass: number;
  /** Only this interface, by name; "" for any. */
  interfaceName: string;
  /** Only to destinations on a directly connected network. */
  dontRoute: boolean;
  /** What comes in with a smaller time to live is dropped (IP_MINTTL, IPV6_MINHOPCOUNT; RFC 5082). 0: nothing is. */
  leastHopLimit: number;
  /** May be bound to an address that this host has not got, or not yet (IP_FREEBIND). */
  freeBind: boolean;
  /** As `freeBind`, and sends from there as well (IP_TRANSPARENT). */
  transparent: boolean;
  /** What is sent has this mark, for the rules of routing and of filters (SO_MARK); 0: none. */
  mark: number;
  /** What stands behind the IP header of what is sent (IP_OPTIONS, RFC 3542 §4). */
  shape: DatagramShape;
}

/** What TCP and UDP endpoints have in common. */
export interface CommonOptions extends IpOptions {
  /** Bind although connections (TCP) or other such sockets (UDP) have the port. */
  reuseAddress: boolean;
  /** Share the port with sockets that ask for the same; arrivals are spread over them. */
  reusePort: boolean;
  /** Octets of the send queue at the most; a change takes effect at once. */
  sendBuffer: number;
}

/** The options of a TCP endpoint, by what they mean rather than by their socket names. */
export interface TcpOptions extends CommonOptions {
  /** Nagle's algorithm is off (TCP_NODELAY). */
  noDelay: boolean;
  /** Only full-sized segments, for at most 200 ms (TCP_CORK). */
  cork: boolean;
  /** Upper bound of the MSS, both announced and sent (TCP_MAXSEG); 0: by the route alone. */
  maxSegment: number;
  /** Probe a connection that is silent for long (SO_KEEPALIVE, RFC 9293 §3.8.4). */
  keepAlive: boolean;
  /** Silence before the first probe (TCP_KEEPIDLE). */
  keepIdle: number;
  /** Time between probes (TCP_KEEPINTVL). */
  keepInterval: number;
  /** Unanswered probes that end the connection (TCP_KEEPCNT). */
  keepCount: number;
  /** Give up when data stays unacknowledged this long (RFC 5482, TCP_USER_TIMEOUT); 0: by R2 alone. */
  userTimeout: number;
  /** SYN retransmissions before giving up (TCP_SYNCNT). */
  synCount: number;
  /** How long an orphan may stay in FIN-WAIT-2 (TCP_LINGER2). */
  linger2: number;
  /** A listener reports a connection only when data has come, or after this long (TCP_DEFER_ACCEPT); 0: at once. */
  deferAccept: number;
  /** Acknowledge without delay (TCP_QUICKACK). */
  quickAck: boolean;
  /** "cubic", "newreno", "fixed", or a name that the stack was given. */
  congestion: string;
  /** SO_LINGER: -1 off; 0: `close` resets; more: `close` is the API's to wait for. */
  linger: number;
  /** Urgent octets stay in the stream (SO_OOBINLINE). */
  oobInline: boolean;
  /** `readable` only when this many octets are there (SO_RCVLOWAT). */
  receiveLowWater: number;
  /** No larger window is offered (TCP_WINDOW_CLAMP); 0: by the receive buffer alone. */
  windowClamp: number;
  /** Takes no more from the writer while so much was never sent (TCP_NOTSENT_LOWAT); 0: by the send buffer alone. */
  unsentLowWater: number;
  /** A listener keeps the SYNs of its connections, for `takeSavedSyn` (TCP_SAVE_SYN). */
  saveSyn: boolean;
}

/**
 * How IP fragments and marks what is sent (IP_MTU_DISCOVER). "dont": it may be cut up anywhere. "want": by this host alone,
 * once the path's MTU is known. "do": nowhere, and what is too long is refused. "probe": nowhere, up to the link's MTU.
 */
export type MtuDiscovery = "dont" | "want" | "do" | "probe";

/** What UDP and raw IP endpoints have in common. */
export interface DatagramOptions extends IpOptions {
  /** May send to broadcast addresses. */
  broadcast: boolean;
  /** How datagrams are fragmented and marked (IP_MTU_DISCOVER). */
  mtuDiscovery: MtuDiscovery;
  /** What is too large for the path is never cut up: "message-too-long" (IPV6_DONTFRAG). */
  dontFragment: boolean;
  /** Time to live of multicast that is sent (IP_MULTICAST_TTL). */
  multicastHopLimit: number;
  /** This host's own members of the group get what is sent (IP_MULTICAST_LOOP). */
  multicastLoop: boolean;
  /** The interface that multicast leaves by, by name; "": by the route (IP_MULTICAST_IF). */
  multicastInterface: string;
  /**
   * Keep errors about what was sent in a queue of their own (IP_RECVERR), to be read by `takeError`. An
   * unconnected socket then hears of them, too. Turning it off empties the queue.
   */
  receiveErrors: boolean;
  /** Keep what stands behind the IP header of what arrives, for `DatagramInfo.headers`. */
  receiveHeaders: boolean;
}

/** The options of a UDP endpoint. */
export interface UdpOptions extends CommonOptions, DatagramOptions {
  /** Send without checksum (RFC 768), where the network allows it: to receivers that would rather have damage than loss. */
  noChecksum: boolean;
}
