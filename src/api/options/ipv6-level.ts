/** The options of IPPROTO_IPV6 and IPPROTO_ICMPV6: ipv6(7), RFC 3493 §5, RFC 3542. */
import { reshaped } from "../../stack/index.ts";
import {
  ICMP6_FILTER,
  IPPROTO_ICMPV6,
  IPPROTO_IPV6,
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
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import { ipOfBits, LARGEST_IPV6 } from "../inet/bits.ts";
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
import { held, INET, type OptionRow, on, type Place, type Places, readOnly, refusing } from "./rows.ts";
import {
  INVALID,
  integerFrom,
  isInt,
  isInteger,
  LEAST_HOPS,
  ON_OFF,
  type Shape,
  STRICT_ON_OFF,
  setting,
} from "./shapes.ts";

const { row, kept, control } = rowsOf(IPPROTO_IPV6, "inet6");

const onlyKept = held(IPPROTO_IPV6, IPV6_V6ONLY, 0, "acts");

/** What a socket takes is settled when it is bound. */
function v6only<S extends TcpLike | UdpLike>(): Place<S> {
  return {
    effect: "acts",
    get: onlyKept.get,
    set: (socket, value: number) =>
      socket.endpoint.local === undefined ? onlyKept.set(socket, value) : -errno.EINVAL,
  };
}

const INDEX: Shape = {
  text: "the index of an interface; 0: any",
  kind: "number",
  check: (given) => (isInteger(given, 0, 0x7fff_ffff) ? given : INVALID),
  samples: ["1", "0", "999999"],
};

const NAMING: InterfaceNaming = {
  find: (stack, which) => stack.interfaces.find(({ index }) => index === which),
  show: ({ index }) => index,
  unknown: -errno.ENODEV,
};

/** A group and the index of an interface. */
function groupOf(value: unknown): readonly [bigint, number] | undefined {
  const [bits, index] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  if (typeof bits !== "bigint" || bits < 0n || bits > LARGEST_IPV6) return undefined;
  return isInteger(index, 0, 0x7fff_ffff) ? [bits, index] : undefined;
}

function membership<S extends UdpLike | RawLike>(change: "joinGroup" | "leaveGroup"): Place<S> {
  return {
    effect: "acts",
    set: ({ endpoint, stack }, value: unknown) => {
      const pair = groupOf(value);
      if (pair === undefined || pair[0] >> 120n !== 0xffn) return -errno.EINVAL;
      const [bits, index] = pair;
      const name = namedInterface(NAMING, stack, index);
      return typeof name === "number" ? name : statusOf(endpoint[change](ipOfBits(bits), name));
    },
  };
}

function memberships(
  name: string,
  number: number,
  change: "joinGroup" | "leaveGroup",
  meaning: string,
): OptionRow {
  const places: Places = {
    tcp: {
      effect: "refused",
      set: (_: TcpLike, value: unknown) => (groupOf(value) === undefined ? -errno.EINVAL : -errno.EPROTO),
    },
    udp: membership<UdpLike>(change),
    raw: membership<RawLike>(change),
  };
  return row(name, number, setting("`[group, index of the interface]`, the group a bigint"), places, meaning);
}

/** No link of IPv6 takes less (RFC 8200 §5). */
const LEAST_MTU = 1280;
const MTU: Shape = {
  text: "octets, 1280 at least; set to 0: by the path alone",
  kind: "number",
  check: (given) => (isInt(given) && (given === 0 || given >= LEAST_MTU) ? given : INVALID),
  samples: ["1280", "1279", "9000", "0", "-1"],
};

/**
 * Read, the path MTU, where there is a path; set, what fragments are held to. TCP has no fragments, and keeps it as Linux
 * does.
 */
function mtu<S extends TcpLike | UdpLike | RawLike>(): Place<S> {
  return {
    ...pathMtu<S>(),
    effect: "acts",
    set: ({ endpoint }, given: number) =>
      statusOf(endpoint.configure({ shape: reshaped(endpoint.options.shape, { mtu: given }) })),
  };
}

/** RFC 3542 §3.1: that of ICMPv6 is always there, and cannot be moved. */
const checksum: Place<RawLike> = {
  effect: "acts",
  get: ({ endpoint }) => endpoint.options.checksumOffset,
  set: ({ endpoint, protocol }, value: number) =>
    protocol === IPPROTO_ICMPV6
      ? -errno.EINVAL
      : statusOf(endpoint.configure({ checksumOffset: Math.max(value, -1) })),
};

const filter: Place<RawLike> = {
  effect: "acts",
  get: ({ endpoint, protocol }) =>
    protocol === IPPROTO_ICMPV6 ? endpoint.options.icmp6Filter : { refused: -errno.EOPNOTSUPP },
  set: ({ endpoint, protocol }, icmp6Filter: readonly number[]) =>
    protocol === IPPROTO_ICMPV6 ? statusOf(endpoint.configure({ icmp6Filter })) : -errno.EOPNOTSUPP,
};

/** The rows of levels IPPROTO_IPV6 and IPPROTO_ICMPV6. */
export const IPV6_ROWS: readonly OptionRow[] = [
  row(
    "IPV6_V6ONLY",
    IPV6_V6ONLY,
    ON_OFF,
    { tcp: v6only<TcpLike>(), udp: v6only<UdpLike>(), raw: refusing(-errno.EINVAL, 0) },
    "no IPv4 by mapped addresses; EINVAL once it is bound",
  ),
  row(
    "IPV6_UNICAST_HOPS",
    IPV6_UNICAST_HOPS,
    hopCount(1, ["1", "255", "256", "-1", "-2"]),
    on(INET, hops()),
    "the hop limit of what is sent to one host, the same as IP_TTL; -1: the default",
  ),
  row(
    "IPV6_MINHOPCOUNT",
    IPV6_MINHOPCOUNT,
    LEAST_HOPS,
    { tcp: tcp("leastHopLimit"), udp: udp("leastHopLimit"), raw: raw("leastHopLimit") },
    "what comes with a smaller hop limit is dropped (RFC 5082), the same as IP_MINTTL",
  ),
  row(
    "IPV6_FREEBIND",
    IPV6_FREEBIND,
    ON_OFF,
    { tcp: tcp("freeBind"), udp: udp("freeBind"), raw: raw("freeBind") },
    "`bind` takes an address that this host has not got, or not yet",
  ),
  row(
    "IPV6_TRANSPARENT",
    IPV6_TRANSPARENT,
    ON_OFF,
    { tcp: tcp("transparent"), udp: udp("transparent"), raw: raw("transparent") },
    "the same as IP_TRANSPARENT",
  ),
  row(
    "IPV6_MULTICAST_IF",
    IPV6_MULTICAST_IF,
    INDEX,
    {
      tcp: readOnly(() => 0),
      udp: multicastInterface<UdpLike>(NAMING),
      raw: multicastInterface<RawLike>(NAMING),
    },
    "where multicast leaves",
  ),
  row(
    "IPV6_MULTICAST_HOPS",
    IPV6_MULTICAST_HOPS,
    hopCount(0, ["5", "0", "255", "256", "-1", "-2"]),
    { tcp: readOnly(() => 1), udp: multicastHops<UdpLike>(), raw: multicastHops<RawLike>() },
    "the hop limit of multicast; -1: 1",
  ),
  row(
    "IPV6_MULTICAST_LOOP",
    IPV6_MULTICAST_LOOP,
    STRICT_ON_OFF,
    { tcp: kept(IPV6_MULTICAST_LOOP, 1), udp: udp("multicastLoop"), raw: raw("multicastLoop") },
    "this host's own members get it, too",
  ),
  memberships("IPV6_JOIN_GROUP", IPV6_JOIN_GROUP, "joinGroup", "joins a group (RFC 3493 §5.2)"),
  memberships("IPV6_LEAVE_GROUP", IPV6_LEAVE_GROUP, "leaveGroup", "leaves it"),
  row(
    "IPV6_MTU_DISCOVER",
    IPV6_MTU_DISCOVER,
    DISCOVERIES,
    { tcp: kept(IPV6_MTU_DISCOVER, 1), udp: discovery<UdpLike>(), raw: discovery<RawLike>() },
    "IP_PMTUDISC_DONT, WANT, DO or PROBE: whether and by what what is sent may be fragmented",
  ),
  row(
    "IPV6_DONTFRAG",
    IPV6_DONTFRAG,
    ON_OFF,
    { tcp: kept(IPV6_DONTFRAG), udp: udp("dontFragment"), raw: raw("dontFragment") },
    "what is too large for the path is not cut up: EMSGSIZE",
  ),
  row(
    "IPV6_MTU",
    IPV6_MTU,
    MTU,
    { tcp: mtu<TcpLike>(), udp: mtu<UdpLike>(), raw: mtu<RawLike>() },
    "read: the path MTU of a connected socket, or ENOTCONN; set: the longest datagram or fragment",
  ),
  row(
    "IPV6_RECVERR",
    IPV6_RECVERR,
    ON_OFF,
    { tcp: kept(IPV6_RECVERR), udp: udp("receiveErrors"), raw: raw("receiveErrors") },
    "errors also without a connection, and in a queue for MSG_ERRQUEUE",
  ),
  control(
    "IPV6_RECVPKTINFO",
    IPV6_RECVPKTINFO,
    "control data IPV6_PKTINFO: where a datagram came in, and to which address it was sent",
  ),
  control("IPV6_RECVHOPLIMIT", IPV6_RECVHOPLIMIT, "control data IPV6_HOPLIMIT"),
  control("IPV6_RECVTCLASS", IPV6_RECVTCLASS, "control data IPV6_TCLASS"),
  row(
    "IPV6_TCLASS",
    IPV6_TCLASS,
    integerFrom(0, 255, { special: { [-1]: 0 }, samples: ["16", "255", "256", "-1", "-2", "3", "0"] }),
    {
      tcp: trafficClass<TcpLike>(WITHOUT_ECN),
      udp: trafficClass<UdpLike>(0xff),
      raw: trafficClass<RawLike>(0xff),
    },
    "the traffic class (RFC 2474) of what is sent; of TCP without the two bits of ECN",
  ),
  row(
    "IPV6_CHECKSUM",
    IPV6_CHECKSUM,
    {
      text: "an even offset in octets; negative: none",
      kind: "number",
      check: (given) => (isInt(given) && (given <= 0 || (given & 1) === 0) ? given : INVALID),
      samples: ["2", "4", "-1", "3", "0"],
    },
    { raw: checksum },
    "where the checksum stands that is filled in and checked (RFC 3542 §3.1); of ICMPv6 always 2",
  ),
  {
    name: "ICMP6_FILTER",
    level: IPPROTO_ICMPV6,
    number: ICMP6_FILTER,
    family: "inet6",
    shape: {
      text: "eight words of 32 bits",
      kind: "octets",
      check: (given) =>
        Array.isArray(given) && given.length === 8 && given.every((word) => isInteger(word, 0, 0xffff_ffff))
          ? (given as readonly number[])
          : INVALID,
      samples: [],
    },
    places: { raw: filter },
    meaning: "ICMPv6 types that are not received, a bit for each from 0 to 255 (RFC 3542 §3.2)",
    incomparable: "Linux gives octets, and the test of raw sockets looks at what comes",
  },
];
