/** What `getsockopt` gives and `setsockopt` takes, by the constants of level and option. */
import type { TcpInfo } from "../../stack/index.ts";
import type {
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_HDRINCL,
  IP_MTU_DISCOVER,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_TCP,
  SO_ACCEPTCONN,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_COOKIE,
  SO_DEBUG,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PEERCRED,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TYPE,
  SOL_SOCKET,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
} from "../constants.ts";
import type { Credentials } from "./option-value.ts";

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

/** socket(7). */
export interface SocketLevelOptions {
  [SO_DEBUG]: Both<number>;
  [SO_REUSEADDR]: Both<number>;
  [SO_TYPE]: Get<number>;
  [SO_ERROR]: Get<number>;
  [SO_DONTROUTE]: Both<number>;
  [SO_BROADCAST]: Both<number>;
  [SO_SNDBUF]: Both<number>;
  [SO_RCVBUF]: Both<number>;
  [SO_KEEPALIVE]: Both<number>;
  [SO_OOBINLINE]: Both<number>;
  [SO_NO_CHECK]: Both<number>;
  [SO_PRIORITY]: Both<number>;
  /** On or off, and seconds. */
  [SO_LINGER]: Both<Pair>;
  [SO_REUSEPORT]: Both<number>;
  [SO_PASSCRED]: Both<number>;
  [SO_PEERCRED]: Get<Credentials>;
  [SO_RCVLOWAT]: Both<number>;
  [SO_SNDLOWAT]: Get<number>;
  /** Seconds and microseconds. */
  [SO_RCVTIMEO]: Both<Pair, Pair | number>;
  [SO_SNDTIMEO]: Both<Pair, Pair | number>;
  [SO_BINDTODEVICE]: Both<string>;
  [SO_ACCEPTCONN]: Get<number>;
  [SO_PROTOCOL]: Get<number>;
  [SO_DOMAIN]: Get<number>;
  [SO_COOKIE]: Get<number>;
}

/** ip(7). */
export interface IpLevelOptions {
  [IP_TOS]: Both<number>;
  [IP_TTL]: Both<number>;
  [IP_HDRINCL]: Both<number>;
  [IP_PKTINFO]: Both<number>;
  [IP_MTU_DISCOVER]: Both<number>;
  [IP_RECVERR]: Both<number>;
  [IP_RECVTTL]: Both<number>;
  [IP_RECVTOS]: Both<number>;
  [IP_MULTICAST_IF]: Both<number>;
  [IP_MULTICAST_TTL]: Both<number>;
  [IP_MULTICAST_LOOP]: Both<number>;
  /** The group, and the address or index of an interface. */
  [IP_ADD_MEMBERSHIP]: Set<Pair>;
  [IP_DROP_MEMBERSHIP]: Set<Pair>;
}

/** tcp(7). */
export interface TcpLevelOptions {
  [TCP_NODELAY]: Both<number>;
  [TCP_MAXSEG]: Both<number>;
  [TCP_CORK]: Both<number>;
  [TCP_KEEPIDLE]: Both<number>;
  [TCP_KEEPINTVL]: Both<number>;
  [TCP_KEEPCNT]: Both<number>;
  [TCP_SYNCNT]: Both<number>;
  [TCP_LINGER2]: Both<number>;
  [TCP_DEFER_ACCEPT]: Both<number>;
  [TCP_INFO]: Get<Readonly<TcpInfo>>;
  [TCP_QUICKACK]: Both<number>;
  [TCP_CONGESTION]: Both<string>;
  [TCP_USER_TIMEOUT]: Both<number>;
}

/** The options by their level. */
export interface OptionTypes {
  [SOL_SOCKET]: SocketLevelOptions;
  [IPPROTO_IP]: IpLevelOptions;
  [IPPROTO_TCP]: TcpLevelOptions;
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
