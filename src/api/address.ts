/**
 * Socket addresses as calls take and give them: Guile's address objects. IPv4 addresses are integers in host order
 * (127.0.0.1 is 0x7f000001), IPv6 addresses bigints of 128 bits (::1 is 1n), ports 0 to 65535, names of AF_UNIX strings.
 */

import { utf8Length } from "../stack/base/utf8.ts";
import { type IpAddress, ipv4 } from "../stack/index.ts";
import { AF_INET, AF_INET6, AF_PACKET, AF_UNIX } from "./constants.ts";
import { SocketError } from "./errors.ts";
import { formatAddress, ipOfBits, LARGEST_IPV6 } from "./inet/bits.ts";

/** A socket address of AF_INET. */
export interface InetSockaddr {
  /** AF_INET. */
  readonly family: 2;
  /** In host order, 0 to 2^32 - 1. */
  readonly address: number;
  /** 0 to 65535, in host order. */
  readonly port: number;
}

/** A socket address of AF_INET6 (RFC 3493 §3.3). */
export interface Inet6Sockaddr {
  /** AF_INET6. */
  readonly family: 10;
  /** The 128 bits, in host order. An IPv4 address is ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). */
  readonly address: bigint;
  /** 0 to 65535, in host order. */
  readonly port: number;
  /** Traffic class and flow label: kept, and without effect (RFC 3493 §3.3). */
  readonly flowInfo: number;
  /** Of a link-local address, the index of its interface; 0: none is said. */
  readonly scopeId: number;
}

/** A socket address of AF_UNIX. */
export interface UnixSockaddr {
  /** AF_UNIX. */
  readonly family: 1;
  /** A path name; one that begins with NUL is abstract; undefined: the socket has no name. */
  readonly path: string | undefined;
}

/** An address of the link layer: an interface, and a station on it. */
export interface PacketSockaddr {
  /** AF_PACKET. */
  readonly family: 17;
  /** EtherType, in host order; 0 (where it is bound) for all. */
  readonly protocol: number;
  /** The interface's index; 0 for any. */
  readonly index: number;
  /** 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 outgoing. */
  readonly packetType: number;
  /** Six octets. */
  readonly station: Uint8Array;
}

/** A socket address of any family. */
export type Sockaddr = InetSockaddr | Inet6Sockaddr | UnixSockaddr | PacketSockaddr;

/** What `accept` and `recvfrom!` give where there is no address: Guile's empty vector. */
export const NO_ADDRESS: readonly never[] = Object.freeze([]);
/** Guile's empty vector: where there is no address. */
export type NoAddress = typeof NO_ADDRESS;

/** An AF_INET address; both numbers in host order. Unchecked: `makeSocketAddress` checks. */
export function inetSockaddr(address: number, port: number): InetSockaddr {
  return { family: 2, address: address >>> 0, port };
}

/** An AF_INET6 address, all in host order. Unchecked: `makeSocketAddress` checks. */
export function inet6Sockaddr(address: bigint, port: number, flowInfo = 0, scopeId = 0): Inet6Sockaddr {
  return { family: 10, address, port, flowInfo, scopeId };
}

/**
 * An AF_UNIX address; without a path, that of a socket without a name. Unchecked: `makeSocketAddress` checks.
 */
export function unixSockaddr(path: string | undefined): UnixSockaddr {
  return { family: 1, path };
}

/**
 * Guile's `make-socket-address family address [port [flowinfo [scopeid]]]`.
 *
 * @param address - AF_INET: an integer; AF_INET6: a bigint; AF_UNIX: the name
 * @throws {@link SocketError} EAFNOSUPPORT for a family that there is not, EINVAL for an address or port
 * out of range. (Guile cuts a port down modulo 65536 in silence.)
 */
export function makeSocketAddress(
  family: number,
  address: number | bigint | string,
  port?: number,
  flowInfo?: number,
  scopeId?: number,
): Sockaddr {
  return parseAddress("make-socket-address", family, address, port, flowInfo, scopeId);
}

/** The address that a call was given in Guile's manner: family, address, and a port if the family has one. */
export function parseAddress(
  syscall: string,
  family: unknown,
  address: unknown,
  port: unknown,
  flowInfo: unknown = 0,
  scopeId: unknown = 0,
): Sockaddr {
  if (family === AF_INET) {
    if (!isInteger(address, 0, 0xffff_ffff)) {
      throw new SocketError("EINVAL", syscall, `the address ${shown(address)} is not an integer below 2^32`);
    }
    return inetSockaddr(address, checkedPort(syscall, port));
  }
  if (family === AF_INET6) {
    return inet6Sockaddr(
      checkedIpv6(syscall, address),
      checkedPort(syscall, port),
      checkedWord(syscall, "the flow information", flowInfo),
      checkedWord(syscall, "the scope", scopeId),
    );
  }
  if (family === AF_UNIX) {
    if (typeof address !== "string") throw new SocketError("EINVAL", syscall, "the name is not a string");
    return checkedUnix(syscall, address);
  }
  throw new SocketError("EAFNOSUPPORT", syscall, `there is no address family ${shown(family)} here`);
}

function checkedPort(syscall: string, port: unknown): number {
  if (isInteger(port, 0, 65_535)) return port;
  throw new SocketError("EINVAL", syscall, `the port ${shown(port)} is not an integer from 0 to 65535`);
}

/** An address of AF_INET6: a bigint, or an integer that is small enough to be exact. */
export function checkedIpv6(syscall: string, address: unknown): bigint {
  const bits = isInteger(address, 0, Number.MAX_SAFE_INTEGER) ? BigInt(address) : address;
  if (typeof bits === "bigint" && bits >= 0n && bits <= LARGEST_IPV6) return bits;
  throw new SocketError("EINVAL", syscall, `the address ${shown(address)} is not a bigint below 2^128`);
}

