/**
 * What an application layer holds: endpoints. They are synchronous and never wait: a call that would have
 * to wait says so with `undefined`, and `onChange` tells when to try again. `src/api` makes promises of it.
 */
import type { IpAddress } from "../base/ip-address.ts";
import type { DatagramInfo, DatagramWish } from "./datagram-info.ts";

export type { DatagramInfo, DatagramWish } from "./datagram-info.ts";
export type { TcpInfo } from "./tcp-info.ts";

import type { PacketFilter } from "../base/packet-filter.ts";
import type { FilterMode, SourceWish } from "./multicast.ts";
import type { TcpInfo } from "./tcp-info.ts";
import type { TcpState } from "./tcp-state.ts";

export type { TcpState } from "./tcp-state.ts";

/** Why a call or a connection failed. `src/api` has an errno for each. */
export type Failure =
  | "reset"
  | "refused"
  | "timed-out"
  | "host-unreachable"
  | "network-unreachable"
  | "network-down"
  | "protocol-unreachable"
  | "protocol-error"
  | "host-down"
  | "no-network"
  | "prohibited"
  | "aborted"
  | "broken-pipe"
  | "address-in-use"
  | "address-not-available"
  | "not-connected"
  | "already-connected"
  | "in-progress"
  | "invalid"
  | "message-too-long"
  | "no-buffers"
  | "access"
  | "destination-required"
  | "not-supported"
  | "would-wait"
  /** Of names: nobody has ever had it. */
  | "not-found"
  /** The peer is of another type of socket. */
  | "wrong-type"
  /** The peer takes nothing from this one. */
  | "not-permitted"
  /** What is to be passed is closed. */
  | "not-open";

/** What every endpoint has. */
export interface Endpoint {
  /** A pending error (SO_ERROR), such as an ICMP error or a reset; `takeFailure` reads and clears it. */
  readonly failure: Failure | undefined;
  /** The pending error, which is cleared; undefined if there is none. */
  takeFailure(): Failure | undefined;
  /** A read (or accept) would not wait: there is data, the end of the stream, or a failure. */
  readonly readable: boolean;
  /** A write would not wait: there is room, or it would fail. */
  readonly writable: boolean;
  /**
   * Sets the one subscriber: `wake` is called at the end of every entry in which `readable`, `writable`,
   * `failure` or the connection's state has changed. It may call endpoints, its own too.
   */
  onChange(wake: (() => void) | undefined): void;
  /** Orderly release: queued data still goes out. The endpoint must not be used afterwards. */
  close(): void;
  /** Gives up at once (TCP: RST). */
  abort(): void;
}

/** Octets of `bytes` from `start` to `end`, without a `subarray` per call. */
export interface StreamEndpoint extends Endpoint {
  /** Where this end is; undefined while unbound. */
  readonly local: SocketAddress | undefined;
  /** The peer, once connected; undefined before. */
  readonly remote: SocketAddress | undefined;
  /** Connected: the handshake has completed, and neither side has reset. */
  readonly connected: boolean;
  /**
   * Copies octets that have arrived to `into[start..end)`. Octets copied; 0 at end of stream; undefined if
   * it would wait (or the connection failed: see `failure`). With `peek`, they stay in the buffer.
   */
  read(into: Uint8Array, start?: number, end?: number, peek?: boolean): number | undefined;
  /** Copies `from[start..end)` to the send buffer. Octets copied, perhaps fewer than given; undefined if it would wait or failed. */
  write(from: Uint8Array, start?: number, end?: number): number | undefined;
  /** No more will be written (TCP: FIN, after what is queued). */
  finish(): void;
  /** No more will be read: what is queued and what still comes is discarded. */
  discard(): void;
  /** Octets that a read would find, and octets written that the peer has not acknowledged. */
  readonly available: number;
  /** Octets written that the peer has not acknowledged. */
  readonly unsent: number;
}

/** An endpoint that listens. */
export interface ListenerEndpoint extends Endpoint {
  /** Where it listens. */
  readonly local: SocketAddress;
  /** The next established connection; undefined if there is none. */
  accept(): StreamEndpoint | undefined;
}

/** An endpoint that sends and receives datagrams. */
export interface DatagramEndpoint extends Endpoint {
  /** Where it is bound; undefined while it is not. */
  readonly local: SocketAddress | undefined;
  /** The peer that it is connected to, if any. */
  readonly remote: SocketAddress | undefined;
  /**
   * Copies one datagram to `into[start..end)`; what does not fit is lost, as in BSD. Fills `from`. The
   * datagram's whole length, which may be more than fitted; undefined if there is none. With `peek` it stays in the
   * queue, and `skip` octets of what is there are passed over (SO_PEEK_OFF): what is left of that datagram counts.
   */
  receive(
    into: Uint8Array,
    from?: MutableSocketAddress,
    start?: number,
    end?: number,
    peek?: boolean,
    skip?: number,
  ): number | undefined;
  /**
   * Sends `datagram[start..end)`; without `to`, to the connected peer. Octets sent, or why it cannot be:
   * "would-wait" when what waits for a link address or for the link would exceed the send buffer; `onChange`
   * then tells of room.
   */
  send(datagram: Uint8Array, to?: SocketAddress, start?: number, end?: number): number | Failure;
}

