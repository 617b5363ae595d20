/**
 * The messages of Neighbour Discovery (RFC 4861 §4) and their options: §4.6, nonce (RFC 3971 §5.3.2, RFC 7527), route
 * information (RFC 4191 §2.3), recursive DNS servers (RFC 8106 §5.1).
 */
import { Drop } from "../base/drop.ts";
import { IPV6_ANY, IpAddress } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";

/** Octets of a router solicitation without options. */
export const ROUTER_SOLICITATION_BYTES = 8;
/** Octets of a router advertisement without options. */
export const ROUTER_ADVERTISEMENT_BYTES = 16;
/** Octets of a neighbour solicitation or advertisement without options. */
export const NEIGHBOUR_MESSAGE_BYTES = 24;
/** Octets of a redirect without options. */
export const REDIRECT_BYTES = 40;
/** Octets of an option with an Ethernet address. */
export const LINK_ADDRESS_OPTION_BYTES = 8;
/** Octets of an option with a nonce of the shortest form. */
export const NONCE_OPTION_BYTES = 8;

/** Option: the sender's link address. */
export const OPTION_SOURCE_LINK_ADDRESS = 1;
/** Option: the target's link address. */
export const OPTION_TARGET_LINK_ADDRESS = 2;
/** Option: prefix information. */
export const OPTION_PREFIX = 3;
/** Option: MTU. */
export const OPTION_MTU = 5;
/** Option: nonce (RFC 3971 §5.3.2). */
export const OPTION_NONCE = 14;
/** Option: route information (RFC 4191 §2.3). */
export const OPTION_ROUTE = 24;
/** Option: recursive DNS server (RFC 8106 §5.1). */
export const OPTION_RDNSS = 25;

/** Flag of a neighbour advertisement: the sender is a router. */
export const NA_ROUTER: number = 0x8000_0000 | 0;
/** Flag: it answers a solicitation. */
export const NA_SOLICITED = 0x4000_0000;
/** Flag: its link address replaces any that is known. */
export const NA_OVERRIDE = 0x2000_0000;

/** Flag of a router advertisement: addresses are to be had by DHCPv6. */
export const RA_MANAGED = 0x80;
/** Flag: other configuration is to be had by DHCPv6. */
export const RA_OTHER = 0x40;

/** Of one message, so many prefixes, routes or servers are heeded; who sends more means no good. */
const MAX_OF_A_KIND = 64;

/** A prefix that a router tells of (RFC 4861 §4.6.2). Times are seconds, 0xffffffff for ever. */
export interface PrefixInformation {
  readonly prefix: IpAddress;
  readonly length: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly validLifetime: number;
  readonly preferredLifetime: number;
}

/** A route that a router tells of (RFC 4191 §2.3). */
export interface RouteInformation {
  readonly prefix: IpAddress;
  readonly length: number;
  /** 1, 0 or -1. */
  readonly preference: number;
  /** Seconds; 0xffffffff for ever. */
  readonly lifetime: number;
}

/** Name servers that a router tells of (RFC 8106 §5.1). */
export interface DnsServers {
  readonly lifetime: number;
  readonly servers: readonly IpAddress[];
}

/** The options of one message. One instance is reused for every message. */
export class NdOptions {
  sourceLink: MacAddress | undefined;
  targetLink: MacAddress | undefined;
  /** 0: none. */
  mtu = 0;
  hasNonce = false;
  /** A nonce of 6 octets, as 16 and 32 bits; of other lengths both are 0. */
  nonceHigh = 0;
  nonceLow = 0;
  readonly prefixes: PrefixInformation[] = [];
  readonly routes: RouteInformation[] = [];
  readonly dnsServers: DnsServers[] = [];

  clear(): void {
    this.sourceLink = undefined;
    this.targetLink = undefined;
    this.mtu = 0;
    this.hasNonce = false;
    this.nonceHigh = 0;
    this.nonceLow = 0;
    this.prefixes.length = 0;
    this.routes.length = 0;
    this.dnsServers.length = 0;
  }
}

/** The fixed part of a router advertisement (RFC 4861 §4.2), in host form. */
export class RouterAdvertisement {
  /** 0: it says nothing of it. */
  hopLimit = 0;
  /** Addresses are to be had by DHCPv6. */
  managed = false;
  /** Other configuration is to be had by DHCPv6. */
  otherConfig = false;
  /** 1, 0 or -1; the reserved one is medium (RFC 4191 §2.2). */
  preference = 0;
  /** Seconds for which it is a default router; 0: it is none. */
  lifetime = 0;
  /** Milliseconds; 0: it says nothing of it. */
  reachableTime = 0;
  /** Milliseconds; 0: it says nothing of it. */
  retransTimer = 0;
}

/** Reads the router advertisement at `at`, of which the fixed part is there. */
export function readRouterAdvertisement(view: DataView, at: number, message: RouterAdvertisement): void {
  message.hopLimit = view.getUint8(at + 4);
  const flags = view.getUint8(at + 5);
  message.managed = (flags & RA_MANAGED) !== 0;
  message.otherConfig = (flags & RA_OTHER) !== 0;
  message.preference = readPreference(flags) ?? 0;
  message.lifetime = view.getUint16(at + 6);
  message.reachableTime = view.getUint32(at + 8);
  message.retransTimer = view.getUint32(at + 12);
}

/** Octets in front of the datagram that a redirect quotes, with all that it has before: the head, two addresses, an option's head. */
export const REDIRECT_QUOTE_OFFSET: number = REDIRECT_BYTES + 8;
const REDIRECTED_HEADER = 4;

