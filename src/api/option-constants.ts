/** The numbers of socket options and their levels, as Linux on x86-64 has them. */

/** The level of options that every socket has. */
export const SOL_SOCKET = 1;
/** Kept, and without effect. */
export const SO_DEBUG = 1;
/** Bind although connections, or for UDP other sockets, have the port. */
export const SO_REUSEADDR = 2;
/** The style of the socket; to be read only. */
export const SO_TYPE = 3;
/** The name that Guile's manual has for SO_TYPE. */
export const SO_STYLE = 3;
/** The pending error, as an errno; reading clears it. */
export const SO_ERROR = 4;
/** Only to hosts on a directly connected network. */
export const SO_DONTROUTE = 5;
/** May send to broadcast addresses. */
export const SO_BROADCAST = 6;
/** Octets of the send buffer; what is read is what was set, where Linux doubles it. */
export const SO_SNDBUF = 7;
/** Octets of the receive buffer; what is read is what was set, where Linux doubles it. */
export const SO_RCVBUF = 8;
/** Probe a connection that is silent for long (RFC 9293 §3.8.4). */
export const SO_KEEPALIVE = 9;
/** Urgent octets stay in the stream. */
export const SO_OOBINLINE = 10;
/** UDP sends no checksum. */
export const SO_NO_CHECK = 11;
/** Kept, and without effect: there is one queue. */
export const SO_PRIORITY = 12;
/** How long `close` waits for what is queued to be acknowledged. */
export const SO_LINGER = 13;
/** Share the port with sockets that ask for the same. */
export const SO_REUSEPORT = 15;
/** Receive who the sender is (SCM_CREDENTIALS). */
export const SO_PASSCRED = 16;
/** Who the peer of an AF_UNIX socket is; to be read only. */
export const SO_PEERCRED = 17;
/** Octets that must be there before a receive returns and the socket counts as readable. */
export const SO_RCVLOWAT = 18;
/** Always 1, as on Linux. */
export const SO_SNDLOWAT = 19;
/** How long a receive or accept may wait. */
export const SO_RCVTIMEO = 20;
/** How long a send or connect may wait. */
export const SO_SNDTIMEO = 21;
/** Only through the interface of this name. */
export const SO_BINDTODEVICE = 25;
/** A program of classic BPF: only what it keeps is received. */
export const SO_ATTACH_FILTER = 26;
/** Takes the filter away. */
export const SO_DETACH_FILTER = 27;
/** Receive when each message came, in microseconds. */
export const SO_TIMESTAMP = 29;
/** Whether the socket listens; to be read only. */
export const SO_ACCEPTCONN = 30;
/** Receive when each message came, in nanoseconds. */
export const SO_TIMESTAMPNS = 35;
/** The protocol's number; to be read only. */
export const SO_PROTOCOL = 38;
/** The family; to be read only. */
export const SO_DOMAIN = 39;
/** A mark for the rules of routing and of filters. */
export const SO_MARK = 36;
/** Receive how many messages were lost before each. */
export const SO_RXQ_OVFL = 40;
/** Where MSG_PEEK looks, and moves on from; -1: at what is read next, always. */
export const SO_PEEK_OFF = 42;
/** The filter can no more be changed. */
export const SO_LOCK_FILTER = 44;
/** A number that no other socket of the stack has. */
export const SO_COOKIE = 57;
/** Receive each datagram's mark. */
export const SO_RCVMARK = 75;

