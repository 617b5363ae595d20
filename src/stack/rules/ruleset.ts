/**
 * The rules of a filter and a translator, as they are written down: in JSON. `docs/routers.md` has the form, with
 * examples; `parse.ts` reads it, `format.ts` shows it as nft would.
 */
import type { HookPoint } from "../contract/forwarding.ts";
import type { TrackState } from "../contract/tracking.ts";
import type { Behaviour } from "../nat/behaviour.ts";

/** What a rule is about. What is not named may be anything. */
export interface MatchSpec {
  /** Interface that it came in by; a `*` at the end stands for anything. */
  readonly in?: string;
  /** Interface that it goes out by. */
  readonly out?: string;
  /** A prefix, or an address, of either family; with `!` in front, any other. Of a list, one of them. */
  readonly source?: string | readonly string[];
  readonly destination?: string | readonly string[];
  /** `tcp`, `udp`, `icmp`, `icmpv6`, or a number. */
  readonly protocol?: string | number;
  /** A port, `"8000-8080"`, or a list of both. Only with `protocol` tcp or udp. */
  readonly sourcePort?: number | string | readonly (number | string)[];
  readonly destinationPort?: number | string | readonly (number | string)[];
  readonly state?: TrackState | readonly TrackState[];
  /** The mark that a rule before has set. */
  readonly mark?: number;
}

/** What `reject` may tell: ICMP's codes (RFC 1812 §5.2.7.1, RFC 4443 §3.1), or TCP's reset. */
export const REJECT_WITH = [
  "prohibited",
  "network-prohibited",
  "host-prohibited",
  "port",
  "host",
  "network",
  "policy",
  "reject-route",
  "tcp-reset",
] as const;
/** How a packet is refused: a name of `REJECT_WITH`. */
export type RejectWith = (typeof REJECT_WITH)[number];

/** A rule of a chain. */
export interface RuleSpec extends MatchSpec {
  /** `accept` and `drop` end the chain; `reject` tells the sender; `mark` and `count` go on. */
  readonly do: "accept" | "drop" | "reject" | "mark" | "count";
  /** Of `reject`: what the sender is told; "prohibited" by default. "tcp-reset" needs `protocol` tcp. */
  readonly with?: RejectWith;
  /** Of `mark`: the mark, of 31 bits. */
  readonly set?: number;
  /** For people. */
  readonly comment?: string;
}

/** What is done at one place. */
export interface ChainSpec {
  /** What happens to what no rule has decided about; "accept" by default. */
  readonly policy?: "accept" | "drop";
  readonly rules?: readonly RuleSpec[];
}

/** A rule of the translator. */
export interface NatSpec extends MatchSpec {
  /**
   * `masquerade`: leaves by the address of its interface. `snat`: by `to`. `dnat`: is for `to` instead (port
   * forwarding). `redirect`: is for this host itself, at the port `to`. `none`: is not translated.
   */
  readonly do: "masquerade" | "snat" | "dnat" | "redirect" | "none";
  /** An address, with `:port` behind it if that changes too; of `redirect`, a port. */
  readonly to?: string | number;
  /** Of `masquerade` and `snat`: a preset, or what differs from "home-router". */
  readonly behaviour?: string | Partial<Behaviour>;
  readonly comment?: string;
}

/** How connections are tracked. */
export interface TrackSpec {
  /** Connections at once; 65,536 by default. */
  readonly most?: number;
  /** A TCP segment amid a connection that is not known begins one all the same. */
  readonly pickUp?: boolean;
  /** How long is waited, as `"5m"`: `tcpTransitory`, `tcpEstablished`, `udpNew`, `udp`, `icmp`, `other`. */
  readonly timeouts?: Readonly<Record<string, string>>;
}

/** All rules. */
export interface Ruleset extends Readonly<Partial<Record<HookPoint, ChainSpec>>> {
  readonly nat?: readonly NatSpec[];
  readonly track?: TrackSpec;
}
