/** `getaddrinfo` (RFC 3493 §6.1) over the databases of a stack. */
import { parseIpv4, parseIpv6 } from "../../stack/index.ts";
import { type Inet6Sockaddr, type InetSockaddr, inet6Sockaddr, inetSockaddr, isInteger } from "../address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  EAI_ADDRFAMILY,
  EAI_AGAIN,
  EAI_BADFLAGS,
  EAI_FAIL,
  EAI_FAMILY,
  EAI_NODATA,
  EAI_NONAME,
  EAI_SERVICE,
  EAI_SOCKTYPE,
  EAI_SYSTEM,
  INADDR_ANY,
  INADDR_LOOPBACK,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../constants.ts";
import { bitsOf, ipOfWord } from "../inet/bits.ts";
import type { SocketStack } from "../socket-stack.ts";
import { type Databases, LookupError } from "./databases.ts";

/** One way to reach a service: Guile's addrinfo. */
export interface AddressInfo {
  /** AI_…, as they were asked for. */
  readonly flags: number;
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_RAW. */
  readonly style: number;
  /** The number of the protocol that goes with the style. */
  readonly protocol: number;
  /** Where the service is: the argument of `connect` or `bind`. */
  readonly address: InetSockaddr | Inet6Sockaddr;
  /** Only the first has one, and only with AI_CANONNAME. */
  readonly canonicalName: string | undefined;
}

const MESSAGES: ReadonlyMap<number, readonly [string, string]> = new Map([
  [EAI_ADDRFAMILY, ["EAI_ADDRFAMILY", "the name has no address of this family"]],
  [EAI_AGAIN, ["EAI_AGAIN", "temporary failure in name resolution"]],
  [EAI_BADFLAGS, ["EAI_BADFLAGS", "flags that there are not"]],
  [EAI_FAIL, ["EAI_FAIL", "failure in name resolution"]],
  [EAI_FAMILY, ["EAI_FAMILY", "address family not supported"]],
  [EAI_NODATA, ["EAI_NODATA", "the name has no address"]],
  [EAI_NONAME, ["EAI_NONAME", "name or service not known"]],
  [EAI_SERVICE, ["EAI_SERVICE", "service not supported for the socket's style"]],
  [EAI_SOCKTYPE, ["EAI_SOCKTYPE", "style of socket not supported"]],
  [EAI_SYSTEM, ["EAI_SYSTEM", "system error"]],
]);

/** Guile's `gai-strerror`. */
export function gaiStrerror(code: number): string {
  return MESSAGES.get(code)?.[1] ?? `unknown error ${code}`;
}

/** Guile's `getaddrinfo-error`. */
export class AddressInfoError extends Error {
  /** Of the class. */
  override readonly name: string = "AddressInfoError";
  /** `EAI_NONAME`, … */
  readonly code: string;
  /** The same as a number: -2, … */
  readonly errno: number;
  /** The call that failed: `getaddrinfo`, `getnameinfo`. */
  readonly syscall: string;

  constructor(errno: number, syscall: string = "getaddrinfo") {
    super(`${syscall}: ${gaiStrerror(errno)}`);
    this.errno = errno;
    this.syscall = syscall;
    this.code = MESSAGES.get(errno)?.[0] ?? "EAI_FAIL";
  }
}

const KNOWN =
  AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV;

/** The styles that a service may have, in the order in which they are given, and their protocols. */
const STYLES: readonly (readonly [number, number, string])[] = [
  [SOCK_STREAM, IPPROTO_TCP, "tcp"],
  [SOCK_DGRAM, IPPROTO_UDP, "udp"],
  [SOCK_RAW, IPPROTO_IP, ""],
];

/**
 * The addresses of host `name` with the ports of `service`, for each style that has them. Fails with
 * {@link AddressInfoError}.
 */
export async function getaddrinfo(
  databases: Databases,
  name: string | undefined,
  service?: string | undefined,
  flags = 0,
  family = 0,
  style = 0,
  protocol = 0,
  stack?: SocketStack,
): Promise<readonly AddressInfo[]> {
  checkRequest(name, service, flags, family);
  const styles = STYLES.filter(
    ([each, number]) =>
      (style === 0 || style === each) && (protocol === 0 || number === protocol || each === SOCK_RAW),
  );
  if (styles.length === 0) throw new AddressInfoError(EAI_SOCKTYPE);
  const { addresses, scopeId, canonicalName } = await hostOf(
    databases,
    name,
    flags,
    narrowed(stack, flags, family),
    stack,
  );
  const found = addresses.flatMap((address) =>
    styles.flatMap(([each, number, protocolName]): AddressInfo[] => {
      const port = portOf(databases, service, protocolName, flags);
      if (port === undefined) return [];
      const at =
        typeof address === "number" ? inetSockaddr(address, port) : inet6Sockaddr(address, port, 0, scopeId);
      const row = { flags, family: at.family, style: each, canonicalName: undefined };
      return [{ ...row, protocol: each === SOCK_RAW ? protocol : number, address: at }];
    }),
  );
  const [first, ...rest] = found;
  if (first === undefined) throw new AddressInfoError(EAI_SERVICE);
  return (flags & AI_CANONNAME) === 0 ? found : [{ ...first, canonicalName }, ...rest];
}

