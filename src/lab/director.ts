/**
 * Does what is to be done to the network, at its time or when a packet passes, and keeps the list of it. It looks at
 * frames only while there is a partition or a rule.
 */
import {
  durationOf,
  formatSpan,
  type Gate,
  type GateKeeper,
  type Intervention,
  isPacketAction,
  matches,
  type NetworkAction,
  type PacketAction,
  parseSpan,
  readWirePacket,
  type Verdict,
  type VirtualTime,
  type WhenPacket,
} from "../drivers/simulation/index.ts";
import {
  type Duration,
  type Instant,
  type IpAddress,
  later,
  type MacAddress,
  type Packet,
  timer,
} from "../stack/index.ts";
import { parseInterfaceAddress } from "./addresses.ts";
import type { CableParts } from "./cable.ts";
import type { AddressBook, Machine } from "./machine.ts";

/** Nothing passes from these to those. */
interface Cut {
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
}

interface Rule {
  readonly intervention: WhenPacket & (NetworkAction | PacketAction);
  /** Packets that must match before one counts, and how many then do. */
  before: number;
  left: number;
}

const ETHERNET = 14;
const IPV4 = 20;

/** Carries out what is to be done to the network. */
export class Director implements GateKeeper, AddressBook {
  readonly machines: Map<string, Machine> = new Map();
  readonly cables: Map<string, CableParts> = new Map();
  /** All that was asked for, in order. */
  readonly list: Intervention[] = [];
  readonly #time: VirtualTime;
  readonly #hostOf: Map<Gate, string> = new Map();
  readonly #stations: Map<number, string> = new Map();
  readonly #addresses: Map<string, string> = new Map();
  #cuts: Cut[] = [];
  #rules: Rule[] = [];

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** `gate` is the end of a cable at `machine`. */
  watch(gate: Gate, machine: Machine): void {
    this.#hostOf.set(gate, machine.name);
    if (this.#looks) gate.keeper = this;
  }

  // ── the list ────────────────────────────────────────────────────────────────────────────────────────

  /** Does it now. @throws RangeError for a host or cable that there is not, SyntaxError for a bad line */
  act(action: NetworkAction): void {
    this.#perform(action);
    this.list.push({ at: formatSpan(this.#time.now()), ...action } as Intervention);
  }

  /** Has them done when their time comes. @throws RangeError for a time that has passed */
  plan(interventions: readonly Intervention[]): void {
    for (const one of interventions) this.#check(one);
    for (const one of interventions) {
      this.list.push(one);
      if ("when" in one) this.#addRule(one);
      else {
        const { at, ...action } = one;
        this.#at(parseSpan(at) as number as Instant, () => this.#perform(action as NetworkAction));
      }
    }
    this.#look();
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────────────────

  sends(gate: Gate, frame: Packet): Verdict {
    if (this.#rules.length === 0) return "pass";
    const packet = readWirePacket(frame, gate.capabilities.medium, this);
    let verdict: Verdict = "pass";
    for (const rule of this.#rules) {
      const { intervention } = rule;
      if (!matches(intervention.when, packet)) continue;
      if (rule.before > 0) {
        rule.before--;
        continue;
      }
      if (--rule.left === 0) this.#rules = this.#rules.filter((other) => other !== rule);
      // The sender is in the middle of sending: whatever is done to it has to wait until that is over.
      if (!isPacketAction(intervention)) this.#time.defer({ run: () => this.#perform(intervention) });
      else if (verdict === "pass") verdict = onPacket(gate, frame, intervention);
    }
    if (this.#rules.length === 0) this.#look();
    return verdict;
  }

  receives(gate: Gate, frame: Packet): boolean {
    if (this.#cuts.length === 0) return true;
    const { from } = readWirePacket(frame, gate.capabilities.medium, this);
    const to = this.#hostOf.get(gate);
    if (from === undefined || to === undefined) return true;
    return !this.#cuts.some((cut) => cut.from.has(from) && cut.to.has(to));
  }

  byStation(high: number, low: number): string | undefined {
    return this.#stations.get(high * 0x1_0000_0000 + low);
  }

  byAddress(address: IpAddress): string | undefined {
    return this.#addresses.get(address.toString());
  }

  enter(name: string, mac: MacAddress, address: IpAddress): void {
    this.#stations.set((mac.high & 0xffff) * 0x1_0000_0000 + (mac.low >>> 0), name);
    this.#addresses.set(address.toString(), name);
  }

  leave(address: IpAddress): void {
    this.#addresses.delete(address.toString());
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────

  get #looks(): boolean {
    return this.#cuts.length + this.#rules.length > 0;
  }

  /** Every gate is asked about only when there is something to ask about. */
  #look(): void {
    const keeper = this.#looks ? this : undefined;
    for (const gate of this.#hostOf.keys()) gate.keeper = keeper;
  }

  #check(one: Intervention): void {
    if ("at" in one && parseSpan(one.at) < this.#time.now()) {
      throw new RangeError(`${one.do} at ${one.at}: that has passed, it is ${formatSpan(this.#time.now())}`);
    }
    if ("host" in one) this.#machine(one.host);
    if ("cable" in one) this.#cable(one.cable);
    if (one.do === "address") parseInterfaceAddress(one.to);
    if (one.do !== "partition" && one.do !== "heal") return;
    for (const name of [...(one.these ?? []), ...(one.those ?? [])]) this.#machine(name);
  }

  #addRule(intervention: WhenPacket & (NetworkAction | PacketAction)): void {
    const { nth = 1, times = 1 } = intervention;
    this.#rules.push({ intervention, before: nth - 1, left: times === "always" ? Infinity : times });
  }

  #at(instant: Instant, run: () => void): void {
    timer(this.#time.timers, run).set(instant);
  }

  #perform(action: NetworkAction): void {
    switch (action.do) {
      case "partition":
        this.#cut(action.these, action.those, action.oneWay ?? false);
        break;
      case "heal":
        this.#heal(action.these, action.those);
        break;
      case "unplug":
      case "plug":
        this.#cable(action.cable).open = action.do === "plug";
        break;
      case "flap":
        this.#flap(this.#cable(action.cable), durationOf(action.down), durationOf(action.up), action.cycles);
        break;
      case "impair":
        this.#cable(action.cable).impair(action.line);
        break;
      default:
        this.#onMachine(this.#machine(action.host), action);
    }
  }

  #onMachine(machine: Machine, action: Extract<NetworkAction, { readonly host: string }>): void {
    switch (action.do) {
      case "address":
        machine.changeAddress(parseInterfaceAddress(action.to), action.interface);
        break;
      case "mtu":
        machine.changeMtu(action.octets, action.interface);
        break;
      case "clock":
        machine.clockOffset = (machine.clockOffset + parseSpan(action.by)) as Duration;
        break;
      default:
        machine[action.do]();
    }
  }

  #cut(these: readonly string[], those: readonly string[] | undefined, oneWay: boolean): void {
    const [from, to] = this.#sides(these, those);
    this.#cuts.push({ from, to });
    if (!oneWay) this.#cuts.push({ from: to, to: from });
    this.#look();
  }

  #heal(these: readonly string[] | undefined, those: readonly string[] | undefined): void {
    if (these === undefined) this.#cuts = [];
    else {
      const [one, other] = this.#sides(these, those);
      this.#cuts = this.#cuts.filter(
        ({ from, to }) => !((same(from, one) && same(to, other)) || (same(from, other) && same(to, one))),
      );
    }
    this.#look();
  }

  #sides(these: readonly string[], those: readonly string[] | undefined): [Set<string>, Set<string>] {
    const first = new Set(these.map((name) => this.#machine(name).name));
    const others = [...this.machines.keys()].filter((name) => !first.has(name));
    return [first, new Set((those ?? others).map((name) => this.#machine(name).name))];
  }

  #flap(cable: CableParts, down: Duration, up: Duration, cycles: number): void {
    const start = this.#time.now();
    const period = (down + up) as Duration;
    cable.open = false;
    for (let cycle = 0; cycle < cycles; cycle++) {
      const begins = later(start, (cycle * period) as Duration);
      if (cycle > 0) {
        this.#at(begins, () => {
          cable.open = false;
        });
      }
      this.#at(later(begins, down), () => {
        cable.open = true;
      });
    }
  }

