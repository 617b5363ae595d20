/**
 * The extension headers of IPv6 (RFC 8200 §4): walked from the fixed header to the upper layer, or to a fragment
 * header. A host must take them in any order and any number of times (§4.1), but for the hop-by-hop options, which
 * stand first or not at all.
 */
import { Drop } from "../base/drop.ts";

/** Next header: hop-by-hop options. */
export const NEXT_HOP_BY_HOP = 0;
/** Next header: routing. */
export const NEXT_ROUTING = 43;
/** Next header: fragment. */
export const NEXT_FRAGMENT = 44;
/** Next header: there is none (RFC 8200 §4.7). */
export const NEXT_NONE = 59;
/** Next header: destination options. */
export const NEXT_DESTINATION = 60;

/** Octets of a fragment header. */
export const FRAGMENT_HEADER_BYTES = 8;

const PAD_1 = 0;
const PAD_N = 1;
/** RFC 2711. */
const ROUTER_ALERT = 5;

/** Codes of an ICMPv6 parameter problem (RFC 4443 §3.4). */
export const PROBLEM_FIELD = 0;
/** Code: a next header that is not known here. */
export const PROBLEM_NEXT_HEADER = 1;
/** Code: an option that is not known here. */
export const PROBLEM_OPTION = 2;
/** Code: the first fragment lacks a part of the header chain (RFC 7112 §5). */
export const PROBLEM_INCOMPLETE_CHAIN = 3;

/** Where in a fragment header the field with the offset is. */
export const FRAGMENT_FIELD_OFFSET = 2;
const FRAGMENT_IDENTIFICATION = 4;
/** The offset, in octets, in the fragment field. */
const FRAGMENT_OFFSET_MASK = 0xfff8;
const FRAGMENT_MORE = 1;

/** What was found in front of the upper layer. One instance is reused for every datagram. */
export class ExtensionHeaders {
  /** The protocol number of the upper layer; `NEXT_FRAGMENT` where a fragment header ended the walk. */
  protocol = 0;
  /** Where the upper layer begins, or the fragment header. */
  at = 0;
  /** Where the field is that names `protocol`. */
  nextHeaderAt = 0;
  /** There was a fragment header, though perhaps one of an atomic fragment (RFC 6946). */
  fragmented = false;
  /** The walk has ended at a fragment header that is of a real fragment. */
  stopped = false;
  /** The datagram asks routers to look at it (RFC 2711). */
  routerAlert = false;
  /** Of a bad header: the code of the parameter problem that the sender is told; -1: none. */
  problem = -1;
  /** Where in `view` the offending octet is. */
  problemAt = 0;
  /** The problem is told even about what was sent to a group (RFC 4443 §2.4 (e.3)). */
  problemToMany = false;
}

/**
 * Walks the headers in `[at, end)`, of which the first is of type `nextHeader`, named in the octet at `nextHeaderAt`.
 * `Drop.none`, or why the datagram goes no further; `found.problem` is then what its sender is told.
 */
export function walkExtensions(
  view: DataView,
  at: number,
  end: number,
  nextHeader: number,
  nextHeaderAt: number,
  found: ExtensionHeaders,
): Drop {
  found.fragmented = false;
  found.stopped = false;
  found.routerAlert = false;
  found.problem = -1;
  found.problemToMany = false;
  found.protocol = nextHeader;
  found.nextHeaderAt = nextHeaderAt;
  found.at = at;
  if (isUpperLayer(nextHeader)) return Drop.none;
  for (let first = true; !isUpperLayer(found.protocol); first = false) {
    const { protocol } = found;
    if (protocol === NEXT_NONE) return Drop.noNextHeader;
    if (protocol === NEXT_HOP_BY_HOP && !first)
      return problem(found, PROBLEM_NEXT_HEADER, found.nextHeaderAt, Drop.hopByHopNotFirst);
    const reason = step(view, end, found);
    if (reason !== Drop.none) return reason;
    if (found.protocol === NEXT_FRAGMENT && found.stopped) return Drop.none;
  }
  return Drop.none;
}

/**
 * Finds the upper layer behind the headers in `[at, end)` by their lengths alone, whatever is in them: for datagrams
 * that are only looked at. `found.protocol` and `found.at` as of `walkExtensions`; false where the octets end before.
 */
export function skipExtensions(
  view: DataView,
  at: number,
  end: number,
  nextHeader: number,
  found: ExtensionHeaders,
): boolean {
  found.protocol = nextHeader;
  found.at = at;
  found.stopped = false;
  found.fragmented = false;
  while (!isUpperLayer(found.protocol) && found.protocol !== NEXT_NONE) {
    if (end - found.at < 8) return false;
    if (found.protocol === NEXT_FRAGMENT) {
      found.fragmented = true;
      found.stopped = readFragmentOffset(view, found.at) !== 0;
      if (found.stopped) return true;
    }
    advance(view, found, extensionHeaderBytes(view, found.at, found.protocol));
  }
  return found.at <= end;
}

/** Passes over one header; it stops at a real fragment's. */
function step(view: DataView, end: number, found: ExtensionHeaders): Drop {
  const { protocol, at } = found;
  if (end - at < 8) return Drop.truncated;
  if (protocol === NEXT_FRAGMENT) {
    found.fragmented = true;
    found.stopped = (view.getUint16(at + 2) & 0xfff9) !== 0; // an offset, or more to come
    if (!found.stopped) advance(view, found, FRAGMENT_HEADER_BYTES);
    return Drop.none;
  }
  const octets = (view.getUint8(at + 1) + 1) * 8;
  if (octets > end - at) return Drop.truncated;
  const bad = protocol === NEXT_ROUTING ? checkRouting(view, found) : checkOptions(view, at + octets, found);
  if (bad === Drop.none) advance(view, found, octets);
  return bad;
}