function checkedWord(syscall: string, name: string, value: unknown): number {
  if (isInteger(value, 0, 0xffff_ffff)) return value;
  throw new SocketError("EINVAL", syscall, `${name} ${shown(value)} is not an integer below 2^32`);
}

/** Octets of sun_path in sockaddr_un. */
const UNIX_PATH_BYTES = 108;

function checkedUnix(syscall: string, path: string): UnixSockaddr {
  if (utf8Length(path) > UNIX_PATH_BYTES) {
    throw new SocketError("EINVAL", syscall, `the name is longer than ${UNIX_PATH_BYTES} octets`);
  }
  if (!path.startsWith("\0") && path.includes("\0")) return unixSockaddr(path.slice(0, path.indexOf("\0")));
  return unixSockaddr(path);
}

/** Checks an address object that the application made itself; the result is a copy that nobody can change. */
export function checkedAddress(syscall: string, given: unknown): Sockaddr {
  if (typeof given !== "object" || given === null) {
    throw new SocketError("EINVAL", syscall, `${shown(given)} is not a socket address`);
  }
  const { family, address, port, path, flowInfo, scopeId } = given as { [key: string]: unknown };
  if (family === AF_UNIX) return path === undefined ? unixSockaddr(undefined) : parseUnix(syscall, path);
  if (family === AF_PACKET) return checkedPacket(syscall, given as { [key: string]: unknown });
  return parseAddress(syscall, family, address, port, flowInfo, scopeId);
}

function parseUnix(syscall: string, path: unknown): Sockaddr {
  return parseAddress(syscall, AF_UNIX, path, undefined);
}

function checkedPacket(syscall: string, given: { [key: string]: unknown }): PacketSockaddr {
  const { protocol = 0, index, packetType = 0, station = new Uint8Array(6) } = given;
  if (!isInteger(protocol, 0, 65_535) || !isInteger(index, 0, 0x7fff_ffff) || !isInteger(packetType, 0, 7)) {
    throw new SocketError("EINVAL", syscall, "a field of the link address is out of range");
  }
  if (!(station instanceof Uint8Array) || station.length < 6) {
    throw new SocketError("EINVAL", syscall, "the station address is not six octets");
  }
  return { family: 17, protocol, index, packetType, station: new Uint8Array(station.subarray(0, 6)) };
}

/** Whether `value` is an integer from `least` to `most`. */
export function isInteger(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

/** A value in an error's message. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The IP address of an AF_INET or AF_INET6 address; of the latter perhaps an IPv4 address (RFC 4291 §2.5.5.2). */
export function ipOf(at: InetSockaddr | Inet6Sockaddr): IpAddress {
  return at.family === AF_INET ? ipv4((at as InetSockaddr).address | 0) : ipOfBits(at.address as bigint);
}

/** For people: `127.0.0.1:80`, `[::1]:80`, `[fe80::1%2]:80`, `/run/socket`, `@abstract`. */
export function formatSockaddr(at: Sockaddr | NoAddress): string {
  if (!("family" in at)) return "(no address)";
  switch (at.family) {
    case 2:
      return `${formatAddress(ipOf(at), 4)}:${at.port}`;
    case 10:
      return `[${formatAddress(ipOf(at), 6)}${at.scopeId === 0 ? "" : `%${at.scopeId}`}]:${at.port}`;
    case 1:
      return at.path?.replace(/^\0/, "@") ?? "(unnamed)";
    default:
      return `interface ${at.index}`;
  }
}

/** `sockaddr:fam`: AF_INET, AF_UNIX, …; AF_UNSPEC of the empty vector. */
export function sockaddrFam(at: Sockaddr | NoAddress): number {
  return "family" in at ? at.family : 0;
}

/** `sockaddr:path` of an AF_UNIX address; undefined if it has no name. @throws EINVAL for other families */
export function sockaddrPath(at: Sockaddr | NoAddress): string | undefined {
  if ("path" in at) return at.path;
  throw new SocketError("EINVAL", "sockaddr:path", "not an AF_UNIX address");
}

/**
 * `sockaddr:addr`: of an AF_INET address an integer, of an AF_INET6 address a bigint, in host order.
 *
 * @throws EINVAL for other families
 */
export function sockaddrAddr(at: InetSockaddr): number;
export function sockaddrAddr(at: Inet6Sockaddr): bigint;
export function sockaddrAddr(at: Sockaddr | NoAddress): number | bigint;
export function sockaddrAddr(at: Sockaddr | NoAddress): number | bigint {
  if ("address" in at) return at.address;
  throw new SocketError("EINVAL", "sockaddr:addr", "not an AF_INET or AF_INET6 address");
}

/** `sockaddr:port` of an AF_INET or AF_INET6 address. @throws EINVAL for other families */
export function sockaddrPort(at: Sockaddr | NoAddress): number {
  if ("port" in at) return at.port;
  throw new SocketError("EINVAL", "sockaddr:port", "not an AF_INET or AF_INET6 address");
}

/** `sockaddr:flowinfo` of an AF_INET6 address. @throws EINVAL for other families */
export function sockaddrFlowInfo(at: Sockaddr | NoAddress): number {
  if ("flowInfo" in at) return at.flowInfo;
  throw new SocketError("EINVAL", "sockaddr:flowinfo", "not an AF_INET6 address");
}

/** `sockaddr:scopeid` of an AF_INET6 address. @throws EINVAL for other families */
export function sockaddrScopeId(at: Sockaddr | NoAddress): number {
  if ("scopeId" in at) return at.scopeId;
  throw new SocketError("EINVAL", "sockaddr:scopeid", "not an AF_INET6 address");
}
