/**
 * Several routing tables, and rules that choose among them: by source, destination, interface or mark, as `ip rule` of
 * Linux has them. Without rules there is the main table, and nothing costs more than that.
 */
import type { IpAddress } from "../base/ip-address.ts";
import { prefixOf, samePrefix } from "../base/prefix.ts";
import type { NetworkInterface } from "../contract/network-interface.ts";
import { type RouteEntry, RoutingTable } from "./routing-table.ts";

/** Addresses, as a rule names them. */
export interface Prefix {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** Chooses a table for what matches all that it names. */
export interface RoutingRule {
  /** Rules are tried in this order, the smallest first. */
  readonly priority: number;
  readonly source?: Prefix | undefined;
  readonly destination?: Prefix | undefined;
  /** What came in by this interface. */
  readonly from?: NetworkInterface | undefined;
  /** What has this mark, of the bits of `mask` (all by default). */
  readonly mark?: number | undefined;
  readonly mask?: number | undefined;
  /** The table that is looked into; if that has no route, the next rule is tried. */
  readonly table: string;
}

/** The name of the table that there always is, and that is tried last. */
const MAIN_TABLE = "main";

/** The tables, and the rules. */
export class RoutingPolicy {
  readonly main: RoutingTable;
  readonly #tables: Map<string, RoutingTable> = new Map();
  readonly #changed: () => void;
  #rules: readonly RoutingRule[] = [];

  constructor(changed: () => void) {
    this.#changed = changed;
    this.main = this.table(MAIN_TABLE);
  }

  /** The table of that name, made if need be. */
  table(name: string): RoutingTable {
    let found = this.#tables.get(name);
    if (found === undefined) {
      found = new RoutingTable(this.#changed);
      this.#tables.set(name, found);
    }
    return found;
  }

  /** All tables by name, the main one first. */
  get tables(): ReadonlyMap<string, RoutingTable> {
    return this.#tables;
  }

  get rules(): readonly RoutingRule[] {
    return this.#rules;
  }

  addRule(rule: RoutingRule): void {
    this.#rules = [...this.#rules, rule].sort((a, b) => a.priority - b.priority);
    this.#changed();
  }

  /** False if there is no such rule. */
  removeRule(rule: RoutingRule): boolean {
    const left = this.#rules.filter((one) => one !== rule);
    if (left.length === this.#rules.length) return false;
    this.#rules = left;
    this.#changed();
    return true;
  }

  /** An interface has gone: so have the routes through it, and the rules about it. */
  forget(one: NetworkInterface): void {
    for (const table of this.#tables.values()) table.removeWhere((entry) => entry.interface === one);
    this.#rules = this.#rules.filter(({ from }) => from !== one);
  }

  /**
   * The best route, of the first table that has one.
   *
   * @param source - who sends: also what rules by source look at
   * @param from - where it came in; undefined for what this host sends
   */
  find(
    destination: IpAddress,
    source: IpAddress | undefined,
    through: NetworkInterface | undefined,
    from: NetworkInterface | undefined,
    mark: number,
  ): RouteEntry | undefined {
    for (const rule of this.#rules) {
      if (!matches(rule, destination, source, from, mark)) continue;
      const found = this.#tables.get(rule.table)?.find(destination, source, through);
      if (found !== undefined) return found;
    }
    return this.main.find(destination, source, through);
  }

  /** All routes that are as good as `entry`, which `find` gave: equal in prefix and metric, and usable. */
  equals(entry: RouteEntry): readonly RouteEntry[] {
    for (const table of this.#tables.values()) {
      const all = table.equals(entry);
      if (all.includes(entry)) return all;
    }
    return [entry];
  }
}

function matches(
  rule: RoutingRule,
  destination: IpAddress,
  source: IpAddress | undefined,
  from: NetworkInterface | undefined,
  mark: number,
): boolean {
  if (rule.from !== undefined && rule.from !== from) return false;
  if (rule.mark !== undefined && (mark & (rule.mask ?? -1)) !== rule.mark) return false;
  if (rule.destination !== undefined && !isIn(destination, rule.destination)) return false;
  return rule.source === undefined || (source !== undefined && isIn(source, rule.source));
}

function isIn(address: IpAddress, { address: network, prefixLength }: Prefix): boolean {
  return samePrefix(prefixOf(network, prefixLength), address, prefixLength);
}
