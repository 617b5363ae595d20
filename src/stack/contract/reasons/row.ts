/** A row of the table of reasons. */

/** Who decides: a layer, or a kind of endpoint. "link": the device or line below the interface. */
export type Layer =
  | "link"
  | "interface"
  | "arp"
  | "ipv4"
  | "forward"
  | "ipv6"
  | "icmp"
  | "icmpv6"
  | "nd"
  | "igmp"
  | "mld"
  | "udp"
  | "tcp"
  | "raw"
  | "packet"
  | "echo";

/** One row of the table. */
export interface ReasonRow {
  /** What it means, as a sentence. */
  readonly meaning: string;
  /** By layer in which it occurs: the RFC and section that says so, or the reason why there is none. */
  readonly where: Readonly<Partial<Record<Layer, string>>>;
}

/** Rows by the name of the reason. */
export type ReasonTable = Readonly<Record<string, ReasonRow>>;
