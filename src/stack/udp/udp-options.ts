/** The options of a UDP socket: where they start, and which values they take. */
import type { Failure, UdpOptions } from "../contract/endpoint.ts";
import type { TransportContext } from "../contract/transport.ts";

/** As Linux's rmem_default and wmem_default. */
const DEFAULT_BUFFER = 212_992;

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
    broadcast: false,
    mtuDiscovery: "want",
    multicastHopLimit: 1,
    multicastLoop: true,
    multicastInterface: "",
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
  for (const octet of [changed.hopLimit, changed.trafficClass, changed.multicastHopLimit]) {
    if (!Number.isInteger(octet) || octet < 0 || octet > 255) return "invalid";
  }
  for (const size of [changed.sendBuffer, changed.receiveBuffer]) {
    if (!Number.isInteger(size) || size < 0) return "invalid";
  }
  for (const name of [changed.interfaceName, changed.multicastInterface]) {
    if (name !== "" && context.interface(name) === undefined) return "address-not-available";
  }
  return changed;
}
