/** The options of SOL_SOCKET: socket(7). */
import {
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
  SOL_SOCKET,
} from "../constants.ts";
import { errno } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import { attachFilter, detachFilter, lockFilter, stamp, stampKept } from "./filters.ts";
import { deviceBound, raw, tcp, type UnixLike, udp } from "./places.ts";
import { held, INET, KINDS, type OptionRow, on, type Places, readOnly, refusing, UNIX } from "./rows.ts";
import {
  anyInteger,
  INVALID,
  integerFrom,
  isInteger,
  name,
  ON_OFF,
  reading,
  type Shape,
  setting,
  TIME,
} from "./shapes.ts";
import {
  deviceKept,
  kept,
  LINGER,
  LOW_WATER,
  lingerKeptOnly,
  lingerOfTcp,
  listens,
  lowWaterOfTcp,
  NO_CREDENTIALS,
  neverShared,
  packetReceiveBuffer,
  passCredentials,
  peekOffset,
  timeout,
  unixSendBuffer,
} from "./socket-places.ts";

/** The largest buffer; a larger wish is taken as this. */
const LARGEST_BUFFER = 64 * 1024 * 1024;
/** The smallest that the kernel gives: SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF. */
const LEAST_SEND_BUFFER = 4608;
const LEAST_RECEIVE_BUFFER = 2304;
/** net.core.wmem_default and rmem_default, where no endpoint has its own. */
const DEFAULT_BUFFER = 212_992;

/** SO_PRIORITY of who may not more; there are no queues to choose from. */
const MOST_PRIORITY = 6;

function row(
  name: string,
  number: number,
  shape: Shape,
  places: Places,
  meaning: string,
  more: Partial<OptionRow> = {},
): OptionRow {
  return { name, level: SOL_SOCKET, number, family: "any", shape, places, meaning, ...more };
}

/** On or off everywhere, but with its own place on some kinds. */
function flag(
  name: string,
  number: number,
  meaning: string,
  acting: Places = {},
  initial: Places = {},
): OptionRow {
  return row(name, number, ON_OFF, { ...on(KINDS, kept(number)), ...initial, ...acting }, meaning);
}

function buffer(name: string, number: number, least: number, acting: Places, meaning: string): OptionRow {
  const shape: Shape = {
    text: `octets, ${least} at least and 64 MiB at most`,
    kind: "number",
    check: (given) =>
      isInteger(given, 0, 0x7fff_ffff) ? Math.min(Math.max(given, least), LARGEST_BUFFER) : INVALID,
    samples: ["1", "0", String(least)],
  };
  const places = { ...on(KINDS, kept(number, DEFAULT_BUFFER)), ...acting };
  const incomparable = "Linux doubles what it is given, for its own bookkeeping, and caps it by a sysctl";
  return row(name, number, shape, places, meaning, { incomparable });
}

