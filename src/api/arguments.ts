/** Addresses in the arguments of calls: an address object, or family, address and port as Guile has them. */
import { checkedAddress, parseAddress, type Sockaddr } from "./address.ts";
import { AF_INET6, AF_UNIX, AF_UNSPEC } from "./constants.ts";
import type { WaitOptions } from "./wait.ts";

/** The address at the head of `given`, and what is left; undefined for AF_UNSPEC. */
export interface ParsedTarget {
  readonly address: Sockaddr | undefined;
  readonly rest: readonly unknown[];
}

/**
 * Reads `sockaddr rest…`, `AF_INET address port rest…`, `AF_INET6 address port [flowinfo [scopeid]] rest…`,
 * `AF_UNIX path rest…` or `AF_UNSPEC rest…`.
 *
 * @throws {@link SocketError} EAFNOSUPPORT, EINVAL
 */
export function parseTarget(syscall: string, given: readonly unknown[]): ParsedTarget {
  const [first, second, third, flowInfo, scopeId] = given;
  if (typeof first === "object") return { address: checkedAddress(syscall, first), rest: given.slice(1) };
  if (first === AF_UNSPEC) return { address: undefined, rest: given.slice(1) };
  if (first === AF_INET6) {
    const extras = typeof flowInfo !== "number" ? 0 : typeof scopeId !== "number" ? 1 : 2;
    const address = parseAddress(syscall, first, second, third, ...[flowInfo, scopeId].slice(0, extras));
    return { address, rest: given.slice(3 + extras) };
  }
  const address = parseAddress(syscall, first, second, third);
  return { address, rest: given.slice(first === AF_UNIX ? 2 : 3) };
}

/** Options stand behind the address; the port's place may be left out where there is none. */
export function optionsIn(rest: readonly unknown[]): WaitOptions | undefined {
  return rest.find((each): each is WaitOptions => typeof each === "object" && each !== null);
}
