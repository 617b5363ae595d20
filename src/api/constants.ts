/**
 * The numbers of the socket interface, as Linux on x86-64 has them (other systems number differently): a
 * program's literals, Guile's variables and these mean the same.
 */

/** No family: `connect` to it dissolves a connection. */
export const AF_UNSPEC = 0;
/** Sockets of one host, named by paths. */
export const AF_UNIX = 1;
/** Other names of AF_UNIX: POSIX's, and that of the GNU manuals. */
export const AF_LOCAL = 1;
/** AF_UNIX, by the name of the GNU manuals. */
export const AF_FILE = 1;
/** IPv4. */
export const AF_INET = 2;
/** IPv6: `socket` answers EAFNOSUPPORT. */
export const AF_INET6 = 10;
/** Whole frames of an interface. */
export const AF_PACKET = 17;
/** AF_UNSPEC, as a family of protocols. */
export const PF_UNSPEC = 0;
/** AF_UNIX, as a family of protocols. */
export const PF_UNIX = 1;
/** AF_UNIX, as a family of protocols. */
export const PF_LOCAL = 1;
/** AF_UNIX, as a family of protocols. */
export const PF_FILE = 1;
/** AF_INET, as a family of protocols. */
export const PF_INET = 2;
/** AF_INET6, as a family of protocols. */
export const PF_INET6 = 10;
/** AF_PACKET, as a family of protocols. */
export const PF_PACKET = 17;

/** A stream of octets: TCP for AF_INET. */
export const SOCK_STREAM = 1;
/** Datagrams: UDP for AF_INET. */
export const SOCK_DGRAM = 2;
/** Raw IP datagrams (AF_INET), or frames with their header (AF_PACKET). */
export const SOCK_RAW = 3;
/** Reliable datagrams, which no family here has: ESOCKTNOSUPPORT. */
export const SOCK_RDM = 4;
/** A connection that keeps the bounds of messages (AF_UNIX). */
export const SOCK_SEQPACKET = 5;
/** Or'ed to the style: calls on the new socket never wait. */
export const SOCK_NONBLOCK = 0o4000;
/** Or'ed to the style; without meaning here, since there is no `exec`. */
export const SOCK_CLOEXEC = 0o2000000;

/** IP itself: the level of its options, and as a protocol of `socket` the style's own. */
export const IPPROTO_IP = 0;
/** ICMP, for raw sockets. */
export const IPPROTO_ICMP = 1;
/** IGMP, for raw sockets. */
export const IPPROTO_IGMP = 2;
/** TCP, and the level of its options. */
export const IPPROTO_TCP = 6;
/** UDP. */
export const IPPROTO_UDP = 17;
/** A raw socket that only sends, each datagram with an IP header of its own. */
export const IPPROTO_RAW = 255;

/** EtherTypes, the protocols of AF_PACKET; in host order here. */
export const ETH_P_ALL = 0x0003;
/** IPv4. */
export const ETH_P_IP = 0x0800;
/** ARP. */
export const ETH_P_ARP = 0x0806;
/** What an AF_PACKET address says of a frame: to us, to all, to a group, to another host, or from us. */
export const PACKET_HOST = 0;
/** To all stations. */
export const PACKET_BROADCAST = 1;
/** To a group of stations. */
export const PACKET_MULTICAST = 2;
/** To another station. */
export const PACKET_OTHERHOST = 3;
/** Sent by this host. */
export const PACKET_OUTGOING = 4;

/** Addresses as integers in host order. */
export const INADDR_ANY = 0;
/** 127.0.0.1, this host. */
export const INADDR_LOOPBACK = 0x7f00_0001;
/** 255.255.255.255, all hosts on the link. */
export const INADDR_BROADCAST = 0xffff_ffff;
/** What `inet_addr` gives for a text that is no address. */
export const INADDR_NONE = 0xffff_ffff;

/** The most connections that `listen` lets wait (net.core.somaxconn of Linux since 5.4). */
export const SOMAXCONN = 4096;

