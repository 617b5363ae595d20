/** Which kinds of sockets there are: family, style and protocol to the operations of that kind. */
import {
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_STREAM,
} from "./constants.ts";
import { errno } from "./errors.ts";
import { INET_NAMING, Inet6Naming } from "./inet/naming.ts";
import { RawSocket } from "./inet/raw-socket.ts";
import { TcpSocket } from "./inet/tcp-socket.ts";
import { UdpSocket } from "./inet/udp-socket.ts";
import type { SocketOperations } from "./operations.ts";
import { KeptOptions } from "./options/kept.ts";
import { PacketSocket } from "./packet-socket.ts";
import type { SocketStack } from "./socket-stack.ts";

/** Styles and families from here on cannot be meant (SOCK_MAX and AF_MAX of Linux). */
const SOCK_MAX = 11;
const AF_MAX = 46;
const IPPROTO_MAX = 263;

/** Sockets of a family: the operations, or a negated errno. `style` is without flags. */
export type Family = (style: number, protocol: number) => SocketOperations | number;

/** The families of one set of sockets, by number. */
export type Families = ReadonlyMap<number, Family>;

/** The style without its flags; a negated errno if it cannot be one. */
export function plainStyle(style: number): number {
  if (!Number.isInteger(style)) return -errno.EINVAL;
  const plain = style & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  return plain < 0 || plain >= SOCK_MAX ? -errno.EINVAL : plain;
}

/** The operations of a new socket, or a negated errno: checked in the order in which Linux does. */
export function newOperations(
  families: Families,
  family: number,
  style: number,
  protocol: number,
): SocketOperations | number {
  const plain = plainStyle(style);
  if (!Number.isInteger(family) || family < 0 || family >= AF_MAX) return -errno.EAFNOSUPPORT;
  if (plain < 0) return plain;
  const make = families.get(family);
  if (make === undefined) return -errno.EAFNOSUPPORT;
  return Number.isInteger(protocol) ? make(plain, protocol) : -errno.EINVAL;
}

/** AF_INET and AF_INET6. */
export function inetFamily(
  stack: SocketStack,
  family: 4 | 6,
  style: number,
  protocol: number,
): SocketOperations | number {
  const kept = new KeptOptions();
  const naming = family === 4 ? INET_NAMING : new Inet6Naming(stack, kept);
  if (protocol < 0 || protocol >= IPPROTO_MAX) return -errno.EINVAL;
  if (style === SOCK_STREAM) {
    if (protocol !== IPPROTO_IP && protocol !== IPPROTO_TCP) return -errno.EPROTONOSUPPORT;
    return new TcpSocket(stack, naming, undefined, kept);
  }
  if (style === SOCK_DGRAM) {
    if (protocol !== IPPROTO_IP && protocol !== IPPROTO_UDP) return -errno.EPROTONOSUPPORT;
    return new UdpSocket(stack, naming, kept);
  }
  if (style !== SOCK_RAW) return -errno.ESOCKTNOSUPPORT;
  // Protocol 0 names none: a raw socket has no default.
  const named = protocol !== IPPROTO_IP && protocol <= 255 && stack.has?.("raw") !== false;
  const endpoint = named ? stack.openRaw?.(protocol, family) : undefined;
  return endpoint === undefined ? -errno.EPROTONOSUPPORT : new RawSocket(stack, endpoint, naming, kept);
}

/** AF_PACKET. */
export function packetFamily(stack: SocketStack, style: number, protocol: number): SocketOperations | number {
  if (stack.openPacket === undefined || stack.has?.("packet") === false) return -errno.EAFNOSUPPORT;
  if (style !== SOCK_RAW && style !== SOCK_DGRAM) return -errno.ESOCKTNOSUPPORT;
  return protocol < 0 || protocol > 0xffff ? -errno.EINVAL : new PacketSocket(stack, style, protocol);
}
