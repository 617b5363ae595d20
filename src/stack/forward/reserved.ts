/** Addresses that no router passes on, whatever its routes say: RFC 3927 §2.7, RFC 4291 §2.5.6. */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";

const LINK_LOCAL_IPV4 = 0xa9fe;
const LINK_LOCAL_IPV6 = 0x3fa; // fe80::/10

/** Why a datagram with these addresses must stay on its link; `Drop.none` if it may go on. */
export function staysOnLink(source: IpAddress, destination: IpAddress): Drop {
  if (isLinkLocal(source) || isLinkLocal(destination)) return Drop.linkLocal;
  return Drop.none;
}

function isLinkLocal({ family, word0, word3 }: IpAddress): boolean {
  return family === 4 ? word3 >>> 16 === LINK_LOCAL_IPV4 : word0 >>> 22 === LINK_LOCAL_IPV6;
}
