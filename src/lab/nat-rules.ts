/** The rules of `Lab.nat`. */
import type { Ruleset } from "../stack/index.ts";

/** All addresses of IPv6. */
const IPV6 = "::/0";

/**
 * What a home router does: everything may leave, and what nobody has asked for does not come in. Of IPv4 that is the
 * translation's doing; of IPv6, which is not translated, a filter's (RFC 6092 §3).
 */
export function natRules(behaviour: string): Ruleset {
  return {
    forward: {
      rules: [
        { source: IPV6, state: ["established", "related"], do: "accept" },
        { source: IPV6, in: "eth0", do: "accept" },
        { source: IPV6, do: "drop" },
      ],
    },
    nat: [
      { do: "none", out: "eth0" },
      { do: "none", source: IPV6 },
      { do: "masquerade", in: "eth0", behaviour },
    ],
  };
}
