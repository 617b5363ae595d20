/** Addresses as Node's handles take and tell them: text, with the zone of a link-local one behind a percent sign. */
import { IPV6_ONLY, parseIp } from "../stack/base/index.ts";
import type { IpAddress, SocketAddress } from "../stack/index.ts";
import { UV_EAFNOSUPPORT, UV_EINVAL } from "./errno.ts";
import type { EndpointHost, HostInterface } from "./net-context.ts";

/** An address, and the interface that it is only valid on; "" for any. */
export interface Place {
  readonly address: IpAddress;
  readonly interfaceName: string;
}

/**
 * The address of that family; or the negative errno of libuv, where there is none. One of IPv6 may be a mapped one, and
 * is the IPv4 address then.
 */
export function parseAs(host: EndpointHost, family: 4 | 6, text: string): Place | number {
  const [bare = "", zone] = text.split("%");
  const address = parseIp(bare);
  if (address === undefined || bare.includes(":") !== (family === 6)) return UV_EINVAL;
  if (address.family === 6 && host.hasIpv6 !== true) return UV_EAFNOSUPPORT;
  // As libuv: a zone that there is not counts as none.
  const through = zone === undefined ? undefined : interfaceOf(host, zone);
  return { address, interfaceName: through?.name ?? "" };
}

/** The wildcard address that takes no IPv4, where that is wanted. */
export function wildcard(address: IpAddress, only: boolean): IpAddress {
  return only && address.family === 6 && address.isAny ? IPV6_ONLY : address;
}

/** By its name or, as libuv also has it, by its index. */
function interfaceOf(host: EndpointHost, zone: string): HostInterface | undefined {
  return host.interfaces.find(
    ({ name, index }) => name === zone || (index !== undefined && String(index) === zone),
  );
}

/** The name of the interface that `text` means for groups of IPv6: `::%eth0`. Undefined: there is none such; "": any. */
export function zoneOf(host: EndpointHost, text: string): string | undefined {
  const place = parseAs(host, 6, text);
  return typeof place === "number" ? undefined : place.interfaceName;
}

/**
 * Fills what `getsockname` and `getpeername` of Node's handles fill, and what tells where a datagram came from.
 *
 * @param family - the socket's: an IPv4 address of one of IPv6 is a mapped one
 * @param through - the name of the interface that a link-local address is met on
 */
export function describeAddress(
  out: Record<string, unknown>,
  host: EndpointHost,
  { address, port }: SocketAddress,
  family: 4 | 6,
  through?: string,
): void {
  out["address"] = family === 4 ? address.toString() : textOf(host, address, through);
  out["family"] = family === 4 ? "IPv4" : "IPv6";
  out["port"] = port;
}

function textOf({ interfaces }: EndpointHost, address: IpAddress, through: string | undefined): string {
  if (address.isAny) return "::";
  if (address.family === 4) return `::ffff:${address}`;
  if (!address.isLinkLocal) return address.toString();
  const own = interfaces.find(({ addresses }) => addresses.some((one) => one.address.equals(address)));
  const zone = through ?? own?.name;
  return zone === undefined ? address.toString() : `${address}%${zone}`;
}
