/** What options of IPPROTO_IP and of IPPROTO_IPV6 have in common: their rows, and what they do to an endpoint. */
import type { MtuDiscovery } from "../../stack/index.ts";
import { errno, statusOf } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import type { SocketInterface, SocketStack } from "../socket-stack.ts";
import type { OptionValue } from "./option-value.ts";
import type { RawLike, TcpLike, UdpLike } from "./places.ts";
import { type FullPlace, held, type OptionRow, type Place, type Places, readOnly } from "./rows.ts";
import { integerFrom, ON_OFF, type Shape } from "./shapes.ts";

type Datagrams = UdpLike | RawLike;

/** What is sent without another wish: 64 (RFC 1700, and Linux); RFC 8200 §3 names none. */
const DEFAULT_HOPS = 64;

/** The bits of DSCP, without the two of ECN in the same octet (RFC 3168 §5), which are TCP's own. */
export const WITHOUT_ECN: number = ~3;

/** In the order of the values of IP_MTU_DISCOVER and IPV6_MTU_DISCOVER. */
const DISCOVERY: readonly MtuDiscovery[] = ["dont", "want", "do", "probe"];

/** 0 to 3; the kernel's further ones, INTERFACE and OMIT, are for who does not trust ICMP: not here. */
export const DISCOVERIES: Shape = integerFrom(0, 3, { samples: ["0", "2", "3", "9", "-1", "1"] });

/** A number of hops from `least` on, or -1: the default. */
export function hopCount(least: 0 | 1, samples: readonly string[]): Shape {
  return integerFrom(least, 255, { special: { [-1]: -1 }, samples });
}

/** How rows of one level are made. */
export interface LevelRows {
  row(name: string, number: number, shape: Shape, places: Places, meaning: string): OptionRow;
  /** Remembered, and without effect. */
  kept(number: number, initial?: number): FullPlace<SocketOperations, OptionValue>;
  /** Remembered, and looked at by those whom it concerns. */
  wanted(number: number): Place<SocketOperations>;
  /** Of control data that only datagram sockets give. */
  control(name: string, number: number, meaning: string): OptionRow;
}

/** Makes the rows of a level. */
export function rowsOf(level: number, family: OptionRow["family"]): LevelRows {
  const row: LevelRows["row"] = (name, number, shape, places, meaning) => {
    return { name, level, number, family, shape, places, meaning };
  };
  const kept: LevelRows["kept"] = (number, initial = 0) => held(level, number, initial, "kept");
  const wanted: LevelRows["wanted"] = (number) => held(level, number, 0, "acts");
  return {
    row,
    kept,
    wanted,
    control: (name, number, meaning) =>
      row(name, number, ON_OFF, { tcp: kept(number), udp: wanted(number), raw: wanted(number) }, meaning),
  };
}

/** IP_TTL, IPV6_UNICAST_HOPS. */
export function hops<S extends TcpLike | Datagrams>(): Place<S> {
  return {
    effect: "acts",
    get: ({ endpoint }) => endpoint.options.hopLimit || DEFAULT_HOPS,
    set: ({ endpoint }, value: number) =>
      statusOf(endpoint.configure({ hopLimit: value === -1 ? 0 : value })),
  };
}

/** IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS. */
export function multicastHops<S extends Datagrams>(): Place<S> {
  return {
    effect: "acts",
    get: ({ endpoint }) => endpoint.options.multicastHopLimit,
    set: ({ endpoint }, value: number) =>
      statusOf(endpoint.configure({ multicastHopLimit: value === -1 ? 1 : value })),
  };
}

/** IP_TOS, IPV6_TCLASS. @param mask - the bits that the application disposes of */
export function trafficClass<S extends TcpLike | Datagrams>(mask: number): Place<S> {
  return {
    effect: "acts",
    get: ({ endpoint }) => endpoint.options.trafficClass,
    set: ({ endpoint }, value: number) => statusOf(endpoint.configure({ trafficClass: value & mask })),
  };
}

/** IP_MTU_DISCOVER, IPV6_MTU_DISCOVER. */
export function discovery<S extends Datagrams>(): Place<S> {
  return {
    effect: "acts",
    get: ({ endpoint }) => DISCOVERY.indexOf(endpoint.options.mtuDiscovery),
    set: ({ endpoint }, value: number) =>
      statusOf(endpoint.configure({ mtuDiscovery: DISCOVERY[value] ?? "want" })),
  };
}

/** IP_MTU, IPV6_MTU: of the path, where there is a path. */
export function pathMtu<S extends TcpLike | Datagrams>(): Place<S> {
  return readOnly(({ endpoint }) => endpoint.pathMtu ?? { refused: -errno.ENOTCONN });
}

/** How options name an interface: 0 for any. */
export interface InterfaceNaming {
  find(stack: SocketStack, which: number): SocketInterface | undefined;
  show(on: SocketInterface): number;
  /** Of one that there is not: a negated errno. */
  readonly unknown: number;
}

/** IP_MULTICAST_IF, IPV6_MULTICAST_IF. */
export function multicastInterface<S extends Datagrams>(naming: InterfaceNaming): Place<S> {
  return {
    effect: "acts",
    get: ({ endpoint, stack }) => {
      const name = endpoint.options.multicastInterface;
      const found = stack.interfaces.find((each) => each.name === name);
      return found === undefined ? 0 : naming.show(found);
    },
    set: ({ endpoint, stack }, value: number) => {
      if (value === 0) return statusOf(endpoint.configure({ multicastInterface: "" }));
      const found = naming.find(stack, value);
      if (found === undefined) return naming.unknown;
      return statusOf(endpoint.configure({ multicastInterface: found.name }));
    },
  };
}

/** The name of the interface that an option names, "" for any; ENODEV, negated, where there is none. */
export function namedInterface(naming: InterfaceNaming, stack: SocketStack, which: number): string | number {
  if (which === 0) return "";
  return naming.find(stack, which)?.name ?? -errno.ENODEV;
}