function isUpperLayer(protocol: number): boolean {
  return (
    protocol !== NEXT_HOP_BY_HOP &&
    protocol !== NEXT_DESTINATION &&
    protocol !== NEXT_FRAGMENT &&
    protocol !== NEXT_ROUTING &&
    protocol !== NEXT_NONE
  );
}

function advance(view: DataView, found: ExtensionHeaders, octets: number): void {
  found.nextHeaderAt = found.at;
  found.protocol = view.getUint8(found.at);
  found.at += octets;
}

/** RFC 8200 §4.4: with no segments left it is passed over; with some, no type is known here, RH0 neither (RFC 5095). */
function checkRouting(view: DataView, found: ExtensionHeaders): Drop {
  if (view.getUint8(found.at + 3) === 0) return Drop.none;
  return problem(found, PROBLEM_FIELD, found.at + 2, Drop.sourceRouted);
}

/** RFC 8200 §4.2: what is done with an unknown option is in the two highest bits of its type. */
function checkOptions(view: DataView, end: number, found: ExtensionHeaders): Drop {
  for (let at = found.at + 2; at < end; ) {
    const type = view.getUint8(at);
    if (type === PAD_1) {
      at++;
      continue;
    }
    if (at + 2 > end || at + 2 + view.getUint8(at + 1) > end)
      return problem(found, PROBLEM_FIELD, Math.min(at + 1, end - 1), Drop.badOption);
    const octets = view.getUint8(at + 1);
    if (type === ROUTER_ALERT && octets === 2) found.routerAlert = true;
    else if (type !== PAD_N && type >>> 6 !== 0) return unknownOption(found, type, at);
    at += 2 + octets;
  }
  return Drop.none;
}

function unknownOption(found: ExtensionHeaders, type: number, at: number): Drop {
  const action = type >>> 6;
  if (action === 1) return Drop.unknownOption;
  found.problemToMany = action === 2;
  return problem(found, PROBLEM_OPTION, at, Drop.unknownOption);
}

function problem(found: ExtensionHeaders, code: number, at: number, reason: Drop): Drop {
  found.problem = code;
  found.problemAt = at;
  return reason;
}

// ── The fragment header (RFC 8200 §4.5) ──────────────────────────────────────────────────────────────────

/** The number of what follows the extension header at `at`. */
export function readNextHeader(view: DataView, at: number): number {
  return view.getUint8(at);
}

/** Names what follows, in the octet at `at`: of an extension header, or of the fixed one. */
export function writeNextHeader(view: DataView, at: number, nextHeader: number): void {
  view.setUint8(at, nextHeader);
}

/** Octets of the options header at `at`, as it says. */
export function optionsHeaderBytes(view: DataView, at: number): number {
  return (view.getUint8(at + 1) + 1) * 8;
}

/** Octets of the extension header of that type at `at`. */
export function extensionHeaderBytes(view: DataView, at: number, type: number): number {
  return type === NEXT_FRAGMENT ? FRAGMENT_HEADER_BYTES : optionsHeaderBytes(view, at);
}

/**
 * Of an options header that a program gives: the octets that it says it has. Undefined where it gives fewer (RFC 3542
 * §7.1, §9.2).
 */
export function wholeOptionsHeader(given: Uint8Array): Uint8Array | undefined {
  const octets = ((given[1] ?? 0) + 1) * 8;
  return given.length < octets ? undefined : given.slice(0, octets);
}

/** Where the data of the fragment header at `at` belongs, in octets: a multiple of 8. */
export function readFragmentOffset(view: DataView, at: number): number {
  return view.getUint16(at + FRAGMENT_FIELD_OFFSET) & FRAGMENT_OFFSET_MASK;
}

/** Whether more fragments follow that of the header at `at`. */
export function readMoreFragments(view: DataView, at: number): boolean {
  return (view.getUint16(at + FRAGMENT_FIELD_OFFSET) & FRAGMENT_MORE) !== 0;
}

/** Which datagram the fragment of the header at `at` is of, as a signed 32-bit integer. */
export function readFragmentIdentification(view: DataView, at: number): number {
  return view.getInt32(at + FRAGMENT_IDENTIFICATION);
}

/** Writes a fragment header at `at`; `offset` is a multiple of 8 octets. */
export function writeFragmentHeader(
  view: DataView,
  at: number,
  nextHeader: number,
  offset: number,
  moreFragments: boolean,
  identification: number,
): void {
  view.setInt32(at, (nextHeader << 24) | offset | (moreFragments ? FRAGMENT_MORE : 0));
  view.setInt32(at + FRAGMENT_IDENTIFICATION, identification);
}

// ── The router alert of multicast listeners (RFC 2711 §2.1) ──────────────────────────────────────────────

/** Octets of a hop-by-hop header with a router alert and nothing else. */
export const ROUTER_ALERT_BYTES = 8;

/** Writes a hop-by-hop header at `at`, with a router alert of value 0 (MLD), padded to 8 octets. */
export function writeRouterAlert(view: DataView, at: number, nextHeader: number): void {
  view.setInt32(at, (nextHeader << 24) | (ROUTER_ALERT << 8) | 2);
  view.setInt32(at + 4, PAD_N << 8);
}
