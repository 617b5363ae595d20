/** What an echo endpoint needs of the ICMP of one family: RFC 792, RFC 4443 §4. */
import type { Drop } from "../base/drop.ts";
import type { Packet } from "../base/packet.ts";
import type { Send } from "../base/send.ts";
import type { IcmpCounters } from "../contract/counters.ts";
import type { Route } from "../contract/network.ts";
import type { Arrival, UnreachableReport } from "../contract/transport.ts";

/** Somebody who sends echo requests. */
export interface EchoListener {
  /** An echo reply with its identifier; `start` at the ICMP header. Lent. */
  echoReply(arrival: Arrival): Drop;
  /** An error about an echo request with its identifier. */
  unreachable(report: UnreachableReport): Drop;
}

/** The ICMP of one family, as those who ping use it. */
export interface EchoService {
  readonly family: 4 | 6;
  /** The type of an echo request. */
  readonly echoRequest: number;
  readonly counters: IcmpCounters;
  /** Who listens for replies, by identifier. */
  readonly listeners: Map<number, EchoListener>;
  /** Completes the checksum of a message and sends it. Takes the packet. */
  finish(packet: Packet, route: Route, why: Send): Drop;
}