/** `shutdown`: nothing more is received. */
export const SHUT_RD = 0;
/** `shutdown`: nothing more is sent; what is queued still goes. */
export const SHUT_WR = 1;
/** `shutdown`: both. */
export const SHUT_RDWR = 2;

/** The urgent octet, out of line (RFC 6093). */
export const MSG_OOB = 0x1;
/** What is received stays in the queue. */
export const MSG_PEEK = 0x2;
/** Only to hosts on a directly connected network. */
export const MSG_DONTROUTE = 0x4;
/** Sends nothing, but finds out whether it could (of datagrams). */
export const MSG_PROBE = 0x10;
/** Given back by recvmsg: control data were cut off. */
export const MSG_CTRUNC = 0x8;
/** Receiving: give the whole length of a datagram that did not fit. Given back: it did not fit. */
export const MSG_TRUNC = 0x20;
/** This call does not wait: EAGAIN instead. */
export const MSG_DONTWAIT = 0x40;
/** The end of a record, of seqpacket sockets. */
export const MSG_EOR = 0x80;
/** Wait until the buffer is full, or the stream ends. */
export const MSG_WAITALL = 0x100;
/** The neighbour has answered, so it need not be asked for; without effect here. */
export const MSG_CONFIRM = 0x800;
/** Receive from the queue of errors (IP_RECVERR). */
export const MSG_ERRQUEUE = 0x2000;
/** No SIGPIPE; there is none here. */
export const MSG_NOSIGNAL = 0x4000;
/** More follows: what is no full segment waits for it. */
export const MSG_MORE = 0x8000;
/** Passed descriptors close on `exec`; without meaning here. */
export const MSG_CMSG_CLOEXEC = 0x4000_0000;

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
/** Receive how many messages were lost before each. */
export const SO_RXQ_OVFL = 40;
/** The filter can no more be changed. */
export const SO_LOCK_FILTER = 44;
/** A number that no other socket of the stack has. */
export const SO_COOKIE = 57;

/** The type of service octet of what is sent. */
export const IP_TOS = 1;
/** The time to live of what is sent. */
export const IP_TTL = 2;
/** What a raw socket sends begins with an IP header. */
export const IP_HDRINCL = 3;
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
/** Values of IP_MTU_DISCOVER. */
export const IP_PMTUDISC_DONT = 0;
/** As the path allows, by path MTU discovery. */
export const IP_PMTUDISC_WANT = 1;
/** Never: what is too large fails with EMSGSIZE. */
export const IP_PMTUDISC_DO = 2;
/** Never, and whatever the path is thought to allow. */
export const IP_PMTUDISC_PROBE = 3;

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
/** What TCP knows of the connection; to be read only. */
export const TCP_INFO = 11;
/** Acknowledge without delay. */
export const TCP_QUICKACK = 12;
/** The congestion control, by name. */
export const TCP_CONGESTION = 13;
/** Milliseconds that data may stay unacknowledged (RFC 5482); 0: as the retransmissions have it. */
export const TCP_USER_TIMEOUT = 18;
/** Receive how many octets are left to be read. */
export const TCP_INQ = 36;
/** The level of options of raw sockets. */
export const SOL_RAW = 255;
/** ICMP types that are not received, a bit for each from 0 to 31. */
export const ICMP_FILTER = 1;

/** Kinds of control data (ancillary data). */
export const SCM_RIGHTS = 1;
/** Who the sender is. */
export const SCM_CREDENTIALS = 2;

/** There is something to read: data, the end, an error, or a connection. */
export const POLLIN = 0x001;
/** Urgent data. */
export const POLLPRI = 0x002;
/** A write would not wait. */
export const POLLOUT = 0x004;
/** There is an error; always told. */
export const POLLERR = 0x008;
/** Both directions have ended; always told. */
export const POLLHUP = 0x010;
/** The socket is closed; always told. */
export const POLLNVAL = 0x020;
/** As POLLIN. */
export const POLLRDNORM = 0x040;
/** As POLLPRI, where there is priority data; never on these sockets. */
export const POLLRDBAND = 0x080;
/** As POLLOUT. */
export const POLLWRNORM = 0x100;
/** As POLLOUT, for priority data. */
export const POLLWRBAND = 0x200;
/** The peer has ended its direction. */
export const POLLRDHUP = 0x2000;

