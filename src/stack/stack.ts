/** The stack with all its parts: the only file that knows every protocol. */
import { BareStack } from "./bare-stack.ts";
import type { StackOptions } from "./stack-options.ts";
import {
  ECHO,
  HEADER_OPTIONS,
  IGMP,
  IPV6,
  PACKET_ENDPOINTS,
  RAW_ENDPOINTS,
  REST,
  ROUTER,
  type StackParts,
  TRACING,
} from "./stack-parts.ts";

export { insideOf } from "./bare-stack.ts";

const ALL: StackParts = {
  ipv6: IPV6,
  igmp: IGMP,
  router: ROUTER,
  raw: RAW_ENDPOINTS,
  packet: PACKET_ENDPOINTS,
  echo: ECHO,
  rest: REST,
  options: HEADER_OPTIONS,
  tracing: TRACING,
};

/** A host's TCP/IP stack, with all that there is. */
export class Stack extends BareStack {
  /** @throws TypeError for an option that there is not or that is missing, RangeError for a value that cannot be */
  constructor(options: StackOptions) {
    super(options, ALL);
  }
}
