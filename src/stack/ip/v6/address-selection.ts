/** Which of several addresses is used: RFC 6724, with its default policy table (§2.1). */
import type { IpAddress } from "../../base/ip-address.ts";
import type { LocalAddress, NetworkInterface } from "../../contract/network-interface.ts";

/** Scopes of RFC 4291 §2.7, of which unicast addresses have three (RFC 6724 §3.1). */
const LINK_LOCAL = 2;
const SITE_LOCAL = 5;
const GLOBAL = 14;

interface Policy {
  readonly precedence: number;
  readonly label: number;
}

/** RFC 6724 §2.1. */
const LOOPBACK: Policy = { precedence: 50, label: 0 };
const NATIVE: Policy = { precedence: 40, label: 1 };
const MAPPED: Policy = { precedence: 35, label: 4 };
const SIX_TO_FOUR: Policy = { precedence: 30, label: 2 };
const TEREDO: Policy = { precedence: 5, label: 5 };
const UNIQUE_LOCAL: Policy = { precedence: 3, label: 13 };
const COMPATIBLE: Policy = { precedence: 1, label: 3 };
const SITE: Policy = { precedence: 1, label: 11 };
const SIX_BONE: Policy = { precedence: 1, label: 12 };

function policyOf(address: IpAddress): Policy {
  if (address.family === 4) return MAPPED;
  if (address.isLoopback) return LOOPBACK;
  const { word0, word1, word2 } = address;
  if (word0 === 0 && word1 === 0 && word2 === 0) return COMPATIBLE;
  if (word0 >>> 16 === 0x2002) return SIX_TO_FOUR;
  if (word0 === 0x2001_0000) return TEREDO;
  if (word0 >>> 25 === 0xfc >>> 1) return UNIQUE_LOCAL;
  if (word0 >>> 22 === 0x3fb) return SITE;
  return word0 >>> 16 === 0x3ffe ? SIX_BONE : NATIVE;
}

/** How far an address reaches: RFC 4291 §2.7 of a group, RFC 6724 §3.1 of a host; §3.2 of IPv4. */
export function scopeOf(address: IpAddress): number {
  if (address.family === 4) return address.isLinkLocal || address.isLoopback ? LINK_LOCAL : GLOBAL;
  if (address.isMulticast) return (address.word0 >>> 16) & 15;
  if (address.isLinkLocal || address.isLoopback) return LINK_LOCAL;
  return address.word0 >>> 22 === 0x3fb ? SITE_LOCAL : GLOBAL;
}

