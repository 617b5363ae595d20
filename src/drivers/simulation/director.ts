/**
 * Does what is to be done to the network, at its time or when a packet passes, and keeps the list of it. It looks at
 * frames only while there is a partition or a rule.
 */
import {
  type Duration,
  type Instant,
  type IpAddress,
  later,
  type MacAddress,
  type Packet,
  timer,
} from "../../stack/index.ts";
import { flip, setWindow } from "./frame-edits.ts";
import type { Gate, GateKeeper, Verdict } from "./gate.ts";
import {
  checkIntervention,
  type HostAction,
  type Intervention,
  isPacketAction,
  type NetworkAction,
  type PacketAction,
  type WhenPacket,
} from "./interventions.ts";
import { matches } from "./packet-pattern.ts";
import { durationOf, formatSpan, parseSpan } from "./span.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { type Directory, readWirePacket } from "./wire-packet.ts";

/** Takes back what was done. */
export type Undo = () => void;

/** A host, as far as things are done to it. */
export interface DirectedHost {
  /** Among all hosts it is the only one with it. */
  readonly name: string;
  /** @throws RangeError for what cannot be done to it, whatever it is up to then */
  check(action: HostAction): void;
  /** Does it, if that is possible now. What a host suffers already, it does not suffer twice. */
  perform(action: HostAction): Undo;
}

/** A cable, as far as things are done to it. */
export interface DirectedCable {
  /** Whether it is plugged in. */
  readonly open: boolean;
  /** Plugs it in, or pulls it out, at both ends. */
  setOpen(open: boolean): void;
  /** Whether the network cards at its ends see that it is. */
  readonly carrier: boolean;
  /** Its ends tell their stacks that they have a carrier, or none. */
  setCarrier(present: boolean): void;
  /** From now on this is wrong with it. */
  impair(line: string): Undo;
}

/** Hears of what is done. */
export type Told = (one: Intervention, over: boolean) => void;

/** What was lost because somebody wanted it so, in frames. */
export interface DirectorCounters {
  /** By partitions. */
  partitioned: number;
  /** By rules. */
  scripted: number;
}

/** Nothing passes from these to those. */
interface Cut {
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
}

interface Rule {
  readonly intervention: Extract<Intervention, WhenPacket>;
  readonly told: Told;
  /** Packets that must match before one counts, and how many then do. */
  before: number;
  left: number;
}

/** Carries out what is to be done to the network. */
export class Director implements GateKeeper, Directory {
  /** All hosts and cables, by their names. */
  readonly hosts: Map<string, DirectedHost> = new Map();
  readonly cables: Map<string, DirectedCable> = new Map();
  /** What it has lost. */
  readonly counters: DirectorCounters = { partitioned: 0, scripted: 0 };
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

