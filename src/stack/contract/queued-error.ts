/** Errors about datagrams that were sent, which an endpoint keeps for its user (RFC 1122 §4.1.3.3). */
import type { IpAddress } from "../base/ip-address.ts";
import type { Failure } from "./failures.ts";
import type { SocketAddress } from "./socket-address.ts";

/**
 * An error about a datagram that was sent: what `recvmsg` with MSG_ERRQUEUE gives on Linux. The message's
 * name is `destination`, its data `data`; the rest is the `sock_extended_err` of its control message
 * (IP_RECVERR): ee_errno from `failure`, ee_origin 2 (ICMP) or 1 (local), ee_type, ee_code, ee_info = `mtu`,
 * and behind it the address of the `offender`.
 */
export interface QueuedError {
  /** What went wrong. */
  readonly failure: Failure;
  /** "icmp": somebody reported it; "local": the datagram was not even sent, being too long. */
  readonly origin: "icmp" | "local";
  /** ICMP type and code; 0 where the origin is local. A next hop that does not answer is told as 3, 1. */
  readonly type: number;
  /** The ICMP code; 0 for an error of this host's own. */
  readonly code: number;
  /** Of "message-too-long": the largest datagram that would pass, in octets with its IP header, as far as it was told; else 0. */
  readonly mtu: number;
  /** Who reported it; ourselves, where the next hop did not answer; undefined where the origin is local. */
  readonly offender: IpAddress | undefined;
  /** Where the datagram was sent to; of raw endpoints, with port 0. */
  readonly destination: SocketAddress;
  /** As much of the datagram's data as the report quotes; of raw endpoints, all that was behind the IP header. */
  readonly data: Uint8Array;
}

/** The error queue of an endpoint that has one. */
export interface ErrorReporter {
  /**
   * Takes the oldest queued error. That also settles `failure`: it becomes the next queued one's, or is
   * cleared. Undefined if there is none.
   */
  takeError(): QueuedError | undefined;
  /** Errors that are queued: while there are any, poll says POLLERR. `onChange` tells of each. */
  readonly errorsQueued: number;
}
