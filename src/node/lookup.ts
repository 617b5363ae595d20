/**
 * Names to addresses for `connect`, `listen` and `dgram`: first a table of the stack's own, in which
 * "localhost" always is; then Node's `dns.lookup`, asked for IPv4 where the stack has no IPv6 address that others reach.
 */
import dns from "node:dns";
import { isIPv6 } from "node:net";
import { setImmediate } from "../drivers/node/own-timers.ts";
import type { InterfaceAddress } from "../stack/index.ts";

/** What a lookup must know of the stack that addresses are for. */
interface Addressed {
  readonly hasIpv6?: boolean;
  readonly interfaces: readonly { readonly addresses: readonly InterfaceAddress[] }[];
}

/** As that of `dns.lookup`. */
export type LookupCallback = (
  error: Error | null,
  address?: string | readonly { address: string; family: number }[],
  family?: number,
) => void;

/** As `dns.lookup`: the callback comes later, never before the call returns. */
export type Lookup = (
  name: string,
  options: { readonly family?: number; readonly all?: boolean; readonly hints?: number },
  callback: LookupCallback,
) => void;

/** Host names and their addresses, of either family; keys in lower case. */
export type HostTable = ReadonlyMap<string, string>;

/** The names that every table has; of IPv6, "localhost" is ::1. */
export const LOCALHOST: HostTable = new Map([["localhost", "127.0.0.1"]]);

/**
 * @param table - names that need no asking
 * @param host - the stack that the addresses are for
 * @param further - who is asked for any other name; `dns.lookup` of the host unless given
 */
export function createLookup(table: HostTable, host: Addressed, further?: Lookup): Lookup {
  return (name, options, callback) => {
    const known = knownAs(table, name.toLowerCase(), options.family ?? 0, host);
    const ask = known === undefined && further !== undefined ? further : (dns.lookup as Lookup);
    // As AI_ADDRCONFIG (RFC 3493 §6.1): no addresses of a family that leads nowhere.
    const family =
      options.family || (known === undefined && reachesIpv6(host) ? 0 : isIPv6(known ?? "") ? 6 : 4);
    // Node's own lookup gives an address back as it is, after it has checked the options.
    ask(known ?? name, { ...options, family }, known === undefined ? callback : afterImmediates(callback));
  };
}

/**
 * Node asks a thread, even for "localhost": what a program does in the immediates that it sets beside `connect`, it does
 * before the connection is there.
 */
function afterImmediates(callback: LookupCallback): LookupCallback {
  return (...answer) => {
    setImmediate(() => setImmediate(() => callback(...answer)));
  };
}

/** The address of a name that the table has, of that family; 0: of any. */
function knownAs(table: HostTable, name: string, family: number, host: Addressed): string | undefined {
  const address = table.get(name);
  if (family === 0 || address === undefined || isIPv6(address) === (family === 6)) return address;
  return family === 6 && name === "localhost" && host.hasIpv6 === true ? "::1" : undefined;
}

/** Whether it has an address of IPv6 beyond its own links. */
function reachesIpv6({ interfaces }: Addressed): boolean {
  return interfaces.some(({ addresses }) =>
    addresses.some(({ address }) => address.family === 6 && !address.isLoopback && !address.isLinkLocal),
  );
}
