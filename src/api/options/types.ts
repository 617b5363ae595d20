/** What `getsockopt` gives and `setsockopt` takes, by the constants of level and option. */
import type { FilterInstruction, TcpInfo } from "../../stack/index.ts";
import type {
  ICMP_FILTER,
  ICMP6_FILTER,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BIND_ADDRESS_NO_PORT,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_FREEBIND,
  IP_HDRINCL,
  IP_MINTTL,
  IP_MSFILTER,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TRANSPARENT,
  IP_TTL,
  IP_UNBLOCK_SOURCE,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPV6_CHECKSUM,
  IPV6_DONTFRAG,
  IPV6_FREEBIND,
  IPV6_JOIN_GROUP,
  IPV6_LEAVE_GROUP,
  IPV6_MINHOPCOUNT,
  IPV6_MTU,
  IPV6_MTU_DISCOVER,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_TRANSPARENT,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_ATTACH_FILTER,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_COOKIE,
  SO_DEBUG,
  SO_DETACH_FILTER,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_LOCK_FILTER,
  SO_MARK,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PEEK_OFF,
  SO_PEERCRED,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVMARK,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SO_SNDBUF,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SO_TYPE,
  SOL_RAW,
  SOL_SOCKET,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_INFO,
  TCP_INQ,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
  TCP_QUICKACK,
  TCP_SAVE_SYN,
  TCP_SAVED_SYN,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
  TCP_WINDOW_CLAMP,
  UDP_CORK,
} from "../constants.ts";
import type { GroupOptions } from "./group-types.ts";
import type { HeaderOptions, HeaderOptions6 } from "./header-types.ts";
import type { Credentials } from "./option-value.ts";

export type { GroupOptions } from "./group-types.ts";
export type { HeaderOptions, HeaderOptions6 } from "./header-types.ts";

/** An option that can be read and set. */
interface Both<G, S = G> {
  readonly get: G;
  readonly set: S;
}
/** An option that can only be read. */
interface Get<G> {
  readonly get: G;
}
/** An option that can only be set. */
interface Set<S> {
  readonly set: S;
}
type Pair = readonly [number, number];