/** An IP address and a port. */
export interface SocketAddress {
  /** 0.0.0.0 stands for any of this host's. */
  readonly address: IpAddress;
  /** 0 to 65535. */
  readonly port: number;
}

/** One that a call fills in. */
export interface MutableSocketAddress {
  /** As in `SocketAddress`. */
  address: IpAddress;
  /** 0 to 65535. */
  port: number;
}

/** What TCP and UDP endpoints have in common. Times are microseconds, sizes octets. */
export interface CommonOptions {
  /** Bind although connections (TCP) or other such sockets (UDP) have the port. */
  reuseAddress: boolean;
  /** Share the port with sockets that ask for the same; arrivals are spread over them. */
  reusePort: boolean;
  /** Bounds of the queues; a change takes effect at once. */
  sendBuffer: number;
  /** Octets of the receive queue; a change takes effect at once. */
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

/** A TCP socket in any state: `TcpProtocol.open()` makes one in CLOSED, `accept` gives an established one. */
export interface TcpEndpoint extends StreamEndpoint {
  /** Reads up to `most` octets that nobody wants to see, and so copies none. Answers as `read` does. */
  skip(most: number): number | undefined;
  /**
   * A reader waits: what comes next in order may be put into `into[start..end)` at once. At the end of the entry in
   * which something has come, `onChange` is called, and `read` into the same place gives it; whatever else the
   * reader does finds it as usual. Until it does something, or withdraws, the buffer is the connection's.
   */
  lend(into: Uint8Array, start: number, end: number): void;
  /** Ends what `lend` began. */
  withdraw(): void;
  /** CLOSED before `connect` and `listen`, and when all is over. */
  readonly state: TcpState;
  /** The options in force. */
  readonly options: Readonly<TcpOptions>;
  /** Changes options, at once where that is possible. "invalid" for a value that cannot be. */
  configure(changes: Partial<TcpOptions>): Failure | undefined;
  /** Port 0 asks for an ephemeral one. */
  bind(at: SocketAddress): Failure | undefined;
  /** Begins an active OPEN; the outcome shows in `connected` or `failure`, after `onChange`. */
  connect(to: SocketAddress): Failure | undefined;
  /** Passive OPEN. At most `backlog` connections wait for `accept`; binds to an ephemeral port if need be. */
  listen(backlog: number): Failure | undefined;
  /** The next established connection of a listener; undefined if there is none. */
  accept(): TcpEndpoint | undefined;
  /** With `more`, more is about to be written (MSG_MORE): a segment that is not full waits for it, 200 ms at most. */
  write(from: Uint8Array, start?: number, end?: number, more?: boolean): number | undefined;
  /** Writes octets of which the last is urgent (RFC 6093); as `write` otherwise. */
  writeUrgent(from: Uint8Array, start?: number, end?: number): number | undefined;
  /** The urgent octet, taken out of the stream (MSG_OOB); -1 if there is none, or it is in line. */
  readUrgent(peek?: boolean): number;
  /** The next octet to be read is the one behind the urgent data (sockatmark). */
  readonly atMark: boolean;
  /** Urgent data was announced and not yet read (POLLPRI). */
  readonly urgentPending: boolean;
  /** What TCP knows of the connection at this moment. */
  info(): TcpInfo;
  /**
   * The headers of the SYN that has opened this connection, IP and TCP, where its listener has kept them (TCP_SAVED_SYN).
   * Who has read them puts `undefined` there.
   */
  savedSyn?: Uint8Array | undefined;
  /** As `UdpEndpoint.pathMtu`. */
  readonly pathMtu?: number | undefined;
}

/** How IP fragments and marks what a UDP endpoint sends (IP_MTU_DISCOVER). */
export type MtuDiscovery = "dont" | "want" | "do" | "probe";

/** The options of a UDP endpoint. */
export interface UdpOptions extends CommonOptions {
  /** May send to broadcast addresses. */
  broadcast: boolean;
  /** How datagrams are fragmented and marked (IP_MTU_DISCOVER). */
  mtuDiscovery: MtuDiscovery;
  /** What is too large for the path is never cut up: "message-too-long" (IPV6_DONTFRAG). */
  dontFragment: boolean;
  /** TTL of multicast that is sent, and whether this host's own members get it. */
  multicastHopLimit: number;
  /** This host's own members of the group get what is sent (IP_MULTICAST_LOOP). */
  multicastLoop: boolean;
  /** The interface that multicast leaves by, by name; "": by the route (IP_MULTICAST_IF). */
  multicastInterface: string;
  /** Send without checksum (RFC 768), where the network allows it: to receivers that would rather have damage than loss. */
  noChecksum: boolean;
  /**
   * Keep errors about what was sent in a queue of their own (IP_RECVERR), to be read by `takeError`. An
   * unconnected socket then hears of them, too. Turning it off empties the queue.
   */
  receiveErrors: boolean;
}

/**
 * An error about a datagram that was sent: what `recvmsg` with MSG_ERRQUEUE gives on Linux. The message's
 * name is `destination`, its data `data`; the rest is the `sock_extended_err` of its control message
 * (IP_RECVERR): ee_errno from `failure`, ee_origin 2 (ICMP) or 1 (local), ee_type, ee_code, ee_info = `mtu`,
 * and behind it the address of the `offender`.
 */
export interface QueuedError {
  /** What went wrong. */
  readonly failure: Failure;
  /** "icmp": somebody reported it; "local": the datagram was not even sent, being too long. */
  readonly origin: "icmp" | "local";
  /** ICMP type and code; 0 where the origin is local. A next hop that does not answer is told as 3, 1. */
  readonly type: number;
  /** The ICMP code; 0 for an error of this host's own. */
  readonly code: number;
  /** Of "message-too-long": the largest datagram that would pass, in octets with its IP header, as far as it was told; else 0. */
  readonly mtu: number;
  /** Who reported it; ourselves, where the next hop did not answer; undefined where the origin is local. */
  readonly offender: IpAddress | undefined;
  /** Where the datagram was sent to; of raw endpoints, with port 0. */
  readonly destination: SocketAddress;
  /** As much of the datagram's data as the report quotes; of raw endpoints, all that was behind the IP header. */
  readonly data: Uint8Array;
}

/** The error queue of an endpoint that has one. */
export interface ErrorReporter {
  /**
   * Takes the oldest queued error. That also settles `failure`: it becomes the next queued one's, or is
   * cleared. Undefined if there is none.
   */
  takeError(): QueuedError | undefined;
  /** Errors that are queued: while there are any, poll says POLLERR. `onChange` tells of each. */
  readonly errorsQueued: number;
}

/**
 * A call of RFC 3678 §4.1.2, for one source of a group: "join" and "leave" hear it alone, and others that are joined so;
 * "block" and "unblock" hear all others.
 */
export type SourceChange = "join" | "leave" | "block" | "unblock";

/** What can be asked of an endpoint's groups beyond joining and leaving. */
export interface GroupMemberships {
  /**
   * Changes whom the endpoint hears in a group on the interface of that name; "": by the route, or wherever it was
   * joined. "join" joins the group, if need be, and "leave" leaves it with its last source. "invalid" where the group was
   * not joined, or its filter is of the other mode; "address-not-available" for a source that is there, or is not.
   */
  changeSource(
    change: SourceChange,
    group: IpAddress,
    source: IpAddress,
    interfaceName: string,
  ): Failure | undefined;
  /**
   * Puts another filter in the place of that of a group that was joined (RFC 3678 §4.2); that nobody is heard leaves it.
   * "invalid" where it was not joined, "no-buffers" for too many sources.
   */
  setFilter(
    group: IpAddress,
    mode: FilterMode,
    sources: readonly IpAddress[],
    interfaceName: string,
  ): Failure | undefined;
  /** Whom the endpoint hears in a group; undefined where it was not joined. */
  filterOf(group: IpAddress, interfaceName: string): SourceWish | undefined;
}

/** A UDP socket: `UdpProtocol.open()` makes one. */
export interface UdpEndpoint extends DatagramEndpoint, ErrorReporter {
  /** The options in force. */
  readonly options: Readonly<UdpOptions>;
  /** Changes options. "invalid" for a value that cannot be, or an option that there is not. */
  configure(changes: Partial<UdpOptions>): Failure | undefined;
  /** Port 0 asks for an ephemeral one. */
  bind(at: SocketAddress): Failure | undefined;
  /** Fixes the peer (and so the local address); undefined dissolves that (AF_UNSPEC). */
  connect(to: SocketAddress | undefined): Failure | undefined;
  /** No more will be received or sent (shutdown): reads then give end of stream, writes "broken-pipe". */
  shutdown(receive: boolean, send: boolean): void;
  /** Octets of the next datagram; undefined if there is none. */
  readonly available: number | undefined;
  /** What came with the datagram that was received last. */
  readonly lastReceived: DatagramInfo;
  /** As `send`, with wishes for this datagram alone. */
  sendWith?(
    datagram: Uint8Array,
    wish: DatagramWish,
    to?: SocketAddress,
    start?: number,
    end?: number,
  ): number | Failure;
  /** Octets of the largest IP datagram that passes to the connected peer unfragmented, as far as known; undefined: not connected. */
  readonly pathMtu?: number | undefined;
  /** Only what the filter keeps is received; undefined: everything. */
  attachFilter?(filter: PacketFilter | undefined): void;
  /** Its groups, and whom it hears in them. */
  readonly memberships?: GroupMemberships | undefined;
  /** Receives what is sent to the group, on the interface of that name; "": by the route. */
  joinGroup(group: IpAddress, interfaceName: string): Failure | undefined;
  /** Takes back a `joinGroup`. "address-not-available" if there was none. */
  leaveGroup(group: IpAddress, interfaceName: string): Failure | undefined;
}
