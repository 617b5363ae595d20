/** Whether a source can be where its datagram came from: ingress filtering, RFC 2827 and RFC 3704. */
import { Drop } from "../base/drop.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import type { RoutingPolicy } from "../ip/routing-policy.ts";

/**
 * "strict": an answer would go back by the same interface (RFC 3704 §2.2, with all routes that cost the same, §2.3).
 * "loose": there is some route back (§2.4). "off": anything may come.
 */
export type ReversePath = "off" | "loose" | "strict";

/** The kinds of reverse path filtering, for checks and messages. */
export const REVERSE_PATHS: readonly ReversePath[] = ["off", "loose", "strict"];

/** `Drop.none` if `source` may come in by `from`. */
export function checkReversePath(
  policy: RoutingPolicy,
  mode: ReversePath,
  source: IpAddress,
  from: NetworkInterface,
): Drop {
  if (mode === "off" || from.loopback || source.isAny) return Drop.none;
  const back = policy.find(source, undefined, undefined, undefined, 0);
  if (back === undefined) return Drop.reversePath;
  if (mode === "loose" || back.interface === from) return Drop.none;
  return policy.equals(back).some((one) => one.interface === from) ? Drop.none : Drop.reversePath;
}