  /** `gate` is the end of a cable at the host of this name. */
  watch(gate: Gate, host: string): void {
    this.#hostOf.set(gate, host);
    if (this.#looks) gate.keeper = this;
  }

  // ── the list ────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Does it now.
   *
   * @throws RangeError for a host or cable that there is not, SyntaxError for a bad line
   */
  act(action: NetworkAction): Undo {
    if ("host" in action) this.#host(action.host).check(action);
    const undo = this.#perform(action);
    this.list.push({ at: formatSpan(this.#time.now()), ...action } as Intervention);
    return undo;
  }

  /**
   * Has them done when their time comes.
   *
   * @param told - hears of each just before it is done, and before it is `over`
   * @throws SyntaxError for what is no intervention, RangeError for a time that has passed, and for a host or cable that
   *   there is not
   */
  plan(interventions: readonly Intervention[], told: Told = () => undefined): void {
    for (const [index, one] of interventions.entries()) {
      this.#check(checkIntervention(one, `intervention ${index + 1}`));
    }
    for (const one of interventions) {
      this.list.push(one);
      if ("when" in one) this.#addRule(one, told);
      else this.#at(parseSpan(one.at) as number as Instant, () => this.#begin(one, told));
    }
    this.#look();
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────────────────

  sends(gate: Gate, frame: Packet): Verdict {
    if (this.#rules.length === 0) return "pass";
    const packet = { ...readWirePacket(frame, gate.capabilities.medium, this), by: this.#hostOf.get(gate) };
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
      if (!isPacketAction(intervention))
        this.#time.defer({ run: () => this.#begin(intervention, rule.told) });
      else if (verdict === "pass") verdict = onPacket(gate, frame, intervention);
    }
    if (verdict === "drop") this.counters.scripted++;
    if (this.#rules.length === 0) this.#look();
    return verdict;
  }

  receives(gate: Gate, frame: Packet): boolean {
    if (this.#cuts.length === 0) return true;
    const { from } = readWirePacket(frame, gate.capabilities.medium, this);
    const to = this.#hostOf.get(gate);
    if (from === undefined || to === undefined) return true;
    if (!this.#cuts.some((cut) => cut.from.has(from) && cut.to.has(to))) return true;
    this.counters.partitioned++;
    return false;
  }

  byStation(high: number, low: number): string | undefined {
    return this.#stations.get(high * 0x1_0000_0000 + low);
  }

  byAddress(address: IpAddress): string | undefined {
    return this.#addresses.get(address.toString());
  }

  /** The host of this name has these addresses. */
  enter(name: string, mac: MacAddress, address: IpAddress): void {
    this.#stations.set((mac.high & 0xffff) * 0x1_0000_0000 + (mac.low >>> 0), name);
    this.#addresses.set(address.toString(), name);
  }

  /** Nobody has it any more. */
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
    if ("host" in one) this.#host(one.host).check(one);
    if ("cable" in one) this.#cable(one.cable);
    if (one.do !== "partition" && one.do !== "heal") return;
    for (const name of [...(one.these ?? []), ...(one.those ?? [])]) this.#host(name);
  }

  #addRule(intervention: Extract<Intervention, WhenPacket>, told: Told): void {
    const { nth = 1, times = 1 } = intervention;
    this.#rules.push({ intervention, told, before: nth - 1, left: times === "always" ? Infinity : times });
  }

  #at(instant: Instant, run: () => void): void {
    timer(this.#time.timers, run).set(instant);
  }

  /** Does it, and takes it back when it has lasted long enough. */
  #begin(one: Exclude<Intervention, PacketAction>, told: Told): void {
    told(one, false);
    const undo = this.#perform(one);
    if (one.for === undefined) return;
    this.#at(later(this.#time.now(), parseSpan(one.for)), () => {
      told(one, true);
      undo();
    });
  }

  #perform(action: NetworkAction): Undo {
    if ("host" in action) return this.#host(action.host).perform(action);
    switch (action.do) {
      case "partition":
        return this.#cut(action.these, action.those, action.oneWay ?? false);
      case "heal":
        this.#heal(action.these, action.those);
        return NOTHING;
      case "unplug":
        return opened(this.#cable(action.cable), false, action.carrier !== true);
      case "plug":
        return opened(this.#cable(action.cable), true, true);
      case "flap":
        this.#flap(this.#cable(action.cable), durationOf(action.down), durationOf(action.up), action.cycles);
        return NOTHING;
      case "impair":
        return this.#cable(action.cable).impair(action.line);
    }
  }

  #cut(these: readonly string[], those: readonly string[] | undefined, oneWay: boolean): Undo {
    const [from, to] = this.#sides(these, those);
    const cuts: readonly Cut[] = oneWay
      ? [{ from, to }]
      : [
          { from, to },
          { from: to, to: from },
        ];
    this.#cuts.push(...cuts);
    this.#look();
    return () => {
      this.#cuts = this.#cuts.filter((cut) => !cuts.includes(cut));
      this.#look();
    };
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

  #sides(
    these: readonly string[],
    those: readonly string[] | undefined,
  ): [ReadonlySet<string>, ReadonlySet<string>] {
    const first = new Set(these.map((name) => this.#host(name).name));
    const others = [...this.hosts.keys()].filter((name) => !first.has(name));
    return [first, new Set((those ?? others).map((name) => this.#host(name).name))];
  }

  #flap(cable: DirectedCable, down: Duration, up: Duration, cycles: number): void {
    const start = this.#time.now();
    const period = (down + up) as Duration;
    cable.setOpen(false);
    for (let cycle = 0; cycle < cycles; cycle++) {
      const begins = later(start, (cycle * period) as Duration);
      if (cycle > 0) {
        this.#at(begins, () => {
          cable.setOpen(false);
        });
      }
      this.#at(later(begins, down), () => {
        cable.setOpen(true);
      });
    }
  }

  #host(name: string): DirectedHost {
    const found = this.hosts.get(name);
    if (found === undefined) throw new RangeError(`there is no host "${name}"`);
    return found;
  }

  #cable(name: string): DirectedCable {
    const found = this.cables.get(name);
    if (found === undefined) throw new RangeError(`there is no cable "${name}"`);
    return found;
  }
}

const NOTHING: Undo = () => undefined;

function opened(cable: DirectedCable, open: boolean, carrier: boolean): Undo {
  const { open: wasOpen, carrier: hadCarrier } = cable;
  cable.setOpen(open);
  cable.setCarrier(carrier);
  return () => {
    cable.setOpen(wasOpen);
    cable.setCarrier(hadCarrier);
  };
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
      flip(frame, gate.capabilities.medium);
      return "pass";
    case "window":
      setWindow(frame, gate.capabilities.medium, action.field);
      return "pass";
  }
}

function same(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}
