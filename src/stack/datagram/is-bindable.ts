/** Which addresses a socket that sends datagrams may be bound to. */
import type { IpAddress } from "../base/ip-address.ts";
import type { TransportContext } from "../contract/transport.ts";

/** One of this host's, a group, a broadcast address, or any at all (IP_FREEBIND). */
export function isBindable(
  context: TransportContext,
  address: IpAddress,
  { freeBind }: { readonly freeBind: boolean },
): boolean {
  return freeBind || address.isAny || context.isLocal(address) || context.isMany(address);
}