/** Bits that two addresses have in common at their beginning. */
function commonBits(a: IpAddress, b: IpAddress): number {
  const words: readonly number[] = [
    a.word0 ^ b.word0,
    a.word1 ^ b.word1,
    a.word2 ^ b.word2,
    a.word3 ^ b.word3,
  ];
  let bits = 0;
  for (const word of words) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

/**
 * The source address for `destination` among those of the interface that it leaves by (RFC 6724 §4, §5); undefined if
 * none can be used.
 */
export function chooseSource(
  candidates: readonly LocalAddress[],
  destination: IpAddress,
  gateway?: IpAddress,
): IpAddress | undefined {
  let best: LocalAddress | undefined;
  for (const one of candidates) {
    if (one.address.family !== 6 || (one.state !== "preferred" && one.state !== "deprecated")) continue;
    if (best === undefined || isBetter(one, best, destination, gateway)) best = one;
  }
  return best?.address;
}

/**
 * The source address for `destination`, which leaves by `out`: one of that interface. Where none of them reaches so far, one
 * of another, as a router's may be (RFC 6724 §4), and as Linux has it for hosts: an answer would find that one. What stays
 * on the link of `out` must be from there.
 */
export function sourceOfHost(
  out: NetworkInterface,
  all: readonly NetworkInterface[],
  destination: IpAddress,
  gateway: IpAddress | undefined,
): IpAddress | undefined {
  const own = chooseSource(out.addresses, destination, gateway);
  const scope = scopeOf(destination);
  if (scope <= LINK_LOCAL || (own !== undefined && scopeOf(own) >= scope)) return own;
  const others = all.filter((one) => one.up).flatMap(({ addresses }) => addresses);
  const other = chooseSource(others, destination, gateway);
  return other !== undefined && scopeOf(other) >= scope ? other : own;
}

/** RFC 6724 §5, rules 1 to 8 but for those on mobility and on what only one interface could tell. */
function isBetter(
  a: LocalAddress,
  b: LocalAddress,
  destination: IpAddress,
  gateway: IpAddress | undefined,
): boolean {
  if (b.address.equals(destination)) return false;
  if (a.address.equals(destination)) return true;
  const [scopeA, scopeB, scope] = [scopeOf(a.address), scopeOf(b.address), scopeOf(destination)];
  if (scopeA !== scopeB) return scopeA < scopeB ? scopeA >= scope : scopeB < scope;
  if (a.state !== b.state) return a.state === "preferred";
  const [byGatewayA, byGatewayB] = [isToldBy(a, gateway), isToldBy(b, gateway)];
  if (byGatewayA !== byGatewayB) return byGatewayA;
  const { label } = policyOf(destination);
  const [labelA, labelB] = [policyOf(a.address).label === label, policyOf(b.address).label === label];
  if (labelA !== labelB) return labelA;
  if (a.temporary !== b.temporary) return a.temporary;
  const sharedA = Math.min(commonBits(a.address, destination), a.prefixLength);
  return sharedA > Math.min(commonBits(b.address, destination), b.prefixLength);
}

/** Rule 5.5: its prefix is that of the router through which the datagram goes, which may let no other by (RFC 8028). */
function isToldBy({ routers }: LocalAddress, gateway: IpAddress | undefined): boolean {
  return gateway !== undefined && routers.some((one) => one.equals(gateway));
}

/** A destination to choose from, with the source that would be used for it; undefined: it cannot be reached. */
export interface DestinationChoice {
  /** Where to. */
  readonly destination: IpAddress;
  /** From where; undefined if there is no route or no address. */
  readonly source: IpAddress | undefined;
  /** The source is deprecated. */
  readonly deprecated?: boolean;
}

/** Destinations in the order in which they are to be tried (RFC 6724 §6); equals stay as they were. */
export function sortDestinations<T extends DestinationChoice>(choices: readonly T[]): T[] {
  return [...choices].sort(compareDestinations);
}

/** Rules 1, 2, 3, 5, 6, 8 and 9; 4 and 7 are about mobility and tunnels. Negative: `a` first. */
function compareDestinations(a: DestinationChoice, b: DestinationChoice): number {
  if (a.source === undefined || b.source === undefined) {
    return Number(a.source === undefined) - Number(b.source === undefined);
  }
  const scopeA = scopeOf(a.destination);
  const scopeB = scopeOf(b.destination);
  const policyA = policyOf(a.destination);
  const policyB = policyOf(b.destination);
  return (
    Number(scopeB === scopeOf(b.source)) - Number(scopeA === scopeOf(a.source)) ||
    Number(a.deprecated ?? false) - Number(b.deprecated ?? false) ||
    Number(policyB.label === policyOf(b.source).label) - Number(policyA.label === policyOf(a.source).label) ||
    policyB.precedence - policyA.precedence ||
    scopeA - scopeB ||
    comparePrefixes(a.destination, a.source, b.destination, b.source)
  );
}

/** Rule 9: of IPv6 alone, and within the 64 bits that name a network. */
function comparePrefixes(a: IpAddress, fromA: IpAddress, b: IpAddress, fromB: IpAddress): number {
  if (a.family !== 6 || b.family !== 6) return 0;
  return Math.min(commonBits(b, fromB), 64) - Math.min(commonBits(a, fromA), 64);
}
