/**
 * IPv4 options (RFC 791 §3.1): found, checked, and otherwise left alone. A host must take datagrams that
 * have them, pass them on, and ignore those that it does not know (RFC 1122 §3.2.1.8).
 */

const END = 0;
const NOP = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;
const ROUTER_ALERT = 148;

/** Not the index of any octet of an option. */
const FINE = -1;

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
