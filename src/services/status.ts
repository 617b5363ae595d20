/** What a running stack is like at one moment, as plain data: for the status page and for statistics. */
import type { TcpState } from "../stack/index.ts";

/** One interface. */
export interface InterfaceStatus {
  /** As it was attached: `tap0`. */
  readonly name: string;
  /** Station address; "" where the link has none. */
  readonly mac: string;
  /** Octets of the largest IP datagram. */
  readonly mtu: number;
  /** As `10.77.0.2/24`. */
  readonly addresses: readonly string[];
  /** What it has counted. */
  readonly counters: Counters;
}

/** One connection, or listener. */
export interface ConnectionStatus {
  /** As `10.77.0.2:7`. */
  readonly local: string;
  /** As `10.77.0.1:61444`; `*` of a listener. */
  readonly remote: string;
  /** Its state (RFC 9293 §3.3.2). */
  readonly state: TcpState;
  /** Octets that nobody has read, and that the peer has not acknowledged. */
  readonly receiveQueue: number;
  /** Octets that were written and are not acknowledged. */
  readonly sendQueue: number;
  /** Octets of text, since it began. */
  readonly bytesSent: number;
  /** Octets that came in order. */
  readonly bytesReceived: number;
  /** Segments that were sent again. */
  readonly totalRetransmits: number;
  /** SRTT in microseconds; 0: not measured. */
  readonly smoothedRtt: number;
  /** cwnd in octets. */
  readonly congestionWindow: number;
}

/** Counts by their MIB names. */
export type Counters = Readonly<Record<string, number>>;

/** The whole stack. */
export interface Status {
  /** Microseconds since the stack started. */
  readonly uptime: number;
  /** All interfaces. */
  readonly interfaces: readonly InterfaceStatus[];
  /** Not more than some hundreds; `connectionCount` tells how many there are. */
  readonly connections: readonly ConnectionStatus[];
  /** How many connections and listeners there are. */
  readonly connectionCount: number;
  /** By layer: `ip`, `icmp`, `udp`, `tcp`, … */
  readonly counters: Readonly<Record<string, Counters>>;
}
