/**
 * The one table of what an ICMP error means to those who sent the datagram: its cause, the failure that an endpoint is
 * told, and whether it is hard. RFC 792 and RFC 1812 §5.2.7.1 name the codes; RFC 1122 §4.2.3.9 tells hard errors from
 * soft ones for the codes that it knows, and Linux's icmp_err_convert for the rest.
 */
import type { Failure } from "../contract/failures.ts";
import type { UnreachableCause } from "../contract/transport.ts";
import { ICMP_TIME_EXCEEDED, ICMP_UNREACHABLE } from "../wire/icmpv4.ts";
import {
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_TOO_BIG,
  ICMPV6_UNREACHABLE,
} from "../wire/icmpv6.ts";

/** What a cause means to endpoints. */
export interface CauseMeaning {
  readonly failure: Failure;
  /** It will not go away by itself: trying again is of no use. */
  readonly hard: boolean;
}

/** By cause. The codes of Destination Unreachable come first, in their order. */
const MEANINGS: Readonly<Record<UnreachableCause, CauseMeaning>> = {
  network: { failure: "network-unreachable", hard: false },
  host: { failure: "host-unreachable", hard: false },
  protocol: { failure: "protocol-unreachable", hard: true },
  port: { failure: "refused", hard: true },
  "too-big": { failure: "message-too-long", hard: false },
  "source-route": { failure: "not-supported", hard: false },
  "network-unknown": { failure: "network-unreachable", hard: true },
  "host-unknown": { failure: "host-down", hard: true },
  "host-isolated": { failure: "no-network", hard: true },
  "network-prohibited": { failure: "network-unreachable", hard: true },
  "host-prohibited": { failure: "prohibited", hard: true },
  "network-service": { failure: "network-unreachable", hard: false },
  "host-service": { failure: "host-unreachable", hard: false },
  filtered: { failure: "prohibited", hard: true },
  precedence: { failure: "prohibited", hard: true },
  "precedence-cutoff": { failure: "prohibited", hard: true },
  "time-exceeded": { failure: "host-unreachable", hard: false },
  "parameter-problem": { failure: "protocol-error", hard: true },
  "refused-by-policy": { failure: "access", hard: true },
  // That our own neighbour does not answer is no rumour of the network's, and as final as it gets.
  unresolved: { failure: "host-unreachable", hard: true },
};

/** By code of Destination Unreachable: the first sixteen causes. */
const UNREACHABLE: readonly UnreachableCause[] = (Object.keys(MEANINGS) as UnreachableCause[]).slice(0, 16);

/** What an ICMP error says; undefined for a code that no RFC defines. */
export function causeOf(type: number, code: number): UnreachableCause | undefined {
  if (type === ICMP_UNREACHABLE) return UNREACHABLE[code];
  if (type === ICMP_TIME_EXCEEDED) return code <= 1 ? "time-exceeded" : undefined;
  return code <= 2 ? "parameter-problem" : undefined;
}

/** By code of ICMPv6 Destination Unreachable (RFC 4443 §3.1), as Linux's icmpv6_err_convert has them. */
const UNREACHABLE_6: readonly UnreachableCause[] = [
  "network",
  "refused-by-policy",
  "host",
  "host",
  "port",
  "refused-by-policy",
  "refused-by-policy",
];

/** What an ICMPv6 error says; undefined for a type or code that neither RFC 4443 nor RFC 7112 defines. */
export function causeOf6(type: number, code: number): UnreachableCause | undefined {
  if (type === ICMPV6_UNREACHABLE) return UNREACHABLE_6[code];
  if (type === ICMPV6_TOO_BIG) return "too-big"; // whatever the code (RFC 4443 §3.2)
  if (type === ICMPV6_TIME_EXCEEDED) return code <= 1 ? "time-exceeded" : undefined;
  return type === ICMPV6_PARAMETER_PROBLEM && code <= 3 ? "parameter-problem" : undefined;
}

/** What an endpoint makes of a cause. */
export function meaningOf(cause: UnreachableCause): CauseMeaning {
  return MEANINGS[cause];
}
