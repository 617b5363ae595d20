/** The messages of RIP version 2 (RFC 2453 §4) and of RIPng (RFC 2080 §2.1): octets to routes and back. */
import { IPV4_ANY, IPV6_ANY, IpAddress, ipv4, prefixMask, prefixOf } from "../../stack/index.ts";

/** As many hops as stand for "unreachable" (RFC 2453 §3.6). */
export const INFINITY = 16;

/** Commands. */
export const REQUEST = 1;
/** Command: routes, asked for or not. */
export const RESPONSE = 2;

const HEADER = 4;
const ENTRY = 20;
const INET = 2;
/** RIPng: the metric of an entry that names the next hop of those behind it (RFC 2080 §2.1.1). */
const NEXT_HOP = 0xff;

/** A route in a message. */
export interface RipEntry {
  /** A prefix; of a request for everything, the wildcard address. */
  readonly destination: IpAddress;
  readonly prefixLength: number;
  /** 1 to 16. */
  readonly metric: number;
  readonly tag: number;
  /** A better next hop than the sender; undefined: there is none. */
  readonly nextHop: IpAddress | undefined;
}

/** A message that was read. */
export interface RipMessage {
  readonly command: number;
  readonly entries: readonly RipEntry[];
  /** A request for the whole table (RFC 2453 §3.9.1). */
  readonly asksForAll: boolean;
}

/** What is different between the two. */
export interface RipVersion {
  readonly family: 4 | 6;
  readonly port: number;
  readonly group: IpAddress;
  readonly any: IpAddress;
  /** Routes in one message. */
  readonly most: number;
  /** Undefined for what is no message of this version, or one with a password, which is not checked here. */
  read(octets: Uint8Array): RipMessage | undefined;
  write(command: number, entries: readonly RipEntry[]): Uint8Array;
  /** A request for the whole table. */
  request(): Uint8Array;
}

function view(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}

function message(command: number, version: number, entries: number): Uint8Array {
  const octets = new Uint8Array(HEADER + entries * ENTRY);
  octets[0] = command;
  octets[1] = version;
  return octets;
}

function isMessage(octets: Uint8Array, version: number): boolean {
  const [command = 0, said = 0] = octets;
  const whole = octets.length >= HEADER + ENTRY && (octets.length - HEADER) % ENTRY === 0;
  return whole && said === version && (command === REQUEST || command === RESPONSE);
}

// ── version 2 ────────────────────────────────────────────────────────────────────────────────────────────

/** Bits of a contiguous mask; -1 for another. */
function lengthOf(mask: number): number {
  for (let length = 0; length <= 32; length++) if (prefixMask(length) === mask) return length;
  return -1;
}

/** RIP version 2, of IPv4 (RFC 2453). */
export const RIP_V2: RipVersion = {
  family: 4,
  port: 520,
  group: ipv4(0xe000_0009),
  any: IPV4_ANY,
  most: 25,
  read(octets: Uint8Array): RipMessage | undefined {
    if (!isMessage(octets, 2)) return undefined;
    const at = view(octets);
    const entries: RipEntry[] = [];
    let asksForAll = false;
    for (let entry = HEADER; entry < octets.length; entry += ENTRY) {
      const family = at.getUint16(entry);
      const metric = at.getUint32(entry + 16);
      if (family === 0xffff) return undefined;
      if (family === 0) asksForAll = octets.length === HEADER + ENTRY && metric === INFINITY;
      if (family !== INET) continue;
      const destination = ipv4(at.getInt32(entry + 4));
      const prefixLength = lengthOf(at.getInt32(entry + 8));
      const next = at.getInt32(entry + 12);
      if (!isRoute(destination, prefixLength, metric)) continue;
      const nextHop = next === 0 ? undefined : ipv4(next);
      entries.push({ destination, prefixLength, metric, tag: at.getUint16(entry + 2), nextHop });
    }
    return { command: octets[0] ?? 0, entries, asksForAll };
  },
  write(command: number, entries: readonly RipEntry[]): Uint8Array {
    const octets = message(command, 2, entries.length);
    const at = view(octets);
    entries.forEach(({ destination, prefixLength, metric, tag, nextHop }, index) => {
      const entry = HEADER + index * ENTRY;
      at.setUint16(entry, INET);
      at.setUint16(entry + 2, tag);
      at.setInt32(entry + 4, destination.word3);
      at.setInt32(entry + 8, prefixMask(prefixLength));
      at.setInt32(entry + 12, nextHop?.word3 ?? 0);
      at.setUint32(entry + 16, metric);
    });
    return octets;
  },
  request(): Uint8Array {
    const octets = message(REQUEST, 2, 1);
    view(octets).setUint32(HEADER + 16, INFINITY);
    return octets;
  },
};

/** Whether there can be such a route: RFC 2453 §3.9.2. */
function isRoute(destination: IpAddress, prefixLength: number, metric: number): boolean {
  if (prefixLength < 0 || metric < 1 || metric > INFINITY) return false;
  if (!prefixOf(destination, prefixLength).equals(destination)) return false;
  if (destination.isMulticast || destination.isLoopback || destination.isLinkLocal) return false;
  if (destination.family === 4 && (destination.word3 >>> 28 === 15 || destination.word3 >>> 24 === 0)) {
    return destination.isAny && prefixLength === 0;
  }
  return true;
}

// ── RIPng ────────────────────────────────────────────────────────────────────────────────────────────────

/** RIPng, of IPv6 (RFC 2080). */
export const RIP_NG: RipVersion = {
  family: 6,
  port: 521,
  group: new IpAddress(0xff02_0000, 0, 0, 9),
  any: IPV6_ANY,
  most: 61, // what fits into 1,280 octets (§2.1)
  read(octets: Uint8Array): RipMessage | undefined {
    if (!isMessage(octets, 1)) return undefined;
    const at = view(octets);
    const entries: RipEntry[] = [];
    let nextHop: IpAddress | undefined;
    let asksForAll = false;
    for (let entry = HEADER; entry < octets.length; entry += ENTRY) {
      const words = [0, 4, 8, 12].map((offset) => at.getInt32(entry + offset)) as [
        number,
        number,
        number,
        number,
      ];
      const destination = new IpAddress(...words);
      const prefixLength = at.getUint8(entry + 18);
      const metric = at.getUint8(entry + 19);
      if (metric === NEXT_HOP) {
        nextHop = destination.isLinkLocal ? destination : undefined;
        continue;
      }
      if (destination.isAny && prefixLength === 0 && metric === INFINITY) {
        asksForAll = octets.length === HEADER + ENTRY;
      }
      if (prefixLength > 128 || destination.family !== 6 || !isRoute(destination, prefixLength, metric))
        continue;
      entries.push({ destination, prefixLength, metric, tag: at.getUint16(entry + 16), nextHop });
    }
    return { command: octets[0] ?? 0, entries, asksForAll };
  },
  write(command: number, entries: readonly RipEntry[]): Uint8Array {
    const octets = message(command, 1, entries.length);
    const at = view(octets);
    entries.forEach(({ destination, prefixLength, metric, tag }, index) => {
      const entry = HEADER + index * ENTRY;
      destination.write(at, entry);
      at.setUint16(entry + 16, tag);
      at.setUint8(entry + 18, prefixLength);
      at.setUint8(entry + 19, metric);
    });
    return octets;
  },
  request(): Uint8Array {
    const octets = message(REQUEST, 1, 1);
    octets[HEADER + 19] = INFINITY;
    return octets;
  },
};