/**
 * Writes the body of a redirect (RFC 4861 §4.5, §4.6.3) whose head is at `at`: where to send what is for `destination`,
 * and the head of the option that quotes `quoted` octets of a datagram, a multiple of 8.
 */
export function writeRedirect(
  view: DataView,
  at: number,
  target: IpAddress,
  destination: IpAddress,
  quoted: number,
): void {
  target.write(view, at + 8);
  destination.write(view, at + 24);
  view.setInt32(at + REDIRECT_BYTES, (REDIRECTED_HEADER << 24) | (((8 + quoted) >> 3) << 16));
  view.setInt32(at + REDIRECT_BYTES + 4, 0);
}

/** The address at `at`. */
export function readAddress(view: DataView, at: number): IpAddress {
  return new IpAddress(
    view.getInt32(at),
    view.getInt32(at + 4),
    view.getInt32(at + 8),
    view.getInt32(at + 12),
  );
}

/**
 * Reads the options in `[at, end)`. `Drop.badLength` if one has no length, or more than there is (RFC 4861 §4.6); those
 * that are not known, or too short for what they should have, are passed over.
 */
export function readNdOptions(view: DataView, at: number, end: number, options: NdOptions): Drop {
  options.clear();
  for (let from = at; from < end; ) {
    if (end - from < 2) return Drop.badLength;
    const octets = view.getUint8(from + 1) * 8;
    if (octets === 0 || octets > end - from) return Drop.badLength;
    readOption(view, from, octets, options);
    from += octets;
  }
  return Drop.none;
}

function readOption(view: DataView, at: number, octets: number, options: NdOptions): void {
  switch (view.getUint8(at)) {
    case OPTION_SOURCE_LINK_ADDRESS:
      if (octets === LINK_ADDRESS_OPTION_BYTES) options.sourceLink ??= readMac(view, at + 2);
      return;
    case OPTION_TARGET_LINK_ADDRESS:
      if (octets === LINK_ADDRESS_OPTION_BYTES) options.targetLink ??= readMac(view, at + 2);
      return;
    case OPTION_PREFIX:
      if (octets === 32 && options.prefixes.length < MAX_OF_A_KIND)
        options.prefixes.push(readPrefix(view, at));
      return;
    case OPTION_MTU:
      if (octets === 8) options.mtu = view.getUint32(at + 4);
      return;
    case OPTION_NONCE:
      options.hasNonce = true;
      if (octets !== NONCE_OPTION_BYTES) return;
      options.nonceHigh = view.getUint16(at + 2);
      options.nonceLow = view.getInt32(at + 4);
      return;
    case OPTION_ROUTE:
      readRoute(view, at, octets, options);
      return;
    case OPTION_RDNSS:
      readServers(view, at, octets, options);
      return;
    default: // RFC 4861 §9: ignored in silence
  }
}

function readMac(view: DataView, at: number): MacAddress {
  return new MacAddress(view.getUint16(at), view.getInt32(at + 2));
}

function readPrefix(view: DataView, at: number): PrefixInformation {
  const flags = view.getUint8(at + 3);
  return {
    prefix: readAddress(view, at + 16),
    length: view.getUint8(at + 2),
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    validLifetime: view.getUint32(at + 4),
    preferredLifetime: view.getUint32(at + 8),
  };
}

/** RFC 4191 §2.3: the prefix has 0, 8 or 16 octets, and must have as many bits as its length says. */
function readRoute(view: DataView, at: number, octets: number, options: NdOptions): void {
  const length = view.getUint8(at + 2);
  const preference = readPreference(view.getUint8(at + 3));
  if (octets > 24 || length > (octets - 8) * 8 || length > 128 || preference === undefined) return;
  if (options.routes.length >= MAX_OF_A_KIND) return;
  const word = (index: number): number => (octets >= 12 + index * 4 ? view.getInt32(at + 8 + index * 4) : 0);
  const prefix = octets === 8 ? IPV6_ANY : new IpAddress(word(0), word(1), word(2), word(3));
  options.routes.push({ prefix, length, preference, lifetime: view.getUint32(at + 4) });
}

function readServers(view: DataView, at: number, octets: number, options: NdOptions): void {
  if (octets < 24 || octets % 16 !== 8 || options.dnsServers.length >= MAX_OF_A_KIND) return;
  const servers: IpAddress[] = [];
  for (let from = at + 8; from < at + octets; from += 16) servers.push(readAddress(view, from));
  options.dnsServers.push({ lifetime: view.getUint32(at + 4), servers });
}

/** RFC 4191 §2.1: of the two bits in `flags`, 01 is high, 00 medium, 11 low; 10 is none, and undefined here. */
function readPreference(flags: number): number | undefined {
  const bits = (flags >>> 3) & 3;
  if (bits === 2) return undefined;
  return bits === 3 ? -1 : bits;
}

/** Writes an option with an Ethernet address at `at`. */
export function writeLinkAddressOption(view: DataView, at: number, type: number, mac: MacAddress): void {
  view.setUint16(at, (type << 8) | 1);
  view.setUint16(at + 2, mac.high);
  view.setInt32(at + 4, mac.low);
}

/** Writes an option with a nonce of 6 octets at `at`. */
export function writeNonceOption(view: DataView, at: number, high: number, low: number): void {
  view.setUint16(at, (OPTION_NONCE << 8) | 1);
  view.setUint16(at + 2, high);
  view.setInt32(at + 4, low);
}