  #machine(name: string): Machine {
    const found = this.machines.get(name);
    if (found === undefined) throw new RangeError(`there is no host "${name}"`);
    return found;
  }

  #cable(name: string): CableParts {
    const found = this.cables.get(name);
    if (found === undefined) throw new RangeError(`there is no cable "${name}"`);
    return found;
  }
}

function onPacket(gate: Gate, frame: Packet, action: PacketAction): Verdict {
  switch (action.do) {
    case "drop":
      return "drop";
    case "delay":
      gate.send(frame, parseSpan(action.by));
      return "keep";
    case "duplicate":
      gate.send(frame, 0 as Duration);
      return "pass";
    case "corrupt":
      flip(frame, gate.capabilities.medium === "ethernet" ? ETHERNET : 0);
      return "pass";
  }
}

/** Flips a bit of the last octet of an IPv4 datagram: behind it there may be padding, which nobody looks at. */
function flip({ view, start, end }: Packet, header: number): void {
  const datagram = start + header;
  const isIpv4 = end - datagram >= IPV4 && view.getUint8(datagram) >>> 4 === 4;
  const last = isIpv4 ? Math.min(datagram + view.getUint16(datagram + 2), end) - 1 : end - 1;
  view.setUint8(last, view.getUint8(last) ^ 1);
}

function same(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}
