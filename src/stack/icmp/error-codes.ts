/** The errors that are sent, by type, code and reason: RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.3. */
import { Send } from "../base/send.ts";
import type { TransitError } from "../contract/forwarding.ts";
import {
  EXCEEDED_REASSEMBLY,
  EXCEEDED_TIME_TO_LIVE,
  ICMP_PARAMETER_PROBLEM,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  UNREACHABLE_HOST,
  UNREACHABLE_HOST_PROHIBITED,
  UNREACHABLE_NETWORK,
  UNREACHABLE_NETWORK_PROHIBITED,
  UNREACHABLE_PORT,
  UNREACHABLE_PROHIBITED,
  UNREACHABLE_PROTOCOL,
  UNREACHABLE_TOO_BIG,
} from "../wire/icmpv4.ts";

/** An error that can be sent. */
export type IcmpError = "protocol" | "reassembly-timeout" | "parameter" | TransitError;

/** How an error is told. */
export interface ErrorCode {
  readonly type: number;
  readonly code: number;
  readonly why: Send;
}

const unreachable = (code: number, why: Send): ErrorCode => ({ type: ICMP_UNREACHABLE, code, why });

/** By error. */
export const ERROR_CODES: Readonly<Record<IcmpError, ErrorCode>> = {
  network: unreachable(UNREACHABLE_NETWORK, Send.errorNetwork),
  host: unreachable(UNREACHABLE_HOST, Send.errorHost),
  protocol: unreachable(UNREACHABLE_PROTOCOL, Send.errorProtocol),
  port: unreachable(UNREACHABLE_PORT, Send.errorPort),
  "too-big": unreachable(UNREACHABLE_TOO_BIG, Send.errorTooBig),
  "network-prohibited": unreachable(UNREACHABLE_NETWORK_PROHIBITED, Send.errorProhibited),
  "host-prohibited": unreachable(UNREACHABLE_HOST_PROHIBITED, Send.errorProhibited),
  prohibited: unreachable(UNREACHABLE_PROHIBITED, Send.errorProhibited),
  // What only ICMPv6 tells apart.
  policy: unreachable(UNREACHABLE_PROHIBITED, Send.errorProhibited),
  "reject-route": unreachable(UNREACHABLE_PROHIBITED, Send.errorProhibited),
  scope: unreachable(UNREACHABLE_PROHIBITED, Send.errorProhibited),
  "time-exceeded": { type: ICMP_TIME_EXCEEDED, code: EXCEEDED_TIME_TO_LIVE, why: Send.errorTimeExceeded },
  "reassembly-timeout": { type: ICMP_TIME_EXCEEDED, code: EXCEEDED_REASSEMBLY, why: Send.errorReassembly },
  parameter: { type: ICMP_PARAMETER_PROBLEM, code: 0, why: Send.errorParameter },
};