/** The options of SOL_SOCKET, and the values that each takes and gives (socket(7)). */
export interface SocketLevelOptions {
  /** {@link SO_DEBUG} */
  [SO_DEBUG]: Both<number>;
  /** {@link SO_REUSEADDR} */
  [SO_REUSEADDR]: Both<number>;
  /** {@link SO_TYPE} */
  [SO_TYPE]: Get<number>;
  /** {@link SO_ERROR} */
  [SO_ERROR]: Get<number>;
  /** {@link SO_DONTROUTE} */
  [SO_DONTROUTE]: Both<number>;
  /** {@link SO_BROADCAST} */
  [SO_BROADCAST]: Both<number>;
  /** {@link SO_SNDBUF} */
  [SO_SNDBUF]: Both<number>;
  /** {@link SO_RCVBUF} */
  [SO_RCVBUF]: Both<number>;
  /** {@link SO_KEEPALIVE} */
  [SO_KEEPALIVE]: Both<number>;
  /** {@link SO_OOBINLINE} */
  [SO_OOBINLINE]: Both<number>;
  /** {@link SO_NO_CHECK} */
  [SO_NO_CHECK]: Both<number>;
  /** {@link SO_PRIORITY} */
  [SO_PRIORITY]: Both<number>;
  /** On or off, and seconds. */
  [SO_LINGER]: Both<Pair>;
  /** {@link SO_REUSEPORT} */
  [SO_REUSEPORT]: Both<number>;
  /** {@link SO_PASSCRED} */
  [SO_PASSCRED]: Both<number>;
  /** {@link SO_PEERCRED} */
  [SO_PEERCRED]: Get<Credentials>;
  /** {@link SO_RCVLOWAT} */
  [SO_RCVLOWAT]: Both<number>;
  /** {@link SO_SNDLOWAT} */
  [SO_SNDLOWAT]: Get<number>;
  /** Seconds and microseconds. */
  [SO_RCVTIMEO]: Both<Pair, Pair | number>;
  /** Seconds and microseconds. */
  [SO_SNDTIMEO]: Both<Pair, Pair | number>;
  /** {@link SO_BINDTODEVICE} */
  [SO_BINDTODEVICE]: Both<string>;
  /** {@link SO_ACCEPTCONN} */
  [SO_ACCEPTCONN]: Get<number>;
  /** {@link SO_PROTOCOL} */
  [SO_PROTOCOL]: Get<number>;
  /** {@link SO_DOMAIN} */
  [SO_DOMAIN]: Get<number>;
  /** {@link SO_COOKIE} */
  [SO_COOKIE]: Get<number>;
  /** {@link SO_TIMESTAMP} */
  [SO_TIMESTAMP]: Both<number>;
  /** {@link SO_TIMESTAMPNS} */
  [SO_TIMESTAMPNS]: Both<number>;
  /** {@link SO_RXQ_OVFL} */
  [SO_RXQ_OVFL]: Both<number>;
  /** A program of classic BPF. */
  [SO_ATTACH_FILTER]: Both<readonly FilterInstruction[]>;
  /** {@link SO_DETACH_FILTER} */
  [SO_DETACH_FILTER]: Set<number>;
  /** {@link SO_LOCK_FILTER} */
  [SO_LOCK_FILTER]: Both<number>;
  /** {@link SO_MARK} */
  [SO_MARK]: Both<number>;
  /** {@link SO_RCVMARK} */
  [SO_RCVMARK]: Both<number>;
  /** {@link SO_PEEK_OFF} */
  [SO_PEEK_OFF]: Both<number>;
}

/** The options of IPPROTO_IP, and the values that each takes and gives (ip(7)). */
export interface IpLevelOptions extends GroupOptions<number>, HeaderOptions {
  /** {@link IP_TOS} */
  [IP_TOS]: Both<number>;
  /** {@link IP_TTL} */
  [IP_TTL]: Both<number>;
  /** {@link IP_HDRINCL} */
  [IP_HDRINCL]: Both<number>;
  /** {@link IP_PKTINFO} */
  [IP_PKTINFO]: Both<number>;
  /** {@link IP_MTU} */
  [IP_MTU]: Get<number>;
  /** {@link IP_BIND_ADDRESS_NO_PORT} */
  [IP_BIND_ADDRESS_NO_PORT]: Both<number>;
  /** {@link IP_FREEBIND} */
  [IP_FREEBIND]: Both<number>;
  /** The group, the address or index of an interface, MCAST_INCLUDE or MCAST_EXCLUDE, and the sources. */
  [IP_MSFILTER]: Set<readonly [number, number, number, readonly number[]]>;
  /** {@link IP_TRANSPARENT} */
  [IP_TRANSPARENT]: Both<number>;
  /** {@link IP_MINTTL} */
  [IP_MINTTL]: Both<number>;
  /** {@link IP_MTU_DISCOVER} */
  [IP_MTU_DISCOVER]: Both<number>;
  /** {@link IP_RECVERR} */
  [IP_RECVERR]: Both<number>;
  /** {@link IP_RECVTTL} */
  [IP_RECVTTL]: Both<number>;
  /** {@link IP_RECVTOS} */
  [IP_RECVTOS]: Both<number>;
  /** {@link IP_MULTICAST_IF} */
  [IP_MULTICAST_IF]: Both<number>;
  /** {@link IP_MULTICAST_TTL} */
  [IP_MULTICAST_TTL]: Both<number>;
  /** {@link IP_MULTICAST_LOOP} */
  [IP_MULTICAST_LOOP]: Both<number>;
  /** The group, and the address or index of an interface. */
  [IP_ADD_MEMBERSHIP]: Set<Pair>;
  /** The group, and the address or index of an interface. */
  [IP_DROP_MEMBERSHIP]: Set<Pair>;
  /** The group, the address or index of an interface, and the source. */
  [IP_ADD_SOURCE_MEMBERSHIP]: Set<readonly [number, number, number]>;
  /** The group, the address or index of an interface, and the source. */
  [IP_DROP_SOURCE_MEMBERSHIP]: Set<readonly [number, number, number]>;
  /** The group, the address or index of an interface, and the source. */
  [IP_BLOCK_SOURCE]: Set<readonly [number, number, number]>;
  /** The group, the address or index of an interface, and the source. */
  [IP_UNBLOCK_SOURCE]: Set<readonly [number, number, number]>;
}

