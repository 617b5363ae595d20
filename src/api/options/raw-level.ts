/** The options of SOL_RAW: raw(7). */
import { ICMP_FILTER, IPPROTO_ICMP, SOL_RAW } from "../constants.ts";
import { errno, statusOf } from "../errors.ts";
import type { RawLike } from "./places.ts";
import type { OptionRow, Place } from "./rows.ts";
import { INVALID, isInteger } from "./shapes.ts";

const filter: Place<RawLike> = {
  effect: "acts",
  get: ({ endpoint, protocol }) =>
    protocol === IPPROTO_ICMP ? endpoint.options.icmpFilter : { refused: -errno.EOPNOTSUPP },
  set: ({ endpoint, protocol }, icmpFilter: number) =>
    protocol === IPPROTO_ICMP ? statusOf(endpoint.configure({ icmpFilter })) : -errno.EOPNOTSUPP,
};

/** The rows, in the order of the documentation. */
export const RAW_ROWS: readonly OptionRow[] = [
  {
    name: "ICMP_FILTER",
    level: SOL_RAW,
    number: ICMP_FILTER,
    family: "inet",
    shape: {
      text: "32 bits; a negative integer has the highest set",
      kind: "number",
      check: (given) => (isInteger(given, -0x8000_0000, 0xffff_ffff) ? given | 0 : INVALID),
      samples: ["1", "255", "-1", "0", "65536"],
    },
    places: { raw: filter },
    meaning: "ICMP types that are not received, a bit for each from 0 to 31",
  },
];
