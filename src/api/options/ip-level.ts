/** The options of IPPROTO_IP: ip(7). */
import type { SourceChange } from "../../stack/index.ts";
import {
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BIND_ADDRESS_NO_PORT,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_FREEBIND,
  IP_HDRINCL,
  IP_MINTTL,
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
  IPPROTO_IP,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import { ipOfWord } from "../inet/bits.ts";
import type { SocketInterface, SocketStack } from "../socket-stack.ts";
import {
  DISCOVERIES,
  discovery,
  hopCount,
  hops,
  type InterfaceNaming,
  multicastHops,
  multicastInterface,
  namedInterface,
  pathMtu,
  rowsOf,
  trafficClass,
  WITHOUT_ECN,
} from "./either-family.ts";
import { type RawLike, raw, type TcpLike, tcp, type UdpLike, udp } from "./places.ts";
import { INET, type OptionRow, on, type Place, type Places, refusing } from "./rows.ts";
import {
  anyInteger,
  INVALID,
  isInteger,
  LEAST_HOPS,
  ON_OFF,
  pairOf,
  reading,
  type Shape,
  setting,
} from "./shapes.ts";

const { row, kept, wanted, control } = rowsOf(IPPROTO_IP, "inet");

/** An interface by its index (below 2^24, where no unicast address is) or by one of its addresses. */
export function interfaceOf(stack: SocketStack, which: number): SocketInterface | undefined {
  const word = which | 0;
  return stack.interfaces.find(
    ({ index, addresses }) => index === which || addresses.some(({ address }) => address.word3 === word),
  );
}

const ADDRESS: Shape = {
  text: "an address or the index of an interface; 0: any",
  kind: "number",
  check: (given) => (isInteger(given, 0, 0xffff_ffff) ? given : INVALID),
  samples: ["0"],
};

const NAMING: InterfaceNaming = {
  find: interfaceOf,
  show: ({ addresses }) => (addresses[0]?.address.word3 ?? 0) >>> 0,
  unknown: -errno.EADDRNOTAVAIL,
};

function membership<S extends UdpLike | RawLike>(change: "joinGroup" | "leaveGroup"): Place<S> {
  return {
    effect: "acts",
    set: ({ endpoint, stack }, value: unknown) => {
      const pair = pairOf(value);
      if (pair === undefined) return -errno.EINVAL;
      const [group, which] = pair;
      if (group >>> 28 !== 0xe) return -errno.EINVAL;
      const name = namedInterface(NAMING, stack, which);
      return typeof name === "number" ? name : statusOf(endpoint[change](ipOfWord(group), name));
    },
  };
}

function memberships(
  name: string,
  number: number,
  change: "joinGroup" | "leaveGroup",
  meaning: string,
): OptionRow {
  const shape = setting("`[group, address or index of the interface]`");
  const places: Places = {
    tcp: { effect: "refused", set: () => -errno.EPROTO },
    udp: membership<UdpLike>(change),
    raw: membership<RawLike>(change),
  };
  return row(name, number, shape, places, meaning);
}

/** Three addresses, as integers in host order. */
function wordsOf(value: unknown): readonly [number, number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [first, second, third] = value as unknown[];
  const word = (one: unknown): one is number => isInteger(one, 0, 0xffff_ffff);
  return word(first) && word(second) && word(third) ? [first, second, third] : undefined;
}

function sourceOf<S extends UdpLike | RawLike>(change: SourceChange): Place<S> {
  return {
    effect: "acts",
    set: ({ endpoint, stack }, value: unknown) => {
      const words = wordsOf(value);
      if (words === undefined) return -errno.EINVAL;
      const [group, which, source] = words;
      if (group >>> 28 !== 0xe) return -errno.EINVAL;
      const name = namedInterface(NAMING, stack, which);
      if (typeof name === "number") return name;
      const { memberships } = endpoint;
      if (memberships === undefined) return -errno.ENOPROTOOPT;
      return statusOf(memberships.changeSource(change, ipOfWord(group), ipOfWord(source), name));
    },
  };
}

function sources(name: string, number: number, change: SourceChange, meaning: string): OptionRow {
  const shape = setting("`[group, address or index of the interface, source]`");
  const tcp: Place<TcpLike> = { effect: "refused", set: () => -errno.EINVAL };
  const places = { tcp, udp: sourceOf<UdpLike>(change), raw: sourceOf<RawLike>(change) };
  return row(name, number, shape, places, meaning);
}

/** The rows of level IPPROTO_IP. */
export const IP_ROWS: readonly OptionRow[] = [
  row(
    "IP_TOS",
    IP_TOS,
    anyInteger("0 to 255, the lowest eight bits; of TCP without the two of ECN", (given) => given & 255, [
      "16",
      "255",
      "256",
      "-1",
      "3",
      "0",
    ]),
    { tcp: trafficClass<TcpLike>(WITHOUT_ECN), udp: udp("trafficClass"), raw: raw("trafficClass") },
    "the type of service (RFC 2474) of what is sent",
  ),
  row(
    "IP_TTL",
    IP_TTL,
    hopCount(1, ["1", "255", "0", "256", "-1", "-2"]),
    on(INET, hops()),
    "the time to live of what is sent; -1: the default",
  ),
  row(
    "IP_MINTTL",
    IP_MINTTL,
    LEAST_HOPS,
    { tcp: tcp("leastHopLimit"), udp: udp("leastHopLimit"), raw: raw("leastHopLimit") },
    "what comes with a smaller time to live is dropped (RFC 5082)",
  ),
  row(
    "IP_FREEBIND",
    IP_FREEBIND,
    ON_OFF,
    { tcp: tcp("freeBind"), udp: udp("freeBind"), raw: raw("freeBind") },
    "`bind` takes an address that this host has not got, or not yet",
  ),
  row(
    "IP_TRANSPARENT",
    IP_TRANSPARENT,
    ON_OFF,
    { tcp: tcp("transparent"), udp: udp("transparent"), raw: raw("transparent") },
    "as IP_FREEBIND, and what is sent may come from there; what comes for it, `setTransparent` of a router lets in",
  ),
  row(
    "IP_HDRINCL",
    IP_HDRINCL,
    ON_OFF,
    { ...on(["tcp", "udp"], refusing(-errno.ENOPROTOOPT, 0)), raw: raw("headerIncluded") },
    "what is sent has its own IP header",
  ),
  row(
    "IP_MTU_DISCOVER",
    IP_MTU_DISCOVER,
    DISCOVERIES,
    { tcp: kept(IP_MTU_DISCOVER, 1), udp: discovery<UdpLike>(), raw: discovery<RawLike>() },
    "IP_PMTUDISC_DONT, WANT, DO or PROBE: whether and by what what is sent may be fragmented",
  ),
  row(
    "IP_RECVERR",
    IP_RECVERR,
    ON_OFF,
    { tcp: kept(IP_RECVERR), udp: udp("receiveErrors"), raw: raw("receiveErrors") },
    "errors also without a connection, and in a queue for MSG_ERRQUEUE",
  ),
  row(
    "IP_MTU",
    IP_MTU,
    reading("octets"),
    { tcp: pathMtu<TcpLike>(), udp: pathMtu<UdpLike>(), raw: pathMtu<RawLike>() },
    "the path MTU of a connected socket; ENOTCONN",
  ),
  row(
    "IP_BIND_ADDRESS_NO_PORT",
    IP_BIND_ADDRESS_NO_PORT,
    ON_OFF,
    { ...on(["udp", "raw"], kept(IP_BIND_ADDRESS_NO_PORT)), tcp: wanted(IP_BIND_ADDRESS_NO_PORT) },
    "`bind` to port 0 leaves the port to `connect`",
  ),
  control(
    "IP_PKTINFO",
    IP_PKTINFO,
    "control data: where a datagram came in, and to which address it was sent",
  ),
  control("IP_RECVTTL", IP_RECVTTL, "control data: the time to live"),
  control("IP_RECVTOS", IP_RECVTOS, "control data: the type of service"),
  row(
    "IP_MULTICAST_IF",
    IP_MULTICAST_IF,
    ADDRESS,
    {
      tcp: refusing(-errno.EINVAL, 0),
      udp: multicastInterface<UdpLike>(NAMING),
      raw: multicastInterface<RawLike>(NAMING),
    },
    "where multicast leaves",
  ),
  row(
    "IP_MULTICAST_TTL",
    IP_MULTICAST_TTL,
    hopCount(0, ["5", "0", "255", "256", "-1", "-2"]),
    { tcp: refusing(-errno.EINVAL, 1), udp: multicastHops<UdpLike>(), raw: multicastHops<RawLike>() },
    "the time to live of multicast; -1: 1",
  ),
  row(
    "IP_MULTICAST_LOOP",
    IP_MULTICAST_LOOP,
    ON_OFF,
    { tcp: kept(IP_MULTICAST_LOOP, 1), udp: udp("multicastLoop"), raw: raw("multicastLoop") },
    "this host's own members get it, too",
  ),
  memberships("IP_ADD_MEMBERSHIP", IP_ADD_MEMBERSHIP, "joinGroup", "joins a group (RFC 1112)"),
  memberships("IP_DROP_MEMBERSHIP", IP_DROP_MEMBERSHIP, "leaveGroup", "leaves it"),
  sources(
    "IP_ADD_SOURCE_MEMBERSHIP",
    IP_ADD_SOURCE_MEMBERSHIP,
    "join",
    "joins a group for one source, or one more (RFC 3678)",
  ),
  sources("IP_DROP_SOURCE_MEMBERSHIP", IP_DROP_SOURCE_MEMBERSHIP, "leave", "leaves it for that source"),
  sources("IP_BLOCK_SOURCE", IP_BLOCK_SOURCE, "block", "hears all sources of a group but this"),
  sources("IP_UNBLOCK_SOURCE", IP_UNBLOCK_SOURCE, "unblock", "hears it again"),
];
