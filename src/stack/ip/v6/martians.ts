/** Addresses that cannot be where they stand in an arriving datagram: RFC 4291 §2.5, §2.7; and whose they are. */
import { Drop } from "../../base/drop.ts";
import type { IpAddress } from "../../base/ip-address.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";

/** Why `source` cannot be the address of one other host. */
export function judgeSource6(interfaces: Interfaces, source: IpAddress, from: NetworkInterface): Drop {
  if (source.isMulticast) return Drop.sourceIsGroup;
  // The mapped form is for sockets, and never on a wire (RFC 4291 §2.5.5.2).
  if (source.family === 4) return Drop.sourceIsNobody;
  if (from.loopback || source.isAny) return Drop.none;
  if (source.isLoopback) return Drop.sourceIsLoopback;
  return isOurs6(interfaces, source, from) ? Drop.sourceIsOurs : Drop.none;
}

/**
 * Whether `address`, as seen from the link behind `on`, is one of this host: the same link-local address may be a
 * neighbour's on another link (RFC 4007 §6).
 */
export function isOurs6(interfaces: Interfaces, address: IpAddress, on: NetworkInterface): boolean {
  return address.isLinkLocal && !on.loopback ? on.hasAddress(address) : interfaces.isLocal(address);
}

/** Why a datagram for `destination` can be no other host's that could be reached from here; `Drop.none` if it can. */
export function whyNotPassedOn(destination: IpAddress, from: NetworkInterface): Drop {
  if (destination.isAny || destination.family === 4) return Drop.badDestination;
  if (destination.isMulticast) return Drop.notMember;
  return destination.isLoopback && !from.loopback ? Drop.loopbackDestination : Drop.none;
}
