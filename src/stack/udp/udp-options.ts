/** The options of a UDP socket: where they start, and which values they take. */
import { accepts, FLAG, integer, oneOf, type Rules, TEXT } from "../base/settings.ts";
import type { UdpOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { TransportContext } from "../contract/transport.ts";

/** As Linux's rmem_default and wmem_default. */
const DEFAULT_BUFFER = 212_992;

const OCTET = integer(0, 255);

const RULES: Rules<UdpOptions> = {
  reuseAddress: FLAG,
  reusePort: FLAG,
  sendBuffer: integer(0),
  receiveBuffer: integer(0),
  hopLimit: OCTET,
  trafficClass: OCTET,
  interfaceName: TEXT,
  dontRoute: FLAG,
  leastHopLimit: OCTET,
  freeBind: FLAG,
  transparent: FLAG,
  mark: integer(-(2 ** 31), 2 ** 31 - 1),
  broadcast: FLAG,
  mtuDiscovery: oneOf(["dont", "want", "do", "probe"]),
  dontFragment: FLAG,
  multicastHopLimit: OCTET,
  multicastLoop: FLAG,
  multicastInterface: TEXT,
  noChecksum: FLAG,
  receiveErrors: FLAG,
};

/** The options of a new socket. */
export function initialOptions(): UdpOptions {
  return {
    reuseAddress: false,
    reusePort: false,
    sendBuffer: DEFAULT_BUFFER,
    receiveBuffer: DEFAULT_BUFFER,
    hopLimit: 0,
    trafficClass: 0,
    interfaceName: "",
    dontRoute: false,
    leastHopLimit: 0,
    freeBind: false,
    transparent: false,
    mark: 0,
    broadcast: false,
    mtuDiscovery: "want",
    dontFragment: false,
    multicastHopLimit: 1,
    multicastLoop: true,
    multicastInterface: "",
    noChecksum: false,
    receiveErrors: false,
  };
}

/** `options` with `changes`; or why one of them cannot be. */
export function changedOptions(
  options: UdpOptions,
  changes: Partial<UdpOptions>,
  context: TransportContext,
): UdpOptions | Failure {
  const changed = { ...options, ...changes };
  if (!accepts(RULES, changes)) return "invalid";
  for (const name of [changed.interfaceName, changed.multicastInterface]) {
    if (name !== "" && context.interface(name) === undefined) return "address-not-available";
  }
  return changed;
}
