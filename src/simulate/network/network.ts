/**
 * The links of a world: each is a switch with a gate before every host. What goes wrong on the way (delay,
 * loss, …) is done to what each host sends, so that every way has it once; partitions, unplugged cables and
 * scripted drops are done where it would arrive.
 */
import { Switch } from "../../drivers/memory/index.ts";
import {
  ImpairedLink,
  type Impairments,
  NO_FAULTS,
  type VirtualTime,
} from "../../drivers/simulation/index.ts";
import {
  type Instant,
  type Link,
  MacAddress,
  type Packet,
  parseIpv4,
  type Random,
  type Stack,
} from "../../stack/index.ts";
import { Gate } from "./gate.ts";
import { Recorder } from "./recorder.ts";
import { type WirePacket, wirePacket } from "./wire-packet.ts";

/** A host, as the network knows it. */
export interface Station {
  readonly name: string;
  /** Counts from 1. */
  readonly number: number;
}

/** How a link is. */
export interface LinkOptions {
  /** What is wrong with the way between any two of its hosts: a line such as `loss=1%,delay=5ms`. */
  readonly impairments?: string;
  /** Largest IP datagram in octets; 1500 by default. */
  readonly mtu?: number;
}

/** One way or both are cut between two sets of hosts. */
export interface Cut {
  readonly from: ReadonlySet<number>;
  readonly to: ReadonlySet<number>;
}

/** Drops what it matches, so many times. */
export interface DropRule {
  readonly matches: (packet: WirePacket) => boolean;
  left: number;
}

/** What the network has dropped on purpose, in frames. */
export interface DropCounters {
  /** By partitions, and by rules of `drop`. */
  partitioned: number;
  /** Dropped since a script said so. */
  scripted: number;
  /** Since a host was unplugged, or its machine off. */
  unplugged: number;
}

/** Told of every frame that a host sends, which is lent. */
export type FrameWatcher = (at: Instant, from: string, octets: Uint8Array) => void;

interface Joint {
  readonly link: number;
  readonly hub: Switch;
  readonly first: boolean;
  impaired: ImpairedLink | undefined;
  impairments: Impairments | undefined;
}

/** The cables and switches of a world. */
export class Network {
  readonly counters: DropCounters = { partitioned: 0, scripted: 0, unplugged: 0 };
  readonly recorder: Recorder | undefined;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #watch: FrameWatcher;
  readonly #names: Map<number, string> = new Map();
  readonly #joints: Map<number, Joint[]> = new Map();
  readonly #cuts: Set<Cut> = new Set();
  readonly #rules: Set<DropRule> = new Set();
  readonly #unplugged: Set<number> = new Set();
  #links = 0;
  #plugs = 0;
  /** By the cables of stacks that have crashed since. */
  #lostBefore = 0;

  constructor(time: VirtualTime, random: Random, watch: FrameWatcher, records: boolean) {
    this.#time = time;
    this.#random = random;
    this.#watch = watch;
    this.recorder = records ? new Recorder() : undefined;
  }