/** The options of IPPROTO_IPV6, and the values that each takes and gives (ipv6(7), RFC 3493 §5, RFC 3542). */
export interface Ipv6LevelOptions extends GroupOptions<bigint>, HeaderOptions6 {
  /** {@link IPV6_CHECKSUM} */
  [IPV6_CHECKSUM]: Both<number>;
  /** The group, a bigint, and the index of an interface. */
  [IPV6_JOIN_GROUP]: Set<readonly [bigint, number]>;
  /** The group, a bigint, and the index of an interface. */
  [IPV6_LEAVE_GROUP]: Set<readonly [bigint, number]>;
  /** {@link IPV6_MTU} */
  [IPV6_MTU]: Both<number>;
  /** {@link IPV6_MTU_DISCOVER} */
  [IPV6_MTU_DISCOVER]: Both<number>;
  /** {@link IPV6_MULTICAST_HOPS} */
  [IPV6_MULTICAST_HOPS]: Both<number>;
  /** {@link IPV6_MULTICAST_IF} */
  [IPV6_MULTICAST_IF]: Both<number>;
  /** {@link IPV6_MULTICAST_LOOP} */
  [IPV6_MULTICAST_LOOP]: Both<number>;
  /** {@link IPV6_RECVERR} */
  [IPV6_RECVERR]: Both<number>;
  /** {@link IPV6_RECVHOPLIMIT} */
  [IPV6_RECVHOPLIMIT]: Both<number>;
  /** {@link IPV6_RECVPKTINFO} */
  [IPV6_RECVPKTINFO]: Both<number>;
  /** {@link IPV6_RECVTCLASS} */
  [IPV6_RECVTCLASS]: Both<number>;
  /** {@link IPV6_TCLASS} */
  [IPV6_TCLASS]: Both<number>;
  /** {@link IPV6_UNICAST_HOPS} */
  [IPV6_UNICAST_HOPS]: Both<number>;
  /** {@link IPV6_DONTFRAG} */
  [IPV6_DONTFRAG]: Both<number>;
  /** {@link IPV6_FREEBIND} */
  [IPV6_FREEBIND]: Both<number>;
  /** {@link IPV6_TRANSPARENT} */
  [IPV6_TRANSPARENT]: Both<number>;
  /** {@link IPV6_MINHOPCOUNT} */
  [IPV6_MINHOPCOUNT]: Both<number>;
  /** {@link IPV6_V6ONLY} */
  [IPV6_V6ONLY]: Both<number>;
}

/** The options of IPPROTO_ICMPV6, and the values that each takes and gives (RFC 3542 §3.2). */
export interface Icmp6LevelOptions {
  /** Eight words of 32 bits. */
  [ICMP6_FILTER]: Both<readonly number[]>;
}

