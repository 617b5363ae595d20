/** What all members of a group on one interface want to hear together: RFC 3376 §3.2, RFC 3810 §4.2. */
import { AddressMap } from "../base/address-map.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { EVERYBODY, NOBODY, type SourceWish } from "../contract/multicast.ts";

/**
 * "exclude" if one of them leaves only some out: those that all such leave out, and nobody wants. Else "include" of all
 * that anybody wants.
 */
export function mergedWish(members: Iterable<SourceWish>): SourceWish {
  const wanted = new AddressMap<true>();
  let refused: IpAddress[] | undefined;
  for (const { mode, sources } of members) {
    if (mode === "include") for (const source of sources) wanted.set(source, true);
    else if (sources.length === 0) return EVERYBODY;
    else if (refused === undefined) refused = [...sources];
    else refused = refused.filter((source) => isAmong(source, sources));
  }
  if (refused === undefined)
    return wanted.size === 0 ? NOBODY : { mode: "include", sources: [...wanted.keys()] };
  return { mode: "exclude", sources: refused.filter((source) => !wanted.has(source)) };
}

/** Whether `source` is one of `sources`. */
export function isAmong(source: IpAddress, sources: readonly IpAddress[]): boolean {
  return sources.some((each) => each.equals(source));
}
