/** The options that UDP and raw IP have in common: where they start, which values they take, what they do to a packet. */
import type { Packet } from "../base/packet.ts";
import { accepts, FLAG, integer, OBJECT, oneOf, type Rules, TEXT } from "../base/settings.ts";
import { PLAIN } from "../contract/datagram-shape.ts";
import type { DatagramOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { TransportContext } from "../contract/transport.ts";

/** As Linux's rmem_default and wmem_default. */
export const DEFAULT_BUFFER = 212_992;

const OCTET = integer(0, 255);

/** Which values each takes. */
export const DATAGRAM_RULES: Rules<DatagramOptions> = {
  receiveBuffer: integer(0),
  hopLimit: OCTET,
  trafficClass: OCTET,
  interfaceName: TEXT,
  dontRoute: FLAG,
  leastHopLimit: OCTET,
  freeBind: FLAG,
  transparent: FLAG,
  mark: integer(-(2 ** 31), 2 ** 31 - 1),
  shape: OBJECT,
  broadcast: FLAG,
  mtuDiscovery: oneOf(["dont", "want", "do", "probe"]),
  dontFragment: FLAG,
  multicastHopLimit: OCTET,
  multicastLoop: FLAG,
  multicastInterface: TEXT,
  receiveErrors: FLAG,
  receiveHeaders: FLAG,
};

/** The options of a new endpoint. */
export const INITIAL_DATAGRAM_OPTIONS: Readonly<DatagramOptions> = {
  receiveBuffer: DEFAULT_BUFFER,
  hopLimit: 0,
  trafficClass: 0,
  interfaceName: "",
  dontRoute: false,
  leastHopLimit: 0,
  freeBind: false,
  transparent: false,
  mark: 0,
  shape: PLAIN,
  broadcast: false,
  mtuDiscovery: "want",
  dontFragment: false,
  multicastHopLimit: 1,
  multicastLoop: true,
  multicastInterface: "",
  receiveErrors: false,
  receiveHeaders: false,
};

/** `options` with `changes`; or why one of them cannot be. */
export function withChanges<Options extends DatagramOptions>(
  rules: Rules<Options>,
  options: Options,
  changes: Partial<Options>,
  context: TransportContext,
): Options | Failure {
  if (!accepts(rules, changes)) return "invalid";
  const changed = { ...options, ...changes };
  for (const name of [changed.interfaceName, changed.multicastInterface]) {
    if (name !== "" && context.interface(name) === undefined) return "address-not-available";
  }
  return changed;
}

/** Tells IP how a packet is to be sent, but for its fragmentation. */
export function markPacket(packet: Packet, options: DatagramOptions, toGroup: boolean): void {
  packet.hopLimit = toGroup ? options.multicastHopLimit : options.hopLimit;
  if (toGroup) {
    packet.notToSelf = !options.multicastLoop;
    packet.onlyToSelf = options.multicastHopLimit === 0;
  }
  packet.trafficClass = options.trafficClass;
}
