/** What a running stack is like at one moment, as plain data: for the status page and for statistics. */
import type { TcpState } from "../stack/index.ts";

export interface InterfaceStatus {
  readonly name: string;
  /** Station address; "" where the link has none. */
  readonly mac: string;
  readonly mtu: number;
  /** As `10.77.0.2/24`. */
  readonly addresses: readonly string[];
  readonly counters: Counters;
}

export interface ConnectionStatus {
  /** As `10.77.0.2:7`. */
  readonly local: string;
  readonly remote: string;
  readonly state: TcpState;
}

/** Counts by their MIB names. */
export type Counters = Readonly<Record<string, number>>;

export interface Status {
  /** Microseconds since the stack started. */
  readonly uptime: number;
  readonly interfaces: readonly InterfaceStatus[];
  /** Not more than some hundreds; `connectionCount` tells how many there are. */
  readonly connections: readonly ConnectionStatus[];
  readonly connectionCount: number;
  /** By layer: `ip`, `icmp`, `udp`, `tcp`, … */
  readonly counters: Readonly<Record<string, Counters>>;
}