/** As POLLIN. */
export const EPOLLIN = 0x001;
/** As POLLPRI. */
export const EPOLLPRI = 0x002;
/** As POLLOUT. */
export const EPOLLOUT = 0x004;
/** As POLLERR; always told. */
export const EPOLLERR = 0x008;
/** As POLLHUP; always told. */
export const EPOLLHUP = 0x010;
/** As POLLRDHUP. */
export const EPOLLRDHUP = 0x2000;
/** Told once; then not before EPOLL_CTL_MOD. */
export const EPOLLONESHOT = 0x4000_0000;
/** Edge triggered. The sign bit: as a JavaScript integer it is 2^31. */
export const EPOLLET = 0x8000_0000;
/** Puts a socket into the set. */
export const EPOLL_CTL_ADD = 1;
/** Takes a socket out of the set. */
export const EPOLL_CTL_DEL = 2;
/** Changes what is asked of a socket in the set. */
export const EPOLL_CTL_MOD = 3;

/** `fcntl`: a duplicate; refused, use `dup`. */
export const F_DUPFD = 0;
/** `fcntl`: the flags of the descriptor. */
export const F_GETFD = 1;
/** `fcntl`: sets them; without meaning here. */
export const F_SETFD = 2;
/** `fcntl`: O_RDWR, and O_NONBLOCK if calls do not wait. */
export const F_GETFL = 3;
/** `fcntl`: sets or clears O_NONBLOCK. */
export const F_SETFL = 4;
/** Closed on `exec`; without meaning here. */
export const FD_CLOEXEC = 1;
/** Every socket is open for both. */
export const O_RDWR = 2;
/** Calls do not wait: EAGAIN or EINPROGRESS instead. */
export const O_NONBLOCK = 0o4000;

/** Requests of `ioctl`. */
export const FIONREAD = 0x541b;
/** Sets or clears O_NONBLOCK. */
export const FIONBIO = 0x5421;
/** Octets that were sent and are not acknowledged. */
export const SIOCOUTQ = 0x5411;
/** As FIONREAD. */
export const SIOCINQ = 0x541b;
/** Whether the next octet is the one behind the urgent data. */
export const SIOCATMARK = 0x8905;

/** Without a name: the address to listen on, INADDR_ANY. */
export const AI_PASSIVE = 0x1;
/** Give the host's own name too. */
export const AI_CANONNAME = 0x2;
/** The name must be an address. */
export const AI_NUMERICHOST = 0x4;
/** IPv4 addresses as IPv6 ones; without effect here. */
export const AI_V4MAPPED = 0x8;
/** Addresses of both families; without effect here. */
export const AI_ALL = 0x10;
/** Only of families that the host has an address of; without effect here. */
export const AI_ADDRCONFIG = 0x20;
/** The service must be a port number. */
export const AI_NUMERICSERV = 0x400;
/** `getaddrinfo`: flags that there are not. */
export const EAI_BADFLAGS = -1;
/** `getaddrinfo`: the name or service is not known. */
export const EAI_NONAME = -2;
/** `getaddrinfo`: the name server did not answer. */
export const EAI_AGAIN = -3;
/** `getaddrinfo`: the name server has failed. */
export const EAI_FAIL = -4;
/** `getaddrinfo`: the name has no address. */
export const EAI_NODATA = -5;
/** `getaddrinfo`: the family is not supported. */
export const EAI_FAMILY = -6;
/** `getaddrinfo`: the style is not supported. */
export const EAI_SOCKTYPE = -7;
/** `getaddrinfo`: the style has no such service. */
export const EAI_SERVICE = -8;
/** `getaddrinfo`: the system has failed. */
export const EAI_SYSTEM = -11;
