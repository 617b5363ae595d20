/** The options of IPPROTO_TCP: tcp(7). */
import {
  IPPROTO_TCP,
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
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import { type TcpLike, tcp } from "./places.ts";
import { held, type OptionRow, type Place, readOnly } from "./rows.ts";
import { anyInteger, integerFrom, name, ON_OFF, reading, type Shape, STRICT_ON_OFF } from "./shapes.ts";

/** Microseconds in what a unit of the option is. */
const MILLISECOND = 1_000;
const SECOND = 1_000_000;

/** TCP_MIN_MSS and MAX_TCP_WINDOW of Linux, the bounds of TCP_MAXSEG. */
const LEAST_MSS = 88;
const MOST_MSS = 32_767;
/** RFC 9293 §3.7.1: what is assumed of a peer that announces none. */
const DEFAULT_MSS = 536;

/** Linux's bound of TCP_LINGER2, TCP_FIN_TIMEOUT_MAX, in seconds. */
const MOST_LINGER2 = 120;
/** net.ipv4.tcp_fin_timeout. */
const DEFAULT_LINGER2 = 60;

/** The names of RFC 5681's congestion control: Linux's, and ours. */
const RENO = "reno";
const NEWRENO = "newreno";

function row(
  name: string,
  number: number,
  shape: Shape,
  place: Place<TcpLike>,
  meaning: string,
  more: Partial<OptionRow> = {},
): OptionRow {
  return {
    name,
    level: IPPROTO_TCP,
    number,
    family: "inet",
    shape,
    places: { tcp: place },
    meaning,
    ...more,
  };
}

const maxSegment: Place<TcpLike> = {
  effect: "acts",
  get: ({ endpoint }) =>
    endpoint.connected ? endpoint.info().sendMss : endpoint.options.maxSegment || DEFAULT_MSS,
  set: ({ endpoint }, value: number) => statusOf(endpoint.configure({ maxSegment: value })),
};

/** TCP_LINGER2: negative means not at all (0 to the endpoint), 0 the default. */
const linger2: Place<TcpLike> = {
  effect: "acts",
  get: ({ endpoint }) =>
    endpoint.options.linger2 === 0 ? -1 : Math.round(endpoint.options.linger2 / SECOND),
  set: ({ endpoint }, value: number) =>
    statusOf(endpoint.configure({ linger2: Math.max(value, 0) * SECOND })),
};

const congestion: Place<TcpLike> = {
  effect: "acts",
  get: ({ endpoint }) => (endpoint.options.congestion === NEWRENO ? RENO : endpoint.options.congestion),
  set: ({ endpoint }, value: string) =>
    endpoint.configure({ congestion: value === RENO ? NEWRENO : value }) === undefined ? 0 : -errno.ENOENT,
};

/** SOCK_MIN_RCVBUF / 2 of Linux: no window is clamped to less. */
const LEAST_CLAMP = 1152;

/** A connection that is open cannot be told to forget it, as on Linux. */
const windowClamp: Place<TcpLike> = {
  effect: "acts",
  get: ({ endpoint }) => endpoint.options.windowClamp,
  set: ({ endpoint }, value: number) =>
    value === 0 && endpoint.state !== "closed"
      ? -errno.EINVAL
      : statusOf(endpoint.configure({ windowClamp: value })),
};

/** A C `unsigned int`, of which a program reads a C `int`. */
const unsentLowWater: Place<TcpLike> = {
  effect: "acts",
  get: ({ endpoint }) => endpoint.options.unsentLowWater | 0,
  set: ({ endpoint }, value: number) => statusOf(endpoint.configure({ unsentLowWater: value >>> 0 })),
};

const savedSyn = readOnly(({ endpoint }: TcpLike) => {
  const saved = endpoint.savedSyn ?? new Uint8Array();
  endpoint.savedSyn = undefined;
  return saved;
});

/** The rows of level IPPROTO_TCP. */
export const TCP_ROWS: readonly OptionRow[] = [
  row("TCP_NODELAY", TCP_NODELAY, ON_OFF, tcp("noDelay"), "Nagle's algorithm is off (RFC 1122 §4.2.3.4)"),
  row("TCP_CORK", TCP_CORK, ON_OFF, tcp("cork"), "only full segments, for at most 200 ms"),
  row(
    "TCP_MAXSEG",
    TCP_MAXSEG,
    integerFrom(LEAST_MSS, MOST_MSS, {
      unit: "octets",
      special: { 0: 0 },
      samples: ["1000", "87", "88", "32767", "32768", "-1"],
    }),
    maxSegment,
    "the largest segment; 0: by the route; read: what is in use",
  ),
  row(
    "TCP_KEEPIDLE",
    TCP_KEEPIDLE,
    integerFrom(1, 32_767, { unit: "seconds" }),
    tcp("keepIdle", SECOND),
    "silence before the first probe",
  ),
  row(
    "TCP_KEEPINTVL",
    TCP_KEEPINTVL,
    integerFrom(1, 32_767, { unit: "seconds" }),
    tcp("keepInterval", SECOND),
    "time between probes",
  ),
  row("TCP_KEEPCNT", TCP_KEEPCNT, integerFrom(1, 127), tcp("keepCount"), "probes before giving up"),
  row(
    "TCP_SYNCNT",
    TCP_SYNCNT,
    integerFrom(1, 127, { samples: ["2", "1", "0", "127", "128"] }),
    tcp("synCount"),
    "times that a SYN is sent again",
  ),
  row(
    "TCP_USER_TIMEOUT",
    TCP_USER_TIMEOUT,
    integerFrom(0, 0x7fff_ffff, { unit: "milliseconds" }),
    tcp("userTimeout", MILLISECOND),
    "give up when nothing is acknowledged for so long (RFC 5482); 0: by R2",
  ),
  row(
    "TCP_LINGER2",
    TCP_LINGER2,
    anyInteger(
      "seconds, 120 at most; 0: 60; negative is -1: not at all",
      (given) => (given === 0 ? DEFAULT_LINGER2 : given < 0 ? -1 : Math.min(given, MOST_LINGER2)),
      ["20", "-1", "120", "0", "121", "-7"],
    ),
    linger2,
    "how long an orphan waits for the peer's FIN",
  ),
  row(
    "TCP_DEFER_ACCEPT",
    TCP_DEFER_ACCEPT,
    anyInteger(
      "seconds; 0 or less: at once. Not rounded to retransmissions, as Linux does",
      (given) => Math.max(given, 0),
      ["0", "-1", "1", "3", "7"],
    ),
    tcp("deferAccept", SECOND),
    "`accept` gives a connection when it has sent something, or after so long",
  ),
  row("TCP_QUICKACK", TCP_QUICKACK, ON_OFF, tcp("quickAck"), "acknowledge without delay"),
  row(
    "TCP_CONGESTION",
    TCP_CONGESTION,
    name('"cubic", "reno" (also "newreno"), "fixed", or one that the stack was given; ENOENT', [
      "cubic",
      "nothing",
      "reno",
    ]),
    congestion,
    "the congestion control",
    { hostDefault: "net.ipv4.tcp_congestion_control" },
  ),
  row(
    "TCP_WINDOW_CLAMP",
    TCP_WINDOW_CLAMP,
    anyInteger(
      `octets, ${LEAST_CLAMP} at least; 0: none, before it is connected; EINVAL after`,
      (given) => (given === 0 ? 0 : Math.max(given, LEAST_CLAMP)),
      ["5000", "0", "1", "-1"],
    ),
    windowClamp,
    "no larger window is offered",
  ),
  row(
    "TCP_NOTSENT_LOWAT",
    TCP_NOTSENT_LOWAT,
    anyInteger("octets; 0: as many as the send buffer takes", (given) => given, ["1", "5000", "-1", "0"]),
    unsentLowWater,
    "a writer waits while so much was never sent; it is told of room from half of it on",
  ),
  row(
    "TCP_SAVE_SYN",
    TCP_SAVE_SYN,
    STRICT_ON_OFF,
    tcp("saveSyn"),
    "a listener keeps the headers of its connections' SYNs",
  ),
  row(
    "TCP_SAVED_SYN",
    TCP_SAVED_SYN,
    reading("octets, from the IP header on; none where none were kept, or they were read", "octets"),
    savedSyn,
    "those headers, once",
  ),
  row(
    "TCP_INQ",
    TCP_INQ,
    STRICT_ON_OFF,
    held(IPPROTO_TCP, TCP_INQ, 0, "acts") as Place<TcpLike>,
    "control data: octets that are left to be read",
  ),
  row(
    "TCP_INFO",
    TCP_INFO,
    reading("a `TcpInfo`, times in µs", "record"),
    readOnly(({ endpoint }: TcpLike) => endpoint.info()),
    "the state of the connection",
    { incomparable: "a record of its own: Linux's is a C structure" },
  ),
];