/** The options of IPPROTO_TCP, and the values that each takes and gives (tcp(7)). */
export interface TcpLevelOptions {
  /** {@link TCP_NODELAY} */
  [TCP_NODELAY]: Both<number>;
  /** {@link TCP_MAXSEG} */
  [TCP_MAXSEG]: Both<number>;
  /** {@link TCP_CORK} */
  [TCP_CORK]: Both<number>;
  /** {@link TCP_KEEPIDLE} */
  [TCP_KEEPIDLE]: Both<number>;
  /** {@link TCP_KEEPINTVL} */
  [TCP_KEEPINTVL]: Both<number>;
  /** {@link TCP_KEEPCNT} */
  [TCP_KEEPCNT]: Both<number>;
  /** {@link TCP_SYNCNT} */
  [TCP_SYNCNT]: Both<number>;
  /** {@link TCP_LINGER2} */
  [TCP_LINGER2]: Both<number>;
  /** {@link TCP_DEFER_ACCEPT} */
  [TCP_DEFER_ACCEPT]: Both<number>;
  /** {@link TCP_INQ} */
  [TCP_INQ]: Both<number>;
  /** {@link TCP_INFO} */
  [TCP_INFO]: Get<Readonly<TcpInfo>>;
  /** {@link TCP_QUICKACK} */
  [TCP_QUICKACK]: Both<number>;
  /** {@link TCP_CONGESTION} */
  [TCP_CONGESTION]: Both<string>;
  /** {@link TCP_NOTSENT_LOWAT} */
  [TCP_NOTSENT_LOWAT]: Both<number>;
  /** {@link TCP_SAVE_SYN} */
  [TCP_SAVE_SYN]: Both<number>;
  /** {@link TCP_SAVED_SYN} */
  [TCP_SAVED_SYN]: Get<Uint8Array>;
  /** {@link TCP_WINDOW_CLAMP} */
  [TCP_WINDOW_CLAMP]: Both<number>;
  /** {@link TCP_USER_TIMEOUT} */
  [TCP_USER_TIMEOUT]: Both<number>;
}

/** The options of IPPROTO_UDP, and the values that each takes and gives (udp(7)). */
export interface UdpLevelOptions {
  [UDP_CORK]: Both<number>;
}

/** The options of SOL_RAW, and the values that each takes and gives (raw(7)). */
export interface RawLevelOptions {
  /** {@link ICMP_FILTER} */
  [ICMP_FILTER]: Both<number>;
}

/** The options by their level. */
export interface OptionTypes {
  /** {@link SOL_SOCKET} */
  [SOL_SOCKET]: SocketLevelOptions;
  /** {@link IPPROTO_IP} */
  [IPPROTO_IP]: IpLevelOptions;
  /** {@link IPPROTO_IPV6} */
  [IPPROTO_IPV6]: Ipv6LevelOptions;
  /** {@link IPPROTO_ICMPV6} */
  [IPPROTO_ICMPV6]: Icmp6LevelOptions;
  /** {@link IPPROTO_TCP} */
  [IPPROTO_TCP]: TcpLevelOptions;
  [IPPROTO_UDP]: UdpLevelOptions;
  [SOL_RAW]: RawLevelOptions;
}

/** A level that options are of: SOL_SOCKET, IPPROTO_IP, … */
export type OptionLevel = keyof OptionTypes;

/** The options of a level that can be read. */
export type ReadableOption<L extends OptionLevel> = {
  [N in keyof OptionTypes[L]]: OptionTypes[L][N] extends Get<unknown> ? N : never;
}[keyof OptionTypes[L]];

/** The options of a level that can be set. */
export type SettableOption<L extends OptionLevel> = {
  [N in keyof OptionTypes[L]]: OptionTypes[L][N] extends Set<unknown> ? N : never;
}[keyof OptionTypes[L]];

/** What `getsockopt` gives for an option. */
export type OptionGiven<L extends OptionLevel, N extends ReadableOption<L>> =
  OptionTypes[L][N] extends Get<infer G> ? G : never;

/** What `setsockopt` takes for an option. */
export type OptionTaken<L extends OptionLevel, N extends SettableOption<L>> =
  OptionTypes[L][N] extends Set<infer S> ? S : never;
