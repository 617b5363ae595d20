/** Carries rules out on the hooks of a router or host: tracking, the filter of each chain, and the translator. */
import { AddressMap } from "../base/address-map.ts";
import { Drop } from "../base/drop.ts";
import { HOOK_POINTS, type HookPoint, type Passage } from "../contract/forwarding.ts";
import { PRIORITY } from "../forward/hooks.ts";
import type { Router } from "../forward/router.ts";
import { type NewDestination, type NewSource, type TranslationRules, Translator } from "../nat/translator.ts";
import { Tracker } from "../track/tracker.ts";
import type { Chain, CompiledRules, FilterRule, NatRule } from "./compiled.ts";
import { formatRules } from "./format.ts";
import { matches } from "./match.ts";
import { parseRules } from "./parse.ts";
import type { Ruleset } from "./ruleset.ts";

/** The rules of one router, being carried out. */
export class Firewall implements TranslationRules {
  readonly tracker: Tracker;
  /** Undefined if no rule translates. */
  readonly translator: Translator | undefined;
  readonly #rules: CompiledRules;
  readonly #undo: (() => void)[] = [];

  /** @throws RuleError for rules that cannot be */
  constructor(router: Router, rules: Ruleset | CompiledRules | string) {
    const compiled = typeof rules !== "string" && "chains" in rules ? rules : parseRules(rules);
    this.#rules = compiled;
    this.tracker = new Tracker(router, compiled.track);
    this.translator = compiled.nat.length === 0 ? undefined : new Translator(router, this);
    for (const point of HOOK_POINTS) {
      const chain = compiled.chains.get(point);
      if (chain === undefined) continue;
      this.#undo.push(router.hooks.add(point, (passage) => judge(chain, passage), PRIORITY.filter));
    }
    this.#undo.push(router.watch(() => this.#addressesChanged(router)));
  }

  /** What there is at that place, with how often each rule has matched. */
  chain(point: HookPoint): Chain | undefined {
    return this.#rules.chains.get(point);
  }

  /** Takes the rules away again. Connections are forgotten, and what was translated comes to nobody. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.translator?.close();
    this.tracker.close();
  }

  /** As nft would list them, with what each has counted. */
  toString(): string {
    return formatRules(this.#rules);
  }

  /** What left by an address that is ours no longer is forgotten, as with Linux's masquerade: nobody would answer it. */
  #addressesChanged(router: Router): void {
    const { borrowed } = this.translator ?? NOTHING;
    const lost = [...borrowed.keys()].filter((address) => !router.isLocal(address));
    for (const address of lost) {
      borrowed.delete(address);
      for (const one of this.tracker.table.all()) {
        if (one.reply.destination.equals(address) && !one.original.source.equals(address))
          this.tracker.forget(one);
      }
    }
  }

  // ── for the translator ───────────────────────────────────────────────────────────────────────────────

  destinationFor(passage: Passage): NewDestination | Drop | undefined {
    for (const rule of this.#rules.nat) {
      if (rule.to === undefined || !leadsElsewhere(rule, rule.to, passage)) continue;
      rule.packets++;
      return rule.does === "redirect" ? ofThisHost(passage, rule.to.port) : rule.to;
    }
    return undefined;
  }

  sourceFor(passage: Passage): NewSource | undefined {
    for (const rule of this.#rules.nat) {
      if (rule.does === "dnat" || rule.does === "redirect" || !matches(rule.match, passage)) continue;
      rule.packets++;
      return sourceOf(rule);
    }
    return undefined;
  }
}

const NOTHING: Pick<Translator, "borrowed"> = { borrowed: new AddressMap() };

function sourceOf({ does, to, behaviour }: NatRule): NewSource | undefined {
  return does === "none" ? undefined : { address: to?.address, behaviour };
}

function leadsElsewhere({ does, match }: NatRule, to: NewDestination, passage: Passage): boolean {
  // What this host sends comes in by no interface, to whose address it could be led back.
  const here = does === "redirect" && passage.from !== undefined;
  const there = does === "dnat" && to.address.family === passage.codec.family;
  return (here || there) && matches(match, passage);
}

/** The address of the interface that it came in by. As Linux's redirect: without one it must not go on to whom it named. */
function ofThisHost({ from, codec, source }: Passage, port: number): NewDestination | Drop {
  const address = from === undefined ? undefined : codec.sourceOn(from, source);
  return address === undefined ? Drop.untranslatable : { address, port };
}

/** Goes through the rules of a chain. */
function judge({ rules, policy }: Chain, passage: Passage): Drop {
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i] as FilterRule;
    if (!matches(rule.match, passage)) continue;
    rule.packets++;
    rule.octets += passage.packet.end - passage.packet.start;
    if (rule.does === "accept") return Drop.none;
    if (rule.does === "mark") passage.mark = rule.mark;
    else if (rule.does !== "count") return refuse(rule, passage);
  }
  return policy === "accept" ? Drop.none : Drop.filteredByRule;
}

function refuse({ does, error }: FilterRule, passage: Passage): Drop {
  const { codec, packet, from } = passage;
  if (does === "reject" && error === "tcp-reset") codec.sendReset(passage);
  else if (does === "reject" && error !== "tcp-reset") codec.sendError(error, packet, 0, from);
  return Drop.filteredByRule;
}
