/**
 * IPv4 options (RFC 791 §3.1): found, checked, and otherwise left alone. A host must take datagrams that
 * have them, pass them on, and ignore those that it does not know (RFC 1122 §3.2.1.8).
 */

import { IPV4_HEADER_BYTES } from "./ipv4.ts";

const END = 0;
const NOP = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;
const ROUTER_ALERT = 148;

/** Flags of the timestamp option (RFC 781): times alone, each with its address, or for addresses given beforehand. */
const TIMES_ONLY = 0;
const TIMES_AND_ADDRESSES = 1;
const TIMES_OF_GIVEN = 3;
/** RFC 791 §3.1: the high-order bit says that a time is not milliseconds since midnight UT. */
const NON_STANDARD_TIME = 0x8000_0000;

/** The high bit of an option's type: it goes into every fragment. */
const COPIED = 0x80;

/** Not the index of any octet of an option. */
const FINE = -1;

/** Octets of all options of one header at most: its length has four bits. */
const IPV4_MAX_OPTION_BYTES = 40;

/** Octets of a header with a Router Alert option and no other. */
export const ALERTED_HEADER_BYTES = 24;

/** Where the known options of one header are: offsets of their type octets in the view, 0 when absent. */
export class Ipv4Options {
  recordRoute = 0;
  timestamp = 0;
  /** Loose or strict. */
  sourceRoute = 0;
  routerAlert = 0;
  /** After `readIpv4Options` returned false: the offending octet, counted from the start of the header. */
  problem = 0;
}

/**
 * Finds the options of the header of `headerBytes` octets at `at`; reads nothing outside of it.
 *
 * @returns false when an option is malformed: `options.problem` is then what a parameter problem message
 *   points to (RFC 1122 §3.2.2.5)
 */
export function readIpv4Options(
  view: DataView,
  at: number,
  headerBytes: number,
  options: Ipv4Options,
): boolean {
  options.recordRoute = 0;
  options.timestamp = 0;
  options.sourceRoute = 0;
  options.routerAlert = 0;
  options.problem = 0;
  const end = at + headerBytes;
  for (let option = at + 20; option < end; ) {
    const type = view.getUint8(option);
    if (type === END) return true;
    if (type === NOP) {
      option++;
      continue;
    }
    const length = optionLength(view, option, end);
    const bad = length === 0 ? 1 : noteOption(view, option, type, length, options);
    if (bad !== FINE) {
      // The length octet of an option in the last octet would be outside: point at the type then.
      options.problem = Math.min(option + bad, end - 1) - at;
      return false;
    }
    option += length;
  }
  return true;
}

/** Octets of the option at `at`, its type included; 0 if that cannot be. */
function optionLength(view: DataView, at: number, end: number): number {
  if (end - at < 2) return 0;
  const length = view.getUint8(at + 1);
  return length < 2 || length > end - at ? 0 : length;
}

/** Notes where the option is. Returns which of its octets is wrong, or `FINE`. */
function noteOption(view: DataView, at: number, type: number, length: number, options: Ipv4Options): number {
  switch (type) {
    case RECORD_ROUTE:
      options.recordRoute = at;
      return checkRoute(view, at, length);
    case LOOSE_SOURCE_ROUTE:
    case STRICT_SOURCE_ROUTE:
      // RFC 1122 §3.2.1.8 (c): only one source route may be there.
      if (options.sourceRoute !== 0) return 0;
      options.sourceRoute = at;
      return checkRoute(view, at, length);
    case TIMESTAMP:
      options.timestamp = at;
      if (length < 4) return 1;
      return view.getUint8(at + 2) < 5 ? 2 : FINE;
    case ROUTER_ALERT:
      options.routerAlert = at;
      return length === 4 ? FINE : 1; // RFC 2113 §2.1
    default:
      return FINE;
  }
}

/** Addresses in whole words behind a pointer that is at least 4, at the start of one (RFC 791 §3.1). */
function checkRoute(view: DataView, at: number, length: number): number {
  if (length < 3 || length % 4 !== 3) return 1;
  const pointer = view.getUint8(at + 2);
  return pointer < 4 || pointer % 4 !== 0 ? 2 : FINE;
}

/**
 * Adds this host to the record route and timestamp options of a header, where they have room (RFC 791 §3.1, RFC 1122
 * §3.2.1.8 (d), (e)). The checksum of the header is then no longer right.
 *
 * @param options - where the options are, of `readIpv4Options`
 * @param address - ours, as a signed 32-bit integer
 * @param time - milliseconds of a clock that is not one of the day's
 */
export function recordInOptions(view: DataView, options: Ipv4Options, address: number, time: number): void {
  if (options.recordRoute !== 0) recordRoute(view, options.recordRoute, address);
  if (options.timestamp !== 0) recordTime(view, options.timestamp, address, time);
}

function recordRoute(view: DataView, at: number, address: number): void {
  const pointer = view.getUint8(at + 2);
  if (pointer + 3 > view.getUint8(at + 1)) return;
  view.setInt32(at + pointer - 1, address);
  view.setUint8(at + 2, pointer + 4);
}