  /** Frames that bad links have lost, or had no room for. */
  get lost(): number {
    const lanes = [...this.#joints.values()].flat().map(({ impaired }) => impaired?.counters.out);
    return lanes.reduce((sum, lane) => sum + (lane?.lost ?? 0) + (lane?.overflowed ?? 0), this.#lostBefore);
  }

  /** Links that were made. */
  get links(): number {
    return this.#links;
  }

  /** A new link between hosts. `plug` then gives their stacks an interface on it. */
  join(stations: readonly Station[], impairments: Impairments | undefined, mtu: number | undefined): void {
    const link = this.#links++;
    const hub = new Switch(this.#time, this.#time, mtu === undefined ? {} : { mtu });
    stations.forEach(({ name, number }, index) => {
      this.#names.set(number, name);
      const joint = { link, hub, first: index === 0, impaired: undefined, impairments };
      this.#joints.set(number, [...(this.#joints.get(number) ?? []), joint]);
    });
  }

  /** Gives the host's stack an interface on each of its links that it has none on. */
  plug({ number }: Station, stack: Stack): void {
    const joints = this.#joints.get(number) ?? [];
    const has = stack.interfaces.filter(({ loopback }) => !loopback).length;
    for (const joint of joints.slice(has)) {
      const gate = new Gate(this.#way(joint, joint.hub.port()), macOf(joint.link, number), {
        sends: (frame) => this.#sends(joint.link, number, frame),
        receives: (frame) => this.#receives(number, frame),
      });
      const name = `eth${stack.interfaces.filter(({ loopback }) => !loopback).length}`;
      stack.addInterface(name, gate, [{ address: addressOn(joint.link, number), prefixLength: PREFIX }]);
    }
  }

  /** What is wrong with everything that these hosts send from now on; with nothing, nothing is. */
  impair(numbers: ReadonlySet<number>, impairments: Impairments | undefined): void {
    for (const number of numbers) {
      for (const joint of this.#joints.get(number) ?? []) {
        const changed = impairments ?? joint.impairments ?? { in: NO_FAULTS, out: NO_FAULTS };
        joint.impaired?.change(outward(changed, joint.first));
      }
    }
  }

  cut(cut: Cut): void {
    this.#cuts.add(cut);
  }

  /** Takes back one cut, or all. */
  heal(cut?: Cut): void {
    if (cut === undefined) this.#cuts.clear();
    else this.#cuts.delete(cut);
  }

  addRule(rule: DropRule): void {
    this.#rules.add(rule);
  }

  unplug(number: number): void {
    this.#unplugged.add(number);
  }

  replug(number: number): void {
    this.#unplugged.delete(number);
  }

  /** The address of a host on its first link that `viewer` is on too, or else on its first. */
  addressFor(viewer: number, number: number): string {
    const seen = new Set((this.#joints.get(viewer) ?? []).map(({ link }) => link));
    const links = (this.#joints.get(number) ?? []).map(({ link }) => link);
    return addressOn(links.find((link) => seen.has(link)) ?? links[0] ?? 0, number).toString();
  }

  /** Every way can be made worse later, and so has an impaired link from the beginning. */
  #way(joint: Joint, port: Link): Link {
    const { impairments, first } = joint;
    const random = this.#random.fork(`plug ${++this.#plugs}`);
    const faults = impairments === undefined ? NO_IMPAIRMENTS : outward(impairments, first);
    const before = joint.impaired?.counters.out;
    this.#lostBefore += (before?.lost ?? 0) + (before?.overflowed ?? 0);
    joint.impaired = new ImpairedLink(port, this.#time, random, faults);
    return joint.impaired;
  }

  #sends(link: number, from: number, frame: Packet): boolean {
    const octets = frame.bytes.subarray(frame.start, frame.end);
    const name = this.#names.get(from) as string;
    const at = this.#time.now();
    if (this.recorder !== undefined) {
      this.recorder.keep(at, link, name, this.#names.get(stationAt(frame, 0)), octets.slice());
    }
    this.#watch(at, name, octets);
    if (!this.#unplugged.has(from)) return true;
    this.counters.unplugged++;
    return false;
  }

  #receives(to: number, frame: Packet): boolean {
    if (this.#unplugged.has(to)) {
      this.counters.unplugged++;
      return false;
    }
    const from = stationAt(frame, MAC_BYTES);
    for (const cut of this.#cuts) {
      if (!cut.from.has(from) || !cut.to.has(to)) continue;
      this.counters.partitioned++;
      return false;
    }
    return this.#rules.size === 0 || !this.#scripted(from, to, frame);
  }

  #scripted(from: number, to: number, frame: Packet): boolean {
    const octets = frame.bytes.slice(frame.start, frame.end);
    const [sender = "?", receiver] = [this.#names.get(from), this.#names.get(to)];
    const packet = wirePacket(octets, this.#time.now() / 1000, sender, receiver);
    for (const rule of this.#rules) {
      if (!rule.matches(packet)) continue;
      if (--rule.left === 0) this.#rules.delete(rule);
      this.counters.scripted++;
      return true;
    }
    return false;
  }
}

const MAC_BYTES = 6;
/** All links have networks of this size. */
const PREFIX = 16;

const NO_IMPAIRMENTS: Impairments = { in: NO_FAULTS, out: NO_FAULTS };

/** 02:00:00 (locally administered), the link, the host: the same after each start of the host. */
function macOf(link: number, number: number): MacAddress {
  return new MacAddress(0x0200, (link << 16) | number);
}

/** The number of the host whose address is at `offset`; of a group, one that no host has. */
function stationAt({ view, start }: Packet, offset: number): number {
  return view.getUint16(start + offset) === 0x0200 ? view.getUint16(start + offset + 4) : -1;
}

/** Host number `number` on link number `link`. */
export function addressOn(link: number, number: number): NonNullable<ReturnType<typeof parseIpv4>> {
  const text = `10.${link}.${number >> 8}.${number & 255}`;
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`there are too many links or hosts: ${text}`);
  return address;
}

/** Each host spoils what it sends. `out:` is from the link's first host to the others. */
function outward(impairments: Impairments, first: boolean): Impairments {
  return { in: NO_FAULTS, out: first ? impairments.out : impairments.in };
}
