/** What is noted of a datagram that has arrived, besides its text. */
import type { Instant } from "../base/time.ts";
import type { Arrival } from "../contract/transport.ts";
import type { QueuedDatagram } from "./datagram-queue.ts";

/** @param withHeaders - its socket wants to know what stood behind the IP header */
export function describeRecord(
  record: QueuedDatagram,
  arrival: Arrival,
  now: Instant,
  withHeaders: boolean,
): void {
  record.source = arrival.source;
  record.destination = arrival.destination;
  record.interfaceIndex = arrival.from.index;
  record.mark = arrival.mark;
  if (withHeaders) record.headers = arrival.headers(now);
}
