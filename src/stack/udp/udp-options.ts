/** The options of a UDP socket: where they start, and which values they take. */
import { FLAG, integer, type Rules } from "../base/settings.ts";
import type { UdpOptions } from "../contract/endpoint-options.ts";
import type { Failure } from "../contract/failures.ts";
import type { TransportContext } from "../contract/transport.ts";
import {
  DATAGRAM_RULES,
  DEFAULT_BUFFER,
  INITIAL_DATAGRAM_OPTIONS,
  withChanges,
} from "../datagram/datagram-options.ts";

const RULES: Rules<UdpOptions> = {
  ...DATAGRAM_RULES,
  reuseAddress: FLAG,
  reusePort: FLAG,
  sendBuffer: integer(0),
  noChecksum: FLAG,
};

/** The options of a new socket. */
export function initialOptions(): UdpOptions {
  return {
    ...INITIAL_DATAGRAM_OPTIONS,
    reuseAddress: false,
    reusePort: false,
    sendBuffer: DEFAULT_BUFFER,
    noChecksum: false,
  };
}

/** `options` with `changes`; or why one of them cannot be. */
export function changedOptions(
  options: UdpOptions,
  changes: Partial<UdpOptions>,
  context: TransportContext,
): UdpOptions | Failure {
  return withChanges(RULES, options, changes, context);
}
