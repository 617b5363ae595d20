/** The rules of `Lab.nat`. */
import type { Ruleset } from "../stack/index.ts";

/** What a home router does: everything may leave, and what nobody has asked for does not come in. */
export function natRules(behaviour: string): Ruleset {
  return {
    nat: [
      { do: "none", out: "eth0" },
      { do: "masquerade", in: "eth0", behaviour },
    ],
  };
}
