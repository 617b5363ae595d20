/** Rules in the form in which they are carried out. */
import type { HookPoint } from "../contract/forwarding.ts";
import type { Behaviour } from "../nat/behaviour.ts";
import type { NewDestination } from "../nat/translator.ts";
import type { TrackOptions } from "../track/tracker.ts";
import type { Match } from "./match.ts";
import type { RejectWith } from "./ruleset.ts";

/** A rule of a chain, and how often it matched. */
export interface FilterRule {
  readonly match: Match;
  readonly does: "accept" | "drop" | "reject" | "mark" | "count";
  /** Of `reject`: what the sender is told. */
  readonly error: RejectWith;
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

/** All rules of a router, ready to be carried out. */
export interface CompiledRules {
  readonly chains: ReadonlyMap<HookPoint, Chain>;
  readonly nat: readonly NatRule[];
  readonly track: TrackOptions;
}