/** The rows of level SOL_SOCKET. */
export const SOCKET_ROWS: readonly OptionRow[] = [
  row(
    "SO_TYPE",
    SO_TYPE,
    reading("SOCK_STREAM, …"),
    on(
      KINDS,
      readOnly((s: SocketOperations) => s.style),
    ),
    "the style",
  ),
  row(
    "SO_DOMAIN",
    SO_DOMAIN,
    reading("AF_INET, …"),
    on(
      KINDS,
      readOnly((s: SocketOperations) => s.family),
    ),
    "the family",
  ),
  row(
    "SO_PROTOCOL",
    SO_PROTOCOL,
    reading("IPPROTO_TCP, …"),
    on(
      KINDS,
      readOnly((s: SocketOperations) => s.protocol),
    ),
    "the protocol",
  ),
  row(
    "SO_ERROR",
    SO_ERROR,
    reading("a positive errno, or 0"),
    on(
      KINDS,
      readOnly((s: SocketOperations) => Math.abs(s.takeError())),
    ),
    "the pending error, cleared by reading it",
  ),
  row(
    "SO_ACCEPTCONN",
    SO_ACCEPTCONN,
    reading("0 or 1"),
    {
      ...on(
        KINDS,
        readOnly(() => 0),
      ),
      tcp: listens,
      "unix-stream": listens,
      "unix-seqpacket": listens,
    },
    "whether it listens",
  ),
  row(
    "SO_COOKIE",
    SO_COOKIE,
    reading("an integer, another one for each socket of a stack"),
    on(
      KINDS,
      readOnly((s: SocketOperations) => s.kept.takeCookie()),
    ),
    "who it is",
    { incomparable: "the kernel counts its own sockets" },
  ),
  row(
    "SO_RCVTIMEO",
    SO_RCVTIMEO,
    TIME,
    on(KINDS, timeout("receiveTimeout")),
    "how long a call waits to receive",
  ),
  row("SO_SNDTIMEO", SO_SNDTIMEO, TIME, on(KINDS, timeout("sendTimeout")), "how long a call waits to send"),
  flag(
    "SO_REUSEADDR",
    SO_REUSEADDR,
    "bind although connections (TCP) or other such sockets (UDP) have the port",
    { tcp: tcp("reuseAddress"), udp: udp("reuseAddress") },
    { raw: kept(SO_REUSEADDR, 1) },
  ),
  row(
    "SO_REUSEPORT",
    SO_REUSEPORT,
    ON_OFF,
    {
      tcp: tcp("reusePort"),
      udp: udp("reusePort"),
      raw: kept(SO_REUSEPORT),
      ...on([...UNIX, "packet"], neverShared),
    },
    "share the port with sockets that ask for the same",
  ),
  buffer(
    "SO_SNDBUF",
    SO_SNDBUF,
    LEAST_SEND_BUFFER,
    { tcp: tcp("sendBuffer"), udp: udp("sendBuffer"), ...on(UNIX, unixSendBuffer) },
    "what may wait to be sent",
  ),
  buffer(
    "SO_RCVBUF",
    SO_RCVBUF,
    LEAST_RECEIVE_BUFFER,
    {
      tcp: tcp("receiveBuffer"),
      udp: udp("receiveBuffer"),
      raw: raw("receiveBuffer"),
      packet: packetReceiveBuffer,
    },
    "what may wait to be read; of AF_UNIX, what is on its way counts for the sender",
  ),
  flag("SO_KEEPALIVE", SO_KEEPALIVE, "probe a peer that is silent (RFC 1122 §4.2.3.6)", {
    tcp: tcp("keepAlive"),
  }),
  flag("SO_OOBINLINE", SO_OOBINLINE, "leave urgent octets in the stream", { tcp: tcp("oobInline") }),
  row(
    "SO_LINGER",
    SO_LINGER,
    LINGER,
    { ...on(KINDS, lingerKeptOnly), tcp: lingerOfTcp },
    "how long `close` waits for what is queued; 1,0 resets",
  ),
  row(
    "SO_RCVLOWAT",
    SO_RCVLOWAT,
    LOW_WATER,
    { ...on(KINDS, kept(SO_RCVLOWAT, 1)), tcp: lowWaterOfTcp },
    "octets that a blocking receive waits for",
  ),
  row(
    "SO_SNDLOWAT",
    SO_SNDLOWAT,
    reading("1"),
    on(
      KINDS,
      readOnly(() => 1),
    ),
    "no send waits for more than one octet",
  ),
  flag("SO_BROADCAST", SO_BROADCAST, "send to broadcast addresses", {
    udp: udp("broadcast"),
    raw: raw("broadcast"),
  }),
  flag("SO_DONTROUTE", SO_DONTROUTE, "only to destinations on the link", {
    tcp: tcp("dontRoute"),
    udp: udp("dontRoute"),
    raw: raw("dontRoute"),
  }),
  row(
    "SO_BINDTODEVICE",
    SO_BINDTODEVICE,
    name('the name of an interface; "" for any', ["lo", "nothing0"]),
    { packet: deviceKept, ...on(INET, deviceBound()) },
    "only by that interface",
  ),
  flag("SO_NO_CHECK", SO_NO_CHECK, "send without checksum (RFC 768)", { udp: udp("noChecksum") }),
  row(
    "SO_PRIORITY",
    SO_PRIORITY,
    integerFrom(0, MOST_PRIORITY, { samples: ["3", "0", "6"] }),
    on(KINDS, kept(SO_PRIORITY)),
    "the queue to wait in; there is one only",
  ),
  flag(
    "SO_TIMESTAMP",
    SO_TIMESTAMP,
    "control data: when a message came, `[seconds, microseconds]` of the stack's clock",
    on(["udp", "raw", "packet"], stamp(SO_TIMESTAMP, SO_TIMESTAMPNS)),
    on(["tcp", ...UNIX], stampKept(SO_TIMESTAMP, SO_TIMESTAMPNS)),
  ),
  flag(
    "SO_TIMESTAMPNS",
    SO_TIMESTAMPNS,
    "the same, with nanoseconds",
    on(["udp", "raw", "packet"], stamp(SO_TIMESTAMPNS, SO_TIMESTAMP)),
    on(["tcp", ...UNIX], stampKept(SO_TIMESTAMPNS, SO_TIMESTAMP)),
  ),
  flag(
    "SO_RXQ_OVFL",
    SO_RXQ_OVFL,
    "control data: how many messages were lost before this one for want of room",
    on(["udp", "raw", "packet"], held(SOL_SOCKET, SO_RXQ_OVFL, 0, "acts")),
  ),
  flag(
    "SO_RCVMARK",
    SO_RCVMARK,
    "control data: the mark of each datagram, of its sender on this host or of a rule",
    {
      ...on(["tcp", "packet", ...UNIX], kept(SO_RCVMARK)),
      ...on(["udp", "raw"], held(SOL_SOCKET, SO_RCVMARK, 0, "acts")),
    },
  ),
  row(
    "SO_ATTACH_FILTER",
    SO_ATTACH_FILTER,
    setting("a program of classic BPF: `[code, jt, jf, k]` for each instruction, as `tcpdump -ddd` prints"),
    on(["udp", "raw", "packet"], attachFilter),
    "only what the filter keeps is received",
  ),
  row(
    "SO_DETACH_FILTER",
    SO_DETACH_FILTER,
    setting("anything"),
    on(["udp", "raw", "packet"], detachFilter),
    "takes the filter away; ENOENT if there is none",
  ),
  row(
    "SO_LOCK_FILTER",
    SO_LOCK_FILTER,
    ON_OFF,
    on(KINDS, lockFilter),
    "the filter can no more be changed: EPERM; cannot be undone",
  ),
  row(
    "SO_MARK",
    SO_MARK,
    anyInteger("32 bits", (given) => given, ["7", "0", "-1", "65536"]),
    { ...on(KINDS, kept(SO_MARK)), tcp: tcp("mark"), udp: udp("mark"), raw: raw("mark") },
    "what rules of routing (`RoutingRule.mark`) and of filters see of what is sent",
  ),
  row(
    "SO_PEEK_OFF",
    SO_PEEK_OFF,
    anyInteger("octets; negative: off", (given) => given, ["0", "7", "-1", "300"]),
    { ...on(KINDS, peekOffset), ...on(["raw", "packet"], refusing(-errno.EOPNOTSUPP)) },
    "MSG_PEEK looks that far on, and then further; what is read moves it back",
  ),
  flag("SO_DEBUG", SO_DEBUG, "nothing"),
  row(
    "SO_PASSCRED",
    SO_PASSCRED,
    ON_OFF,
    { ...on([...INET, "packet"], refusing(-errno.EOPNOTSUPP)), ...on(UNIX, passCredentials) },
    "tell who sent a message (SCM_CREDENTIALS)",
    { family: "unix" },
  ),
  row(
    "SO_PEERCRED",
    SO_PEERCRED,
    reading("`{ pid, uid, gid }`", "record"),
    {
      ...on(
        [...INET, "packet"],
        readOnly(() => NO_CREDENTIALS),
      ),
      ...on(
        UNIX,
        readOnly((s: UnixLike) => s.peerCredentials),
      ),
    },
    "who is at the other end",
    { family: "unix" },
  ),
];
