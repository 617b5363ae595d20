/** What links in memory can do, by a few options. */
import { FLAG, integer, type LinkCapabilities, oneOf, type Rule, type Rules } from "../../stack/index.ts";

/** What links in memory have in common. */
export interface MemoryLinkOptions {
  /** Largest IP datagram in octets, 68 to 65,535; 1500 by default. */
  readonly mtu?: number | undefined;
  /** "ethernet" by default; "ip" carries bare datagrams, as a TUN does. */
  readonly medium?: "ethernet" | "ip" | undefined;
  /**
   * Super-segments of up to 64 KB and partial checksums pass as they are, and arrive marked as verified:
   * nothing can go wrong in memory. Off by default, since then every segment is as it would be on a wire.
   */
  readonly offloads?: boolean | undefined;
  /**
   * Only checksums pass unfinished and arrive marked as verified; no segment is larger than on a wire. Off by default,
   * and part of `offloads`.
   */
  readonly vouchesForChecksums?: boolean | undefined;
}

/** RFC 791 §3.1: the length field has 16 bits. */
const LARGEST_DATAGRAM = 65_535;

/** RFC 791 §3.2: every link carries 68 octets. */
export const MTU: Rule = integer(68, LARGEST_DATAGRAM);

/** What they may be. */
export const MEMORY_LINK_RULES: Rules<MemoryLinkOptions> = {
  mtu: MTU,
  medium: oneOf(["ethernet", "ip"]),
  offloads: FLAG,
  vouchesForChecksums: FLAG,
};

/** What a link with these options can do, which have been checked. */
export function memoryCapabilities(options: MemoryLinkOptions): LinkCapabilities {
  const offloads = options.offloads ?? false;
  const vouches = offloads || (options.vouchesForChecksums ?? false);
  return {
    medium: options.medium ?? "ethernet",
    mtu: options.mtu ?? 1500,
    headroom: 0,
    verifiesChecksums: vouches,
    fillsChecksums: vouches,
    maxSuperSegment: offloads ? LARGEST_DATAGRAM : 0,
  };
}
