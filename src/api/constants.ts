/**
 * The numbers of the socket interface, as Linux on x86-64 has them (other systems number differently): a
 * program's literals, Guile's variables and these mean the same.
 */

export * from "./option-constants.ts";

/** No family: `connect` to it dissolves a connection. */
export const AF_UNSPEC = 0;
/** Sockets of one host, named by paths. */
export const AF_UNIX = 1;
/** AF_UNIX, by the name of POSIX. */
export const AF_LOCAL = 1;
/** AF_UNIX, by the name of the GNU manuals. */
export const AF_FILE = 1;
/** IPv4. */
export const AF_INET = 2;
/** IPv6. */
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
/** IPv6: the level of its options. */
export const IPPROTO_IPV6 = 41;
/** ICMPv6, for raw sockets of AF_INET6, and the level of ICMP6_FILTER. */
export const IPPROTO_ICMPV6 = 58;
/** A raw socket that only sends, each datagram with an IP header of its own. */
export const IPPROTO_RAW = 255;

/** Frames of every EtherType. As all protocols of AF_PACKET, in host order here. */
export const ETH_P_ALL = 0x0003;
/** IPv4. */
export const ETH_P_IP = 0x0800;
/** IPv6. */
export const ETH_P_IPV6 = 0x86dd;
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

/** 0.0.0.0: any address of this host. As an integer in host order. */
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

/** Control data: sockets that are passed to the receiver. */
export const SCM_RIGHTS = 1;
/** Control data: who the sender is. */
export const SCM_CREDENTIALS = 2;

/** There is something to read: data, the end, an error, or a connection. */
export const POLLIN = 0x001;
/** Urgent data. */
export const POLLPRI = 0x002;
/** A write would not wait. */
export const POLLOUT = 0x004;
/** There is an error; always told. */
export const POLLERR = 0x008;
/** Reading and writing have both ended; always told. */
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

/** `ioctl`: octets that a read would find. */
export const FIONREAD = 0x541b;
/** `ioctl`: sets or clears O_NONBLOCK. */
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
/** Where there are no IPv6 addresses, IPv4 ones as mapped ones. */
export const AI_V4MAPPED = 0x8;
/** With AI_V4MAPPED: mapped addresses besides those of IPv6. */
export const AI_ALL = 0x10;
/** Only of families that the host has an address of, loopback aside. */
export const AI_ADDRCONFIG = 0x20;
/** The service must be a port number. */
export const AI_NUMERICSERV = 0x400;
/** `getnameinfo`: the address in text, and no name. */
export const NI_NUMERICHOST = 0x1;
/** `getnameinfo`: the port in text, and no name. */
export const NI_NUMERICSERV = 0x2;
/** `getnameinfo`: of hosts of one's own domain the name without it; here no name is of such. */
export const NI_NOFQDN = 0x4;
/** `getnameinfo`: a host without a name is an error. */
export const NI_NAMEREQD = 0x8;
/** `getnameinfo`: the service is one of UDP. */
export const NI_DGRAM = 0x10;
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
/** `getaddrinfo`: the name has no address of this family. */
export const EAI_ADDRFAMILY = -9;
/** `getaddrinfo`: the family is not supported. */
export const EAI_FAMILY = -6;
/** `getaddrinfo`: the style is not supported. */
export const EAI_SOCKTYPE = -7;
/** `getaddrinfo`: the style has no such service. */
export const EAI_SERVICE = -8;
/** `getaddrinfo`: the system has failed. */
export const EAI_SYSTEM = -11;
