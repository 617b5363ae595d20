/** A frame as assertions and rules want it: who sent it to whom, and what it says. */
import { formatFrame } from "../../stack/index.ts";

/** The flags of a TCP segment, as tcpdump writes them: `S`, `F`, `R`, `P`, `.` (ACK), `U`, `E`, `W`. */
export interface WirePacket {
  /** Virtual milliseconds at which it was sent. */
  readonly at: number;
  /** The names of hosts; `to` is undefined of broadcasts. */
  readonly from: string;
  /** The destination's address. */
  readonly to: string | undefined;
  /** What it carries. */
  readonly protocol: "tcp" | "udp" | "icmp" | "arp" | "other";
  /** 0 where there are none. */
  readonly sourcePort: number;
  /** The destination's port. */
  readonly targetPort: number;
  /** Of TCP, in tcpdump's letters; else "". */
  readonly flags: string;
  /** Octets of the payload of TCP or UDP. */
  readonly length: number;
  /** The payload itself; of TCP and UDP. */
  readonly payload: Uint8Array;
  /** The whole frame as tcpdump shows it. */
  readonly text: string;
}

const ETHERNET = 14;
const PROTOCOLS: ReadonlyMap<number, "tcp" | "udp" | "icmp"> = new Map([
  [1, "icmp"],
  [6, "tcp"],
  [17, "udp"],
]);
const FLAGS = [
  [0x02, "S"],
  [0x01, "F"],
  [0x04, "R"],
  [0x08, "P"],
  [0x10, "."],
  [0x20, "U"],
  [0x40, "E"],
  [0x80, "W"],
] as const;
const NOTHING = new Uint8Array(0);

/** Reads a frame, which is copied. Later fragments of a datagram are "other". */
export function wirePacket(octets: Uint8Array, at: number, from: string, to: string | undefined): WirePacket {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const base = { at, from, to, sourcePort: 0, targetPort: 0, flags: "", length: 0, payload: NOTHING };
  const text = frameText(octets);
  const etherType = octets.length < ETHERNET ? 0 : view.getUint16(12);
  if (etherType === 0x0806) return { ...base, protocol: "arp", text };
  const header =
    etherType === 0x0800 && octets.length >= ETHERNET + 20 ? (view.getUint8(ETHERNET) & 15) * 4 : 0;
  const fragment = header > 0 && (view.getUint16(ETHERNET + 6) & 0x1fff) !== 0;
  const protocol = header === 0 || fragment ? undefined : PROTOCOLS.get(view.getUint8(ETHERNET + 9));
  if (protocol === undefined || protocol === "icmp") return { ...base, protocol: protocol ?? "other", text };
  const start = ETHERNET + header;
  const end = Math.min(ETHERNET + view.getUint16(ETHERNET + 2), octets.length);
  const own = protocol === "udp" ? 8 : (view.getUint8(start + 12) >> 4) * 4;
  const payload = octets.slice(Math.min(start + own, end), end);
  return {
    ...base,
    protocol,
    sourcePort: view.getUint16(start),
    targetPort: view.getUint16(start + 2),
    flags: protocol === "udp" ? "" : flagsText(view.getUint8(start + 13)),
    length: payload.length,
    payload,
    text,
  };
}

/** The frame as tcpdump shows it. */
export function frameText(octets: Uint8Array): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return formatFrame(view, 0, octets.length, "ethernet");
}

function flagsText(bits: number): string {
  return FLAGS.map(([bit, letter]) => ((bits & bit) === 0 ? "" : letter)).join("");
}
