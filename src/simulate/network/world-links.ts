/**
 * The links of a world: each is a switch, and a cable from it to each of its hosts. What goes wrong on the way (delay,
 * loss, …) is done to what each host sends, so that every way has it once. Partitions and rules are the director's, as
 * in the Lab, and have effect at the hosts' ends of the cables.
 */
import { Switch } from "../../drivers/memory/index.ts";
import {
  Director,
  type DirectorCounters,
  Gate,
  ImpairedLink,
  type Impairments,
  NO_FAULTS,
  parseImpairments,
  type Undo,
  type VirtualTime,
} from "../../drivers/simulation/index.ts";
import {
  type Instant,
  type InterfaceAddress,
  type IpAddress,
  MacAddress,
  type Packet,
  parseIpv4,
  type Random,
  type Stack,
  type Tracer,
} from "../../stack/index.ts";
import { Recorder } from "./frame-log.ts";
import { SeenLink } from "./seen-link.ts";

/** A host, as the network knows it. */
export interface Station {
  readonly name: string;
  /** Counts from 1. */
  readonly number: number;
  readonly stack: Stack;
}

/** How a link is. */
export interface LinkOptions {
  /** What is wrong with the way between any two of its hosts: a line such as `loss=1%,delay=5ms`. */
  readonly impairments?: string;
  /** Largest IP datagram in octets; 1500 by default. */
  readonly mtu?: number;
}

/** What the network has dropped on purpose, in frames. */
export interface DropCounters extends Readonly<DirectorCounters> {
  /** Since a cable was unplugged, or a machine off. */
  readonly unplugged: number;
}

/** Told of every frame that a host sends, which is lent. */
export type FrameWatcher = (at: Instant, from: string, octets: Uint8Array) => void;

/** A cable from a switch to a host. */
interface Cable {
  readonly link: number;
  readonly first: boolean;
  readonly gate: Gate;
  readonly impaired: ImpairedLink;
  /** Of what the host sends: what it was made with, and what it is now. */
  readonly made: Impairments;
  present: Impairments;
  /** Of the host's interface. */
  readonly name: string;
  address: InterfaceAddress;
  mtu: number;
}

/** The cables and switches of a world. */
export class Network {
  readonly director: Director;
  readonly recorder: Recorder | undefined;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #watch: FrameWatcher;
  readonly #cables: Map<number, Cable[]> = new Map();
  #links = 0;
  #plugs = 0;

  constructor(time: VirtualTime, random: Random, watch: FrameWatcher, records: boolean) {
    this.#time = time;
    this.#random = random;
    this.#watch = watch;
    this.director = new Director(time);
    this.recorder = records ? new Recorder(this.director) : undefined;
  }

