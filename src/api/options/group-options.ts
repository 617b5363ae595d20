/**
 * Groups and their sources. RFC 3678 §5 has calls that are the same for both families; §4.2 and §5.2 have calls that
 * set a whole filter at once. Addresses of AF_INET are integers, those of AF_INET6 bigints.
 */
import type { FilterMode, GroupMemberships, IpAddress, SourceChange } from "../../stack/index.ts";
import {
  IP_MSFILTER,
  IPPROTO_IP,
  IPPROTO_IPV6,
  MCAST_BLOCK_SOURCE,
  MCAST_EXCLUDE,
  MCAST_INCLUDE,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MCAST_MSFILTER,
  MCAST_UNBLOCK_SOURCE,
} from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import { ipOfBits, ipOfWord, LARGEST_IPV6 } from "../inet/bits.ts";
import { interfaceOf } from "./ip-level.ts";
import type { RawLike, UdpLike } from "./places.ts";
import type { OptionRow, Place } from "./rows.ts";
import { isInteger, setting } from "./shapes.ts";

/** RFC 3678 §4.2.2: the modes by their numbers, as Linux has them. */
export const FILTER_MODES: Readonly<Record<number, FilterMode>> = {
  [MCAST_EXCLUDE]: "exclude",
  [MCAST_INCLUDE]: "include",
};

/** One of the two kinds of socket that can be in groups. */
type Grouped = UdpLike | RawLike;

/** How a level names addresses and interfaces. */
interface LevelNames {
  readonly level: number;
  readonly family: "inet" | "inet6";
  /** Undefined: that is none. */
  address(given: unknown): IpAddress | undefined;
}

const IPV4: LevelNames = {
  level: IPPROTO_IP,
  family: "inet",
  address: (given) => (isInteger(given, 0, 0xffff_ffff) ? ipOfWord(given) : undefined),
};
const IPV6: LevelNames = {
  level: IPPROTO_IPV6,
  family: "inet6",
  address: (given) =>
    typeof given === "bigint" && given >= 0n && given <= LARGEST_IPV6 ? ipOfBits(given) : undefined,
};

/** A group, and the name of the interface that was given by its index; "" for 0. Or a negated errno. */
function groupOn(
  socket: Grouped,
  names: LevelNames,
  group: unknown,
  index: unknown,
): { readonly group: IpAddress; readonly name: string } | number {
  const address = names.address(group);
  if (address?.isMulticast !== true || !isInteger(index, 0, 0x7fff_ffff)) return -errno.EINVAL;
  if (index === 0) return { group: address, name: "" };
  const found = socket.stack.interfaces.find((one) => one.index === index);
  return found === undefined ? -errno.ENODEV : { group: address, name: found.name };
}

function valuesOf(value: unknown, count: number): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length === count ? (value as unknown[]) : undefined;
}

/** MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP. */
function membership(names: LevelNames, change: "joinGroup" | "leaveGroup"): Place<Grouped> {
  return {
    effect: "acts",
    set: (socket, value: unknown) => {
      const [group, index] = valuesOf(value, 2) ?? [];
      const where = groupOn(socket, names, group, index);
      return typeof where === "number" ? where : statusOf(socket.endpoint[change](where.group, where.name));
    },
  };
}

/** MCAST_JOIN_SOURCE_GROUP and its kin. */
function oneSource(names: LevelNames, change: SourceChange): Place<Grouped> {
  return {
    effect: "acts",
    set: (socket, value: unknown) => {
      const [group, index, given] = valuesOf(value, 3) ?? [];
      const where = groupOn(socket, names, group, index);
      const source = names.address(given);
      if (typeof where === "number") return where;
      if (source === undefined) return -errno.EINVAL;
      const { memberships } = socket.endpoint;
      if (memberships === undefined) return -errno.ENOPROTOOPT;
      return statusOf(memberships.changeSource(change, where.group, source, where.name));
    },
  };
}

/** MCAST_MSFILTER: `[group, index, mode, sources]`. */
function wholeFilter(names: LevelNames): Place<Grouped> {
  return {
    effect: "acts",
    get: () => ({ refused: -errno.EINVAL }),
    set: (socket, value: unknown) => {
      const [group, index, mode, sources] = valuesOf(value, 4) ?? [];
      const where = groupOn(socket, names, group, index);
      if (typeof where === "number") return where;
      return setFilter(socket.endpoint.memberships, where.group, where.name, mode, sources, names);
    },
  };
}

