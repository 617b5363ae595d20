/** What links in memory can do, by a few options. */
import type { LinkCapabilities } from "../../stack/index.ts";

export interface MemoryLinkOptions {
  /** Largest IP datagram in octets; 1500 by default. */
  readonly mtu?: number;
  /** "ethernet" by default; "ip" carries bare datagrams, as a TUN does. */
  readonly medium?: "ethernet" | "ip";
  /**
   * Super-segments of up to 64 KB and partial checksums pass as they are, and arrive marked as verified:
   * nothing can go wrong in memory. Off by default, since then every segment is as it would be on a wire.
   */
  readonly offloads?: boolean;
}

/** RFC 791 §3.1: the length field has 16 bits. */
const LARGEST_DATAGRAM = 65_535;

export function memoryCapabilities(options: MemoryLinkOptions): LinkCapabilities {
  const offloads = options.offloads ?? false;
  return {
    medium: options.medium ?? "ethernet",
    mtu: options.mtu ?? 1500,
    headroom: 0,
    verifiesChecksums: offloads,
    fillsChecksums: offloads,
    maxSuperSegment: offloads ? LARGEST_DATAGRAM : 0,
  };
}
