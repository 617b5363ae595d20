/** The groups that IPv6 itself speaks to, and the stations that listen to a group. */
import { IpAddress } from "../../base/ip-address.ts";
import { MacAddress } from "../../base/mac-address.ts";

/** ff02::1, all nodes on the link (RFC 4291 §2.7.1). */
export const ALL_NODES: IpAddress = new IpAddress(0xff02_0000, 0, 0, 1);
/** ff02::2, all routers on the link. */
export const ALL_ROUTERS: IpAddress = new IpAddress(0xff02_0000, 0, 0, 2);
/** ff02::16, all MLDv2-capable routers (RFC 3810 §5.2.14). */
export const ALL_MLDV2_ROUTERS: IpAddress = new IpAddress(0xff02_0000, 0, 0, 0x16);

/** ff02::1:ffxx:xxxx, the group of those whose address ends like that one (RFC 4291 §2.7.1). */
export function solicitedNode(address: IpAddress): IpAddress {
  return new IpAddress(0xff02_0000, 0, 1, 0xff00_0000 | (address.word3 & 0xff_ffff));
}

/** The station address of a group: 33:33 and its low 32 bits (RFC 2464 §7). */
export function groupMac(group: IpAddress): MacAddress {
  return new MacAddress(0x3333, group.word3);
}
