/** All cases. */
import type { ReasonCase } from "./case.ts";
import { INTERFACE_CASES } from "./interface-cases.ts";
import { IP_CASES } from "./ip-cases.ts";
import { IPV6_CASES } from "./ipv6-cases.ts";
import { IPV6_NEIGHBOUR_CASES } from "./ipv6-neighbour-cases.ts";
import { IPV6_ROUTER_CASES } from "./ipv6-router-cases.ts";
import { ROUTER_CASES } from "./router-cases.ts";
import { TCP_CASES } from "./tcp-cases.ts";

export const REASON_CASES: readonly ReasonCase[] = [
  ...INTERFACE_CASES,
  ...IP_CASES,
  ...ROUTER_CASES,
  ...IPV6_CASES,
  ...IPV6_NEIGHBOUR_CASES,
  ...IPV6_ROUTER_CASES,
  ...TCP_CASES,
];
