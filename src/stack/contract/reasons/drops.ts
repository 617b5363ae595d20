/**
 * What each reason for a drop means: in plain words, and by layer the RFC and section that asks for it. This folder
 * is the one place for that; `docs/reasons.md` is made from it.
 */
import { type Drop, dropName } from "../../base/drop.ts";
import { DROPS_BELOW_TRANSPORT } from "./drops-below-transport.ts";
import { DROPS_OF_IPV6 } from "./drops-of-ipv6.ts";
import { DROPS_OF_ROUTERS } from "./drops-of-routers.ts";
import { DROPS_OF_TRANSPORT } from "./drops-of-transport.ts";
import type { ReasonRow, ReasonTable } from "./row.ts";

/** Why something was dropped, by name. */
export const DROPS: ReasonTable = {
  ...DROPS_BELOW_TRANSPORT,
  ...DROPS_OF_IPV6,
  ...DROPS_OF_TRANSPORT,
  ...DROPS_OF_ROUTERS,
};

/** The row of a reason; undefined for `Drop.none`. */
export function dropRow(reason: Drop): ReasonRow | undefined {
  return DROPS[dropName(reason)];
}