/** IP_MSFILTER: `[group, address or index of the interface, mode, sources]`. */
const ipv4Filter: Place<Grouped> = {
  effect: "acts",
  get: () => ({ refused: -errno.EINVAL }),
  set: (socket, value: unknown) => {
    const [group, which, mode, sources] = valuesOf(value, 4) ?? [];
    const address = IPV4.address(group);
    if (address?.isMulticast !== true || !isInteger(which, 0, 0xffff_ffff)) return -errno.EINVAL;
    const found = which === 0 ? undefined : interfaceOf(socket.stack, which);
    if (which !== 0 && found === undefined) return -errno.ENODEV;
    return setFilter(socket.endpoint.memberships, address, found?.name ?? "", mode, sources, IPV4);
  },
};

function setFilter(
  memberships: GroupMemberships | undefined,
  group: IpAddress,
  interfaceName: string,
  mode: unknown,
  given: unknown,
  names: LevelNames,
): number {
  const wanted = typeof mode === "number" ? FILTER_MODES[mode] : undefined;
  if (wanted === undefined || !Array.isArray(given)) return -errno.EINVAL;
  const sources: IpAddress[] = [];
  for (const one of given as unknown[]) {
    const source = names.address(one);
    if (source === undefined) return -errno.EINVAL;
    sources.push(source);
  }
  if (memberships === undefined) return -errno.ENOPROTOOPT;
  return statusOf(memberships.setFilter(group, wanted, sources, interfaceName));
}

function row(
  names: LevelNames,
  name: string,
  number: number,
  shape: string,
  place: Place<Grouped>,
  meaning: string,
): OptionRow {
  const { level, family } = names;
  const tcp: Place<never> = { effect: "refused", get: place.get, set: () => -errno.EINVAL };
  const places = { tcp, udp: place, raw: place };
  return { name, level, number, family, shape: setting(shape), places, meaning };
}

const GROUP = "`[group, index of the interface]`";
const SOURCE = "`[group, index of the interface, source]`";

function rowsOf(names: LevelNames): readonly OptionRow[] {
  const source = (name: string, number: number, change: SourceChange, meaning: string): OptionRow =>
    row(names, name, number, SOURCE, oneSource(names, change), meaning);
  return [
    row(names, "MCAST_JOIN_GROUP", MCAST_JOIN_GROUP, GROUP, membership(names, "joinGroup"), "joins a group"),
    row(names, "MCAST_LEAVE_GROUP", MCAST_LEAVE_GROUP, GROUP, membership(names, "leaveGroup"), "leaves it"),
    source(
      "MCAST_JOIN_SOURCE_GROUP",
      MCAST_JOIN_SOURCE_GROUP,
      "join",
      "joins it for one source, or one more",
    ),
    source("MCAST_LEAVE_SOURCE_GROUP", MCAST_LEAVE_SOURCE_GROUP, "leave", "leaves it for that source"),
    source("MCAST_BLOCK_SOURCE", MCAST_BLOCK_SOURCE, "block", "hears all sources of a group but this"),
    source("MCAST_UNBLOCK_SOURCE", MCAST_UNBLOCK_SOURCE, "unblock", "hears it again"),
    row(
      names,
      "MCAST_MSFILTER",
      MCAST_MSFILTER,
      "`[group, index of the interface, MCAST_INCLUDE or MCAST_EXCLUDE, [source, …]]`",
      wholeFilter(names),
      "hears just these sources, or all but these; `getsourcefilter` reads it",
    ),
  ];
}

/** The rows of both levels, in the order of the documentation. */
export const GROUP_ROWS: readonly OptionRow[] = [
  row(
    IPV4,
    "IP_MSFILTER",
    IP_MSFILTER,
    "`[group, address or index of the interface, MCAST_INCLUDE or MCAST_EXCLUDE, [source, …]]`",
    ipv4Filter,
    "hears just these sources, or all but these (RFC 3678 §4.2); `getsourcefilter` reads it",
  ),
  ...rowsOf(IPV4),
  ...rowsOf(IPV6),
];
