/**
 * How sockets of AF_INET and AF_INET6 name their ends: the address objects of calls to the stack's addresses and back.
 * An AF_INET6 socket reaches IPv4 by mapped addresses, ::ffff:a.b.c.d, unless IPV6_V6ONLY is on (RFC 3493 §3.7, §5.3);
 * to the stack such an address is the IPv4 address itself.
 */
import {
  type Failure,
  IPV4_ANY,
  IPV4_LOOPBACK,
  IPV6_ANY,
  IPV6_LOOPBACK,
  IPV6_ONLY,
  type IpAddress,
  type SocketAddress,
} from "../../stack/index.ts";
import {
  type Inet6Sockaddr,
  type InetSockaddr,
  inet6Sockaddr,
  inetSockaddr,
  ipOf,
  type Sockaddr,
} from "../address.ts";
import { AF_INET, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY } from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { KeptOptions } from "../options/kept.ts";
import { optionKey } from "../options/option-value.ts";
import type { SocketInterface, SocketStack } from "../socket-stack.ts";
import { bitsOf, wordOf } from "./bits.ts";

/** IPV6_V6ONLY among the options that a socket keeps. */
const V6ONLY: number = optionKey(IPPROTO_IPV6, IPV6_V6ONLY);

/** An end, as an endpoint takes it. */
export interface Target extends SocketAddress {
  /** The interface that the address is only valid on; undefined: on any. */
  readonly through?: SocketInterface | undefined;
}

/** The names of one socket. */
export interface Naming {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** What the socket is bound to where it has not been told; undefined: the endpoint itself knows. */
  readonly wildcard: IpAddress | undefined;
  /** Where `bind` puts the socket; or a negated errno. */
  toBind(at: Sockaddr): Target | number;
  /** It was bound there. */
  bound(target: Target): void;
  /** Where `connect` or `sendto` goes: the wildcard address means this host. Or a negated errno. */
  toReach(at: Sockaddr, sends: boolean): Target | number;
  /** The address object of an end; undefined: there is none. `index`: of the interface that it was met on. */
  shown(at: SocketAddress | undefined, index?: number): InetSockaddr | Inet6Sockaddr;
  /** The names of a connection that is accepted by the socket. */
  ofAccepted(kept: KeptOptions): Naming;
}

/** AF_INET. */
export const INET_NAMING: Naming = {
  family: AF_INET,
  wildcard: undefined,
  toBind: (at) =>
    at.family === AF_INET
      ? { address: ipOf(at as InetSockaddr), port: (at as InetSockaddr).port }
      : -errno.EAFNOSUPPORT,
  bound: () => {},
  toReach(at) {
    if (at.family !== AF_INET) return -errno.EAFNOSUPPORT;
    const { address, port } = at as InetSockaddr;
    return { address: address === 0 ? IPV4_LOOPBACK : ipOf(at as InetSockaddr), port };
  },
  shown: (at) => (at === undefined ? inetSockaddr(0, 0) : inetSockaddr(wordOf(at.address), at.port)),
  ofAccepted: () => INET_NAMING,
};

/** AF_INET6. */
export class Inet6Naming implements Naming {
  readonly family: number = AF_INET6;
  readonly #stack: SocketStack;
  readonly #kept: KeptOptions;
  /** It was bound to ::ffff:0.0.0.0: its wildcard is IPv4's. */
  #mapped = false;

  constructor(stack: SocketStack, kept: KeptOptions) {
    this.#stack = stack;
    this.#kept = kept;
  }

  get wildcard(): IpAddress {
    if (this.#mapped) return IPV4_ANY;
    return this.#kept.isOn(V6ONLY) ? IPV6_ONLY : IPV6_ANY;
  }

  toBind(at: Sockaddr): Target | number {
    if (at.family !== AF_INET6) return -errno.EAFNOSUPPORT;
    const { port, scopeId } = at as Inet6Sockaddr;
    const address = ipOf(at as Inet6Sockaddr);
    if (address.family === 4) {
      if (this.#kept.isOn(V6ONLY)) return -errno.EINVAL;
      return { address, port };
    }
    if (address.isAny) return { address: this.wildcard, port };
    return this.#onLink(address, port, scopeId);
  }

  bound({ address }: Target): void {
    if (address.family === 6 && !address.isAny) this.#kept.set(V6ONLY, 1); // as on Linux: no other address is its own
    this.#mapped = address.isAny && address.family === 4;
  }

  /** As Linux, datagrams go to AF_INET addresses, too, and an address of AF_INET is one of IPv4 (RFC 3493 says nothing). */
  toReach(at: Sockaddr, sends: boolean): Target | number {
    if (at.family === AF_INET && sends) return this.#toIpv4(ipOf(at as InetSockaddr), at.port as number);
    if (at.family !== AF_INET6) return -errno.EAFNOSUPPORT;
    const { port, scopeId } = at as Inet6Sockaddr;
    const address = ipOf(at as Inet6Sockaddr);
    if (address.family === 4) return this.#toIpv4(address, port);
    if (address.isAny) return { address: this.#mapped ? IPV4_LOOPBACK : IPV6_LOOPBACK, port };
    return this.#onLink(address, port, scopeId);
  }

  shown(at: SocketAddress | undefined, index = 0): Inet6Sockaddr {
    if (at === undefined) return inet6Sockaddr(this.#mapped ? bitsOf(IPV4_ANY) : 0n, 0);
    const { address, port } = at;
    if (address.isAny) return inet6Sockaddr(this.#mapped ? bitsOf(IPV4_ANY) : 0n, port);
    return inet6Sockaddr(bitsOf(address), port, 0, isLinkLocal(address) ? this.#scopeOf(address, index) : 0);
  }

  ofAccepted(kept: KeptOptions): Naming {
    return new Inet6Naming(this.#stack, kept);
  }

  #toIpv4(address: IpAddress, port: number): Target | number {
    if (this.#kept.isOn(V6ONLY)) return -errno.ENETUNREACH;
    return { address: address.isAny ? IPV4_LOOPBACK : address, port };
  }

  /** An address that is valid on one link only goes with its interface (RFC 4007 §11). */
  #onLink(address: IpAddress, port: number, scopeId: number): Target | number {
    if (!isLinkLocal(address) || scopeId === 0) return { address, port };
    const through = this.#stack.interfaces.find(({ index }) => index === scopeId);
    return through === undefined ? -errno.ENODEV : { address, port, through };
  }

  /** The interface that it was met on, or that has it as its own. */
  #scopeOf(address: IpAddress, index: number): number {
    if (index !== 0) return index;
    const { interfaces } = this.#stack;
    const own = interfaces.find(({ addresses }) => addresses.some((one) => one.address.equals(address)));
    return own?.index ?? 0;
  }
}

/** What can be tied to an interface. */
interface Tied {
  readonly options: { readonly interfaceName: string };
  configure(changes: { interfaceName: string }): Failure | undefined;
}

/** An address that is valid on one link only ties the endpoint to its interface; without one it is EINVAL, as on Linux. */
export function tie(endpoint: Tied, { address, through }: Target): number {
  if (through === undefined)
    return isLinkLocal(address) && endpoint.options.interfaceName === "" ? -errno.EINVAL : 0;
  return statusOf(endpoint.configure({ interfaceName: through.name }));
}

/** fe80::/10, and groups of the scope of a link (RFC 4291 §2.5.6, §2.7). */
export function isLinkLocal({ family, word0 }: IpAddress): boolean {
  if (family === 4) return false;
  return word0 >>> 22 === 0x3fa || (word0 >>> 24 === 0xff && ((word0 >>> 16) & 0xf) <= 2);
}
