/** Which addresses a socket that sends datagrams may be bound to. */
import type { IpAddress } from "../base/ip-address.ts";
import type { TransportContext } from "../contract/transport.ts";

/** One of this host's, a group, a broadcast address, or any at all (IP_FREEBIND, IP_TRANSPARENT). */
export function isBindable(
  context: TransportContext,
  address: IpAddress,
  { freeBind, transparent }: { readonly freeBind: boolean; readonly transparent: boolean },
): boolean {
  return freeBind || transparent || address.isAny || context.isLocal(address) || context.isMany(address);
}
