/** Rules as they are carried out. */
import type { HookPoint, TransitError } from "../contract/forwarding.ts";
import type { Behaviour } from "../nat/behaviour.ts";
import type { NewDestination } from "../nat/translator.ts";
import type { TrackOptions } from "../track/tracker.ts";
import type { Match } from "./match.ts";

/** A rule of a chain, and how often it matched. */
export interface FilterRule {
  readonly match: Match;
  readonly does: "accept" | "drop" | "reject" | "mark" | "count";
  readonly error: TransitError;
  readonly mark: number;
  readonly comment: string;
  packets: number;
  octets: number;
}

/** What is done at one place. */
export interface Chain {
  readonly policy: "accept" | "drop";
  readonly rules: readonly FilterRule[];
}

/** A rule of the translator. */
export interface NatRule {
  readonly match: Match;
  readonly does: "masquerade" | "snat" | "dnat" | "redirect" | "none";
  /** Of snat and dnat. The port is 0 where that stays; of redirect, only that counts. */
  readonly to: NewDestination | undefined;
  readonly behaviour: Behaviour;
  readonly comment: string;
  packets: number;
}

/** All of them. */
export interface CompiledRules {
  readonly chains: ReadonlyMap<HookPoint, Chain>;
  readonly nat: readonly NatRule[];
  readonly track: TrackOptions;
}