function checkRequest(
  name: string | undefined,
  service: string | undefined,
  flags: number,
  family: number,
): void {
  if ((flags & ~KNOWN) !== 0) throw new AddressInfoError(EAI_BADFLAGS);
  if (name === undefined && service === undefined) throw new AddressInfoError(EAI_NONAME);
  if (name === undefined && (flags & AI_CANONNAME) !== 0) throw new AddressInfoError(EAI_BADFLAGS);
  if (family !== AF_UNSPEC && family !== AF_INET && family !== AF_INET6)
    throw new AddressInfoError(EAI_FAMILY);
}

/** What a name stands for. */
interface Found {
  /** Of IPv4 integers, of IPv6 bigints, which come first (RFC 6724 §2.1). */
  readonly addresses: readonly (number | bigint)[];
  readonly scopeId: number;
  readonly canonicalName: string | undefined;
}

async function hostOf(
  databases: Databases,
  name: string | undefined,
  flags: number,
  family: number,
  stack: SocketStack | undefined,
): Promise<Found> {
  if (name === undefined) {
    const passive = (flags & AI_PASSIVE) !== 0;
    const addresses = passive ? [INADDR_ANY, 0n] : [1n, INADDR_LOOPBACK];
    return {
      addresses: addresses.filter((each) => isOf(each, family)),
      scopeId: 0,
      canonicalName: undefined,
    };
  }
  const { bare, numeric, scopeId } = partsOf(name, stack);
  if (((flags & AI_NUMERICHOST) !== 0 && !numeric) || scopeId === undefined)
    throw new AddressInfoError(EAI_NONAME);
  const ipv4 = await ipv4Of(databases, bare);
  const all = [...databases.ipv6AddressesOf(bare), ...ipv4.addresses];
  if (all.length === 0) throw new AddressInfoError(EAI_NONAME);
  const addresses = chosen(all, flags, family);
  if (addresses.length === 0) throw new AddressInfoError(numeric ? EAI_ADDRFAMILY : EAI_NODATA);
  return { addresses, scopeId, canonicalName: ipv4.name ?? bare };
}

/** A name, or an address with its zone; the zone is undefined where there is no such, or none can be. */
function partsOf(
  name: string,
  stack: SocketStack | undefined,
): { readonly bare: string; readonly numeric: boolean; readonly scopeId: number | undefined } {
  const [bare = "", zone] = name.split("%");
  const six = parseIpv6(bare) !== undefined;
  const numeric = six || parseIpv4(bare) !== undefined;
  if (zone === undefined) return { bare, numeric, scopeId: 0 };
  return { bare, numeric, scopeId: six ? indexOf(zone, stack) : undefined };
}

/** The index of an interface, by itself or by the interface's name (RFC 4007 §11.2). */
function indexOf(zone: string, stack: SocketStack | undefined): number | undefined {
  if (/^[0-9]+$/.test(zone)) return Number(zone);
  return stack?.interfaces.find(({ name }) => name === zone)?.index;
}

/**
 * AI_ADDRCONFIG (RFC 3493 §6.1): only a family of which this host has an address that is not loopback; as in glibc, all
 * where it has none of either.
 */
function narrowed(stack: SocketStack | undefined, flags: number, family: number): number {
  if ((flags & AI_ADDRCONFIG) === 0 || stack === undefined) return family;
  const own = stack.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const has = (of: 4 | 6): boolean => own.some((address) => address.family === of && !address.isLoopback);
  const [ipv4, ipv6] = [has(4), has(6)];
  if (family === AF_INET ? !ipv4 : family === AF_INET6 && !ipv6) throw new AddressInfoError(EAI_NONAME);
  return family !== AF_UNSPEC || ipv4 === ipv6 ? family : ipv4 ? AF_INET : AF_INET6;
}

/** Those of the family that is asked for; AI_V4MAPPED and AI_ALL as RFC 3493 §6.1 has them. */
function chosen(
  all: readonly (number | bigint)[],
  flags: number,
  family: number,
): readonly (number | bigint)[] {
  const own = all.filter((each) => isOf(each, family));
  if (family !== AF_INET6 || (flags & AI_V4MAPPED) === 0) return own;
  const mapped = all.flatMap((each) => (typeof each === "number" ? [bitsOf(ipOfWord(each))] : []));
  return own.length === 0 ? mapped : (flags & AI_ALL) === 0 ? own : [...own, ...mapped];
}

function isOf(address: number | bigint, family: number): boolean {
  return family === AF_UNSPEC || (typeof address === "bigint") === (family === AF_INET6);
}

async function ipv4Of(
  databases: Databases,
  name: string,
): Promise<{ readonly addresses: readonly number[]; readonly name: string | undefined }> {
  try {
    return await databases.gethostbyname(name);
  } catch (error) {
    if (error instanceof LookupError) return { addresses: [], name: undefined };
    throw error;
  }
}

/** The port of a service by number or name; undefined if it has none with this protocol. */
function portOf(
  databases: Databases,
  service: string | undefined,
  protocol: string,
  flags: number,
): number | undefined {
  if (service === undefined) return 0;
  if (/^[0-9]+$/.test(service)) {
    if (!isInteger(Number(service), 0, 65_535)) throw new AddressInfoError(EAI_SERVICE);
    return Number(service);
  }
  if ((flags & AI_NUMERICSERV) !== 0) throw new AddressInfoError(EAI_NONAME);
  if (protocol === "") return undefined;
  try {
    return databases.getservbyname(service, protocol).port;
  } catch (error) {
    if (error instanceof LookupError) return undefined;
    throw error;
  }
}
