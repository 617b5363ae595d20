/** The options of a raw endpoint: where they start, and which values they take. */
import { FLAG, integer, type Rules, rule } from "../base/settings.ts";
import type { DatagramOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { TransportContext } from "../contract/transport.ts";
import { DATAGRAM_RULES, INITIAL_DATAGRAM_OPTIONS, withChanges } from "../datagram/datagram-options.ts";

/** ICMPv6. */
export const IPPROTO_ICMPV6 = 58;
/** Where the checksum of ICMPv6 stands (RFC 4443 §2.1). */
const ICMPV6_CHECKSUM = 2;
/** 256 types in words of 32 bits. */
const FILTER_WORDS = 8;

/** The options of a raw endpoint. */
export interface RawOptions extends DatagramOptions {
  /** What is sent begins with its own IP header (IP_HDRINCL), which then says itself how it may be fragmented. */
  headerIncluded: boolean;
  /** Of ICMP: a bit for each type from 0 to 31 that is not received (ICMP_FILTER). */
  icmpFilter: number;
  /** Of ICMPv6: eight words, a bit for each type from 0 to 255 that is not received (RFC 3542 §3.2). */
  icmp6Filter: readonly number[];
  /** Of IPv6: where the checksum stands behind the IP header, in octets; -1: nowhere (RFC 3542 §3.1). */
  checksumOffset: number;
}

const RULES: Rules<RawOptions> = {
  ...DATAGRAM_RULES,
  headerIncluded: FLAG,
  icmpFilter: integer(-(2 ** 31), 2 ** 32 - 1), // 32 bits, however they are read
  icmp6Filter: rule("eight words", (value) => Array.isArray(value) && value.length === FILTER_WORDS),
  // RFC 3542 §3.1: the field is of 16 bits, at an even offset.
  checksumOffset: rule("an even offset, or -1", isChecksumOffset),
};

function isChecksumOffset(value: unknown): boolean {
  return value === -1 || (typeof value === "number" && value >= 0 && value % 2 === 0);
}

/** The options of a new endpoint. */
export function initialRawOptions(protocol: number, family: 4 | 6, headerIncluded: boolean): RawOptions {
  const icmpv6 = family === 6 && protocol === IPPROTO_ICMPV6;
  return {
    ...INITIAL_DATAGRAM_OPTIONS,
    headerIncluded,
    icmpFilter: 0,
    icmp6Filter: new Array<number>(FILTER_WORDS).fill(0),
    checksumOffset: icmpv6 ? ICMPV6_CHECKSUM : -1,
  };
}

/** `options` with `changes`; or why one of them cannot be. */
export function changedRawOptions(
  options: RawOptions,
  changes: Partial<RawOptions>,
  context: TransportContext,
): RawOptions | Failure {
  return withChanges(RULES, options, changes, context);
}
