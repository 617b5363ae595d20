/**
 * Segments without text that belong to no whole connection: a reset, the SYN|ACK of a half-open connection, the ACK of
 * one in TIME-WAIT. They leave in the flush, as everything does.
 */
import type { Send } from "../../base/send.ts";
import type { SeqNum } from "../../base/seq.ts";
import type { Route } from "../../contract/network.ts";
import type { TransportContext } from "../../contract/transport.ts";
import { TcpHeader } from "../../wire/tcp.ts";
import type { TcpCounters } from "../connection/counters.ts";
import type { Tcb } from "../connection/tcb.ts";
import type { TcpTrace } from "../connection/tcp-trace.ts";
import { build, TCP } from "./emit.ts";

/** Who sends. */
export interface BareSender {
  readonly context: TransportContext;
  readonly counters: TcpCounters;
  readonly trace: TcpTrace<Tcb> | undefined;
}

const header = new TcpHeader();

/** The header of a segment that is sent next, without options. Lent until `sendBare`. */
export function bareHeader(
  localPort: number,
  remotePort: number,
  seq: SeqNum,
  ack: SeqNum,
  flags: number,
): TcpHeader {
  header.clear();
  header.sourcePort = localPort;
  header.destinationPort = remotePort;
  header.seq = seq;
  header.ack = ack;
  header.flags = flags;
  return header;
}

/** Sends what `bareHeader` has begun. */
export function sendBare(
  { context, counters, trace }: BareSender,
  route: Route,
  trafficClass: number,
  why: Send,
): void {
  const packet = build(context, route, header, 0);
  packet.trafficClass = trafficClass & 0xfc;
  counters.outSegs++;
  const before = trace?.bare(why, packet) ?? 0;
  route.send(packet, TCP);
  trace?.handedOn(before);
}
