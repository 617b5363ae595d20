/**
 * Packets of captures as the rest of the program reads them, whatever link they were captured on: what `tcpdump -i any`, a
 * loopback interface of BSD or macOS, or a tunnel gives has another header in front, or none.
 */
import type { ReadPacket } from "./captured-records.ts";

/** A packet as a frame, or as a datagram: with which of the two its octets begin. */
export interface LinkedPacket {
  readonly medium: "ethernet" | "ip";
  readonly bytes: Uint8Array;
}

/** LINKTYPE_ numbers (https://www.tcpdump.org/linktypes.html). */
const LINK = { null: 0, ethernet: 1, loop: 108, linuxSll: 113, linuxSll2: 276 } as const;
/** Those whose packets begin with the IP header: raw in three spellings, IPv4, IPv6. */
const BARE: readonly number[] = [12, 14, 101, 228, 229];

const ETHERNET_HEADER = 14;
const ADDRESS = 6;
/** The family in front of a packet of a loopback interface, in octets. */
const FAMILY = 4;
/** By type: how long the header is, and where in it the station's address and the type of what follows stand. */
const COOKED: ReadonlyMap<
  number,
  { readonly length: number; readonly address: number; readonly type: number }
> = new Map([
  [LINK.linuxSll, { length: 16, address: 6, type: 14 }],
  [LINK.linuxSll2, { length: 20, address: 12, type: 0 }],
]);

/** The types of links of which packets are read, for people. */
export const READ_LINKS = "Ethernet, cooked Linux (SLL and SLL2), loopback and bare IP";

/**
 * A packet as a frame of Ethernet, or as a bare IP datagram; undefined if its link is none of those that are read. Of cooked
 * packets of Linux, a frame is made, in a copy: from whom they came, and to nobody, since they do not say.
 */
export function linkedPacket({
  bytes,
  interface: on,
}: Pick<ReadPacket, "bytes" | "interface">): LinkedPacket | undefined {
  const { linkType } = on;
  if (linkType === LINK.ethernet) return { medium: "ethernet", bytes };
  if (BARE.includes(linkType)) return { medium: "ip", bytes };
  if (linkType === LINK.null || linkType === LINK.loop)
    return { medium: "ip", bytes: bytes.subarray(FAMILY) };
  const cooked = COOKED.get(linkType);
  if (cooked === undefined) return undefined;
  const { length, address, type } = cooked;
  const frame = new Uint8Array(Math.max(0, bytes.length - length) + ETHERNET_HEADER);
  frame.set(bytes.subarray(address, address + ADDRESS), ADDRESS);
  frame.set(bytes.subarray(type, type + 2), 2 * ADDRESS);
  frame.set(bytes.subarray(length), ETHERNET_HEADER);
  return { medium: "ethernet", bytes: frame };
}
