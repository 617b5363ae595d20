/**
 * Options of sockets: the tables' shape, the checks of values that they share, and the options of every
 * socket whatever its kind. Unknown options are ENOPROTOOPT, wrong values EINVAL, before anything changes.
 */
import { isInteger } from "./address.ts";
import {
  AF_INET,
  AF_UNIX,
  IPPROTO_IP,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_DEBUG,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_OOBINLINE,
  SO_PROTOCOL,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TYPE,
  SOL_SOCKET,
} from "./constants.ts";
import { checked, errno, SocketError } from "./errors.ts";
import type { OptionAccess, OptionValue } from "./operations.ts";
import type { Description } from "./socket.ts";

/** One option of all sockets of a kind. */
export interface Option<S> {
  get?(socket: S): OptionValue;
  /** 0, or a negated errno. */
  set?(socket: S, value: unknown): number;
}

/** Options by level and name. */
export type OptionTable<S> = ReadonlyMap<number, Option<S>>;

/** The key of an option in its table. */
export function optionKey(level: number, name: number): number {
  return level * 0x1_0000 + name;
}

/** The option of one socket; undefined if the table has none. */
export function accessOf<S>(
  table: OptionTable<S>,
  socket: S,
  level: number,
  name: number,
): OptionAccess | undefined {
  const option = table.get(optionKey(level, name));
  if (option === undefined) return undefined;
  const { get, set } = option;
  return {
    get: get === undefined ? undefined : () => get(socket),
    set: set === undefined ? undefined : (value) => set(socket, value),
  };
}

/** An option that is on or off: any integer but 0 means on. */
export function flag<S>(get: (socket: S) => boolean, set: (socket: S, on: boolean) => number): Option<S> {
  return {
    get: (socket) => (get(socket) ? 1 : 0),
    set: (socket, value) => (isInt(value) ? set(socket, value !== 0) : -errno.EINVAL),
  };
}

/** An option whose value is an integer from `least` to `most`. */
export function integer<S>(
  least: number,
  most: number,
  get: (socket: S) => number,
  set: (socket: S, value: number) => number,
): Option<S> {
  return {
    get,
    set: (socket, value) => (isInteger(value, least, most) ? set(socket, value) : -errno.EINVAL),
  };
}

/** An option that can only be read. */
export function readOnly<S>(get: (socket: S) => OptionValue): Option<S> {
  return { get };
}

/** A C `int`. */
export function isInt(value: unknown): value is number {
  return isInteger(value, -0x8000_0000, 0x7fff_ffff);
}

/** A pair of integers: a two-element array. */
export function pairOf(value: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [first, second] = value as unknown[];
  return isInteger(first, -0x8000_0000, 0xffff_ffff) && isInteger(second, -0x8000_0000, 0xffff_ffff)
    ? [first, second]
    : undefined;
}

/** `getsockopt`. @throws {@link SocketError} ENOPROTOOPT */
export function getOption(description: Description, level: number, name: number): OptionValue {
  const option = find(description, level, name);
  if (option?.get === undefined) {
    throw new SocketError(knowsLevel(description, level) ? "ENOPROTOOPT" : "EOPNOTSUPP", "getsockopt");
  }
  return option.get();
}

/** `setsockopt`. @throws {@link SocketError} ENOPROTOOPT, EINVAL, and what the option itself can fail with */
export function setOption(description: Description, level: number, name: number, value: unknown): void {
  const option = find(description, level, name);
  if (option?.set === undefined) {
    const foreign = description.operations.family === AF_UNIX && level !== SOL_SOCKET;
    throw new SocketError(foreign ? "EOPNOTSUPP" : "ENOPROTOOPT", "setsockopt");
  }
  checked(option.set(value), "setsockopt");
}

/** Linux says EOPNOTSUPP where not even the level is one of the socket's. */
function knowsLevel({ operations }: Description, level: number): boolean {
  if (level === SOL_SOCKET) return true;
  return operations.family === AF_INET && (level === IPPROTO_IP || level === operations.protocol);
}

function find(description: Description, level: number, name: number): OptionAccess | undefined {
  if (!isInt(level) || !isInteger(name, 0, 0xffff)) return undefined;
  return (
    accessOf(EVERY_SOCKET, description, level, name) ??
    description.operations.option(level, name) ??
    accessOf(ONLY_KEPT, description, level, name)
  );
}

/** Microseconds as SO_RCVTIMEO and SO_SNDTIMEO have them: a pair of seconds and microseconds, as a timeval. */
function timeout(field: "receiveTimeout" | "sendTimeout"): Option<Description> {
  return {
    get: (description) => [Math.floor(description[field] / 1_000_000), description[field] % 1_000_000],
    set: (description, value) => {
      const pair = isInteger(value, 0, 0x7fff_ffff) ? ([value, 0] as const) : pairOf(value);
      if (pair === undefined) return -errno.EINVAL;
      const [whole, micros] = pair;
      if (micros < 0 || micros >= 1_000_000) return -errno.EDOM;
      // Linux takes a negative timeout as "do not wait"; the shortest wait is the nearest thing to that.
      description[field] = whole < 0 ? 1 : whole * 1_000_000 + micros;
      return 0;
    },
  };
}

const EVERY_SOCKET: OptionTable<Description> = new Map<number, Option<Description>>([
  [optionKey(SOL_SOCKET, SO_TYPE), readOnly(({ operations }) => operations.style)],
  [optionKey(SOL_SOCKET, SO_DOMAIN), readOnly(({ operations }) => operations.family)],
  [optionKey(SOL_SOCKET, SO_PROTOCOL), readOnly(({ operations }) => operations.protocol)],
  [optionKey(SOL_SOCKET, SO_ERROR), readOnly(({ operations }) => Math.abs(operations.takeError()))],
  [optionKey(SOL_SOCKET, SO_RCVTIMEO), timeout("receiveTimeout")],
  [optionKey(SOL_SOCKET, SO_SNDTIMEO), timeout("sendTimeout")],
]);

/** An option without effect on a kind that has not its own: kept and given back, as Linux does. */
function kept(name: number): [number, Option<Description>] {
  const key = optionKey(SOL_SOCKET, name);
  return [
    key,
    flag<Description>(
      ({ options }) => options.get(key) === true,
      ({ options }, on) => {
        options.set(key, on);
        return 0;
      },
    ),
  ];
}

const ONLY_KEPT: OptionTable<Description> = new Map<number, Option<Description>>([
  kept(SO_DEBUG),
  kept(SO_REUSEADDR),
  kept(SO_REUSEPORT),
  kept(SO_DONTROUTE),
  kept(SO_BROADCAST),
  kept(SO_KEEPALIVE),
  kept(SO_OOBINLINE),
  [optionKey(SOL_SOCKET, SO_ACCEPTCONN), readOnly(() => 0)],
  [optionKey(SOL_SOCKET, SO_SNDLOWAT), readOnly(() => 1)],
  [
    optionKey(SOL_SOCKET, SO_RCVLOWAT),
    integer(
      0,
      0x7fff_ffff,
      () => 1,
      () => 0,
    ),
  ],
  [
    optionKey(SOL_SOCKET, SO_LINGER),
    { get: () => [0, 0], set: (_, value) => (pairOf(value) === undefined ? -errno.EINVAL : 0) },
  ],
]);
