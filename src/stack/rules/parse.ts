/** Reads rules from JSON: see ruleset.ts for the form. */
import { ANY_ADDRESS } from "../base/ip-address.ts";
import { type Duration, milliseconds } from "../base/time.ts";
import { HOOK_POINTS, type HookPoint } from "../contract/forwarding.ts";
import { TRACK_STATES } from "../contract/tracking.ts";
import { BEHAVIOURS, type Behaviour, DEPENDENCES } from "../nat/behaviour.ts";
import type { NewDestination } from "../nat/translator.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "../track/timeouts.ts";
import type { TrackOptions } from "../track/tracker.ts";
import { IPPROTO_ICMP } from "../wire/icmpv4.ts";
import { IPPROTO_TCP } from "../wire/tcp.ts";
import { IPPROTO_UDP } from "../wire/udp.ts";
import type { Chain, CompiledRules, FilterRule, NatRule } from "./compiled.ts";
import { placeAt } from "./json-places.ts";
import type { Match } from "./match.ts";
import { parseAddress, Value } from "./reader.ts";
import { RuleError } from "./rule-error.ts";
import { REJECT_WITH, type RejectWith, type Ruleset } from "./ruleset.ts";

const MATCHES = [
  "in",
  "out",
  "source",
  "destination",
  "protocol",
  "sourcePort",
  "destinationPort",
  "state",
  "mark",
];
const RULE = [...MATCHES, "do", "with", "set", "comment"];
const NAT = [...MATCHES, "do", "to", "behaviour", "comment"];
const MOST_MARK = 0x7fff_ffff;

/** Protocol numbers, by the names that rules have for them. */
export const PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: IPPROTO_TCP,
  udp: IPPROTO_UDP,
  icmp: IPPROTO_ICMP,
  icmpv6: 58,
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads rules, of an object or of a text.
 *
 * @throws RuleError for what cannot be, with its path, and for a text with line and column
 */
export function parseRules(rules: Ruleset | string): CompiledRules {
  const text = typeof rules === "string" ? rules : undefined;
  return readRules(new Value(text === undefined ? rules : parseJson(text), [], text));
}

/** Reads rules that stand within something else. @throws as `parseRules` */
export function readRules(whole: Value): CompiledRules {
  if (!whole.given) whole.fail("there are no rules");
  whole.only([...HOOK_POINTS, "nat", "track"]);
  const chains = new Map<HookPoint, Chain>();
  for (const point of HOOK_POINTS) {
    const chain = whole.member(point);
    if (chain.given) chains.set(point, readChain(chain));
  }
  return {
    chains,
    nat: whole.member("nat").elements().map(readNat),
    track: readTrack(whole.member("track")),
  };
}