/** The type of service octet of what is sent. */
export const IP_TOS = 1;
/** The time to live of what is sent. */
export const IP_TTL = 2;
/** What a raw socket sends begins with an IP header. */
export const IP_HDRINCL = 3;
/** The IP options of what is sent (RFC 791 §3.1), as octets. */
export const IP_OPTIONS = 4;
/** Receive each datagram's IP options. */
export const IP_RECVOPTS = 6;
/** Receive the IP options that an answer would have; as control data, those of one datagram. */
export const IP_RETOPTS = 7;
/** Receive each datagram's interface and destination. */
export const IP_PKTINFO = 8;
/** Whether datagrams may be fragmented: one of IP_PMTUDISC_…. */
export const IP_MTU_DISCOVER = 10;
/** Keep errors about what was sent in a queue of their own. */
export const IP_RECVERR = 11;
/** Receive each datagram's time to live. */
export const IP_RECVTTL = 12;
/** Receive each datagram's type of service. */
export const IP_RECVTOS = 13;
/** The MTU of the path to the connected peer; to be read only. */
export const IP_MTU = 14;
/** `bind` to an address that this host has not got, or not yet. */
export const IP_FREEBIND = 15;
/** As IP_FREEBIND, and what is sent may come from there. */
export const IP_TRANSPARENT = 19;
/** The least time to live of what is received (RFC 5082). */
export const IP_MINTTL = 21;
/** `bind` to port 0 leaves the port to `connect`. */
export const IP_BIND_ADDRESS_NO_PORT = 24;
/** The interface that multicast leaves by. */
export const IP_MULTICAST_IF = 32;
/** The time to live of multicast that is sent; 1 by default. */
export const IP_MULTICAST_TTL = 33;
/** Whether this host's own members get what is sent. */
export const IP_MULTICAST_LOOP = 34;
/** Join a group. */
export const IP_ADD_MEMBERSHIP = 35;
/** Leave a group. */
export const IP_DROP_MEMBERSHIP = 36;
/** Hear a source in a group again (RFC 3678 §4.1.2). */
export const IP_UNBLOCK_SOURCE = 37;
/** Hear all sources of a group but this. */
export const IP_BLOCK_SOURCE = 38;
/** Join a group for one source, or for one more. */
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
/** Leave it for that source. */
export const IP_DROP_SOURCE_MEMBERSHIP = 40;
/** Sets whom is heard in a group, all at once (RFC 3678 §4.2). */
export const IP_MSFILTER = 41;
/** Join a group, of either family (RFC 3678 §5.1). */
export const MCAST_JOIN_GROUP = 42;
/** Hear all sources of a group but this. */
export const MCAST_BLOCK_SOURCE = 43;
/** Hear a source in a group again. */
export const MCAST_UNBLOCK_SOURCE = 44;
/** Leave a group. */
export const MCAST_LEAVE_GROUP = 45;
/** Join a group for one source, or for one more. */
export const MCAST_JOIN_SOURCE_GROUP = 46;
/** Leave it for that source. */
export const MCAST_LEAVE_SOURCE_GROUP = 47;
/** As IP_MSFILTER, of either family. */
export const MCAST_MSFILTER = 48;
/** Mode of a filter: all sources but those of its list are heard. */
export const MCAST_EXCLUDE = 0;
/** Mode of a filter: only the sources of its list are heard. */
export const MCAST_INCLUDE = 1;
/** IP_MTU_DISCOVER: any router may fragment. */
export const IP_PMTUDISC_DONT = 0;
/** As the path allows, by path MTU discovery. */
export const IP_PMTUDISC_WANT = 1;
/** Never: what is too large fails with EMSGSIZE. */
export const IP_PMTUDISC_DO = 2;
/** Never, and whatever the path is thought to allow. */
export const IP_PMTUDISC_PROBE = 3;

