/** Addresses that cannot be where they stand in an arriving datagram: RFC 1122 §3.2.1.3, RFC 1812 §5.3.7. */
import { Drop } from "../../base/drop.ts";
import { IPV4_BROADCAST, type IpAddress } from "../../base/ip-address.ts";
import type { Interfaces, NetworkInterface } from "../../contract/network-interface.ts";

/** 224.0.0.0/24, which no router passes on (RFC 5771 §4). */
const LOCAL_GROUPS = 0xe0_0000;

/**
 * Why `source` cannot be the address of one other host (RFC 1122 §3.2.1.3). Our own addresses come only through the
 * loopback interface; that also ends the LAND attack.
 */
export function judgeSource(
  interfaces: Interfaces,
  source: IpAddress,
  destination: IpAddress,
  from: NetworkInterface,
): Drop {
  const first = source.word3 >>> 24;
  if (first >= 224) return source.equals(IPV4_BROADCAST) ? Drop.sourceIsBroadcast : Drop.sourceIsGroup;
  if (from.loopback) return first !== 0 ? Drop.none : Drop.sourceIsNobody;
  // A host that knows no address yet may speak to all on its link (RFC 1122 §3.2.1.3 (a), RFC 2131 §4.1);
  // and a switch that has none may ask for the members of groups (RFC 4541 §2.1.1).
  const local = destination.equals(IPV4_BROADCAST) || destination.word3 >>> 8 === LOCAL_GROUPS;
  if (first === 0) return source.isAny && local ? Drop.none : Drop.sourceIsNobody;
  if (first === 127) return Drop.sourceIsLoopback;
  if (interfaces.isLocal(source)) return Drop.sourceIsOurs;
  if (from.isBroadcast(source)) return Drop.sourceIsBroadcast;
  return Drop.none;
}

/** Why a datagram for `destination` can be no other host's that could be reached from here; `Drop.none` if it can. */
export function whyNotPassedOn(destination: IpAddress, from: NetworkInterface): Drop {
  const first = destination.word3 >>> 24;
  if (first === 0 || first >= 240) return Drop.badDestination;
  if (first >= 224) return Drop.notMember;
  return first === 127 && !from.loopback ? Drop.loopbackDestination : Drop.none;
}