/** As `JSON.parse`. @throws RuleError with line and column for a text that is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const at = /position (\d+)/.exec(message)?.[1];
    const end = /end of (JSON|data)/i.test(message) ? text.length : 0;
    throw new RuleError([], message.replace(/ in JSON at position.*$/, ""), placeAt(text, Number(at ?? end)));
  }
}

function readChain(chain: Value): Chain {
  chain.only(["policy", "rules"]);
  const policy = chain.member("policy");
  return {
    policy: policy.given ? policy.oneOf(["accept", "drop"]) : "accept",
    rules: chain.member("rules").elements().map(readRule),
  };
}

function readRule(rule: Value): FilterRule {
  rule.only(RULE);
  const does = required(rule, "do").oneOf(["accept", "drop", "reject", "mark", "count"]);
  const error = rule.member("with");
  const mark = rule.member("set");
  if (error.given && does !== "reject") error.fail("only reject tells the sender anything");
  if (mark.given && does !== "mark") mark.fail("only mark sets one");
  if (does === "mark") required(rule, "set");
  return {
    match: readMatch(rule),
    does,
    error: error.given ? readError(error, rule) : "prohibited",
    mark: mark.given ? mark.integer(0, MOST_MARK) : 0,
    comment: readComment(rule),
    packets: 0,
    octets: 0,
  };
}

function readError(error: Value, rule: Value): RejectWith {
  const found = error.oneOf(REJECT_WITH);
  if (found === "tcp-reset" && rule.member("protocol").value !== "tcp") {
    error.fail('only TCP has resets: the rule needs "protocol": "tcp"');
  }
  return found;
}

function required(of: Value, name: string): Value {
  const found = of.member(name);
  return found.given ? found : of.fail(`"${name}" is missing`);
}

function readComment(rule: Value): string {
  const comment = rule.member("comment");
  return comment.given ? comment.text() : "";
}

// ── what a rule is about ─────────────────────────────────────────────────────────────────────────────────

function readMatch(rule: Value): Match {
  const protocol = optional(rule.member("protocol"), readProtocol);
  for (const name of ["sourcePort", "destinationPort"]) {
    const ports = rule.member(name);
    if (ports.given && protocol !== IPPROTO_TCP && protocol !== IPPROTO_UDP) {
      ports.fail('ports are of TCP or UDP: "protocol" must say which');
    }
  }
  return {
    in: optional(rule.member("in"), (value) => value.text()),
    out: optional(rule.member("out"), (value) => value.text()),
    source: several(rule.member("source"), (value) => value.range()),
    destination: several(rule.member("destination"), (value) => value.range()),
    protocol,
    sourcePort: several(rule.member("sourcePort"), (value) => value.ports()),
    destinationPort: several(rule.member("destinationPort"), (value) => value.ports()),
    state: several(rule.member("state"), (value) => value.oneOf(TRACK_STATES)),
    mark: optional(rule.member("mark"), (value) => value.integer(0, MOST_MARK)),
  };
}

function optional<T>(value: Value, read: (value: Value) => T): T | undefined {
  return value.given ? read(value) : undefined;
}

function several<T>(value: Value, read: (value: Value) => T): readonly T[] | undefined {
  return value.given ? value.oneOrMore().map(read) : undefined;
}

function readProtocol(value: Value): number {
  if (typeof value.value === "number") return value.integer(0, 255);
  const known = Object.hasOwn(PROTOCOLS, String(value.value)) ? PROTOCOLS[String(value.value)] : undefined;
  return (
    known ??
    value.fail(
      `it is ${JSON.stringify(value.value)}; there are ${Object.keys(PROTOCOLS).join(", ")}, and numbers`,
    )
  );
}

// ── translation ──────────────────────────────────────────────────────────────────────────────────────────

function readNat(rule: Value): NatRule {
  rule.only(NAT);
  const does = required(rule, "do").oneOf(["masquerade", "snat", "dnat", "redirect", "none"]);
  const to = rule.member("to");
  const behaviour = rule.member("behaviour");
  const match = readMatch(rule);
  if (does === "masquerade" || does === "none") {
    if (to.given) to.fail(`${does} needs no "to"`);
  } else required(rule, "to");
  if (behaviour.given && does !== "masquerade" && does !== "snat") {
    behaviour.fail("only masquerade and snat have a behaviour");
  }
  if ((does === "dnat" || does === "redirect") && match.out !== undefined) {
    rule.member("out").fail("before it is routed, nobody knows where it goes out");
  }
  return {
    match,
    does,
    to: to.given ? readTarget(to, does, match) : undefined,
    behaviour: readBehaviour(behaviour),
    comment: readComment(rule),
    packets: 0,
  };
}

function readTarget(to: Value, does: NatRule["does"], match: Match): NewDestination {
  const ported = match.protocol === IPPROTO_TCP || match.protocol === IPPROTO_UDP;
  if (does === "redirect") {
    if (!ported) to.fail('ports are of TCP or UDP: "protocol" must say which');
    return { address: ANY_ADDRESS, port: to.integer(1, 65_535) };
  }
  const text = to.text();
  const [, inBrackets, port6] = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? [];
  const [, plain, port4] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(inBrackets ?? plain ?? text);
  const port = Number(port6 ?? port4 ?? 0);
  if (address === undefined || port > 65_535)
    to.fail(`${JSON.stringify(text)} is no address, nor one with a port behind it`);
  if (port !== 0 && does === "snat") to.fail("snat chooses the port itself");
  if (port !== 0 && !ported) to.fail('ports are of TCP or UDP: "protocol" must say which');
  return { address, port };
}

function readBehaviour(value: Value): Behaviour {
  const home = BEHAVIOURS["home-router"] as Behaviour;
  if (!value.given) return home;
  if (typeof value.value === "string") return BEHAVIOURS[value.oneOf(Object.keys(BEHAVIOURS))] ?? home;
  value.only(Object.keys(home));
  return {
    mapping: optional(value.member("mapping"), (one) => one.oneOf(DEPENDENCES)) ?? home.mapping,
    filtering: optional(value.member("filtering"), (one) => one.oneOf(DEPENDENCES)) ?? home.filtering,
    preservePort: optional(value.member("preservePort"), (one) => one.flag()) ?? home.preservePort,
    hairpin: optional(value.member("hairpin"), (one) => one.flag()) ?? home.hairpin,
    portsPerHost:
      optional(value.member("portsPerHost"), (one) => one.integer(0, 65_535)) ?? home.portsPerHost,
  };
}

// ── tracking ─────────────────────────────────────────────────────────────────────────────────────────────

function readTrack(track: Value): TrackOptions {
  track.only(["most", "pickUp", "timeouts"]);
  const timeouts: Record<string, Duration> = {};
  const given = track.member("timeouts").only(Object.keys(DEFAULT_TIMEOUTS));
  for (const name of Object.keys(DEFAULT_TIMEOUTS)) {
    const span = given.member(name);
    if (span.given) timeouts[name] = readSpan(span);
  }
  return {
    most: optional(track.member("most"), (value) => value.integer(1, 10_000_000)),
    pickUp: optional(track.member("pickUp"), (value) => value.flag()),
    timeouts: timeouts as Partial<Timeouts>,
  };
}

/** A time, as `"5m"`. @throws RuleError */
export function readSpan(value: Value): Duration {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value.text()) ?? [];
  if (number === undefined)
    value.fail(`${JSON.stringify(value.value)} is no time as "300s", "5m", "2h" or "5d"`);
  return milliseconds(Number(number) * (UNITS[unit] ?? 0));
}
