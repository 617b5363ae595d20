/**
 * Router advertisements as they are written (RFC 4861 §4.2), with the options prefix (§4.6.2), MTU (§4.6.4), route
 * information (RFC 4191 §2.3) and recursive DNS servers (RFC 8106 §5.1). How they are read is in nd.ts.
 */
import type { IpAddress } from "../base/ip-address.ts";
import {
  type DnsServers,
  OPTION_MTU,
  OPTION_PREFIX,
  OPTION_RDNSS,
  OPTION_ROUTE,
  type PrefixInformation,
  RA_MANAGED,
  RA_OTHER,
  type RouteInformation,
  type RouterAdvertisement,
} from "./nd.ts";

/** Octets of a prefix option. */
export const PREFIX_OPTION_BYTES = 32;
/** Octets of an MTU option. */
export const MTU_OPTION_BYTES = 8;

/** Octets of a route option, whose prefix is as short as its length allows. */
export function routeOptionBytes({ length }: RouteInformation): number {
  return length === 0 ? 8 : length <= 64 ? 16 : 24;
}

/** Octets of an option with these servers. */
export function serversOptionBytes({ servers }: DnsServers): number {
  return 8 + 16 * servers.length;
}

/** The two bits of a preference, where they stand in an octet of flags (RFC 4191 §2.1). */
function preferenceBits(preference: number): number {
  return (preference & 3) << 3;
}

/** Writes what all advertisements have behind the checksum, of the message at `at`. */
export function writeRouterAdvertisement(view: DataView, at: number, message: RouterAdvertisement): void {
  const flags = (message.managed ? RA_MANAGED : 0) | (message.otherConfig ? RA_OTHER : 0);
  view.setUint8(at + 4, message.hopLimit);
  view.setUint8(at + 5, flags | preferenceBits(message.preference));
  view.setUint16(at + 6, message.lifetime);
  view.setUint32(at + 8, message.reachableTime);
  view.setUint32(at + 12, message.retransTimer);
}

/** Writes a prefix option at `at`; how many octets it has. */
export function writePrefixOption(view: DataView, at: number, prefix: PrefixInformation): number {
  view.setUint16(at, (OPTION_PREFIX << 8) | (PREFIX_OPTION_BYTES >> 3));
  view.setUint8(at + 2, prefix.length);
  view.setUint8(at + 3, (prefix.onLink ? 0x80 : 0) | (prefix.autonomous ? 0x40 : 0));
  view.setUint32(at + 4, prefix.validLifetime);
  view.setUint32(at + 8, prefix.preferredLifetime);
  view.setUint32(at + 12, 0);
  prefix.prefix.write(view, at + 16);
  return PREFIX_OPTION_BYTES;
}

/** Writes an MTU option at `at`; how many octets it has. */
export function writeMtuOption(view: DataView, at: number, mtu: number): number {
  view.setUint32(at, (OPTION_MTU << 24) | (1 << 16));
  view.setUint32(at + 4, mtu);
  return MTU_OPTION_BYTES;
}

/** Writes a route option at `at`; how many octets it has. */
export function writeRouteOption(view: DataView, at: number, route: RouteInformation): number {
  const octets = routeOptionBytes(route);
  const { prefix } = route;
  view.setUint16(at, (OPTION_ROUTE << 8) | (octets >> 3));
  view.setUint8(at + 2, route.length);
  view.setUint8(at + 3, preferenceBits(route.preference));
  view.setUint32(at + 4, route.lifetime);
  if (octets > 8) {
    view.setInt32(at + 8, prefix.word0);
    view.setInt32(at + 12, prefix.word1);
  }
  if (octets > 16) {
    view.setInt32(at + 16, prefix.word2);
    view.setInt32(at + 20, prefix.word3);
  }
  return octets;
}

/** Writes an option with name servers at `at`; how many octets it has. */
export function writeServersOption(view: DataView, at: number, { lifetime, servers }: DnsServers): number {
  view.setUint32(at, (OPTION_RDNSS << 24) | ((serversOptionBytes({ lifetime, servers }) >> 3) << 16));
  view.setUint32(at + 4, lifetime);
  servers.forEach((server: IpAddress, index) => {
    server.write(view, at + 8 + 16 * index);
  });
  return serversOptionBytes({ lifetime, servers });
}
