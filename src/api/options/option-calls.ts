/**
 * `getsockopt` and `setsockopt`: find the row of the table by level and number. An unknown option fails with
 * ENOPROTOOPT, a wrong value with EINVAL, before anything changes. Where a socket has no option of that level at all,
 * the errno is the one that Linux gives.
 */
import { AF_INET, AF_INET6, AF_UNIX, IPPROTO_IP, SOCK_RAW, SOL_RAW, SOL_SOCKET } from "../constants.ts";
import { checked, errno, failed } from "../errors.ts";
import type { SocketOperations } from "../operations.ts";
import { GROUP_ROWS } from "./group-options.ts";
import { HEADER_ROWS } from "./header-options.ts";
import { IP_ROWS } from "./ip-level.ts";
import { IPV6_ROWS } from "./ipv6-level.ts";
import type { OptionValue } from "./option-value.ts";
import { optionKey } from "./option-value.ts";
import { RAW_ROWS } from "./raw-level.ts";
import type { OptionRow, Place } from "./rows.ts";
import { isInt, isInteger, isRefused } from "./shapes.ts";
import { SOCKET_ROWS } from "./socket-level.ts";
import { TCP_ROWS } from "./tcp-level.ts";
import { UDP_ROWS } from "./udp-level.ts";

/** Every option, in the order of the documentation. */
export const OPTION_ROWS: readonly OptionRow[] = [
  ...SOCKET_ROWS,
  ...IP_ROWS,
  ...IPV6_ROWS,
  ...HEADER_ROWS,
  ...GROUP_ROWS,
  ...TCP_ROWS,
  ...UDP_ROWS,
  ...RAW_ROWS,
];

const ROWS: ReadonlyMap<number, OptionRow> = new Map(
  OPTION_ROWS.map((row) => [optionKey(row.level, row.number), row]),
);

/** The place of an option on this socket; undefined if it has none. */
function placeOf(
  operations: SocketOperations,
  row: OptionRow | undefined,
): Place<SocketOperations> | undefined {
  if (row === undefined || !isOfFamily(operations, row)) return undefined;
  return row.places[operations.kind] as Place<SocketOperations> | undefined;
}

/** Those of IPv6 are AF_INET6's; those of IPv4 are as well, where the socket can speak it. */
function isOfFamily({ family, style }: SocketOperations, row: OptionRow): boolean {
  if (row.family === "inet6") return family === AF_INET6;
  return row.family !== "inet" || family !== AF_INET6 || style !== SOCK_RAW;
}

function find(level: number, number: number): OptionRow | undefined {
  return isInt(level) && isInteger(number, 0, 0xffff) ? ROWS.get(optionKey(level, number)) : undefined;
}

/** The value of an option, or a negated errno with what was asked. @throws {@link SocketError} */
export function getOption(operations: SocketOperations, level: number, number: number): OptionValue {
  const get = placeOf(operations, find(level, number))?.get;
  if (get === undefined)
    throw failed(knowsLevel(operations, level) ? -errno.ENOPROTOOPT : -errno.EOPNOTSUPP, "getsockopt");
  const value = get(operations);
  if (isRefused(value)) throw failed(value.refused, "getsockopt");
  return value;
}

/** @throws {@link SocketError} ENOPROTOOPT, EINVAL, and what the option itself can fail with */
export function setOption(operations: SocketOperations, level: number, number: number, given: unknown): void {
  checked(trySetOption(operations, level, number, given), "setsockopt");
}

/** As `setOption`: 0, or a negated errno. */
export function trySetOption(
  operations: SocketOperations,
  level: number,
  number: number,
  given: unknown,
): number {
  const row = find(level, number);
  const set = placeOf(operations, row)?.set;
  if (row === undefined || set === undefined) {
    const foreign = operations.family === AF_UNIX && level !== SOL_SOCKET;
    return foreign ? -errno.EOPNOTSUPP : -errno.ENOPROTOOPT;
  }
  const value = row.shape.check(given);
  return isRefused(value) ? value.refused : set(operations, value as never);
}

/** Linux says EOPNOTSUPP where not even the level is one of the socket's. */
function knowsLevel({ family, protocol, style }: SocketOperations, level: number): boolean {
  if (level === SOL_SOCKET) return true;
  if (family === AF_INET)
    return level === IPPROTO_IP || level === protocol || (level === SOL_RAW && style === SOCK_RAW);
  return family !== AF_UNIX;
}