/** Of a raw socket: where the checksum stands, in octets from the start of what is sent; -1: nowhere (RFC 3542 §3.1). */
export const IPV6_CHECKSUM = 7;
/** The hop limit of what is sent to one host; -1: the default. */
export const IPV6_UNICAST_HOPS = 16;
/** The interface that multicast leaves by, by its index. */
export const IPV6_MULTICAST_IF = 17;
/** The hop limit of multicast that is sent; 1 by default. */
export const IPV6_MULTICAST_HOPS = 18;
/** Whether this host's own members get what is sent. */
export const IPV6_MULTICAST_LOOP = 19;
/** Join a group (RFC 3493 §5.2). */
export const IPV6_JOIN_GROUP = 20;
/** Join a group, by Linux's older name. */
export const IPV6_ADD_MEMBERSHIP = 20;
/** Leave a group. */
export const IPV6_LEAVE_GROUP = 21;
/** Leave a group, by Linux's older name. */
export const IPV6_DROP_MEMBERSHIP = 21;
/** As IP_MTU_DISCOVER. */
export const IPV6_MTU_DISCOVER = 23;
/** The MTU of the path to the connected peer; to be read only. */
export const IPV6_MTU = 24;
/** As IP_RECVERR. */
export const IPV6_RECVERR = 25;
/** The socket takes no IPv4 (RFC 3493 §5.3). */
export const IPV6_V6ONLY = 26;
/** Receive each datagram's destination and interface (RFC 3542 §6). */
export const IPV6_RECVPKTINFO = 49;
/** Control data: source or destination, and interface. */
export const IPV6_PKTINFO = 50;
/** Receive each datagram's hop limit. */
export const IPV6_RECVHOPLIMIT = 51;
/** Control data: the hop limit. */
export const IPV6_HOPLIMIT = 52;
/** Receive each datagram's hop-by-hop options (RFC 3542 §7.2). */
export const IPV6_RECVHOPOPTS = 53;
/** The hop-by-hop options header of what is sent; as control data, that of one datagram. */
export const IPV6_HOPOPTS = 54;
/** Receive each datagram's routing header (RFC 3542 §7.1). */
export const IPV6_RECVRTHDR = 56;
/** The routing header of what is sent: none of its types is known here. */
export const IPV6_RTHDR = 57;
/** Receive each datagram's destination options (RFC 3542 §9). */
export const IPV6_RECVDSTOPTS = 58;
/** The destination options header of what is sent; as control data, that of one datagram. */
export const IPV6_DSTOPTS = 59;
/** What is too large for the path is not cut up (RFC 3542 §11.2). */
export const IPV6_DONTFRAG = 62;
/** Receive each datagram's traffic class. */
export const IPV6_RECVTCLASS = 66;
/** The traffic class of what is sent; as control data, that of one datagram. */
export const IPV6_TCLASS = 67;
/** The least hop limit of what is received (RFC 5082); the same as IP_MINTTL. */
export const IPV6_MINHOPCOUNT = 73;
/** As IP_TRANSPARENT. */
export const IPV6_TRANSPARENT = 75;
/** As IP_FREEBIND. */
export const IPV6_FREEBIND = 78;
/** ICMPv6 types that are not received, a bit for each (RFC 3542 §3.2). */
export const ICMP6_FILTER = 1;

/** What is sent is one datagram, until it is 0 again. */
export const UDP_CORK = 1;

/** Small segments go at once: Nagle's algorithm is off. */
export const TCP_NODELAY = 1;
/** The largest segment, in octets. */
export const TCP_MAXSEG = 2;
/** Only full segments go, for at most 200 ms. */
export const TCP_CORK = 3;
/** Seconds of silence before the first keep-alive probe. */
export const TCP_KEEPIDLE = 4;
/** Seconds between keep-alive probes. */
export const TCP_KEEPINTVL = 5;
/** Unanswered keep-alive probes that end the connection. */
export const TCP_KEEPCNT = 6;
/** How often a SYN is sent again. */
export const TCP_SYNCNT = 7;
/** Seconds in FIN-WAIT-2 after `close`. */
export const TCP_LINGER2 = 8;
/** Seconds that a listener waits for data before it reports a connection. */
export const TCP_DEFER_ACCEPT = 9;
/** No larger window is offered, in octets; 0: by the buffer. */
export const TCP_WINDOW_CLAMP = 10;
/** What TCP knows of the connection; to be read only. */
export const TCP_INFO = 11;
/** Acknowledge without delay. */
export const TCP_QUICKACK = 12;
/** The congestion control, by name. */
export const TCP_CONGESTION = 13;
/** Milliseconds that data may stay unacknowledged (RFC 5482); 0: as the retransmissions have it. */
export const TCP_USER_TIMEOUT = 18;
/** Octets that may be unsent before a writer has to wait; 0: as many as the buffer takes. */
export const TCP_NOTSENT_LOWAT = 25;
/** A listener keeps the headers of the SYNs of its connections. */
export const TCP_SAVE_SYN = 27;
/** The headers that TCP_SAVE_SYN has kept; to be read only, and once. */
export const TCP_SAVED_SYN = 28;
/** Receive how many octets are left to be read. */
export const TCP_INQ = 36;
/** The level of options of raw sockets. */
export const SOL_RAW = 255;
/** ICMP types that are not received, a bit for each from 0 to 31. */
export const ICMP_FILTER = 1;
