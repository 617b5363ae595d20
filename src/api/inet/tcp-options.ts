/** Options of TCP sockets: tcp(7), and those of SOL_SOCKET that concern connections. */
import type { TcpEndpoint, TcpOptions } from "../../stack/index.ts";
import { isInteger } from "../address.ts";
import {
  IPPROTO_TCP,
  SO_ACCEPTCONN,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_OOBINLINE,
  SO_RCVLOWAT,
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
import { errno, statusOf } from "../errors.ts";
import {
  flag,
  integer,
  isInt,
  type Option,
  type OptionTable,
  optionKey,
  pairOf,
  readOnly,
} from "../options.ts";
import { INET_OPTIONS, type InetSocket } from "./inet-options.ts";

export interface TcpOptionSocket extends InetSocket {
  readonly endpoint: TcpEndpoint;
  readonly listening: boolean;
}

/** Microseconds in what a unit of the option is. */
const MILLISECOND = 1_000;
const SECOND = 1_000_000;

/** TCP_MIN_MSS and MAX_TCP_WINDOW of Linux, the bounds of TCP_MAXSEG. */
const LEAST_MSS = 88;
const MOST_MSS = 32_767;
/** RFC 9293 §3.7.1: what is assumed of a peer that announces none. */
const DEFAULT_MSS = 536;

/** Seconds that SO_LINGER may ask for at most; Linux's bound is so high as to be none. */
const MOST_LINGER = 65_535;

/** Linux's bound of TCP_LINGER2, TCP_FIN_TIMEOUT_MAX, in seconds. */
const MOST_LINGER2 = 120;
/** net.ipv4.tcp_fin_timeout. */
const DEFAULT_LINGER2 = 60;

function configure(socket: TcpOptionSocket, changes: Partial<TcpOptions>): number {
  return statusOf(socket.endpoint.configure(changes));
}

type Flags = "noDelay" | "cork" | "keepAlive" | "quickAck" | "oobInline";

function onOff(level: number, name: number, field: Flags): [number, Option<TcpOptionSocket>] {
  const get = ({ endpoint }: TcpOptionSocket): boolean => endpoint.options[field];
  const set = (socket: TcpOptionSocket, on: boolean): number => configure(socket, { [field]: on });
  return [optionKey(level, name), flag(get, set)];
}

type Numbers = "keepIdle" | "keepInterval" | "keepCount" | "userTimeout" | "synCount" | "deferAccept";

/** An option of TCP that is a number of `unit` of what the endpoint has. */
function number(
  name: number,
  field: Numbers,
  least: number,
  most: number,
  unit: number,
): [number, Option<TcpOptionSocket>] {
  const get = ({ endpoint }: TcpOptionSocket): number => Math.round(endpoint.options[field] / unit);
  const set = (socket: TcpOptionSocket, value: number): number =>
    configure(socket, { [field]: value * unit });
  return [optionKey(IPPROTO_TCP, name), integer(least, most, get, set)];
}

const linger: Option<TcpOptionSocket> = {
  get: ({ endpoint }) => {
    const { linger } = endpoint.options;
    return linger < 0 ? [0, 0] : [1, linger];
  },
  set: (socket, value) => {
    const pair = pairOf(value);
    if (pair === undefined || pair[1] < 0) return -errno.EINVAL;
    return configure(socket, { linger: pair[0] === 0 ? -1 : Math.min(pair[1], MOST_LINGER) });
  },
};

const maxSegment: Option<TcpOptionSocket> = {
  get: ({ endpoint }) =>
    endpoint.connected ? endpoint.info().sendMss : endpoint.options.maxSegment || DEFAULT_MSS,
  set: (socket, value) => {
    if (value !== 0 && !isInteger(value, LEAST_MSS, MOST_MSS)) return -errno.EINVAL;
    return configure(socket, { maxSegment: value });
  },
};

/** TCP_LINGER2: negative means not at all (0 to the endpoint), 0 the default. */
const linger2: Option<TcpOptionSocket> = {
  get: ({ endpoint }) =>
    endpoint.options.linger2 === 0 ? -1 : Math.round(endpoint.options.linger2 / SECOND),
  set: (socket, value) => {
    if (!isInt(value)) return -errno.EINVAL;
    const wanted = value === 0 ? DEFAULT_LINGER2 : Math.min(Math.max(value, 0), MOST_LINGER2);
    return configure(socket, { linger2: wanted * SECOND });
  },
};

const congestion: Option<TcpOptionSocket> = {
  get: ({ endpoint }) => endpoint.options.congestion,
  set: (socket, value) => {
    if (typeof value !== "string") return -errno.EINVAL;
    return configure(socket, { congestion: value }) === 0 ? 0 : -errno.ENOENT;
  },
};

/** SO_RCVLOWAT: 0 counts as 1, and a negative value as the most there is (socket(7), and Linux). */
const receiveLowWater: Option<TcpOptionSocket> = {
  get: ({ endpoint }) => endpoint.options.receiveLowWater,
  set: (socket, value) => {
    if (!isInt(value)) return -errno.EINVAL;
    return configure(socket, { receiveLowWater: value < 0 ? 0x7fff_ffff : Math.max(value, 1) });
  },
};

export const TCP_OPTIONS: OptionTable<TcpOptionSocket> = new Map<number, Option<TcpOptionSocket>>([
  ...INET_OPTIONS,
  onOff(SOL_SOCKET, SO_KEEPALIVE, "keepAlive"),
  onOff(SOL_SOCKET, SO_OOBINLINE, "oobInline"),
  onOff(IPPROTO_TCP, TCP_NODELAY, "noDelay"),
  onOff(IPPROTO_TCP, TCP_CORK, "cork"),
  onOff(IPPROTO_TCP, TCP_QUICKACK, "quickAck"),
  number(TCP_KEEPIDLE, "keepIdle", 1, 32_767, SECOND),
  number(TCP_KEEPINTVL, "keepInterval", 1, 32_767, SECOND),
  number(TCP_KEEPCNT, "keepCount", 1, 127, 1),
  number(TCP_SYNCNT, "synCount", 1, 127, 1),
  number(TCP_USER_TIMEOUT, "userTimeout", 0, 0x7fff_ffff, MILLISECOND),
  number(TCP_DEFER_ACCEPT, "deferAccept", 0, 0x7fff_ffff, SECOND),
  [optionKey(SOL_SOCKET, SO_LINGER), linger],
  [optionKey(SOL_SOCKET, SO_RCVLOWAT), receiveLowWater],
  [optionKey(SOL_SOCKET, SO_ACCEPTCONN), readOnly(({ listening }) => (listening ? 1 : 0))],
  [optionKey(IPPROTO_TCP, TCP_MAXSEG), maxSegment],
  [optionKey(IPPROTO_TCP, TCP_LINGER2), linger2],
  [optionKey(IPPROTO_TCP, TCP_CONGESTION), congestion],
  [optionKey(IPPROTO_TCP, TCP_INFO), readOnly(({ endpoint }) => endpoint.info())],
]);
