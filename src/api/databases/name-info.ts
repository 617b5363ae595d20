/** `getnameinfo` (RFC 3493 §6.2): the names of an address and its port, over the databases of a stack. */
import { formatIpv4 } from "../../stack/index.ts";
import { type Inet6Sockaddr, type InetSockaddr, isInteger, type Sockaddr } from "../address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  EAI_BADFLAGS,
  EAI_FAMILY,
  EAI_NONAME,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NOFQDN,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
} from "../constants.ts";
import { ipOfBits } from "../inet/bits.ts";
import type { SocketStack } from "../socket-stack.ts";
import { AddressInfoError } from "./address-info.ts";
import { type Databases, LookupError } from "./databases.ts";

const KNOWN = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM;

/** What an address is called. */
export interface NameInfo {
  /** The host's name, or its address in text. */
  readonly host: string;
  /** The service's name, or its port in text; of AF_UNIX the path. */
  readonly service: string;
}

/** See `Sockets.getnameinfo`. Fails with {@link AddressInfoError}. */
export async function getnameinfo(
  databases: Databases,
  address: Sockaddr,
  flags = 0,
  stack?: SocketStack,
): Promise<NameInfo> {
  if (!isInteger(flags, 0, 0x7fff_ffff) || (flags & ~KNOWN) !== 0) throw failed(EAI_BADFLAGS);
  if (typeof address !== "object" || address === null) throw failed(EAI_FAMILY);
  switch (address.family) {
    case AF_UNIX:
      return { host: "localhost", service: "path" in address ? (address.path ?? "") : "" };
    case AF_INET:
    case AF_INET6: {
      const at = address as InetSockaddr | Inet6Sockaddr;
      const host = await hostOf(databases, at, flags, stack);
      return { host, service: serviceOf(databases, at.port, flags) };
    }
    default:
      throw failed(EAI_FAMILY);
  }
}

function failed(code: number): AddressInfoError {
  return new AddressInfoError(code, "getnameinfo");
}

async function hostOf(
  databases: Databases,
  at: InetSockaddr | Inet6Sockaddr,
  flags: number,
  stack: SocketStack | undefined,
): Promise<string> {
  const { address } = at;
  if ((flags & NI_NUMERICHOST) === 0) {
    const name = await nameOf(databases, address);
    if (name !== undefined) return name;
  }
  if ((flags & NI_NAMEREQD) !== 0) throw failed(EAI_NONAME);
  if (typeof address === "number") return formatIpv4(address | 0);
  const ip = ipOfBits(address);
  if (ip.family === 4) return `::ffff:${ip}`;
  return `${ip}${zoneOf((at as Inet6Sockaddr).scopeId, stack)}`;
}

/** RFC 4007 §11: the interface of an address that is valid on one link only, by its name if it has one. */
function zoneOf(scopeId: number, stack: SocketStack | undefined): string {
  if (scopeId === 0) return "";
  return `%${stack?.interfaces.find(({ index }) => index === scopeId)?.name ?? scopeId}`;
}

/** The name of a host that has the address; of a mapped address, that of its IPv4 address. */
async function nameOf(databases: Databases, address: number | bigint): Promise<string | undefined> {
  const mapped = typeof address === "bigint" && ipOfBits(address).family === 4;
  if (typeof address === "bigint" && !mapped) return databases.ipv6NameOf(address);
  const word = typeof address === "number" ? address : ipOfBits(address).word3 >>> 0;
  try {
    return (await databases.gethostbyaddr(word)).name;
  } catch (error) {
    if (error instanceof LookupError) return undefined;
    throw error;
  }
}

function serviceOf(databases: Databases, port: number, flags: number): string {
  if ((flags & NI_NUMERICSERV) !== 0) return String(port);
  try {
    return databases.getservbyport(port, (flags & NI_DGRAM) === 0 ? "tcp" : "udp").name;
  } catch (error) {
    if (error instanceof LookupError) return String(port);
    throw error;
  }
}
