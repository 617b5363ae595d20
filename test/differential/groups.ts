/** All differential cases, by the group that the documentation names them by. */
import { ABSENT } from "./cases/absent-options.ts";
import type { Case } from "./cases/case.ts";
import { CORNERS } from "./cases/corners.ts";
import { CREATION } from "./cases/creation.ts";
import { EFFECTS } from "./cases/effects.ts";
import { ENDS } from "./cases/ends.ts";
import { FLAGS } from "./cases/flags.ts";
import { HEADERS } from "./cases/headers.ts";
import { INET6 } from "./cases/inet6.ts";
import { OPTION_TABLE } from "./cases/option-table.ts";
import { OPTIONS } from "./cases/options.ts";
import { ORDERS } from "./cases/orders.ts";
import { TCP } from "./cases/tcp.ts";
import { UDP } from "./cases/udp.ts";
import { UNIX } from "./cases/unix.ts";
import { WAITS } from "./cases/waits.ts";
import { WAYS } from "./cases/ways.ts";

/** A group's name, and its cases. */
export type Group = readonly [name: string, cases: readonly Case[]];

export const GROUPS: readonly Group[] = [
  ["creation", CREATION],
  ["options", OPTIONS],
  ["table", OPTION_TABLE],
  ["absent", ABSENT],
  ["tcp", TCP],
  ["udp", UDP],
  ["unix", UNIX],
  ["waits", WAITS],
  ["flags", FLAGS],
  ["corners", CORNERS],
  ["ends", ENDS],
  ["effects", EFFECTS],
  ["inet6", INET6],
  ["orders", ORDERS],
  ["ways", WAYS],
  ["headers", HEADERS],
];
