/** The filtering database of a bridge: where each station was heard last (IEEE 802.1D-2004 §7.9). */
import { type Clock, type Duration, type Instant, later } from "../stack/index.ts";

interface Station<Place> {
  port: Place;
  /** When it was heard. */
  heard: Instant;
}

/** Stations, bounded: the one that was heard first gives way. Those of different VLANs are different. */
export class Stations<Place> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #ageing: Duration;
  /** What ages now: shorter for a while after the topology has changed. */
  #age: Duration;
  /** By VLAN, by address as a 48-bit integer; in the order in which they were first heard. */
  readonly #tables: Map<number, Map<number, Station<Place>>> = new Map();
  #size = 0;

  constructor(clock: Clock, capacity: number, ageing: Duration) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#ageing = ageing;
    this.#age = ageing;
  }

  /** Those that have aged out included, until their place is needed. */
  get size(): number {
    return this.#size;
  }

  /** The time after which a station is forgotten; undefined: as at first. */
  set ageing(age: Duration | undefined) {
    this.#age = age ?? this.#ageing;
  }

  find(vlan: number, address: number): Place | undefined {
    const table = this.#tables.get(vlan);
    const station = table?.get(address);
    if (table === undefined || station === undefined) return undefined;
    if (later(station.heard, this.#age) > this.#clock.now()) return station.port;
    this.#delete(table, address);
    return undefined;
  }

  learn(vlan: number, address: number, port: Place): void {
    let table = this.#tables.get(vlan);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(vlan, table);
    }
    const known = table.get(address);
    if (known !== undefined) {
      known.port = port;
      known.heard = this.#clock.now();
      return;
    }
    if (this.#size >= this.#capacity) this.#makeRoom();
    table.set(address, { port, heard: this.#clock.now() });
    this.#size++;
  }

  /** Forgets whom it has heard there. */
  forget(port: Place): void {
    for (const table of this.#tables.values()) {
      for (const [address, station] of table) if (station.port === port) this.#delete(table, address);
    }
  }

  #delete(table: Map<number, Station<Place>>, address: number): void {
    if (table.delete(address)) this.#size--;
  }

  /** Forgets who has aged out; if nobody has, who was heard first in the fullest VLAN. */
  #makeRoom(): void {
    const now = this.#clock.now();
    let fullest: Map<number, Station<Place>> | undefined;
    for (const table of this.#tables.values()) {
      for (const [address, { heard }] of table)
        if (later(heard, this.#age) <= now) this.#delete(table, address);
      if (fullest === undefined || table.size > fullest.size) fullest = table;
    }
    if (this.#size < this.#capacity || fullest === undefined) return;
    for (const address of fullest.keys()) {
      this.#delete(fullest, address);
      return;
    }
  }
}

/** Group addresses have the lowest bit of their first octet set. */
export function isGroup(address: number): boolean {
  return Math.floor(address / 0x100_0000_0000) % 2 === 1;
}