  /** Frames that bad links have lost, had no room for, or that were too large for them. */
  get lost(): number {
    return this.#sum(({ impaired: { counters } }) => {
      const { lost, overflowed, tooLarge } = counters.out;
      return lost + overflowed + tooLarge;
    });
  }

  /** Frames that were lost because somebody wanted it so. */
  get counters(): DropCounters {
    return { ...this.director.counters, unplugged: this.#sum(({ gate }) => gate.counters.shut) };
  }

  /** Links that were made. */
  get links(): number {
    return this.#links;
  }

  /** A new link between hosts. `plug` then gives their stacks an interface on it. */
  join(stations: readonly Station[], impairments: Impairments | undefined, mtu: number | undefined): void {
    const link = this.#links++;
    const hub = new Switch(this.#time, this.#time, mtu === undefined ? {} : { mtu });
    const faults = impairments ?? NO_IMPAIRMENTS;
    stations.forEach(({ name, number }, index) => {
      const before = this.#cables.get(number) ?? [];
      const made = outward(faults, index === 0);
      // Every way can be made worse later, and so has an impaired link from the beginning.
      const random = this.#random.fork(`plug ${++this.#plugs}`);
      const impaired = new ImpairedLink(hub.port(), this.#time, random, made);
      const gate = new Gate(impaired, this.#time);
      this.director.watch(gate, name);
      const address = { address: addressOn(link, number), prefixLength: PREFIX };
      const own = { link, first: index === 0, gate, impaired, made, present: made };
      const cable = { ...own, name: `eth${before.length}`, address, mtu: hub.capabilities.mtu };
      this.#cables.set(number, [...before, cable]);
    });
  }

  /** What the host's stack is to be given, so that captures tell why it sends. */
  tracerOf(name: string): Tracer | undefined {
    return this.recorder?.tracerOf(name);
  }

  /** Gives the host's stack an interface on each of its cables that it has none on. */
  plug(station: Station): void {
    const { stack } = station;
    for (const cable of this.#of(station)) {
      if (stack.interface(cable.name) === undefined) this.#attach(station, cable);
    }
  }

  /** The way from the host is as bad as the line says; without one, as it was made. */
  impair(station: Station, line: string | undefined): Undo {
    const cables = this.#of(station);
    const before = cables.map(({ present }) => present);
    const spoiled = line === undefined ? undefined : parseImpairments(line);
    cables.forEach((cable) => {
      changeTo(cable, spoiled === undefined ? cable.made : outward(spoiled, cable.first));
    });
    return () => {
      cables.forEach((cable, index) => {
        changeTo(cable, before[index] ?? cable.made);
      });
    };
  }

  /** Pulls its cables, or puts them back. */
  open(station: Station, open: boolean): Undo {
    for (const { gate } of this.#of(station)) gate.open = open;
    return () => {
      for (const { gate } of this.#of(station)) gate.open = !open;
    };
  }

  /** Takes another address in place of the one that the interface was given; `eth0` by default. */
  changeAddress(station: Station, address: InterfaceAddress, name: string | undefined): Undo {
    const cable = this.cable(station, name);
    const old = cable.address;
    this.director.leave(old.address);
    cable.address = address;
    const on = station.stack.interface(cable.name);
    if (on !== undefined) {
      station.stack.removeAddress(on, old.address);
      station.stack.addAddress(on, address);
    }
    this.director.enter(station.name, macOf(cable.link, station.number), address.address);
    return () => {
      if (cable.address === address) this.changeAddress(station, old, name);
    };
  }

  /** It sends datagrams of at most so many octets there from now on. */
  changeMtu(station: Station, octets: number, name: string | undefined): Undo {
    const cable = this.cable(station, name);
    const before = cable.mtu;
    cable.mtu = octets;
    if (station.stack.removeInterface(cable.name)) this.#attach(station, cable);
    return () => {
      if (cable.mtu === octets) this.changeMtu(station, before, name);
    };
  }

  /** @throws RangeError for more than the link carries */
  checkMtu(station: Station, octets: number, name: string | undefined): void {
    const { mtu } = this.cable(station, name).gate.capabilities;
    if (octets > mtu)
      throw new RangeError(`${station.name}: its link carries datagrams of ${mtu} octets at most`);
  }

  /** The host's cable of that interface. @throws RangeError if there is none */
  cable(station: Station, name = "eth0"): Cable {
    const found = this.#of(station).find((cable) => cable.name === name);
    if (found === undefined) throw new RangeError(`${station.name}: there is no interface ${name}`);
    return found;
  }

  /** The address of a host on its first link that `viewer` is on too, or else on its first. */
  addressFor(viewer: number, number: number): string {
    const seen = new Set((this.#cables.get(viewer) ?? []).map(({ link }) => link));
    const cables = this.#cables.get(number) ?? [];
    const found = cables.find(({ link }) => seen.has(link)) ?? cables[0];
    return (found?.address.address ?? addressOn(0, number)).toString();
  }

  #of({ number }: Station): readonly Cable[] {
    return this.#cables.get(number) ?? [];
  }

  #attach({ name, number, stack }: Station, { link, gate, name: on, address, mtu }: Cable): void {
    const mac = macOf(link, number);
    const seen = new SeenLink(gate.socket(mtu), mac, (frame) => this.#sends(link, name, frame));
    stack.addInterface(on, seen, [address]);
    this.director.enter(name, mac, address.address);
  }

  #sends(link: number, from: string, frame: Packet): void {
    const octets = frame.bytes.subarray(frame.start, frame.end);
    const at = this.#time.now();
    this.recorder?.keep(at, link, from, octets.slice(), frame.cause);
    this.#watch(at, from, octets);
  }

  #sum(of: (cable: Cable) => number): number {
    return [...this.#cables.values()].flat().reduce((sum, cable) => sum + of(cable), 0);
  }
}

/** All links have networks of this size. */
const PREFIX = 16;

const NO_IMPAIRMENTS: Impairments = { in: NO_FAULTS, out: NO_FAULTS };

/** 02:00:00 (locally administered), the link, the host: the same after each start of the host. */
function macOf(link: number, number: number): MacAddress {
  return new MacAddress(0x0200, (link << 16) | number);
}

/** Host number `number` on link number `link`. */
function addressOn(link: number, number: number): IpAddress {
  const text = `10.${link}.${number >> 8}.${number & 255}`;
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`there are too many links or hosts: ${text}`);
  return address;
}

/** Each host spoils what it sends. `out:` is from the link's first host to the others. */
function outward(impairments: Impairments, first: boolean): Impairments {
  return { in: NO_FAULTS, out: first ? impairments.out : impairments.in };
}

function changeTo(cable: Cable, impairments: Impairments): void {
  cable.present = impairments;
  cable.impaired.change(impairments);
}
