/** Rules as `nft list ruleset` would show the like: for reading, not for nft to read. */
import { HOOK_POINTS, type HookPoint } from "../contract/forwarding.ts";
import { PRIORITY } from "../forward/hooks.ts";
import { BEHAVIOURS, type Behaviour } from "../nat/behaviour.ts";
import type { Chain, CompiledRules, FilterRule, NatRule } from "./compiled.ts";
import type { AddressRange, Match, PortRange } from "./match.ts";
import { PROTOCOLS } from "./parse.ts";

const NAT_PRIORITY = {
  prerouting: PRIORITY.translateDestination,
  postrouting: PRIORITY.translateSource,
} as const;

/** All rules, a table for the filter and one for the translator. */
export function formatRules({ chains, nat }: CompiledRules): string {
  const filter = HOOK_POINTS.flatMap((point) => {
    const chain = chains.get(point);
    return chain === undefined ? [] : formatChain(point, chain);
  });
  const before = nat.filter(({ does }) => does === "dnat" || does === "redirect");
  const after = nat.filter((rule) => !before.includes(rule));
  const translation = [...formatNat("prerouting", before), ...formatNat("postrouting", after)];
  return [...table("filter", filter), ...table("nat", translation)].join("\n");
}

function table(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`table inet ${name} {`, ...lines.map((line) => `\t${line}`), "}"];
}

function formatChain(point: HookPoint, { policy, rules }: Chain): readonly string[] {
  const head = `type filter hook ${point} priority ${PRIORITY.filter}; policy ${policy};`;
  return [`chain ${point} {`, `\t${head}`, ...rules.map((rule) => `\t${formatRule(rule)}`), "}"];
}

function formatNat(point: keyof typeof NAT_PRIORITY, rules: readonly NatRule[]): readonly string[] {
  if (rules.length === 0) return [];
  const head = `type nat hook ${point} priority ${NAT_PRIORITY[point]}; policy accept;`;
  return [`chain ${point} {`, `\t${head}`, ...rules.map((rule) => `\t${formatNatRule(rule)}`), "}"];
}

function formatRule({ match, does, error, mark, comment, packets, octets }: FilterRule): string {
  const counter = `counter packets ${packets} bytes ${octets}`;
  const verdict = {
    accept: "accept",
    drop: "drop",
    reject: `reject with ${error}`,
    mark: `mark set ${mark}`,
    count: "",
  };
  return words(...formatMatch(match), counter, verdict[does], formatComment(comment));
}

function formatNatRule({ match, does, to, behaviour, comment, packets }: NatRule): string {
  const target = to === undefined ? "" : formatTarget(to.address.toString(), to.port, does === "redirect");
  const how = does === "masquerade" || does === "snat" ? formatBehaviour(behaviour) : "";
  const verdict = does === "none" ? "accept" : words(does, target, how);
  return words(...formatMatch(match), `counter packets ${packets}`, verdict, formatComment(comment));
}

function formatTarget(address: string, port: number, portOnly: boolean): string {
  if (portOnly) return `to :${port}`;
  if (port === 0) return `to ${address}`;
  return address.includes(":") ? `to [${address}]:${port}` : `to ${address}:${port}`;
}

/** nft knows no behaviours: they stand in a comment. */
function formatBehaviour(behaviour: Behaviour): string {
  const name = Object.keys(BEHAVIOURS).find((one) => BEHAVIOURS[one] === behaviour);
  return `# ${name ?? `mapping ${behaviour.mapping}, filtering ${behaviour.filtering}`}`;
}

function formatMatch(match: Match): readonly string[] {
  const protocol = Object.keys(PROTOCOLS).find((name) => PROTOCOLS[name] === match.protocol);
  const ports = match.sourcePort ?? match.destinationPort;
  return [
    match.in === undefined ? "" : `iifname "${match.in}"`,
    match.out === undefined ? "" : `oifname "${match.out}"`,
    match.state === undefined ? "" : `ct state ${match.state.join(",")}`,
    match.mark === undefined ? "" : `meta mark ${match.mark}`,
    formatRanges("saddr", match.source),
    formatRanges("daddr", match.destination),
    match.protocol === undefined || ports !== undefined ? "" : `meta l4proto ${protocol ?? match.protocol}`,
    formatPorts(`${protocol} sport`, match.sourcePort),
    formatPorts(`${protocol} dport`, match.destinationPort),
  ];
}

function formatRanges(field: string, ranges: readonly AddressRange[] | undefined): string {
  const [first] = ranges ?? [];
  if (ranges === undefined || first === undefined) return "";
  const family = first.address.family === 4 ? "ip" : "ip6";
  const texts = ranges.map(
    ({ address, prefixLength, not }) => `${not ? "!= " : ""}${address}/${prefixLength}`,
  );
  return `${family} ${field} ${set(texts)}`;
}

function formatPorts(field: string, ranges: readonly PortRange[] | undefined): string {
  if (ranges === undefined) return "";
  return `${field} ${set(ranges.map(({ least, most }) => (least === most ? `${least}` : `${least}-${most}`)))}`;
}

function set(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] ?? "") : `{ ${texts.join(", ")} }`;
}

function formatComment(comment: string): string {
  return comment === "" ? "" : `comment "${comment}"`;
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
