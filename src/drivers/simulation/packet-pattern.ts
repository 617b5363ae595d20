/**
 * Which packets a rule is about: `{ from: "a", to: "b", protocol: "tcp", flags: "S" }`. All that is given must be so.
 * It can be written to a file, unless it has a function of its own.
 */
import type { WirePacket } from "./wire-packet.ts";

/** Which packets: all that is given must be so. */
export interface PacketPattern {
  /** Names of hosts: who sends it, and for whom it is. */
  readonly from?: string | readonly string[];
  /** Who receives it, by name. */
  readonly to?: string | readonly string[];
  /** Who puts it on its cable, by name: of what a router passes on, the router. */
  readonly by?: string | readonly string[];
  /** What it carries. */
  readonly protocol?: WirePacket["protocol"];
  /** Either port. */
  readonly port?: number;
  /** The source's port. */
  readonly sourcePort?: number;
  /** The destination's port. */
  readonly destinationPort?: number;
  /** Exactly these flags, as tcpdump writes them: "S" is a SYN, "S." its answer. */
  readonly flags?: string;
  /** True: TCP or UDP with a payload; false: without. */
  readonly data?: boolean;
  /** Payloads of at least, and at most, so many octets. */
  readonly least?: number;
  /** Payloads of at most so many octets. */
  readonly most?: number;
  /** Anything else. What has it cannot be written to a file. */
  readonly where?: (packet: WirePacket) => boolean;
}

type Test = (packet: WirePacket, wanted: never) => boolean;

/** What each field asks of a packet. */
const TESTS: {
  readonly [Field in keyof PacketPattern]-?: (
    packet: WirePacket,
    wanted: NonNullable<PacketPattern[Field]>,
  ) => boolean;
} = {
  from: (packet, wanted) => isOneOf(packet.from, wanted),
  to: (packet, wanted) => isOneOf(packet.to, wanted),
  by: (packet, wanted) => isOneOf(packet.by, wanted),
  protocol: (packet, wanted) => packet.protocol === wanted,
  port: (packet, wanted) => packet.sourcePort === wanted || packet.destinationPort === wanted,
  sourcePort: (packet, wanted) => packet.sourcePort === wanted,
  destinationPort: (packet, wanted) => packet.destinationPort === wanted,
  flags: (packet, wanted) => packet.flags === wanted,
  data: (packet, wanted) => packet.length > 0 === wanted,
  least: (packet, wanted) => packet.length >= wanted,
  most: (packet, wanted) => packet.length <= wanted,
  where: (packet, wanted) => wanted(packet),
};

/** The fields of patterns, by what they are when they come from a file. */
export const PATTERN_FIELDS: Readonly<Record<string, "names" | "text" | "number" | "boolean">> = {
  from: "names",
  to: "names",
  by: "names",
  protocol: "text",
  port: "number",
  sourcePort: "number",
  destinationPort: "number",
  flags: "text",
  data: "boolean",
  least: "number",
  most: "number",
};

/** Whether the packet is one that the pattern is about. */
export function matches(pattern: PacketPattern, packet: WirePacket): boolean {
  for (const [field, wanted] of Object.entries(pattern)) {
    if (wanted === undefined) continue;
    const test = TESTS[field as keyof PacketPattern] as Test;
    if (!test(packet, wanted as never)) return false;
  }
  return true;
}

function isOneOf(name: string | undefined, wanted: string | readonly string[]): boolean {
  if (name === undefined) return false;
  return typeof wanted === "string" ? name === wanted : wanted.includes(name);
}