/** The pointer counts from 1; an option without room counts the hosts that it has missed, up to 15. */
function recordTime(view: DataView, at: number, address: number, time: number): void {
  const length = view.getUint8(at + 1);
  const pointer = view.getUint8(at + 2);
  const overflowAndFlag = view.getUint8(at + 3);
  const flag = overflowAndFlag & 15;
  const octets = flag === TIMES_ONLY ? 4 : 8;
  if (flag !== TIMES_ONLY && flag !== TIMES_AND_ADDRESSES && flag !== TIMES_OF_GIVEN) return;
  if (pointer + octets - 1 > length) {
    if (flag !== TIMES_OF_GIVEN && overflowAndFlag < 0xf0) view.setUint8(at + 3, overflowAndFlag + 0x10);
    return;
  }
  const slot = at + pointer - 1;
  if (flag === TIMES_OF_GIVEN && view.getInt32(slot) !== address) return;
  if (flag === TIMES_AND_ADDRESSES) view.setInt32(slot, address);
  view.setUint32(slot + octets - 4, ((time % NON_STANDARD_TIME) | NON_STANDARD_TIME) >>> 0);
  view.setUint8(at + 2, pointer + octets);
}

/** Those that a header has once at most. */
const ONLY_ONCE: readonly number[] = [RECORD_ROUTE, TIMESTAMP, ROUTER_ALERT];
/** The security option of CIPSO, which only systems that label their datagrams may send. */
const CIPSO = 134;

/**
 * The options that a program wants sent, in whole words: behind the end of the list is nothing (RFC 791 §3.1). Undefined
 * where they cannot be: malformed, too long, or without a first hop in a source route.
 */
export function optionsToSend(given: Uint8Array): Uint8Array | undefined {
  if (given.length > IPV4_MAX_OPTION_BYTES) return undefined;
  const headerBytes = IPV4_HEADER_BYTES + ((given.length + 3) & ~3);
  const header = new Uint8Array(headerBytes);
  header.set(given, IPV4_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const found = new Ipv4Options();
  if (!readIpv4Options(view, 0, IPV4_HEADER_BYTES + given.length, found)) return undefined;
  const { sourceRoute } = found;
  if (sourceRoute > 0 && (view.getUint8(sourceRoute + 1) < 7 || view.getUint8(sourceRoute + 2) !== 4))
    return undefined;
  const seen = new Set<number>();
  for (let option = IPV4_HEADER_BYTES; option < headerBytes; ) {
    const type = view.getUint8(option);
    if (type === END) {
      header.fill(END, option);
      break;
    }
    if (type === CIPSO || (seen.has(type) && ONLY_ONCE.includes(type))) return undefined;
    seen.add(type);
    option += type === NOP ? 1 : view.getUint8(option + 1);
  }
  return header.subarray(IPV4_HEADER_BYTES);
}

/**
 * Takes the first hop out of the source route in the header at `at`, whose options were found there, and puts
 * `destination` at the end of it (RFC 791 §3.1). The hop, as a signed 32-bit integer: the header goes there.
 */
export function takeFirstHop(view: DataView, { sourceRoute }: Ipv4Options, destination: number): number {
  const firstHop = view.getInt32(sourceRoute + 3);
  const last = sourceRoute + view.getUint8(sourceRoute + 1) - 4;
  for (let at = sourceRoute + 3; at < last; at += 4) view.setInt32(at, view.getInt32(at + 4));
  view.setInt32(last, destination);
  return firstHop;
}

/** Whether the source route of the header is a strict one: its first hop is on the link. */
export function isStrict(view: DataView, { sourceRoute }: Ipv4Options): boolean {
  return view.getUint8(sourceRoute) === STRICT_SOURCE_ROUTE;
}

/**
 * The options that the answer to a datagram would have, of those that it came with: the route and the times that were recorded (RFC 1122
 * §3.2.1.8), in whole words.
 */
export function optionsOfReply(received: Uint8Array): Uint8Array {
  const header = new Uint8Array(IPV4_HEADER_BYTES + received.length);
  header.set(received, IPV4_HEADER_BYTES);
  const found = new Ipv4Options();
  readIpv4Options(new DataView(header.buffer), 0, header.length, found);
  const parts = [found.recordRoute, found.timestamp].filter((at) => at !== 0);
  const lengths = parts.map((at) => header[at + 1] ?? 0);
  const reply = new Uint8Array((lengths.reduce((sum, length) => sum + length, 0) + 3) & ~3);
  let to = 0;
  for (const [index, at] of parts.entries()) {
    const length = lengths[index] ?? 0;
    reply.set(header.subarray(at, at + length), to);
    to += length;
  }
  return reply;
}

/** Makes no-operations of the options of the header at `at` that go with the first fragment only (RFC 791 §3.2). */
export function blankOptions(view: DataView, at: number, headerBytes: number): void {
  const end = at + headerBytes;
  for (let option = at + 20; option < end; ) {
    const type = view.getUint8(option);
    if (type === END) return;
    const length = type === NOP ? 1 : view.getUint8(option + 1);
    if ((type & COPIED) === 0) for (let i = 0; i < length; i++) view.setUint8(option + i, NOP);
    option += length;
  }
}

/**
 * Writes a header with the Router Alert option (RFC 2113) at `at`. Length, identification, checksum and source stay 0, for
 * IP to fill in.
 */
export function writeAlertedHeader(
  view: DataView,
  at: number,
  trafficClass: number,
  timeToLive: number,
  protocol: number,
  destination: number,
): void {
  view.setInt32(at, ((0x40 | (ALERTED_HEADER_BYTES / 4)) << 24) | (trafficClass << 16));
  view.setInt32(at + 4, 0);
  view.setInt32(at + 8, (timeToLive << 24) | (protocol << 16));
  view.setInt32(at + 12, 0);
  view.setInt32(at + 16, destination);
  view.setInt32(at + 20, (ROUTER_ALERT << 24) | (4 << 16));
}
