/**
 * Names to addresses for `connect`, `listen` and `dgram`: first a table of the stack's own, in which
 * "localhost" always is; then Node's `dns.lookup`, asked for IPv4, which is what the stack speaks.
 */
import dns from "node:dns";

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

/** Host names and their IPv4 addresses in dotted decimal; keys in lower case. */
export type HostTable = ReadonlyMap<string, string>;

/** The names that every table has. */
export const LOCALHOST: HostTable = new Map([["localhost", "127.0.0.1"]]);

/**
 * @param table - names that need no asking
 * @param further - who is asked for any other name; `dns.lookup` of the host unless given
 */
export function createLookup(table: HostTable, further?: Lookup): Lookup {
  return (name, options, callback) => {
    const known = options.family === 6 ? undefined : table.get(name.toLowerCase());
    const ask = known === undefined && further !== undefined ? further : (dns.lookup as Lookup);
    // Node's own lookup gives an address back as it is, after it has checked the options.
    ask(known ?? name, { ...options, family: options.family === 6 ? 6 : 4 }, callback);
  };
}
