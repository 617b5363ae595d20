/** The options of a raw endpoint: where they start, and which values they take. */

import type { MtuDiscovery } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { TransportContext } from "../contract/transport.ts";

/** ICMPv6. */
export const IPPROTO_ICMPV6 = 58;
/** Where the checksum of ICMPv6 stands (RFC 4443 §2.1). */
const ICMPV6_CHECKSUM = 2;
const DISCOVERIES: readonly MtuDiscovery[] = ["dont", "want", "do", "probe"];
/** 256 types in words of 32 bits. */
const FILTER_WORDS = 8;

/** The options of a raw endpoint. */
export interface RawOptions {
  /** What is sent begins with its own IP header (IP_HDRINCL). */
  headerIncluded: boolean;
  /** May send to broadcast addresses. */
  broadcast: boolean;
  /** As in `UdpOptions`. */
  receiveErrors: boolean;
  /** 0: the stack's default. */
  hopLimit: number;
  /** The type of service octet of what is sent. */
  trafficClass: number;
  /** As in `UdpOptions`; a header of one's own says it itself. */
  mtuDiscovery: MtuDiscovery;
  /** As in `UdpOptions`. */
  dontFragment: boolean;
  /** Octets of the receive queue. */
  receiveBuffer: number;
  /** Only this interface, by name; "" for any. */
  interfaceName: string;
  /** Only to destinations on a directly connected network. */
  dontRoute: boolean;
  /** As in `CommonOptions`. */
  leastHopLimit: number;
  /** As in `CommonOptions`. */
  freeBind: boolean;
  /** As in `CommonOptions`. */
  transparent: boolean;
  /** As in `CommonOptions`. */
  mark: number;
  /** Of ICMP: a bit for each type from 0 to 31 that is not received (ICMP_FILTER). Unsigned. */
  icmpFilter: number;
  /** Of ICMPv6: eight words, a bit for each type from 0 to 255 that is not received (RFC 3542 §3.2). Unsigned. */
  icmp6Filter: readonly number[];
  /** Of IPv6: where the checksum stands behind the IP header, in octets; -1: nowhere (RFC 3542 §3.1). */
  checksumOffset: number;
  /** As in `UdpOptions`. */
  multicastHopLimit: number;
  /** As in `UdpOptions`. */
  multicastLoop: boolean;
  /** As in `UdpOptions`. */
  multicastInterface: string;
}

/** The options of a new endpoint. */
export function initialRawOptions(protocol: number, family: 4 | 6, headerIncluded: boolean): RawOptions {
  const icmpv6 = family === 6 && protocol === IPPROTO_ICMPV6;
  return {
    headerIncluded,
    broadcast: false,
    receiveErrors: false,
    hopLimit: 0,
    trafficClass: 0,
    mtuDiscovery: "want",
    dontFragment: false,
    receiveBuffer: 212_992,
    interfaceName: "",
    dontRoute: false,
    leastHopLimit: 0,
    freeBind: false,
    transparent: false,
    mark: 0,
    icmpFilter: 0,
    icmp6Filter: new Array<number>(FILTER_WORDS).fill(0),
    checksumOffset: icmpv6 ? ICMPV6_CHECKSUM : -1,
    multicastHopLimit: 1,
    multicastLoop: true,
    multicastInterface: "",
  };
}

/** `options` with `changes`; or why one of them cannot be. */
export function changedRawOptions(
  options: RawOptions,
  changes: Partial<RawOptions>,
  context: TransportContext,
): RawOptions | Failure {
  const changed = { ...options, ...changes };
  for (const octet of [
    changed.hopLimit,
    changed.trafficClass,
    changed.multicastHopLimit,
    changed.leastHopLimit,
  ]) {
    if (!Number.isInteger(octet) || octet < 0 || octet > 255) return "invalid";
  }
  const { checksumOffset, icmp6Filter } = changed;
  if (!DISCOVERIES.includes(changed.mtuDiscovery)) return "invalid";
  // RFC 3542 §3.1: the field is of 16 bits, at an even offset.
  if (!Number.isInteger(checksumOffset) || (checksumOffset !== -1 && (checksumOffset & 1) !== 0))
    return "invalid";
  if (checksumOffset < -1 || icmp6Filter.length !== FILTER_WORDS) return "invalid";
  for (const name of [changed.interfaceName, changed.multicastInterface]) {
    if (name !== "" && context.interface(name) === undefined) return "address-not-available";
  }
  return changed;
}
