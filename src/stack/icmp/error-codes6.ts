/** The errors of ICMPv6 that routers and filters send, by code and reason: RFC 4443 §3. */
import { Send } from "../base/send.ts";
import type { TransitError } from "../contract/forwarding.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import type { ErrorCode } from "./error-codes.ts";

const unreachable6 = (code: number, why: Send): ErrorCode => ({
  type: icmpv6.ICMPV6_UNREACHABLE,
  code,
  why,
});

const exceeded6 = (code: number, why: Send): ErrorCode => ({
  type: icmpv6.ICMPV6_TIME_EXCEEDED,
  code,
  why,
});

/** Of ICMPv6 (RFC 4443 §3), those that a router or a filter sends. */
export const TRANSIT_CODES6: Readonly<Record<TransitError, ErrorCode>> = {
  network: unreachable6(icmpv6.UNREACHABLE_NO_ROUTE, Send.errorNetwork),
  "network-prohibited": unreachable6(icmpv6.UNREACHABLE_PROHIBITED, Send.errorProhibited),
  "host-prohibited": unreachable6(icmpv6.UNREACHABLE_PROHIBITED, Send.errorProhibited),
  prohibited: unreachable6(icmpv6.UNREACHABLE_PROHIBITED, Send.errorProhibited),
  policy: unreachable6(icmpv6.UNREACHABLE_POLICY, Send.errorProhibited),
  "reject-route": unreachable6(icmpv6.UNREACHABLE_REJECT_ROUTE, Send.errorProhibited),
  scope: unreachable6(icmpv6.UNREACHABLE_SCOPE, Send.errorScope),
  host: unreachable6(icmpv6.UNREACHABLE_ADDRESS, Send.errorHost),
  port: unreachable6(icmpv6.UNREACHABLE_PORT, Send.errorPort),
  "too-big": { type: icmpv6.ICMPV6_TOO_BIG, code: 0, why: Send.errorTooBig },
  "time-exceeded": exceeded6(icmpv6.EXCEEDED_HOP_LIMIT, Send.errorTimeExceeded),
};
