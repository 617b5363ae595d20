/** `setsourcefilter` and `getsourcefilter` (RFC 3678 §5.2): whom a socket hears in a group, as a whole. */
import type { GroupMemberships } from "../stack/index.ts";
import { IPPROTO_IP, IPPROTO_IPV6, MCAST_EXCLUDE, MCAST_INCLUDE, MCAST_MSFILTER } from "./constants.ts";
import { errno, failed } from "./errors.ts";
import { bitsOf, ipOfBits, ipOfWord, LARGEST_IPV6, wordOf } from "./inet/bits.ts";
import type { SocketOperations } from "./operations.ts";
import { trySetOption } from "./options/option-calls.ts";
import { isInteger } from "./options/shapes.ts";
import { opened, type Socket } from "./socket.ts";
import type { SocketStack } from "./socket-stack.ts";

/** An address of a group or source: an integer of AF_INET, a bigint of AF_INET6. */
export type GroupAddress = number | bigint;

/** `setsourcefilter`: see `Sockets.setsourcefilter`. */
export function setsourcefilter(
  socket: Socket,
  index: number,
  group: GroupAddress,
  mode: number,
  sources: readonly GroupAddress[],
): void {
  opened(socket, "setsourcefilter").act((operations) => {
    const level = typeof group === "bigint" ? IPPROTO_IPV6 : IPPROTO_IP;
    const status = trySetOption(operations, level, MCAST_MSFILTER, [group, index, mode, sources]);
    if (status !== 0) throw failed(status, "setsourcefilter");
  });
}

/** `getsourcefilter`: see `Sockets.getsourcefilter`. */
export function getsourcefilter(
  socket: Socket,
  index: number,
  group: GroupAddress,
): [mode: number, sources: GroupAddress[]] {
  const operations = opened(socket, "getsourcefilter").operations as SocketOperations & Member;
  const { endpoint, stack } = operations;
  const memberships = endpoint?.memberships;
  if (memberships === undefined || stack === undefined) throw failed(-errno.ENOPROTOOPT, "getsourcefilter");
  const big = typeof group === "bigint";
  if (big ? group < 0n || group > LARGEST_IPV6 : !isInteger(group, 0, 0xffff_ffff))
    throw failed(-errno.EINVAL, "getsourcefilter");
  const address = big ? ipOfBits(group) : ipOfWord(group);
  if (!address.isMulticast || !isInteger(index, 0, 0x7fff_ffff))
    throw failed(-errno.EINVAL, "getsourcefilter");
  const found = stack.interfaces.find((one) => one.index === index);
  if (index !== 0 && found === undefined) throw failed(-errno.ENODEV, "getsourcefilter");
  const filter = memberships.filterOf(address, found?.name ?? "");
  if (filter === undefined) throw failed(-errno.EADDRNOTAVAIL, "getsourcefilter");
  const mode = filter.mode === "include" ? MCAST_INCLUDE : MCAST_EXCLUDE;
  return [mode, filter.sources.map((source) => (big ? bitsOf(source) : wordOf(source)))];
}

/** What of a socket that can be in groups is looked at. */
interface Member {
  readonly endpoint?: { readonly memberships?: GroupMemberships | undefined };
  readonly stack?: SocketStack;
}
